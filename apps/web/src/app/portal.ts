import { Component, inject } from '@angular/core';
import { RouterOutlet } from '@angular/router';
import { AuthStore } from './identity/auth.store.ts';

/** The whole window: one of the doors, or the shell with a page in it. */
@Component({
  selector: 'z-root',
  imports: [RouterOutlet],
  template: `@if (auth.waiting(); as problem) {
      <p role="status">{{ problem.message }}. This page goes on by itself as soon as it can.</p>
    }
    <router-outlet />`,
  styles: `
    :host {
      display: block;
    }
    p {
      padding: var(--z-space-16);
    }
  `,
})
export class Portal {
  protected readonly auth = inject(AuthStore);
}
