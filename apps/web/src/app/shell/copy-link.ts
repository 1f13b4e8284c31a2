import type { ElementRef } from '@angular/core';
import { Component, inject, signal, viewChild } from '@angular/core';
import { Router } from '@angular/router';
import { Button, Icon } from '@ziggy/ui';

const SAID_MS = 2000;

/** Copies the address of what is shown. Without the clipboard's permission the address is shown, selected. */
@Component({
  selector: 'z-copy-link',
  imports: [Button, Icon],
  template: `
    <button
      z-button
      variant="ghost"
      [square]="true"
      [attr.aria-label]="copied() ? 'Link copied' : 'Copy link'"
      (click)="copy()"
    >
      <z-icon [name]="copied() ? 'check' : 'link'" />
    </button>
    <span class="z-sr" role="status">{{ copied() ? 'Link copied' : '' }}</span>
    @if (shown()) {
      <input #field readonly aria-label="Link to this page" [value]="shown()" (blur)="shown.set('')" />
    }
  `,
  styles: `
    :host {
      display: inline-flex;
      align-items: center;
    }
    input {
      inline-size: 24ch;
      font-size: var(--z-font-12);
      background: var(--z-background);
      border: 1px solid var(--z-control);
      border-radius: var(--z-radius-4);
    }
  `,
})
export class CopyLink {
  protected readonly copied = signal(false);
  protected readonly shown = signal('');
  readonly #router = inject(Router);
  private readonly field = viewChild<ElementRef<HTMLInputElement>>('field');

  protected async copy(): Promise<void> {
    const link = new URL(`.${this.#router.url}`, document.baseURI).href;
    try {
      await navigator.clipboard.writeText(link);
      this.copied.set(true);
      setTimeout(() => this.copied.set(false), SAID_MS);
    } catch {
      this.shown.set(link);
      setTimeout(() => this.field()?.nativeElement.select());
    }
  }
}
