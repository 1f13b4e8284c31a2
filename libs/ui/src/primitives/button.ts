import { Component, ElementRef, computed, inject, input } from '@angular/core';

export type ButtonVariant = 'plain' | 'primary' | 'ghost' | 'danger';

/**
 * A button or a link that looks like one. It is never silently dead: give `blocked` the reason and it stays focusable, says
 * why in its tooltip and accessible description, and swallows the click.
 */
@Component({
  // An attribute keeps the native element, with its keyboard and its role.
  // eslint-disable-next-line @angular-eslint/component-selector
  selector: 'button[z-button], a[z-button]',
  template: `<ng-content />
    @if (blocked()) {
      <span class="z-sr">, unavailable: {{ blocked() }}</span>
    }`,
  host: {
    '[attr.data-variant]': 'variant()',
    '[attr.data-square]': 'square() ? "" : null',
    '[attr.aria-disabled]': 'blocked() ? "true" : null',
    '[attr.aria-pressed]': 'pressedState()',
    '[attr.title]': 'blocked() || null',
    '[attr.type]': 'type()',
  },
  styles: `
    :host {
      display: inline-flex;
      align-items: center;
      justify-content: center;
      gap: var(--z-space-4);
      min-block-size: max(24px, var(--z-density-control));
      min-inline-size: 24px;
      padding: 0 var(--z-space-8);
      border: 1px solid var(--z-control);
      border-radius: var(--z-radius-4);
      background: transparent;
      color: var(--z-text);
      font-size: var(--z-font-12);
      font-weight: 500;
      line-height: var(--z-line-figure);
      text-decoration: none;
      white-space: nowrap;
      cursor: pointer;
      user-select: none;
    }
    :host(:hover) {
      background: var(--z-hover);
    }
    :host([data-square]) {
      padding: 0;
      inline-size: max(24px, var(--z-density-control));
    }
    :host([data-variant='primary']) {
      border-color: var(--z-accent);
      background: var(--z-accent);
      color: var(--z-on-accent);
    }
    :host([data-variant='primary']:hover) {
      background: color-mix(in srgb, var(--z-accent) 88%, var(--z-text));
    }
    :host([data-variant='ghost']) {
      border-color: transparent;
      color: var(--z-muted);
    }
    :host([data-variant='ghost']:hover) {
      color: var(--z-text);
    }
    :host([data-variant='danger']) {
      border-color: var(--z-danger);
      color: var(--z-danger);
    }
    :host([aria-pressed='true']) {
      background: var(--z-selected);
      border-color: var(--z-accent);
      color: var(--z-text);
    }
    :host([aria-disabled='true']),
    :host([aria-disabled='true']:hover) {
      border-color: var(--z-separator);
      background: transparent;
      color: var(--z-muted);
      cursor: not-allowed;
    }
    @media (pointer: coarse) {
      :host {
        min-block-size: 44px;
        min-inline-size: 44px;
      }
    }
  `,
})
export class Button {
  readonly variant = input<ButtonVariant>('plain');
  /** `submit` sends the form it is in. */
  readonly type = input<'button' | 'submit'>('button');
  /** Only an icon inside: as wide as high. Such a button needs an `aria-label`. */
  readonly square = input(false);
  /** Why it cannot act now; empty when it can. */
  readonly blocked = input<string | null>(null);
  /** For a button that stays down; null for an ordinary one. */
  readonly pressed = input<boolean | null>(null);
  protected readonly pressedState = computed(() => {
    const pressed = this.pressed();
    return pressed === null ? null : String(pressed);
  });

  constructor() {
    // In the capture phase: Angular joins click listeners of one element into one, which no propagation rule can part.
    inject<ElementRef<HTMLElement>>(ElementRef).nativeElement.addEventListener('click', (event) => this.guard(event), {
      capture: true,
    });
  }

  private guard(event: Event): void {
    if (!this.blocked()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}
