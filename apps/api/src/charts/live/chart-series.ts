import type { ChartSnapshotFrame, ChartUpdateFrame, StreamBar } from '@ziggy/contracts';
import { fromMicro } from '@ziggy/domain';
import type { Bar, Kind, Symbol, Timeframe } from '@ziggy/domain';
import { createIndicator } from '@ziggy/quant';
import type { Indicator, IndicatorBar, IndicatorSpec } from '@ziggy/quant';
import type { SeriesBar } from '../history/weekly-bars.ts';

/** Bars of one snapshot. */
export const SNAPSHOT_BARS = 500;

interface Track {
  readonly id: string;
  readonly indicator: Indicator;
  /** Values at the closed bars, by output; as long as the bars. */
  readonly values: Record<string, (number | null)[]>;
}

/**
 * The bars of one symbol and timeframe with their indicators, kept up to date bar by bar: a closed bar costs one step of
 * each indicator, a forming one a look ahead. Bars are adjusted for splits.
 */
export class ChartSeries {
  readonly symbol: Symbol;
  readonly timeframe: Timeframe;
  readonly #source: string;
  readonly #tracks: readonly Track[];
  #bars: SeriesBar[] = [];
  #forming: SeriesBar | null = null;
  #kind: Kind;

  constructor(symbol: Symbol, timeframe: Timeframe, source: string, kind: Kind, specs: readonly IndicatorSpec[]) {
    this.symbol = symbol;
    this.timeframe = timeframe;
    this.#source = source;
    this.#kind = kind;
    this.#tracks = specs.map((spec) => ({ id: spec.id, indicator: createIndicator(spec), values: {} }));
  }

  /** Takes over bars, ascending; the last may be forming. More than a snapshot holds warm the indicators up. */
  load(bars: readonly SeriesBar[]): void {
    for (const bar of bars) if (bar.complete) this.#append(bar);
    const last = bars.at(-1);
    if (last !== undefined && !last.complete) this.#forming = last;
    this.#trim();
  }

  get lastClosed(): SeriesBar | null {
    return this.#bars.at(-1) ?? null;
  }

  get forming(): SeriesBar | null {
    return this.#forming;
  }

  /** @returns false when the bar is older than what the series holds already. */
  form(bar: SeriesBar): boolean {
    const last = this.#bars.at(-1);
    if (last !== undefined && bar.openTime <= last.openTime) return false;
    this.#forming = bar;
    this.#kind = bar.kind;
    return true;
  }

