import { Component, input, output } from '@angular/core';
import { CdkMenu, CdkMenuItem, CdkMenuTrigger } from '@angular/cdk/menu';
import { Button } from '../primitives/button.ts';
import type { ButtonVariant } from '../primitives/button.ts';
import { Icon } from '../primitives/icon.ts';
import type { IconName } from '../primitives/icons.ts';
import { DROP_POSITIONS } from './popover.ts';

export interface MenuItem<T extends string = string> {
  readonly id: T;
  readonly label: string;
  readonly icon?: IconName;
  /** Key or detail at the end of the line. */
  readonly hint?: string;
  /** Why it cannot act now; shown under the label. */
  readonly blocked?: string | null;
  readonly checked?: boolean;
  /** Starts a new group. */
  readonly separated?: boolean;
}

/** A button that opens a list of actions. Arrow keys, letters, Home, End, Esc. Slot: `[zMenuHead]` for words above them. */
@Component({
  selector: 'z-menu',
  imports: [Button, CdkMenu, CdkMenuItem, CdkMenuTrigger, Icon],
  template: `<button
      z-button
      [variant]="variant()"
      [square]="iconOnly()"
      [cdkMenuTriggerFor]="list"
      [cdkMenuPosition]="positions"
      [attr.aria-label]="iconOnly() ? label() : null"
    >
      @if (icon(); as name) {
        <z-icon [name]="name" />
      }
      @if (!iconOnly()) {
        {{ label() }}
        <z-icon name="chevron-down" />
      }
    </button>
    <ng-template #list>
      <div class="z-overlay list" cdkMenu [attr.aria-label]="label()">
        <div class="head" role="none"><ng-content select="[zMenuHead]" /></div>
        @for (item of items(); track item.id) {
          @if (item.separated) {
            <hr role="separator" />
          }
          <button
            type="button"
            cdkMenuItem
            [cdkMenuItemDisabled]="!!item.blocked"
            (cdkMenuItemTriggered)="chosen.emit(item.id)"
          >
            @if (item.checked) {
              <z-icon name="check" label="chosen" />
            } @else if (item.icon) {
              <z-icon [name]="item.icon" />
            } @else {
              <i></i>
            }
            <span class="label"
              >{{ item.label }}
              @if (item.blocked) {
                <small>{{ item.blocked }}</small>
              }
            </span>
            @if (item.hint) {
              <kbd>{{ item.hint }}</kbd>
            }
          </button>
        }
      </div>
    </ng-template>`,
  styles: `
    .list {
      display: flex;
      flex-direction: column;
      min-inline-size: 180px;
      max-block-size: 60vh;
      padding: var(--z-space-4);
      overflow: auto;
    }
    .head:empty {
      display: none;
    }
    .head {
      padding: var(--z-space-8);
      border-block-end: 1px solid var(--z-separator);
    }
    .list button {
      display: flex;
      align-items: center;
      gap: var(--z-space-8);
      min-block-size: 28px;
      padding: var(--z-space-2) var(--z-space-8);
      border: 0;
      border-radius: var(--z-radius-4);
      background: transparent;
      text-align: start;
      cursor: pointer;
    }
    .list button:hover,
    .list button:focus-visible {
      background: var(--z-hover);
    }
    .list button[aria-disabled='true'] {
      color: var(--z-muted);
      cursor: not-allowed;
    }
    i {
      inline-size: 16px;
    }
    .label {
      flex: 1;
    }
    small {
      display: block;
      color: var(--z-muted);
      font-size: var(--z-font-11);
    }
    kbd {
      color: var(--z-muted);
    }
    hr {
      inline-size: 100%;
      margin: var(--z-space-4) 0;
      border: 0;
      border-block-start: 1px solid var(--z-separator);
    }
    @media (pointer: coarse) {
      .list button {
        min-block-size: 44px;
      }
    }
  `,
})
export class Menu<T extends string = string> {
  readonly label = input.required<string>();
  readonly items = input.required<readonly MenuItem<T>[]>();
  readonly icon = input<IconName | null>(null);
  readonly iconOnly = input(false);
  readonly variant = input<ButtonVariant>('plain');
  readonly chosen = output<T>();
  protected readonly positions = DROP_POSITIONS;
}
