import { Injectable, effect, inject, signal, untracked } from '@angular/core';
import { OVERVIEW_MAX_SYMBOLS } from '@ziggy/contracts';
import type { OverviewItem } from '@ziggy/contracts';
import { QuotesStore } from './quotes.store.ts';
import { refreshWhileVisible } from './refresh.ts';
import { LatestRequest } from './request.ts';
import { Rest } from './rest.ts';

const REFRESH_MS = 30_000;
const RETRY_MS = 5_000;

/** What the overview knows of the symbols of a watchlist, in the list's order. Provide it where the list is shown. */
@Injectable()
export class ListItemsStore {
  readonly #rest = inject(Rest);
  readonly #symbols = signal<readonly string[]>([], { equal: (a, b) => a.join() === b.join() });
  readonly #items = new LatestRequest<readonly OverviewItem[]>();

  readonly items = this.#items.value;
  readonly problem = this.#items.problem;

  constructor() {
    const quotes = inject(QuotesStore);
    const refresh = refreshWhileVisible({
      everyMs: REFRESH_MS,
      retryMs: RETRY_MS,
      problem: this.problem,
      run: () => this.refresh(),
    });
    effect(() => {
      quotes.resets();
      this.#symbols();
      untracked(() => refresh.restart());
    });
  }

  /** Another list's items go at once; a change of the same list keeps them until the new ones are there. */
  show(symbols: readonly string[], sameList: boolean): void {
    if (!sameList) this.#items.clear();
    this.#symbols.set(symbols);
  }

  refresh(): void {
    const symbols = this.#symbols();
    void this.#items.run(async (signal) => {
      const items: OverviewItem[] = [];
      for (let at = 0; at < symbols.length; at += OVERVIEW_MAX_SYMBOLS)
        items.push(...(await this.#rest.overviewOf(symbols.slice(at, at + OVERVIEW_MAX_SYMBOLS), signal)).items);
      return items;
    });
  }
}
