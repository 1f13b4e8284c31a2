import { TIMEFRAME_MS, calendarOf, storedInterval } from '@ziggy/domain';
import type { Bar, Instrument, Timeframe } from '@ziggy/domain';
import { adjustBars } from '../history/adjust.ts';
import type { BarHistory } from '../history/bar-history.ts';
import type { LiveBars } from './live-bars.ts';
import { daysAWeek, reachBack } from '../history/gaps.ts';
import { weeklyBars, weeksOf } from '../history/weekly-bars.ts';
import type { SeriesBar } from '../history/weekly-bars.ts';

/** Shorter than the 2.5 s that a subscription may take. */
const WITHIN_MS = 2_200;

export interface ChartLoaderOptions {
  readonly history: Pick<BarHistory, 'bars' | 'actions'>;
  readonly live: Pick<LiveBars, 'adopt'>;
  readonly marketNow: () => number;
}

/** A week more than was asked for: the first may be cut. */
const SPARE_WEEKS = 1;

/** The bars of a chart, ascending, the last possibly forming. */
export interface LoadedSeries {
  readonly bars: readonly SeriesBar[];
  /** The days that weeks were made of; null where bars are as they were read. */
  readonly days: readonly Bar[] | null;
}

/** Reads the newest bars of a chart, adjusted for splits, and completes the forming one from the source. */
export class ChartLoader {
  readonly #options: ChartLoaderOptions;

  constructor(options: ChartLoaderOptions) {
    this.#options = options;
  }

  /**
   * At most `count` bars.
   * @throws SourceError when the source does not answer and nothing is stored.
   */
  async load(instrument: Instrument, timeframe: Timeframe, count: number): Promise<LoadedSeries> {
    const { marketNow } = this.#options;
    if (timeframe !== '1w') return { bars: await this.#read(instrument, timeframe, count), days: null };
    const now = marketNow();
    const from = now - (count + SPARE_WEEKS) * TIMEFRAME_MS['1w'];
    const days = await this.#read(instrument, timeframe, count * daysAWeek(instrument), from);
    return { bars: weeklyBars(days, weeksOf(calendarOf(instrument.calendar), from, now + 1), now).slice(-count), days };
  }

  async #read(instrument: Instrument, timeframe: Timeframe, limit: number, since?: number): Promise<readonly Bar[]> {
    const { history, live, marketNow } = this.#options;
    const now = marketNow();
    const interval = storedInterval(timeframe);
    const session = calendarOf(instrument.calendar).lastOpened(now);
    const from = since ?? reachBack(now, interval, limit, session.close - session.open, daysAWeek(instrument));
    const asked = {
      instrument,
      interval,
      from,
      to: now + 1,
      limit,
      priority: 'interactive',
      withinMs: WITHIN_MS,
    } as const;
    const [series, actions] = await Promise.all([history.bars(asked), history.actions(instrument, WITHIN_MS)]);
    if (series.bars.length === 0 && series.failure !== null) throw series.failure;
    const newest = series.bars.at(-1);
    if (newest !== undefined) live.adopt(newest);
    return adjustBars(series.bars, actions, 'splits', marketNow());
  }
}
