import { Observable, Subject } from 'rxjs';
import type { ValueFrame } from './latest-conversation.ts';
import { LatestSide } from './latest-side.ts';
import { CLIENT_LIMITS } from './deps.ts';
import type { Interest } from './intents.ts';
import { pollQuotes } from './poll-rounds.ts';
import { QuoteCache } from './quote-cache.ts';
import type { QuoteBatch, QuoteItem, Rejection } from './quote-cache.ts';
import type { SideOwner } from './side.ts';

interface Delivery {
  readonly reset: boolean;
  readonly changed: ReadonlySet<string>;
  readonly rejected: ReadonlyMap<string, Rejection>;
}

/** The market channel: newest quote per symbol. */
export class MarketSide extends LatestSide {
  readonly #cache = new QuoteCache();
  readonly #deliveries = new Subject<Delivery>();
  readonly #refused = new Map<string, Rejection>();
  #changed = new Set<string>();
  #newlyRefused = new Map<string, Rejection>();
  #reset = false;

  constructor(owner: SideOwner) {
    super(owner, 'market', CLIENT_LIMITS.pollMarketMs);
  }

  quotes(symbols: readonly string[]): Observable<QuoteBatch> {
    return new Observable<QuoteBatch>((subscriber) => {
      const wanted = new Set(symbols);
      const interests = symbols.map((symbol): Interest => ({ symbol, timeframe: null }));
      const send = (delivery: Delivery): void => {
        const keys =
          delivery.changed.size < wanted.size
            ? [...delivery.changed].filter((key) => wanted.has(key))
            : [...wanted].filter((key) => delivery.changed.has(key));
        const items = keys.map((key) => this.#cache.get(key)).filter((item): item is QuoteItem => item !== undefined);
        const rejected = [...delivery.rejected.values()].filter(({ symbol }) => wanted.has(symbol));
        if (delivery.reset || items.length > 0 || rejected.length > 0)
          subscriber.next({ reset: delivery.reset, items, rejected });
      };
      send({ reset: false, changed: wanted, rejected: this.#refused });
      const subscription = this.#deliveries.subscribe({ next: send, complete: () => subscriber.complete() });
      this.retain(interests);
      return () => {
        subscription.unsubscribe();
        this.release(interests);
      };
    });
  }

  override forget(): void {
    this.#cache.clear();
    this.#refused.clear();
    this.#changed.clear();
    this.get.clear();
    this.#reset = true;
    this.touched(null);
  }

  protected override value(frame: ValueFrame, attempt: number): void {
    if (frame.type !== 'market_data') return;
    const { symbol, v, ts, data } = frame;
    if (!this.intents.has(symbol)) return; // on its way while we unsubscribed
    const snapshot = frame.snap === true;
    this.#offer(
      { symbol, v, ts, data, stale: frame.stale === true, via: 'stream' },
      attempt,
      snapshot,
      snapshot ? null : ts,
    );
  }

  protected override async poll(signal: AbortSignal): Promise<void> {
    const symbols = [...this.toPoll().keys()];
    const items = await pollQuotes(this.get, symbols, signal);
    if (signal.aborted) return;
    for (const item of items)
      if (this.intents.has(item.symbol)) this.#offer(item, this.connection.attempt, false, null);
  }

  protected override rejected(interest: Interest, code: number, name: string): void {
    const rejection = { symbol: interest.symbol, code, name };
    this.#refused.set(interest.symbol, rejection);
    this.#newlyRefused.set(interest.symbol, rejection);
    this.touched(null);
  }

  protected override markStale(): void {
    this.get.clear(); // "not changed" must not hide that a value is fresh again
    for (const symbol of this.#cache.markStale()) this.#changed.add(symbol);
    if (this.#changed.size > 0) this.touched(null);
  }

  protected override drop(keys: readonly string[]): void {
    for (const key of keys) {
      this.#cache.delete(key);
      this.#refused.delete(key);
      this.#changed.delete(key);
    }
  }

  protected override deliver(): void {
    if (!this.#reset && this.#changed.size === 0 && this.#newlyRefused.size === 0) return;
    const delivery = { reset: this.#reset, changed: this.#changed, rejected: this.#newlyRefused };
    this.#reset = false;
    this.#changed = new Set();
    this.#newlyRefused = new Map();
    this.#deliveries.next(delivery);
  }

  protected override complete(): void {
    this.#deliveries.complete();
  }

  #offer(item: QuoteItem, attempt: number, snapshot: boolean, sampleTs: number | null): void {
    const verdict = this.#cache.offer(item, attempt, snapshot);
    if (verdict === 'dropped') {
      this.regressed++;
      return;
    }
    if (this.#refused.delete(item.symbol)) this.#newlyRefused.delete(item.symbol);
    if (this.#changed.has(item.symbol)) this.conflated++;
    this.#changed.add(item.symbol);
    this.touched(verdict === 'applied' ? sampleTs : null);
  }
}