  /**
   * Adds a closed bar.
   * @returns `appended`; `known` when it is the newest closed bar once more; `late` when it corrects the past, and with
   * it the indicators: then the series must be loaded again.
   */
  close(bar: SeriesBar): 'appended' | 'known' | 'late' {
    const last = this.#bars.at(-1);
    if (this.#forming !== null && this.#forming.openTime <= bar.openTime) this.#forming = null;
    if (last === undefined || bar.openTime > last.openTime) {
      this.#append(bar);
      this.#trim();
      return 'appended';
    }
    return sameBar(bar, last) ? 'known' : 'late';
  }

  /** The frame of the forming bar, or `null` when none forms. */
  formingFrame(v: number, ts: number, stale: boolean): ChartUpdateFrame | null {
    return this.#forming === null ? null : this.#update(this.#forming, this.#peek(this.#forming), v, ts, stale);
  }

  /** Closed bars that opened after an instant, ascending. */
  closedAfter(openTime: number): readonly SeriesBar[] {
    return this.#bars.filter((bar) => bar.openTime > openTime);
  }

  /** The frame of a closed bar; `null` when the series does not hold it. `stale` speaks of the symbol, as in every frame. */
  closedFrame(openTime: number, v: number, ts: number, stale: boolean): ChartUpdateFrame | null {
    const at = this.#bars.findLastIndex((bar) => bar.openTime === openTime);
    const bar = this.#bars[at];
    if (bar === undefined) return null;
    const values: ChartUpdateFrame['data']['indicators'] = {};
    for (const track of this.#tracks) {
      values[track.id] = Object.fromEntries(
        Object.entries(track.values).map(([name, list]) => [name, list[at] ?? null]),
      );
    }
    return this.#update(bar, values, v, ts, stale);
  }

  snapshotFrame(v: number, ts: number, stale: boolean): ChartSnapshotFrame {
    const forming = this.#forming;
    const room = forming === null ? SNAPSHOT_BARS : SNAPSHOT_BARS - 1;
    const from = Math.max(0, this.#bars.length - room);
    const bars = this.#bars.slice(from).map(streamBar);
    const ahead = forming === null ? null : this.#peek(forming);
    if (forming !== null) bars.push(streamBar(forming));
    const indicators: ChartSnapshotFrame['data']['indicators'] = {};
    for (const track of this.#tracks) {
      const outputs: Record<string, (number | null)[]> = {};
      for (const [name, list] of Object.entries(track.values)) {
        outputs[name] = list.slice(from);
        if (ahead !== null) outputs[name].push(ahead[track.id]?.[name] ?? null);
      }
      indicators[track.id] = outputs;
    }
    const newest = forming ?? this.#bars.at(-1);
    return {
      type: 'chart_update',
      ch: 'charts',
      ts,
      symbol: this.symbol,
      timeframe: this.timeframe,
      v,
      snap: true,
      ...(stale ? { stale: true as const } : {}),
      data: {
        bars,
        indicators,
        source: this.#source,
        kind: newest?.kind ?? this.#kind,
        asOf: newest === undefined ? null : asOf(newest),
      },
    };
  }

  #update(
    bar: SeriesBar,
    indicators: ChartUpdateFrame['data']['indicators'],
    v: number,
    ts: number,
    stale: boolean,
  ): ChartUpdateFrame {
    return {
      type: 'chart_update',
      ch: 'charts',
      ts,
      symbol: this.symbol,
      timeframe: this.timeframe,
      v,
      ...(stale ? { stale: true as const } : {}),
      data: { bar: streamBar(bar), indicators, source: this.#source, kind: bar.kind, asOf: asOf(bar) },
    };
  }

  #append(bar: SeriesBar): void {
    this.#bars.push(bar);
    const input = indicatorBar(bar);
    for (const track of this.#tracks) {
      for (const [name, value] of Object.entries(track.indicator.next(input))) {
        (track.values[name] ??= []).push(shown(value));
      }
    }
  }

  #peek(bar: SeriesBar): ChartUpdateFrame['data']['indicators'] {
    const input = indicatorBar(bar);
    const values: ChartUpdateFrame['data']['indicators'] = {};
    for (const track of this.#tracks) {
      values[track.id] = Object.fromEntries(
        Object.entries(track.indicator.peek(input)).map(([name, value]) => [name, shown(value)]),
      );
    }
    return values;
  }

  #trim(): void {
    // Cutting the front of an array moves the rest: it is done once in a hundred bars.
    if (this.#bars.length < SNAPSHOT_BARS + 100) return;
    const surplus = this.#bars.length - SNAPSHOT_BARS;
    this.#bars = this.#bars.slice(surplus);
    for (const track of this.#tracks) for (const list of Object.values(track.values)) list.splice(0, surplus);
  }
}

/** When the newest trade of a bar is known to have been: its end, or what the forming bar last saw. */
function asOf(bar: SeriesBar): number {
  return bar.complete ? bar.closeTime : bar.availableAt;
}

export function indicatorBar(bar: Pick<Bar, 'o' | 'h' | 'l' | 'c' | 'volume'>): IndicatorBar {
  return { o: fromMicro(bar.o), h: fromMicro(bar.h), l: fromMicro(bar.l), c: fromMicro(bar.c), v: bar.volume };
}

/** Six decimals: what a chart can show, at half the bytes. */
export function shown(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : Math.round(value * 1e6) / 1e6 + 0;
}

export function streamBar(bar: SeriesBar): StreamBar {
  return {
    openTime: bar.openTime,
    closeTime: bar.closeTime,
    open: shown(fromMicro(bar.o)) as number,
    high: shown(fromMicro(bar.h)) as number,
    low: shown(fromMicro(bar.l)) as number,
    close: shown(fromMicro(bar.c)) as number,
    volume: bar.volume,
    closed: bar.complete,
    ...(bar.flags.length > 0 ? { flags: [...bar.flags] } : {}),
  };
}

export function sameBar(a: SeriesBar, b: SeriesBar): boolean {
  return (
    a.openTime === b.openTime &&
    a.o === b.o &&
    a.h === b.h &&
    a.l === b.l &&
    a.c === b.c &&
    a.volume === b.volume &&
    a.complete === b.complete
  );
}
