import { Component, DestroyRef, computed, effect, inject, input, output, untracked } from '@angular/core';
import { Button } from '../primitives/button.ts';
import { Icon } from '../primitives/icon.ts';
import type { IconName } from '../primitives/icons.ts';

export type ToastTone = 'info' | 'success' | 'warning' | 'error';

export interface Toast {
  readonly id: string;
  readonly tone: ToastTone;
  readonly text: string;
  readonly detail?: string;
}

const MOST = 3;
const STAYS_MS = 6000;
const ICONS: Readonly<Record<ToastTone, IconName>> = {
  info: 'info',
  success: 'check',
  warning: 'warning',
  error: 'error',
};

/**
 * The newest three messages at a corner. Each leaves after 6 s, errors stay until dismissed; a pointer or focus on the
 * stack holds all of them.
 */
@Component({
  selector: 'z-toast-stack',
  imports: [Button, Icon],
  template: `@for (toast of visible(); track toast.id) {
    <div
      class="z-overlay toast"
      [attr.data-tone]="toast.tone"
      [attr.role]="toast.tone === 'error' ? 'alert' : 'status'"
    >
      <z-icon [name]="icons[toast.tone]" [label]="toast.tone" />
      <div>
        {{ toast.text }}
        @if (toast.detail) {
          <p>{{ toast.detail }}</p>
        }
      </div>
      <button z-button variant="ghost" [square]="true" aria-label="Dismiss" (click)="dismissed.emit(toast.id)">
        <z-icon name="close" />
      </button>
    </div>
  }`,
  host: {
    role: 'region',
    'aria-label': 'Messages',
    '(pointerenter)': 'hold(true)',
    '(pointerleave)': 'hold(false)',
    '(focusin)': 'hold(true)',
    '(focusout)': 'hold(false)',
  },
  styles: `
    :host {
      position: fixed;
      inset-block-end: calc(var(--z-status-height) + var(--z-space-12));
      inset-inline-end: var(--z-space-12);
      z-index: var(--z-layer-overlay);
      display: flex;
      flex-direction: column;
      gap: var(--z-space-8);
      max-inline-size: min(380px, 100vw - 24px);
    }
    .toast {
      display: flex;
      align-items: flex-start;
      gap: var(--z-space-8);
      padding: var(--z-space-8) var(--z-space-8) var(--z-space-8) var(--z-space-12);
    }
    .toast > z-icon {
      margin-block-start: 4px;
      color: var(--z-accent);
    }
    .toast[data-tone='warning'] > z-icon {
      color: var(--z-warning);
    }
    .toast[data-tone='error'] > z-icon {
      color: var(--z-danger);
    }
    div > div {
      flex: 1;
      padding-block-start: 3px;
      overflow-wrap: anywhere;
    }
    p {
      color: var(--z-muted);
      font-size: var(--z-font-12);
    }
  `,
})
export class ToastStack {
  /** Oldest first; only the newest three are shown. */
  readonly toasts = input.required<readonly Toast[]>();
  readonly dismissed = output<string>();
  protected readonly icons = ICONS;
  protected readonly visible = computed(() => this.toasts().slice(-MOST));
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  private held = false;

  constructor() {
    effect(() => {
      const visible = this.visible();
      untracked(() => this.schedule(visible));
    });
    inject(DestroyRef).onDestroy(() => this.cancelAll());
  }

  protected hold(held: boolean): void {
    if (held === this.held) return;
    this.held = held;
    if (held) this.cancelAll();
    else this.schedule(this.visible());
  }

  private schedule(visible: readonly Toast[]): void {
    const present = new Set(visible.map((toast) => toast.id));
    for (const [id, timer] of this.timers) {
      if (present.has(id)) continue;
      clearTimeout(timer);
      this.timers.delete(id);
    }
    if (this.held) return;
    for (const { id, tone } of visible) {
      if (tone === 'error' || this.timers.has(id)) continue;
      this.timers.set(
        id,
        setTimeout(() => {
          this.timers.delete(id);
          this.dismissed.emit(id);
        }, STAYS_MS),
      );
    }
  }

  private cancelAll(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }
}
