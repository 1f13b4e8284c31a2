import { Component, ElementRef, computed, effect, inject, input, output } from '@angular/core';
import { Icon } from '../primitives/icon.ts';
import type { IconName } from '../primitives/icons.ts';

/** One line that can be chosen from a list under a search field. */
export interface SearchOption {
  readonly id: string;
  readonly label: string;
  readonly detail?: string;
  /** At the end of the line: venue, kind. */
  readonly hint?: string;
  /** Keys that do the same. */
  readonly keys?: string;
  readonly icon?: IconName;
  /** Why it cannot be chosen now. */
  readonly blocked?: string | null;
}

export interface SearchGroup {
  readonly label: string;
  readonly options: readonly SearchOption[];
}

/** The next option that a key moves to, among those that can be chosen; wraps round. */
export function nextOption(options: readonly SearchOption[], active: string | null, key: string): string | null {
  const open = options.filter((option) => !option.blocked);
  if (open.length === 0) return null;
  const at = open.findIndex((option) => option.id === active);
  switch (key) {
    case 'ArrowDown':
      return open[(at + 1) % open.length]?.id ?? null;
    case 'ArrowUp':
      return open[at <= 0 ? open.length - 1 : at - 1]?.id ?? null;
    case 'PageDown':
      return open[Math.min(open.length - 1, at + 8)]?.id ?? null;
    case 'PageUp':
      return open[Math.max(0, at - 8)]?.id ?? null;
    default:
      return null;
  }
}

/** Element id of an option; symbols such as `^GSPC` hold characters that an id may not. */
export const optionDomId = (listId: string, id: string): string =>
  `${listId}-${id.replaceAll(/[^\w-]/g, (character) => `_${character.charCodeAt(0).toString(16)}`)}`;

/** The listbox part of a combobox: groups of options; the field keeps focus and names the active one. */
@Component({
  selector: 'z-option-list',
  imports: [Icon],
  template: `<div role="listbox" [id]="listId()" [attr.aria-label]="label()">
    @for (group of groups(); track group.label) {
      @if (group.options.length > 0) {
        <div role="group" [attr.aria-label]="group.label">
          <div class="group" aria-hidden="true">{{ group.label }}</div>
          @for (option of group.options; track option.id) {
            <div
              role="option"
              [id]="idOf(option.id)"
              [attr.aria-selected]="option.id === active()"
              [attr.aria-disabled]="option.blocked ? 'true' : null"
              [attr.data-option]="option.id"
            >
              @if (option.icon) {
                <z-icon [name]="option.icon" />
              }
              <b>{{ option.label }}</b>
              <span class="detail">{{ option.blocked || option.detail }}</span>
              @if (option.hint) {
                <span class="hint">{{ option.hint }}</span>
              }
              @if (option.keys) {
                <kbd>{{ option.keys }}</kbd>
              }
            </div>
          }
        </div>
      }
    }
  </div>`,
  // One listener for all options; keys are the field's, which keeps focus.
  host: {
    '(pointermove)': 'pointAt($event)',
    '(pointerdown)': '$event.preventDefault()',
    '(click)': 'take($event)',
  },
  styles: `
    :host {
      display: block;
      overflow: auto;
      padding: var(--z-space-4);
    }
    .group {
      padding: var(--z-space-8) var(--z-space-8) var(--z-space-2);
      color: var(--z-muted);
      font-size: var(--z-font-11);
      font-weight: 600;
    }
    [role='option'] {
      display: flex;
      align-items: center;
      gap: var(--z-space-8);
      min-block-size: 28px;
      padding: 0 var(--z-space-8);
      border-radius: var(--z-radius-4);
      cursor: pointer;
    }
    [role='option'][aria-selected='true'] {
      background: var(--z-selected);
      box-shadow: inset 2px 0 0 var(--z-accent);
    }
    [aria-disabled='true'] {
      color: var(--z-muted);
      cursor: not-allowed;
    }
    b {
      flex: none;
      min-inline-size: 8ch;
      font-weight: 600;
    }
    .detail {
      flex: 1;
      min-inline-size: 0;
      overflow: hidden;
      text-overflow: ellipsis;
      white-space: nowrap;
      color: var(--z-muted);
    }
    .hint,
    kbd {
      flex: none;
      color: var(--z-muted);
      font-size: var(--z-font-11);
    }
    kbd {
      padding: 1px 5px;
      border: 1px solid var(--z-separator);
      border-radius: var(--z-radius-4);
    }
    @media (pointer: coarse) {
      [role='option'] {
        min-block-size: 44px;
      }
    }
    @media (forced-colors: active) {
      [role='option'][aria-selected='true'] {
        outline: 2px solid Highlight;
        outline-offset: -2px;
      }
    }
  `,
})
export class OptionList {
  readonly listId = input.required<string>();
  readonly label = input.required<string>();
  readonly groups = input.required<readonly SearchGroup[]>();
  readonly active = input<string | null>(null);
  readonly chosen = output<SearchOption>();
  readonly pointed = output<SearchOption>();
  private readonly host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  private readonly activeId = computed(() => {
    const active = this.active();
    return active === null ? null : this.idOf(active);
  });

  constructor() {
    effect(() => {
      const id = this.activeId();
      if (id === null) return;
      for (const option of this.host.querySelectorAll('[role="option"]')) {
        if (option.id === id) option.scrollIntoView?.({ block: 'nearest' });
      }
    });
  }

  protected pointAt(event: Event): void {
    const option = this.under(event);
    if (option && option.id !== this.active()) this.pointed.emit(option);
  }

  protected take(event: Event): void {
    const option = this.under(event);
    if (option && !option.blocked) this.chosen.emit(option);
  }

  private under(event: Event): SearchOption | undefined {
    const id = (event.target as Element).closest<HTMLElement>('[data-option]')?.dataset['option'];
    return this.groups()
      .flatMap(({ options }) => options)
      .find((option) => option.id === id);
  }

  protected idOf(id: string): string {
    return optionDomId(this.listId(), id);
  }
}
