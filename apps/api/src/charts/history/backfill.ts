import { INTERVAL_MS } from '@ziggy/domain';
import type { Instrument, Interval, Symbol } from '@ziggy/domain';
import type { BarHistory } from './bar-history.ts';
import { KEPT_MS } from '../store/bar-partitions.ts';
import type { Coverage } from '../store/bar.repository.ts';

/** A series of bars that somebody has asked for before, and how much of it is known. */
export interface CoveredSeries {
  readonly instrumentId: number;
  readonly interval: Interval;
  readonly coverage: Coverage;
}

export interface BackfillOptions {
  /** Every series with a coverage, in a fixed order. */
  readonly series: () => Promise<readonly CoveredSeries[]>;
  readonly instrumentOf: (instrumentId: number) => Instrument | undefined;
  readonly history: Pick<BarHistory, 'bars' | 'oldest'>;
  /** Whether anybody wants the symbol now; the others wait until somebody does. */
  readonly isWanted: (symbol: Symbol) => boolean;
  /** Whether the past is worth having before somebody asks: not where the source makes it on request. */
  readonly deepens: boolean;
  /** Goes false when another process leads, or the process stops. */
  readonly mayRun: () => boolean;
  /** Waits between two requests, so that everything else goes first. */
  readonly pause: () => Promise<void>;
  readonly marketNow: () => number;
}

const DAY_MS = 86_400_000;
/** Longest span of one request: what a source answers in one piece. */
const CHUNK_MS: Readonly<Record<Interval, number>> = {
  '1m': 7 * DAY_MS,
  '5m': 30 * DAY_MS,
  '15m': 60 * DAY_MS,
  '1h': 365 * DAY_MS,
  '1d': 3_650 * DAY_MS,
};
const WITHIN_MS = 30_000;

/**
 * Fills the holes of the coverage: what came to pass while nobody listened, and the past as far as the source and our
 * retention reach. Its place is the stored coverage, so it goes on where it stopped, whatever stopped it.
 */
export class Backfill {
  readonly #options: BackfillOptions;

  constructor(options: BackfillOptions) {
    this.#options = options;
  }

  /** One walk over all series. Ends early when the source does not answer. @returns requests made of the history. */
  async run(): Promise<number> {
    const { series, instrumentOf, isWanted, mayRun } = this.#options;
    let asked = 0;
    for (const { instrumentId, interval, coverage } of await series()) {
      const instrument = instrumentOf(instrumentId);
      if (instrument === undefined || !isWanted(instrument.symbol)) continue;
      for (const [from, to] of this.#holes(interval, coverage)) {
        if (!mayRun()) return asked;
        if (asked > 0) await this.#options.pause();
        asked++;
        const terms = { instrument, interval, from, to, limit: 1, priority: 'backfill', withinMs: WITHIN_MS } as const;
        const { failure, beginsAt } = await this.#options.history.bars(terms);
        if (failure !== null) return asked;
        if (beginsAt !== null && beginsAt >= to) break;
      }
    }
    return asked;
  }

  /** Spans to ask for, the newest first. */
  *#holes(interval: Interval, { from, to, exhausted }: Coverage): Generator<[number, number]> {
    const now = this.#options.marketNow();
    if (now - to > INTERVAL_MS[interval]) {
      for (let at = to; at < now; at += CHUNK_MS[interval]) yield [at, Math.min(now, at + CHUNK_MS[interval])];
    }
    if (!this.#options.deepens || exhausted) return;
    const kept = KEPT_MS[interval];
    const oldest = Math.max(this.#options.history.oldest(interval) ?? from, kept === null ? 0 : now - kept);
    for (let at = from; at > oldest; at -= CHUNK_MS[interval]) yield [Math.max(oldest, at - CHUNK_MS[interval]), at];
  }
}
