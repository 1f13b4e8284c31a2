import { DOCUMENT, DestroyRef, Injectable, computed, effect, inject, signal } from '@angular/core';
import { GAIN_MODES, ROW_HEIGHT, THEME_CHOICES, applyTheme, resolveTheme } from '@ziggy/ui';
import type { Density, GainMode, ThemeChoice, ThemeName } from '@ziggy/ui';

const KEY = 'ziggy.prefs';
const DENSITIES = Object.keys(ROW_HEIGHT) as readonly Density[];

/** What this browser remembers, to start without a flash: how things look, and the rail. Nothing else is stored. */
@Injectable({ providedIn: 'root' })
export class PrefsStore {
  readonly #storage = storageOf(inject(DOCUMENT));
  readonly #window = inject(DOCUMENT).defaultView;
  readonly #root = inject(DOCUMENT).documentElement;
  readonly theme = signal<ThemeChoice>('system');
  readonly density = signal<Density>('compact');
  readonly gain = signal<GainMode>('safe');
  readonly railOpen = signal(false);
  readonly #media = signal(0);
  /** The theme that the choice means on this device, for what is drawn on canvas. */
  readonly resolved = computed<ThemeName>(() => {
    this.#media();
    return resolveTheme(this.theme(), (query) => this.#matches(query));
  });

  constructor() {
    this.#followSystem();
    const stored = this.#read();
    this.theme.set(oneOf(THEME_CHOICES, stored['theme']) ?? 'system');
    this.density.set(oneOf(DENSITIES, stored['density']) ?? 'compact');
    this.gain.set(oneOf(GAIN_MODES, stored['gain']) ?? 'safe');
    this.railOpen.set(stored['railOpen'] === true);
    effect(() => {
      const prefs = { theme: this.theme(), density: this.density(), gain: this.gain(), railOpen: this.railOpen() };
      applyTheme(this.#root, prefs.theme);
      this.#root.dataset['density'] = prefs.density;
      this.#root.dataset['gain'] = prefs.gain;
      try {
        this.#storage?.setItem(KEY, JSON.stringify(prefs));
      } catch {
        // Storage full or off: the choice holds for this visit.
      }
    });
  }

  #matches(query: string): boolean {
    return this.#window?.matchMedia?.(query).matches ?? false;
  }

  #followSystem(): void {
    const changed = (): void => this.#media.update((count) => count + 1);
    const lists = ['(prefers-contrast: more)', '(prefers-color-scheme: light)'].flatMap(
      (query) => this.#window?.matchMedia?.(query) ?? [],
    );
    for (const list of lists) list.addEventListener('change', changed);
    inject(DestroyRef).onDestroy(() => {
      for (const list of lists) list.removeEventListener('change', changed);
    });
  }

  nextTheme(): void {
    this.theme.update(
      (theme) => THEME_CHOICES[(THEME_CHOICES.indexOf(theme) + 1) % THEME_CHOICES.length] as ThemeChoice,
    );
  }

  #read(): Record<string, unknown> {
    try {
      const value: unknown = JSON.parse(this.#storage?.getItem(KEY) ?? '{}');
      return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
    } catch {
      return {};
    }
  }
}

function oneOf<T extends string>(allowed: readonly T[], stored: unknown): T | undefined {
  return allowed.find((choice) => choice === stored);
}

function storageOf(document: Document): Storage | null {
  try {
    return document.defaultView?.localStorage ?? null;
  } catch {
    return null; // cookies and site data are blocked
  }
}
