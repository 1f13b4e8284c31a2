import type { Bar, Clock } from '@ziggy/domain';
import type { Replay } from '@ziggy/market-sources';
import { createHash } from 'node:crypto';
import type { LiveBars } from '../charts/live/live-bars.ts';
import type { QuotePipeline } from '../market/quotes/quote-pipeline.ts';
import type { QuoteRecord } from '../market/quotes/quote-record.ts';

const MINUTE_MS = 60_000;

/**
 * One SHA-256 over all that a tape makes the engines do, in its order: quotes behind the gate, closed bars, and the
 * latest values at each whole market minute in which one changed. Two playings of a tape are the same exactly when this
 * is. What clients are sent lies outside: there the newest value wins. Versions and the brain's fields are left out, for
 * they begin with what the database held.
 */
export class ReplayHash {
  readonly #hash = createHash('sha256');
  readonly #pipeline: QuotePipeline;
  readonly #market: Clock;
  /** Whether any latest value is another than a minute ago. */
  #changed = true;
  /** Market time at which the hash began; `null` for a market that is not played. */
  readonly from: number | null;

  /** Everything is wired here and not at bootstrap: a tape plays from then on, and not one record may be missed. */
  constructor(market: Clock, replay: Replay | null, pipeline: QuotePipeline, live: LiveBars) {
    this.#pipeline = pipeline;
    this.#market = market;
    this.from = replay === null ? null : market.now();
    if (replay === null) return;
    pipeline.listen({ onQuote: (record) => this.#quote(record), onFreshness: () => void (this.#changed = true) });
    live.listen({ onClosed: (bar) => this.#bar(bar) });
    replay.every(MINUTE_MS, 0, () => this.#minute());
  }

  /** The hash so far, hexadecimal; `null` for a market that is not played. */
  value(): string | null {
    return this.from === null ? null : this.#hash.copy().digest('hex');
  }

  #quote({ update }: QuoteRecord): void {
    this.#changed = true;
    const { symbol, price, bid, ask, bidSize, askSize, open, high, low, prevClose, volume, marketState } = update;
    const { exchangeAt, receivedAt, delayMinutes, seq } = update;
    const sides = [bid, ask, bidSize, askSize];
    const day = [open, high, low, prevClose, volume];
    this.#add(['q', symbol, price, ...sides, ...day, marketState, exchangeAt, receivedAt, delayMinutes, seq]);
  }

  #bar({ symbol, interval, openTime, closeTime, availableAt, o, h, l, c, volume, flags }: Bar): void {
    this.#add(['b', symbol, interval, openTime, closeTime, availableAt, o, h, l, c, volume, ...flags]);
  }

  #minute(): void {
    if (!this.#changed) return;
    this.#changed = false;
    this.#add(['m', this.#market.now()]);
    for (const { update, stale, expired } of this.#pipeline.records()) {
      this.#add([update.symbol, update.price, update.volume, update.exchangeAt, stale ? 1 : 0, expired ? 1 : 0]);
    }
  }

  #add(values: readonly (string | number | null)[]): void {
    this.#hash.update(`${JSON.stringify(values)}\n`);
  }
}
