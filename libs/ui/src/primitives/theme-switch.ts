import { Component, input, model } from '@angular/core';
import { Segmented } from './choice.ts';
import type { Choice } from './choice.ts';
import type { ThemeChoice } from '../tokens/palette.ts';

const CHOICES: readonly Choice<ThemeChoice>[] = [
  { id: 'system', label: 'System theme', icon: 'monitor', iconOnly: true },
  { id: 'dark', label: 'Dark', icon: 'moon', iconOnly: true },
  { id: 'light', label: 'Light', icon: 'sun', iconOnly: true },
  { id: 'contrast', label: 'High contrast', icon: 'contrast', iconOnly: true },
];

/** Lets the reader choose a theme; who holds the choice writes it with {@link applyTheme}. */
@Component({
  selector: 'z-theme-switch',
  imports: [Segmented],
  template: `<z-segmented [label]="label()" [choices]="choices" [(value)]="value" />`,
})
export class ThemeSwitch {
  readonly label = input('Theme');
  readonly value = model.required<ThemeChoice>();
  protected readonly choices = CHOICES;
}

/** Writes a choice on the root element; `system` leaves it to the media queries of tokens.css. */
export function applyTheme(root: HTMLElement, choice: ThemeChoice): void {
  if (choice === 'system') root.removeAttribute('data-theme');
  else root.setAttribute('data-theme', choice);
}
