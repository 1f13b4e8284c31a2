import { Injectable, inject, signal } from '@angular/core';
import { MarketStore } from '../data/market.store.ts';
import { Rest } from '../data/rest.ts';

const MOST = 8;

/** The symbols looked at in this visit, newest first. */
@Injectable({ providedIn: 'root' })
export class RecentSymbols {
  readonly #market = inject(MarketStore);
  readonly #rest = inject(Rest);
  readonly #symbols = signal<readonly string[]>([]);
  readonly symbols = this.#symbols.asReadonly();

  /** The newest; before anything was looked at the first of the universe, and null when that cannot be had. */
  async latest(): Promise<string | null> {
    const known = this.#symbols()[0] ?? this.#market.items()[0]?.symbol;
    if (known !== undefined) return known;
    const overview = await this.#rest.overview().catch(() => null);
    return overview?.items[0]?.symbol ?? null;
  }

  add(symbol: string): void {
    this.#symbols.update((symbols) => [symbol, ...symbols.filter((other) => other !== symbol)].slice(0, MOST));
  }
}
