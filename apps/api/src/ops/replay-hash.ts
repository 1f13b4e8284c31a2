import { Injectable } from '@nestjs/common';
import type { Bar } from '@ziggy/domain';
import { createHash } from 'node:crypto';
import { LiveBars } from '../charts/live-bars.ts';
import { ActiveMarket } from '../market/active-market.ts';
import { QuotePipeline } from '../market/quote-pipeline.ts';
import type { QuoteRecord } from '../market/quote-record.ts';

const MINUTE_MS = 60_000;

/**
 * One SHA-256 over all that a tape makes the engines do, in its order: quotes behind the gate, closed bars, and the
 * latest values at each whole market minute. Two playings of a tape are the same exactly when this is. What clients are
 * sent lies outside: there the newest value wins. Versions and the brain's fields are left out, for they begin with what
 * the database held.
 */
@Injectable()
export class ReplayHash {
  readonly #hash = createHash('sha256');
  readonly #pipeline: QuotePipeline;
  readonly #market: ActiveMarket;
  /** Whether any latest value is another than a minute ago. */
  #changed = true;
  /** Market time at which the hash began; `null` for a market that is not played. */
  readonly from: number | null;

  // Everything is wired here and not at bootstrap: a tape plays from then on, and not one record may be missed.
  constructor(market: ActiveMarket, pipeline: QuotePipeline, live: LiveBars) {
    this.#pipeline = pipeline;
    this.#market = market;
    const { replay } = market.adapter;
    this.from = replay === null ? null : market.now();
    if (replay === null) return;
    pipeline.listen({ onQuote: (record) => this.#quote(record), onFreshness: () => (this.#changed = true) });
    live.listen({ onClosed: (bar) => this.#bar(bar) });
    replay.every(MINUTE_MS, 0, () => this.#minute());
  }

  /** The hash so far, hexadecimal; `null` for a market that is not played. */
  value(): string | null {
    return this.from === null ? null : this.#hash.copy().digest('hex');
  }

  #quote({ update }: QuoteRecord): void {
    const { symbol, price, bid, ask, bidSize, askSize, open, high, low, prevClose, volume, marketState } = update;
    const { exchangeAt, receivedAt, delayMinutes, seq } = update;
    this.#changed = true;
    this.#add([
      'q',
      symbol,
      price,
      bid,
      ask,
      bidSize,
      askSize,
      open,
      high,
      low,
      prevClose,
      volume,
      marketState,
      exchangeAt,
      receivedAt,
      delayMinutes,
      seq,
    ]);
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
