import { calendarOf } from '@ziggy/domain';
import type { Bar, Instrument, Interval } from '@ziggy/domain';
import { adjustBars } from '../history/adjust.ts';
import type { BarHistory } from '../history/bar-history.ts';
import type { LiveBars } from './live-bars.ts';
import { reachBack } from '../history/gaps.ts';

/** Shorter than the 2.5 s that a subscription may take. */
const WITHIN_MS = 2_200;

export interface ChartLoaderOptions {
  readonly history: Pick<BarHistory, 'bars' | 'actions'>;
  readonly live: Pick<LiveBars, 'adopt'>;
  readonly marketNow: () => number;
}

/** Reads the newest bars of a chart, adjusted for splits, and completes the forming one from the source. */
export class ChartLoader {
  readonly #options: ChartLoaderOptions;

  constructor(options: ChartLoaderOptions) {
    this.#options = options;
  }

  /**
   * At most `count` bars, ascending, the last possibly forming.
   * @throws SourceError when the source does not answer and nothing is stored.
   */
  async load(instrument: Instrument, interval: Interval, count: number): Promise<readonly Bar[]> {
    const { history, live, marketNow } = this.#options;
    const now = marketNow();
    const session = calendarOf(instrument.calendar).lastOpened(now);
    const from = reachBack(now, interval, count, session.close - session.open, instrument.calendar === '24x7' ? 7 : 5);
    const asked = {
      instrument,
      interval,
      from,
      to: now + 1,
      limit: count,
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
