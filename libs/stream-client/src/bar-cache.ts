import type { ChartSnapshotFrame, ChartUpdateFrame, StreamBar } from '@ziggy/contracts';
import type { Timeframe, Kind } from '@ziggy/domain';
import { CLIENT_LIMITS } from './deps.ts';
import type { Rejection, Verdict, Via } from './quote-cache.ts';

/** Values of each indicator by output name at one bar. */
export type IndicatorPoint = ChartUpdateFrame['data']['indicators'];
/** The same as columns: one value per bar. */
export type IndicatorColumns = ChartSnapshotFrame['data']['indicators'];

/** Where a series comes from, and how fresh it is. */
export interface SeriesOrigin {
  readonly source: string;
  readonly kind: Kind;
  readonly asOf: number | null;
  readonly stale: boolean;
  readonly via: Via;
}

export interface BarSnapshot {
  readonly bars: readonly StreamBar[];
  readonly indicators: IndicatorColumns;
}
export interface BarUpdate {
  readonly bar: StreamBar;
  readonly indicators: IndicatorPoint;
}

/** One delivery for a symbol and timeframe: the whole image, or the bars that changed since the last one. */
export interface BarBatch {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** Another market runs now: forget what you hold. */
  readonly reset: boolean;
  readonly snapshot: BarSnapshot | null;
  readonly updates: readonly BarUpdate[];
  /** `null` until something is known. */
  readonly origin: SeriesOrigin | null;
  readonly rejected: Rejection | null;
}

/** The bars of one symbol and timeframe, ascending by open time, at most 2 000. */
export class BarSeries {
  bars: StreamBar[] = [];
  indicators: Record<string, Record<string, (number | null)[]>> = {};
  origin: SeriesOrigin | null = null;
  readonly #versions = new Map<number, number>();

  /** Puts a whole image in place of what is held. */
  replace(snapshot: BarSnapshot, v: number, origin: SeriesOrigin): void {
    this.bars = [...snapshot.bars];
    this.indicators = copyColumns(snapshot.indicators);
    this.origin = origin;
    this.#versions.clear();
    const last = this.bars.at(-1);
    if (last) this.#versions.set(last.openTime, v);
  }

  /** Adds or replaces one bar. A repeated version, or a closed bar that is known already, is dropped. */
  offer(update: BarUpdate, v: number, origin: SeriesOrigin): Verdict {
    const { bar } = update;
    const index = this.#find(bar.openTime);
    const held = this.bars[index];
    const known = held !== undefined && held.openTime === bar.openTime;
    if (v <= (this.#versions.get(bar.openTime) ?? -1)) return this.#flag(origin);
    if (known && held.closed && !bar.closed) return 'dropped'; // late news of a bar that is finished
    if (known && sameBar(held, bar) && held.closed) return this.#flag(origin);
    if (!known && index < this.bars.length && index === 0) return 'dropped'; // older than the image
    if (known) this.bars[index] = bar;
    else this.bars.splice(index, 0, bar);
    this.#setIndicators(index, known, update.indicators);
    this.#remember(bar.openTime, v);
    this.origin = origin;
    this.#trim();
    return 'applied';
  }

  /** Adds or replaces a bar that came over REST, where bars carry no version: only a difference is news. */
  offerPolled(update: BarUpdate, origin: SeriesOrigin): Verdict {
    const held = this.bars[this.#find(update.bar.openTime)];
    const known = held !== undefined && held.openTime === update.bar.openTime;
    if (known && sameBar(held, update.bar)) return this.#flag(origin);
    return this.offer(update, known ? (this.#versions.get(update.bar.openTime) ?? 0) + 1e-3 : 0, origin);
  }

  /** Marks the series stale; true when that changed something. */
  markStale(): boolean {
    if (this.origin === null || this.origin.stale) return false;
    this.origin = { ...this.origin, stale: true };
    return true;
  }

  image(): BarSnapshot {
    return { bars: [...this.bars], indicators: copyColumns(this.indicators) };
  }

  #flag(origin: SeriesOrigin): Verdict {
    if (this.origin && this.origin.stale === origin.stale && this.origin.via === origin.via) return 'dropped';
    this.origin = { ...(this.origin ?? origin), stale: origin.stale, via: origin.via };
    return 'flagged';
  }

  /** Index of the first bar that does not open before `openTime`. */
  #find(openTime: number): number {
    let low = 0;
    let high = this.bars.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.bars[middle] as StreamBar).openTime < openTime) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #setIndicators(index: number, known: boolean, point: IndicatorPoint): void {
    for (const [id, outputs] of Object.entries(point)) {
      const columns = (this.indicators[id] ??= {});
      for (const name of Object.keys(outputs))
        columns[name] ??= new Array<number | null>(this.bars.length - (known ? 0 : 1)).fill(null);
    }
    for (const [id, columns] of Object.entries(this.indicators)) {
      for (const [name, column] of Object.entries(columns)) {
        const value = point[id]?.[name] ?? null;
        if (known) column[index] = value;
        else column.splice(index, 0, value);
      }
    }
  }

  #remember(openTime: number, v: number): void {
    this.#versions.delete(openTime);
    this.#versions.set(openTime, v);
    // Only the newest bars still change; a late duplicate of an older one is caught by the comparison of closed bars.
    if (this.#versions.size > 16) this.#versions.delete(this.#versions.keys().next().value as number);
  }

  #trim(): void {
    const excess = this.bars.length - CLIENT_LIMITS.barsHeld;
    if (excess <= 0) return;
    this.bars.splice(0, excess);
    for (const columns of Object.values(this.indicators))
      for (const column of Object.values(columns)) column.splice(0, excess);
  }
}

function sameBar(a: StreamBar, b: StreamBar): boolean {
  return (
    a.open === b.open &&
    a.high === b.high &&
    a.low === b.low &&
    a.close === b.close &&
    a.volume === b.volume &&
    a.closed === b.closed
  );
}

function copyColumns(columns: IndicatorColumns): Record<string, Record<string, (number | null)[]>> {
  return Object.fromEntries(
    Object.entries(columns).map(([id, outputs]) => [
      id,
      Object.fromEntries(Object.entries(outputs).map(([name, values]) => [name, [...values]])),
    ]),
  );
}
