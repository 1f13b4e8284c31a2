import { DestroyRef, Injectable, computed, effect, inject, signal, untracked } from '@angular/core';
import type { BrainFields, QuoteEntry, WireQuote } from '@ziggy/contracts';
import type { Kind } from '@ziggy/domain';
import type { Via } from '@ziggy/stream-client';
import { interval } from 'rxjs';
import { QuotesStore } from './quotes.store.ts';
import { LatestRequest } from './request.ts';
import { Rest } from './rest.ts';

const REFRESH_MS = 15_000;

/** The newest of what stream and REST know about a quote. Times in epoch ms; missing is null. */
export interface QuoteView {
  readonly price: number | null;
  readonly change: number | null;
  readonly changePct: number | null;
  readonly bid: number | null;
  readonly ask: number | null;
  readonly volume: number | null;
  readonly source: string;
  readonly kind: Kind;
  readonly asOf: number | null;
  readonly stale: boolean;
  readonly via: Via;
  readonly brain: BrainFields | null;
}

/** One instrument: the whole quote over REST, its live part by stream. Provide it where the page is. */
@Injectable()
export class SymbolStore {
  readonly #rest = inject(Rest);
  readonly #quotes = inject(QuotesStore);
  readonly #symbol = signal('');
  readonly #entry = new LatestRequest<QuoteEntry | null>();

  readonly symbol = this.#symbol.asReadonly();
  readonly problem = this.#entry.problem;
  /** The parts of the quote that only REST has: name, day range, sizes, average volume, phase. */
  readonly whole = computed<WireQuote | null>(() => {
    const entry = this.#entry.value();
    return entry && entry.symbol === this.#symbol() ? entry.quote : null;
  });
  /** Why there is no quote: a null reason of the server, or `unknown_symbol`. */
  readonly absence = computed(() => {
    const entry = this.#entry.value();
    if (this.#rejection()?.name === 'unknown_symbol') return 'unknown_symbol';
    if (this.problem()?.code === 'unknown_symbol') return 'unknown_symbol';
    return entry && entry.symbol === this.#symbol() && entry.quote === null ? (entry.reason ?? 'no_data') : null;
  });
  readonly #live = computed(() => this.#quotes.quote(this.#symbol())());
  readonly #rejection = computed(() => this.#quotes.rejection(this.#symbol())());

  readonly quote = computed<QuoteView | null>(() => {
    const live = this.#live();
    const whole = this.whole();
    if (live && (!whole || live.v >= whole.v || live.via === 'stream')) {
      return { ...live.data, stale: live.stale, via: live.via };
    }
    if (!whole) return null;
    const { price, change, changePct, bid, ask, volume, source, kind, asOf, stale, brain } = whole;
    return {
      price,
      change,
      changePct,
      bid,
      ask,
      volume,
      source,
      kind,
      asOf: asOf === null ? null : Date.parse(asOf),
      stale,
      via: 'poll',
      brain: brain ?? null,
    };
  });

  constructor() {
    this.#quotes.watch(computed(() => (this.#symbol() === '' ? [] : [this.#symbol()])));
    effect(() => {
      this.#quotes.resets();
      const symbol = this.#symbol();
      untracked(() => {
        this.#entry.clear();
        if (symbol !== '') this.refresh();
      });
    });
    const ticks = interval(REFRESH_MS).subscribe(() => {
      if (globalThis.document.visibilityState === 'visible' && this.absence() !== 'unknown_symbol') this.refresh();
    });
    inject(DestroyRef).onDestroy(() => ticks.unsubscribe());
  }

  show(symbol: string): void {
    this.#symbol.set(symbol);
  }

  refresh(): void {
    const symbol = this.#symbol();
    if (symbol === '') return;
    void this.#entry.run(
      async (signal) =>
        (await this.#rest.quotes([symbol], signal)).items.find((entry) => entry.symbol === symbol) ?? null,
    );
  }
}
