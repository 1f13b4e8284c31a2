import { GREEN_RED, THEME_TOKENS } from './tokens.ts';
import type { ThemeName } from './tokens.ts';

/** How gain and loss are coloured: the colour-blind safe pair, green up and red down, or red up and green down. */
export const GAIN_MODES = ['safe', 'green-red', 'red-up'] as const;
export type GainMode = (typeof GAIN_MODES)[number];

/** The colours a canvas needs, resolved for one theme and one gain setting. */
export interface Palette {
  readonly background: string;
  readonly surface: string;
  readonly raised: string;
  readonly text: string;
  readonly muted: string;
  readonly accent: string;
  readonly gain: string;
  readonly loss: string;
  readonly warning: string;
  readonly danger: string;
  readonly control: string;
  readonly separator: string;
  /** Percent of gain or loss in a flash. */
  readonly flashStrength: number;
  readonly series: readonly string[];
}

/** Resolves the palette of a theme; what tokens.css does for elements, for canvas. */
export function paletteOf(theme: ThemeName, gainMode: GainMode = 'safe'): Palette {
  const base: Palette = THEME_TOKENS[theme];
  if (gainMode === 'safe') return base;
  const { green, red } = GREEN_RED[theme];
  return gainMode === 'green-red' ? { ...base, gain: green, loss: red } : { ...base, gain: red, loss: green };
}

/** What a person may choose; `system` follows the operating system's scheme and contrast. */
export const THEME_CHOICES = ['system', 'dark', 'light', 'contrast'] as const;
export type ThemeChoice = (typeof THEME_CHOICES)[number];

/**
 * The theme that a choice means on this device.
 * @param matches tells whether a media query holds, normally `(query) => matchMedia(query).matches`.
 */
export function resolveTheme(choice: ThemeChoice, matches: (query: string) => boolean): ThemeName {
  if (choice !== 'system') return choice;
  if (matches('(prefers-contrast: more)')) return 'contrast';
  return matches('(prefers-color-scheme: light)') ? 'light' : 'dark';
}
