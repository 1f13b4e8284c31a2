import { DOCUMENT, Injectable, effect, inject, signal } from '@angular/core';

export type ThemeName = 'system' | 'dark' | 'light' | 'contrast';
const THEMES: readonly ThemeName[] = ['system', 'dark', 'light', 'contrast'];
const KEY = 'ziggy.prefs';

/** What this browser remembers, to start without a flash: theme and rail. Nothing else is stored. */
@Injectable({ providedIn: 'root' })
export class PrefsStore {
  readonly #storage = storageOf(inject(DOCUMENT));
  readonly #root = inject(DOCUMENT).documentElement;
  readonly theme = signal<ThemeName>('system');
  readonly railOpen = signal(false);

  constructor() {
    const stored = this.#read();
    if (typeof stored['theme'] === 'string' && THEMES.includes(stored['theme'] as ThemeName))
      this.theme.set(stored['theme'] as ThemeName);
    this.railOpen.set(stored['railOpen'] === true);
    effect(() => {
      const prefs = { theme: this.theme(), railOpen: this.railOpen() };
      if (prefs.theme === 'system') this.#root.removeAttribute('data-theme');
      else this.#root.setAttribute('data-theme', prefs.theme);
      try {
        this.#storage?.setItem(KEY, JSON.stringify(prefs));
      } catch {
        // Storage full or off: the choice holds for this visit.
      }
    });
  }

  nextTheme(): void {
    this.theme.update((theme) => THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] as ThemeName);
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

function storageOf(document: Document): Storage | null {
  try {
    return document.defaultView?.localStorage ?? null;
  } catch {
    return null; // cookies and site data are blocked
  }
}
