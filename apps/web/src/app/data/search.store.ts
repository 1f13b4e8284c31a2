import { DestroyRef, Injectable, computed, inject, signal } from '@angular/core';
import { toObservable } from '@angular/core/rxjs-interop';
import type { SearchHit } from '@ziggy/contracts';
import { debounceTime, distinctUntilChanged } from 'rxjs';
import { MarketStore } from './market.store.ts';
import { LatestRequest } from './request.ts';
import { Rest } from './rest.ts';

const DEBOUNCE_MS = 120;
const MOST_LOCAL = 8;

export type FoundSymbol = Pick<SearchHit, 'symbol' | 'name' | 'assetClass'> & { readonly mic: string | null };

/** Symbols by text: what the page knows at once, the server's answer 120 ms after the last key. */
@Injectable({ providedIn: 'root' })
export class SearchStore {
  readonly #rest = inject(Rest);
  readonly #market = inject(MarketStore);
  readonly #request = new LatestRequest<{ text: string; items: readonly SearchHit[] }>();
  readonly query = signal('');

  readonly problem = this.#request.problem;
  /** The list belongs to an earlier text. */
  readonly pending = computed(() => {
    const text = this.query().trim();
    return text !== '' && this.#request.problem() === null && this.#request.value()?.text !== text;
  });
  readonly found = computed<readonly FoundSymbol[]>(() => {
    const text = this.query().trim();
    const answer = this.#request.value();
    if (text !== '' && answer?.text === text) return answer.items;
    return this.#local(text);
  });

  constructor() {
    const keys = toObservable(this.query)
      .pipe(debounceTime(DEBOUNCE_MS), distinctUntilChanged())
      .subscribe((query) => {
        const text = query.trim();
        if (text === '') this.#request.clear();
        else void this.#request.run(async (signal) => ({ text, items: (await this.#rest.search(text, signal)).items }));
      });
    inject(DestroyRef).onDestroy(() => keys.unsubscribe());
  }

  #local(text: string): FoundSymbol[] {
    const upper = text.toUpperCase();
    const rank = (symbol: string, name: string): number =>
      symbol === upper
        ? 0
        : symbol.startsWith(upper)
          ? 1
          : name.toUpperCase().startsWith(upper)
            ? 2
            : name.toUpperCase().includes(upper)
              ? 3
              : 4;
    return this.#market
      .items()
      .map((item) => ({ item, rank: rank(item.symbol, item.name ?? '') }))
      .filter((entry) => entry.rank < 4)
      .sort((a, b) => a.rank - b.rank)
      .slice(0, MOST_LOCAL)
      .map(({ item }) => ({
        symbol: item.symbol,
        name: item.name ?? item.symbol,
        assetClass: item.assetClass ?? 'equity',
        mic: null,
      }));
  }
}
