import { Component, ElementRef, computed, inject, input, model } from '@angular/core';
import { Icon } from './icon.ts';
import type { IconName } from './icons.ts';

export interface Choice<T extends string = string> {
  readonly id: T;
  readonly label: string;
  readonly icon?: IconName;
  /** Shows only the icon; the label is still spoken. */
  readonly iconOnly?: boolean;
  /** Why it cannot be chosen. */
  readonly blocked?: string | null;
}

/** The next choice that can be taken in a direction, round the ends. */
function stepFrom<T extends string>(choices: readonly Choice<T>[], from: T, key: string): T | null {
  const open = choices.filter((choice) => !choice.blocked);
  if (open.length === 0) return null;
  if (key === 'Home') return open[0]?.id ?? null;
  if (key === 'End') return open.at(-1)?.id ?? null;
  const step = key === 'ArrowRight' || key === 'ArrowDown' ? 1 : key === 'ArrowLeft' || key === 'ArrowUp' ? -1 : 0;
  if (step === 0) return null;
  const at = open.findIndex((choice) => choice.id === from);
  return open[(at + step + open.length) % open.length]?.id ?? null;
}

const HOST_FOCUS = (host: HTMLElement, id: string): void => {
  for (const item of host.querySelectorAll<HTMLElement>('[data-choice]')) {
    if (item.dataset['choice'] === id) item.focus();
  }
};

/** One of a few, side by side: a radio group. Arrow keys choose. */
@Component({
  selector: 'z-segmented',
  imports: [Icon],
  template: `<div role="radiogroup" [attr.aria-label]="label()">
    @for (choice of choices(); track choice.id) {
      <button
        type="button"
        role="radio"
        [attr.data-choice]="choice.id"
        [attr.aria-checked]="choice.id === value()"
        [attr.aria-disabled]="choice.blocked ? 'true' : null"
        [attr.title]="choice.blocked || (choice.iconOnly ? choice.label : null)"
        [attr.tabindex]="choice.id === tabStop() ? 0 : -1"
        (click)="take(choice)"
        (keydown)="move($event)"
      >
        @if (choice.icon; as icon) {
          <z-icon [name]="icon" />
        }
        <span [class.z-sr]="choice.iconOnly">{{ choice.label }}</span>
      </button>
    }
  </div>`,
  styles: `
    :host {
      display: inline-block;
    }
    div {
      display: inline-flex;
      border: 1px solid var(--z-control);
      border-radius: var(--z-radius-4);
    }
    button {
      display: inline-flex;
      align-items: center;
      gap: var(--z-space-4);
      min-block-size: max(22px, var(--z-density-control) - 2px);
      min-inline-size: 28px;
      justify-content: center;
      padding: 0 var(--z-space-8);
      border: 0;
      border-inline-start: 1px solid var(--z-separator);
      background: transparent;
      color: var(--z-muted);
      font-size: var(--z-font-12);
      font-variant-numeric: tabular-nums;
      cursor: pointer;
    }
    button:first-child {
      border-inline-start: 0;
    }
    button:hover {
      background: var(--z-hover);
      color: var(--z-text);
    }
    button[aria-checked='true'] {
      background: var(--z-selected);
      color: var(--z-text);
      font-weight: 600;
      box-shadow: inset 0 -2px 0 var(--z-accent);
    }
    button[aria-disabled='true'] {
      cursor: not-allowed;
      text-decoration: line-through;
    }
    @media (forced-colors: active) {
      button[aria-checked='true'] {
        outline: 2px solid Highlight;
        outline-offset: -2px;
      }
    }
    @media (pointer: coarse) {
      button {
        min-block-size: 44px;
        min-inline-size: 44px;
      }
    }
  `,
})
export class Segmented<T extends string = string> {
  readonly label = input.required<string>();
  readonly choices = input.required<readonly Choice<T>[]>();
  readonly value = model.required<T>();
  private readonly host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  protected readonly tabStop = computed(() => {
    const value = this.value();
    return this.choices().some((choice) => choice.id === value) ? value : this.choices()[0]?.id;
  });

  protected take(choice: Choice<T>): void {
    if (!choice.blocked) this.value.set(choice.id);
  }

  protected move(event: KeyboardEvent): void {
    const next = stepFrom(this.choices(), this.value(), event.key);
    if (next === null) return;
    event.preventDefault();
    this.value.set(next);
    HOST_FOCUS(this.host, next);
  }
}

/**
 * Tabs over one panel: the tab list and, projected, the panel of the chosen one. Arrow keys choose; the panel is named by
 * its tab.
 */
@Component({
  selector: 'z-tabs',
  imports: [Icon],
  template: `<div class="list" role="tablist" [attr.aria-label]="label()">
      @for (tab of tabs(); track tab.id) {
        <button
          type="button"
          role="tab"
          [id]="prefix + tab.id"
          [attr.data-choice]="tab.id"
          [attr.aria-selected]="tab.id === value()"
          [attr.aria-controls]="tab.id === value() ? prefix + 'panel' : null"
          [attr.tabindex]="tab.id === value() ? 0 : -1"
          (click)="value.set(tab.id)"
          (keydown)="move($event)"
        >
          @if (tab.icon; as icon) {
            <z-icon [name]="icon" />
          }
          {{ tab.label }}
        </button>
      }
    </div>
    <div class="panel" role="tabpanel" tabindex="0" [id]="prefix + 'panel'" [attr.aria-labelledby]="prefix + value()">
      <ng-content />
    </div>`,
  styles: `
    :host {
      display: flex;
      flex-direction: column;
      min-block-size: 0;
    }
    .list {
      display: flex;
      gap: var(--z-space-4);
      overflow: auto hidden;
      border-block-end: 1px solid var(--z-separator);
      scrollbar-width: none;
    }
    button {
      display: inline-flex;
      align-items: center;
      gap: var(--z-space-4);
      min-block-size: 32px;
      padding: 0 var(--z-space-12);
      border: 0;
      border-block-end: 2px solid transparent;
      background: transparent;
      color: var(--z-muted);
      font-size: var(--z-font-12);
      font-weight: 500;
      white-space: nowrap;
      cursor: pointer;
    }
    button:hover {
      color: var(--z-text);
    }
    button:focus-visible {
      outline-offset: -2px;
    }
    button[aria-selected='true'] {
      border-block-end-color: var(--z-accent);
      color: var(--z-text);
    }
    .panel {
      flex: 1;
      min-block-size: 0;
    }
    @media (pointer: coarse) {
      button {
        min-block-size: 44px;
      }
    }
  `,
})
export class Tabs<T extends string = string> {
  private static count = 0;
  readonly label = input.required<string>();
  readonly tabs = input.required<readonly Choice<T>[]>();
  readonly value = model.required<T>();
  protected readonly prefix = `z-tabs-${(Tabs.count += 1)}-`;
  private readonly host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;

  protected move(event: KeyboardEvent): void {
    if (event.key === 'ArrowUp' || event.key === 'ArrowDown') return;
    const next = stepFrom(this.tabs(), this.value(), event.key);
    if (next === null) return;
    event.preventDefault();
    this.value.set(next);
    HOST_FOCUS(this.host, next);
  }
}
