import type { Timeframe } from '@ziggy/domain';
import { Observable, Subject } from 'rxjs';
import { BarSeries } from './bar-cache.ts';
import type { BarBatch, BarUpdate, SeriesOrigin } from './bar-cache.ts';
import type { ValueFrame } from './latest-conversation.ts';
import { LatestSide } from './latest-side.ts';
import { CLIENT_LIMITS } from './deps.ts';
import { interestKey } from './intents.ts';
import type { Interest } from './intents.ts';
import { barsImage, barsOrigin, pointAt, pollBars } from './poll-rounds.ts';
import type { Rejection } from './quote-cache.ts';
import type { SideOwner } from './side.ts';

/** What changed of one chart since the last delivery. */
interface Change {
  reset: boolean;
  whole: boolean;
  readonly updates: Map<number, BarUpdate>;
  rejected: Rejection | null;
}

/** The charts channel: an image per symbol and timeframe, then the bars that change. */
export class ChartsSide extends LatestSide {
  readonly #series = new Map<string, BarSeries>();
  readonly #deliveries = new Subject<ReadonlyMap<string, Change>>();
  readonly #refused = new Map<string, Rejection>();
  #changes = new Map<string, Change>();

  constructor(owner: SideOwner) {
    super(owner, 'charts', CLIENT_LIMITS.pollChartsMs);
  }

  bars(symbol: string, timeframe: Timeframe): Observable<BarBatch> {
    const key = interestKey(symbol, timeframe);
    const interest: Interest = { symbol, timeframe };
    return new Observable<BarBatch>((subscriber) => {
      const send = (change: Change): void => {
        const series = this.#series.get(key);
        subscriber.next({
          symbol,
          timeframe,
          reset: change.reset,
          snapshot: change.whole && series ? series.image() : null,
          updates: change.whole ? [] : [...change.updates.values()],
          origin: series?.origin ?? null,
          rejected: change.rejected,
        });
      };
      const refused = this.#refused.get(key) ?? null;
      if (this.#series.has(key) || refused) send({ reset: false, whole: true, updates: new Map(), rejected: refused });
      const subscription = this.#deliveries.subscribe({
        next: (changes) => {
          const change = changes.get(key);
          if (change) send(change);
        },
        complete: () => subscriber.complete(),
      });
      this.retain([interest]);
      return () => {
        subscription.unsubscribe();
        this.release([interest]);
      };
    });
  }

  override forget(): void {
    this.get.clear();
    this.#refused.clear();
    const keys = new Set([...this.#series.keys(), ...this.intents.split(Infinity).streamed.keys()]);
    this.#series.clear();
    for (const key of keys) {
      const change = this.#change(key);
      change.reset = true;
      change.whole = false;
      change.updates.clear();
    }
    this.touched(null);
  }

  protected override value(frame: ValueFrame): void {
    if (frame.type !== 'chart_update') return;
    const key = interestKey(frame.symbol, frame.timeframe);
    if (!this.intents.has(key)) return;
    const { source, kind, asOf } = frame.data;
    const origin: SeriesOrigin = { source, kind, asOf, stale: frame.stale === true, via: 'stream' };
    if (frame.snap === true) this.#replace(key, frame.data, frame.v, origin);
    else this.#update(key, frame.data, frame.v, origin, frame.ts);
  }

  protected override async poll(signal: AbortSignal): Promise<void> {
    for (const [key, interest] of this.toPoll()) {
      const whole = !this.#series.has(key);
      const answer = await pollBars(this.get, interest, whole, signal);
      if (signal.aborted) return;
      if (answer === null || !this.intents.has(key)) continue;
      const origin = barsOrigin(answer);
      const image = barsImage(answer);
      // REST bars carry no version: they count as the one that is held, and only a difference is news.
      if (whole) this.#replace(key, image, 0, origin);
      else image.bars.forEach((bar, index) => this.#polled(key, { bar, indicators: pointAt(image, index) }, origin));
    }
  }

  protected override rejected(interest: Interest, code: number, name: string): void {
    const key = interestKey(interest.symbol, interest.timeframe);
    const rejection = { symbol: interest.symbol, code, name };
    this.#refused.set(key, rejection);
    this.#change(key).rejected = rejection;
    this.touched(null);
  }

  protected override markStale(): void {
    this.get.clear();
    for (const [key, series] of this.#series) {
      if (!series.markStale()) continue;
      this.#change(key);
      this.touched(null);
    }
  }

  protected override drop(keys: readonly string[]): void {
    for (const key of keys) {
      this.#series.delete(key);
      this.#refused.delete(key);
      this.#changes.delete(key);
    }
  }

  protected override deliver(): void {
    if (this.#changes.size === 0) return;
    const changes = this.#changes;
    this.#changes = new Map();
    this.#deliveries.next(changes);
  }

  protected override complete(): void {
    this.#deliveries.complete();
  }

  #replace(
    key: string,
    image: { bars: BarSeries['bars']; indicators: BarSeries['indicators'] } | ReturnType<typeof barsImage>,
    v: number,
    origin: SeriesOrigin,
  ): void {
    const series = this.#series.get(key) ?? new BarSeries();
    series.replace(image, v, origin);
    this.#series.set(key, series);
    this.#refused.delete(key);
    const change = this.#change(key);
    change.whole = true;
    change.rejected = null;
    change.updates.clear();
    this.touched(null);
  }

  #update(key: string, update: BarUpdate, v: number, origin: SeriesOrigin, ts: number): void {
    const series = this.#series.get(key) ?? new BarSeries();
    this.#series.set(key, series);
    const verdict = series.offer({ bar: update.bar, indicators: update.indicators }, v, origin);
    if (verdict === 'dropped') this.regressed++;
    else this.#note(key, update, verdict === 'applied', ts);
  }

  #polled(key: string, update: BarUpdate, origin: SeriesOrigin): void {
    const series = this.#series.get(key);
    const verdict = series?.offerPolled(update, origin);
    if (verdict === 'applied' || verdict === 'flagged') this.#note(key, update, verdict === 'applied', null);
  }

  #note(key: string, update: BarUpdate, applied: boolean, ts: number | null): void {
    const change = this.#change(key);
    if (applied && !change.whole) {
      if (change.updates.has(update.bar.openTime)) this.conflated++;
      change.updates.set(update.bar.openTime, { bar: update.bar, indicators: update.indicators });
    }
    this.touched(applied ? ts : null);
  }

  #change(key: string): Change {
    let change = this.#changes.get(key);
    if (!change) {
      change = { reset: false, whole: false, updates: new Map(), rejected: null };
      this.#changes.set(key, change);
    }
    return change;
  }
}
