import type { Clock, QuoteUpdate, Symbol } from '@ziggy/domain';
import { Observable } from 'rxjs';
import type { TimerHandle, Timers } from '../timers.ts';
import type { FaultInjector, FaultPassage } from './faults.ts';
import type { SimulatedMarket } from './sim-market.ts';
import { Ticker } from './ticker.ts';
import type { Sequence } from './ticker.ts';
import { LARGEST } from './universe.ts';

/** How often due trades are looked for, wall milliseconds. */
const PASS_MS = 100;
export const MOST_PER_BATCH = 256;
/** Sessions laid out in one pass: about 10 ms of work. A large universe opens over a few passes. */
const SESSIONS_PER_PASS = 100;
/** Quotes a second of the symbols that are not among the largest, as a share of the rate of those. */
const OTHERS = 0.2;
/** Quotes a market second of a whole universe. */
export const TICKS_MAX = 50_000;

/** The rate of the largest symbols, lowered so that a universe makes at most {@link TICKS_MAX} quotes a second. */
export function cappedRate(asked: number, universeSize: number): number {
  const total = asked * (LARGEST + OTHERS * (universeSize - LARGEST));
  return total > TICKS_MAX ? (asked * TICKS_MAX) / total : asked;
}

export interface QuoteFeedOptions {
  readonly market: SimulatedMarket;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Quotes per market second of the largest symbols; the others have a fifth. */
  readonly tickHz: number;
  readonly sequence: Sequence;
  readonly faults?: FaultInjector;
}

/** The running quotes of the wanted symbols; one walk through the market's trades per subscription. */
export class QuoteFeed {
  readonly #options: QuoteFeedOptions;
  readonly #tickers = new Map<Symbol, Ticker>();
  readonly #passage: FaultPassage | null;
  #wanted: ReadonlySet<Symbol> = new Set();

  constructor(options: QuoteFeedOptions) {
    this.#options = options;
    this.#passage = options.faults?.any ? options.faults.passage() : null;
  }

  want(symbols: ReadonlySet<Symbol>): void {
    this.#wanted = symbols;
  }

  /** Quotes of all wanted symbols since the last pass, in batches of at most 256. Symbols that are not listed have none. */
  pass(now: number): QuoteUpdate[][] {
    this.#follow();
    const found: QuoteUpdate[] = [];
    const budget = { sessions: SESSIONS_PER_PASS };
    for (const ticker of this.#tickers.values()) ticker.advance(now, found, budget);
    const told = this.#passage === null ? found : this.#passage.pass(found, now);
    const batches: QuoteUpdate[][] = [];
    for (let i = 0; i < told.length; i += MOST_PER_BATCH) batches.push(told.slice(i, i + MOST_PER_BATCH));
    return batches;
  }

  #follow(): void {
    for (const symbol of this.#tickers.keys()) if (!this.#wanted.has(symbol)) this.#tickers.delete(symbol);
    if (this.#tickers.size === this.#wanted.size) return;
    const { market, tickHz, sequence } = this.#options;
    for (const symbol of this.#wanted) {
      if (this.#tickers.has(symbol)) continue;
      const profile = market.profile(symbol);
      if (profile === null) continue;
      this.#tickers.set(symbol, new Ticker(market, profile, profile.fast ? tickHz : tickHz * OTHERS, sequence));
    }
  }
}

/** Quotes as a stream that ends with its subscription. Changes of the wanted set act with the next pass. */
export function quotesOf(
  options: QuoteFeedOptions,
  wanted$: Observable<ReadonlySet<Symbol>>,
): Observable<readonly QuoteUpdate[]> {
  return new Observable((subscriber) => {
    const feed = new QuoteFeed(options);
    let timer: TimerHandle | null = null;
    const run = (): void => {
      timer = null;
      for (const batch of feed.pass(options.clock.now())) {
        if (subscriber.closed) return;
        subscriber.next(batch);
      }
      if (!subscriber.closed) timer = options.timers.set(run, PASS_MS);
    };
    subscriber.add(() => {
      if (timer !== null) options.timers.clear(timer);
    });
    subscriber.add(
      wanted$.subscribe({
        next: (symbols) => feed.want(symbols),
        error: (error: unknown) => subscriber.error(error),
      }),
    );
    timer = options.timers.set(run, 0);
  });
}
