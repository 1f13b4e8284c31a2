import { Component, computed, input } from '@angular/core';
import { ICONS } from './icons.ts';
import type { IconName } from './icons.ts';

/**
 * A line icon of 16 or 20 px. With a `label` it speaks; without one it is decoration beside words that say the same, and
 * stays silent.
 */
@Component({
  selector: 'z-icon',
  template: `<svg
    viewBox="0 0 20 20"
    [attr.width]="size()"
    [attr.height]="size()"
    [attr.role]="label() ? 'img' : null"
    [attr.aria-label]="label() || null"
    [attr.aria-hidden]="label() ? null : 'true'"
    focusable="false"
  >
    <path [attr.d]="path()" />
  </svg>`,
  styles: `
    :host {
      display: inline-flex;
      flex: none;
    }
    svg {
      display: block;
      fill: none;
      stroke: currentColor;
      stroke-width: 1.5;
      stroke-linecap: round;
      stroke-linejoin: round;
    }
  `,
})
export class Icon {
  readonly name = input.required<IconName>();
  readonly size = input<16 | 20>(16);
  readonly label = input('');
  protected readonly path = computed(() => ICONS[this.name()]);
}
