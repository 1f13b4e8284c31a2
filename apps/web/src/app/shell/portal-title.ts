import { Injectable, effect, inject, signal } from '@angular/core';
import { Title } from '@angular/platform-browser';
import { TitleStrategy } from '@angular/router';
import type { RouterStateSnapshot } from '@angular/router';
import { environmentPrefix } from '@ziggy/ui';
import { KnownMarket } from '../data/running-market.ts';
import { IdleLock } from '../identity/idle-lock.ts';

/** `[SIM] Page · ZiggyAI`: no window of a simulated or recorded market looks like a live one, not even in the task bar. */
@Injectable({ providedIn: 'root' })
export class PortalTitle extends TitleStrategy {
  readonly #title = inject(Title);
  readonly #market = inject(KnownMarket).market;
  readonly #locked = inject(IdleLock).locked;
  readonly #page = signal('');

  constructor() {
    super();
    effect(() => {
      const prefix = environmentPrefix(this.#market().kind);
      this.#title.setTitle(
        [prefix, [this.#locked() ? 'Locked' : this.#page(), 'ZiggyAI'].filter((part) => part !== '').join(' · ')]
          .filter((part) => part !== '')
          .join(' '),
      );
    });
  }

  override updateTitle(snapshot: RouterStateSnapshot): void {
    this.#page.set(this.buildTitle(snapshot) ?? '');
  }

  /** For a page that knows more than its route, such as the symbol's price. */
  setPage(name: string): void {
    this.#page.set(name);
  }
}
