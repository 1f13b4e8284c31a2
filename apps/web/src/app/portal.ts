import { Component, DOCUMENT, computed, effect, inject } from '@angular/core';
import { RouterOutlet } from '@angular/router';
import { AuthStore } from './identity/auth.store.ts';
import { LockScreen } from './identity/lock-screen.ts';

/** The whole window: one of the doors, or the shell with a page in it; and the lock in front of it. */
@Component({
  selector: 'z-root',
  imports: [LockScreen, RouterOutlet],
  template: `@if (auth.waiting(); as problem) {
      <p role="status">{{ problem.message }}. This page goes on by itself as soon as it can.</p>
    }
    <div class="content" [attr.inert]="locked() ? '' : null" [attr.data-covered]="locked() ? '' : null">
      <router-outlet />
    </div>
    @defer (when locked()) {
      @if (locked()) {
        <z-lock-screen />
      }
    } @error {
      <p role="alert">Locked, and the server cannot be reached. Load the page again when it can.</p>
    }`,
  styles: `
    :host {
      display: block;
    }
    p {
      padding: var(--z-space-16);
    }
    /* Out of sight and out of reach, yet of the same size, so that charts and grids keep theirs. */
    .content[data-covered] {
      position: fixed;
      inset: 0;
      overflow: hidden;
      opacity: 0;
      visibility: hidden;
    }
    z-lock-screen {
      position: relative;
      display: block;
      background: var(--z-background);
    }
  `,
})
export class Portal {
  protected readonly auth = inject(AuthStore);
  protected readonly locked = computed(() => this.auth.state() === 'locked');

  constructor() {
    const root = inject(DOCUMENT).documentElement;
    // Dialogs and menus stand outside of this element.
    effect(() => root.toggleAttribute('data-locked', this.locked()));
  }
}
