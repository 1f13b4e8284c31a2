import { DestroyRef, Injectable, computed, effect, inject, untracked } from '@angular/core';
import type { OverviewItem } from '@ziggy/contracts';
import { interval } from 'rxjs';
import { ClockStore } from './clock.store.ts';
import { QuotesStore } from './quotes.store.ts';
import { LatestRequest } from './request.ts';
import { Rest } from './rest.ts';
import { StreamStore } from './stream.store.ts';

const REFRESH_MS = 30_000;
const RETRY_MS = 5_000;

/** The tracked universe with its sparks, movers, breadth, regime and session; read again every half minute. */
@Injectable({ providedIn: 'root' })
export class MarketStore {
  readonly #rest = inject(Rest);
  readonly #clock = inject(ClockStore);
  readonly #stream = inject(StreamStore);
  readonly #overview = new LatestRequest<Awaited<ReturnType<Rest['overview']>>>();
  readonly #sources = new LatestRequest<Awaited<ReturnType<Rest['sources']>>>();
  #sinceRefreshMs = 0;

  readonly overview = this.#overview.value;
  readonly problem = this.#overview.problem;
  readonly loading = this.#overview.loading;
  /** What the source is, since when, and why it was chosen. */
  readonly sources = this.#sources.value;
  readonly items = computed<readonly OverviewItem[]>(() => this.overview()?.items ?? []);
  readonly #bySymbol = computed(() => new Map(this.items().map((item) => [item.symbol, item])));

  constructor() {
    const document = globalThis.document;
    const quotes = inject(QuotesStore);
    effect(() => {
      quotes.resets(); // another market: its lists are other lists
      this.#stream.market();
      untracked(() => this.refresh());
    });
    const ticks = interval(1000).subscribe(() => {
      this.#sinceRefreshMs += 1000;
      const due = this.#overview.problem() ? RETRY_MS : REFRESH_MS;
      if (this.#sinceRefreshMs >= due && document.visibilityState === 'visible') this.refresh();
    });
    inject(DestroyRef).onDestroy(() => ticks.unsubscribe());
  }

  item(symbol: string): OverviewItem | null {
    return this.#bySymbol().get(symbol) ?? null;
  }

  refresh(): void {
    this.#sinceRefreshMs = 0;
    void this.#overview.run((signal) => this.#rest.overview(signal));
    void this.#sources
      .run((signal) => this.#rest.sources(signal))
      .then((answer) => {
        if (!answer) return;
        const { now, wall, speed, state } = answer.clock;
        this.#clock.setMarketClock({
          now: Date.parse(now),
          wall: Date.parse(wall),
          speed,
          running: state === 'live' || state === 'running',
        });
      });
  }
}
