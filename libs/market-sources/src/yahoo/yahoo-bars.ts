import type { Bar, Clock, Interval } from '@ziggy/domain';
import { hasActions } from './venues.ts';
import type { BarsQuery, CallContext } from '../port.ts';
import { SourceError } from '../port.ts';
import type { YahooCalls } from './calls.ts';
import type { ChartInterval, YahooClient } from './client.ts';
import { readBars } from './read-bars.ts';
import type { Chart } from './read-chart.ts';
import { readChart } from './read-chart.ts';

const DAY_MS = 86_400_000;

/** How far back Yahoo goes at most, as a rule of thumb: it changes without notice, and the answer decides (days). */
export const HISTORY_DAYS: Readonly<Record<Interval, number | null>> = {
  '1m': 30,
  '5m': 60,
  '15m': 60,
  '1h': 730,
  '1d': null,
};
/** Longest range of one request (days): below 5 000 bars with pre and post trading, and 7 days of minutes. */
const CHUNK_DAYS: Readonly<Record<Interval, number>> = { '1m': 5, '5m': 25, '15m': 60, '1h': 300, '1d': 4_900 };
/** The calendars begin in 2000, and a bar without a session has no place. */
const FIRST = Date.UTC(2000, 0, 1);
/** Tries with half the range before the rest counts as out of history. */
const HALVINGS = 4;
const SPLITS_KEPT_MS = DAY_MS;
const SPLITS_KEPT = 2_000;

/** Charts of Yahoo: bars in pieces that it accepts, and the corporate actions that make them raw. */
export class YahooBars {
  readonly #calls: YahooCalls;
  readonly #client: YahooClient;
  readonly #clock: Clock;
  /** Actions per symbol, oldest first: each daily chart needs all splits since. */
  readonly #actions = new Map<string, { readonly chart: Promise<Chart>; readonly at: number }>();

  constructor(calls: YahooCalls, client: YahooClient, clock: Clock) {
    this.#calls = calls;
    this.#client = client;
    this.#clock = clock;
  }

  /**
   * Bars of `[from, to)`, as far back as Yahoo has them.
   * @throws SourceError `Unsupported` for a venue whose calendar is not known.
   */
  async bars(query: BarsQuery, ctx: CallContext): Promise<Bar[]> {
    const now = this.#clock.now();
    const depth = HISTORY_DAYS[query.interval];
    const oldest = depth === null ? FIRST : Math.max(FIRST, now - depth * DAY_MS);
    const from = Math.max(query.from, oldest);
    const to = Math.min(query.to, now + 1);
    const charts = from < to ? await this.#pieces({ ...query, from, to }, ctx) : [];
    // An answer is needed in any case: a symbol that does not exist is told apart from one without bars.
    const first = charts[0] ?? (await this.head(query.symbol, ctx));
    const { venue, assetClass } = first;
    if (venue === null) throw new SourceError('Unsupported', 'The calendar of the venue is not known.');
    const splits = assetClass !== null && hasActions(assetClass) ? (await this.actions(query.symbol, ctx)).splits : [];
    const bars = charts.flatMap((chart) => readBars(chart, { query, venue, splits, now }));
    return unique(bars);
  }

  /** The chart's head alone: instrument, venue and last price. */
  head(symbol: string, ctx: CallContext): Promise<Chart> {
    const now = this.#clock.now();
    return this.#ask(symbol, '1d', now - 5 * DAY_MS, now, false, ctx);
  }

  /** All splits and dividends, kept for a day. They come with a quarterly chart too, which is short. */
  async actions(symbol: string, ctx: CallContext): Promise<Chart> {
    const now = this.#clock.now();
    const kept = this.#actions.get(symbol);
    if (kept && now - kept.at < SPLITS_KEPT_MS) {
      // Begun by another call: when that one was cancelled, this one still asks.
      const chart = await kept.chart.catch(() => null);
      if (chart !== null) return chart;
    }
    const chart = this.#ask(symbol, '3mo', 0, now, false, ctx);
    this.#actions.delete(symbol);
    this.#actions.set(symbol, { chart, at: now });
    for (const oldest of this.#actions.keys()) {
      if (this.#actions.size <= SPLITS_KEPT) break;
      this.#actions.delete(oldest);
    }
    chart.catch(() => {
      if (this.#actions.get(symbol)?.chart === chart) this.#actions.delete(symbol);
    });
    return chart;
  }

  /** The charts of the range, ascending; newest asked first, since the oldest may not exist any more. */
  async #pieces(query: BarsQuery, ctx: CallContext): Promise<Chart[]> {
    const charts: Chart[] = [];
    const length = CHUNK_DAYS[query.interval] * DAY_MS;
    for (let to = query.to; to > query.from; to -= length) {
      const { chart, whole } = await this.#piece(query, Math.max(query.from, to - length), to, ctx);
      if (chart !== null) charts.unshift(chart);
      if (!whole) break;
    }
    return charts;
  }

  /** One piece; refused ones are halved towards the present, because the refusal means that they begin too early. */
  async #piece(
    query: BarsQuery,
    from: number,
    to: number,
    ctx: CallContext,
  ): Promise<{ chart: Chart | null; whole: boolean }> {
    // A day's row carries its open, or the last trade while it runs: ask from the day's beginning to its end.
    const margin = query.interval === '1d' ? DAY_MS : 0;
    let start = from;
    for (let halved = 0; halved <= HALVINGS; halved++) {
      try {
        const chart = await this.#ask(query.symbol, query.interval, start - margin, to + margin, query.extended, ctx);
        return { chart, whole: halved === 0 };
      } catch (error) {
        if (!(error instanceof SourceError) || error.code !== 'BadRequest') throw error;
        if (saysNoData(error)) return { chart: null, whole: true };
        if (query.interval === '1d') throw error;
        start = Math.floor((start + to) / 2);
      }
    }
    return { chart: null, whole: false };
  }

  async #ask(
    symbol: string,
    interval: ChartInterval,
    from: number,
    to: number,
    extended: boolean,
    ctx: CallContext,
  ): Promise<Chart> {
    // Whole seconds, and never the same one twice: the library refuses an empty range.
    const question = {
      symbol,
      interval,
      from: Math.floor(from / 1_000) * 1_000,
      to: Math.ceil((to + 1) / 1_000) * 1_000,
      extended,
    };
    const { value, drifted } = await this.#calls.run('chart', ctx, (call) => this.#client.chart(question, call));
    const chart = readChart(value, drifted);
    if (chart === null) throw this.#calls.unreadable('chart');
    return chart;
  }
}

/** Weekends and holidays are answered as a refusal; that is an answer. */
function saysNoData(error: SourceError): boolean {
  return error.cause instanceof Error && /Data doesn't exist for startDate/i.test(error.cause.message);
}

/** Pieces may share a day at their seams. */
function unique(bars: readonly Bar[]): Bar[] {
  const byTime = new Map<number, Bar>();
  for (const bar of bars) byTime.set(bar.openTime, bar);
  return [...byTime.values()].sort((a, b) => a.openTime - b.openTime);
}
