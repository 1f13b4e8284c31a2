import { Component, computed, input, output } from '@angular/core';
import { Button } from './button.ts';
import { Icon } from './icon.ts';

/** The buttons at the end of a row that can be moved and, where somebody listens for it, removed. */
@Component({
  selector: 'z-row-buttons',
  imports: [Button, Icon],
  template: `
    @for (way of ways(); track way.step) {
      <button
        z-button
        variant="ghost"
        [square]="true"
        [attr.aria-label]="'Move ' + what() + ' ' + way.word"
        [blocked]="way.blocked"
        (click)="stepped.emit(way.step)"
      >
        <z-icon [name]="way.icon" />
      </button>
    }
    @if (removable()) {
      <button z-button variant="ghost" [square]="true" [attr.aria-label]="'Remove ' + what()" (click)="removed.emit()">
        <z-icon name="close" />
      </button>
    }
  `,
  styles: `
    :host {
      display: inline-flex;
      flex: none;
      gap: var(--z-space-4);
    }
  `,
})
export class RowButtons {
  /** What is moved, as the buttons' names say it. */
  readonly what = input.required<string>();
  /** The words for the two ways. */
  readonly words = input<readonly [string, string]>(['up', 'down']);
  /** At an end there is no step further, and the button says why. */
  readonly first = input(false);
  readonly last = input(false);
  readonly removable = input(true);
  readonly stepped = output<-1 | 1>();
  readonly removed = output<void>();
  protected readonly ways = computed(
    () =>
      [
        { step: -1, word: this.words()[0], icon: 'chevron-up', blocked: this.first() ? 'it is the first' : null },
        { step: 1, word: this.words()[1], icon: 'chevron-down', blocked: this.last() ? 'it is the last' : null },
      ] as const,
  );
}
