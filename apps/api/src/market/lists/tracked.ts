import type { ListCoverage } from '@ziggy/contracts';
import { calendarOf } from '@ziggy/domain';
import type { CalendarId, Instrument, Kind, Provenance, Symbol } from '@ziggy/domain';
import type { MarketSource } from '@ziggy/market-sources';
import type { QuoteRecord } from '../quotes/quote-record.ts';
import type { QuoteViewContext } from '../quotes/quote-view.ts';

/**
 * The first so many symbols of the source are kept fresh whoever is looking. Lists and breadth are taken over them and
 * over nothing else, so that what one user watches never shows in the figures of another.
 */
export const TRACKED_MAX = 1_000;

/** Under this share of known members a figure says nothing about the universe. */
export const COVERAGE_MIN = 0.8;

export function trackedInstruments(source: Pick<MarketSource, 'universe'>): readonly Instrument[] {
  return source.universe().slice(0, TRACKED_MAX);
}

/** What a list over the universe is computed from. */
export interface UniverseParts {
  readonly members: readonly Instrument[];
  readonly recordOf: (symbol: Symbol) => QuoteRecord | undefined;
  readonly context: QuoteViewContext;
  /** Best kind of the market, for an answer without a value. */
  readonly kind: Kind;
}

/** The tracked equities of a source. */
export function trackedEquities(source: Pick<MarketSource, 'universe'>): readonly Instrument[] {
  return trackedInstruments(source).filter(({ assetClass }) => assetClass === 'equity');
}

/** Tells whether a quote counts: fresh, and of the session that is on or was last. */
export class SessionJudge {
  readonly #opens = new Map<CalendarId, number>();
  readonly #marketNow: number;

  constructor(marketNow: number) {
    this.#marketNow = marketNow;
  }

  judge(record: QuoteRecord | undefined): keyof ListCoverage {
    if (record === undefined) return 'missing';
    if (record.stale || record.update.exchangeAt < this.#openOf(record.instrument.calendar)) return 'stale';
    return 'used';
  }

  #openOf(calendar: CalendarId): number {
    let open = this.#opens.get(calendar);
    if (open === undefined) {
      open = calendarOf(calendar).lastOpened(this.#marketNow).open;
      this.#opens.set(calendar, open);
    }
    return open;
  }
}

/** Provenance of a figure that has no input: nothing is known but where it would come from. */
export function noProvenance(context: QuoteViewContext, kind: Kind): Provenance {
  return {
    market: context.market,
    source: context.sourceId,
    kind,
    asOf: null,
    receivedAt: null,
    delayMinutes: null,
    stale: false,
    lineageId: null,
  };
}
