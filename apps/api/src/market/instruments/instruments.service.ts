import { Injectable } from '@nestjs/common';
import { INSTRUMENT_PARTS } from '@ziggy/contracts';
import type { InstrumentAnswer, InstrumentQuery, NullReason } from '@ziggy/contracts';
import { calendarOf, fromMicro } from '@ziggy/domain';
import type { Instrument, Symbol } from '@ziggy/domain';
import type { CorporateAction } from '@ziggy/market-sources';
import { BarHistory } from '../../charts/history/bar-history.ts';
import { ActiveMarket } from '../source/active-market.ts';
import { InstrumentDirectory } from './instrument-directory.ts';
import { InstrumentRepository } from './instrument.repository.ts';
import { knownInstrument } from './known-instrument.ts';
import { viewContext } from '../quotes/quote-view.ts';
import { parseWords } from './symbols-query.ts';
import { noProvenance, trackedInstruments } from '../lists/tracked.ts';
import { Venues } from '../calendar/venues.ts';
import { iso, wireProvenance } from '../quotes/wire-provenance.ts';

const ACTIONS_WITHIN_MS = 2_000;

/** What is known of single instruments. */
@Injectable()
export class InstrumentsService {
  constructor(
    private readonly market: ActiveMarket,
    private readonly directory: InstrumentDirectory,
    private readonly repository: InstrumentRepository,
    private readonly history: BarHistory,
    private readonly venues: Venues,
  ) {}

  async instrument(symbol: Symbol, query: InstrumentQuery): Promise<InstrumentAnswer> {
    const parts = parseWords('include', query.include, INSTRUMENT_PARTS) ?? [];
    const instrument = await knownInstrument(this.directory, symbol);
    const id = this.directory.knownId(symbol);
    const [span, actions] = await Promise.all([
      id === undefined ? { firstOpen: null, lastClose: null } : this.repository.dailySpan(this.market.marketId, id),
      parts.includes('actions') ? this.history.actions(instrument, ACTIONS_WITHIN_MS) : null,
    ]);
    const calendar = calendarOf(instrument.calendar);
    const { name, assetClass, mic, currency, sector, aliases } = instrument;
    return {
      ...{ symbol, name, assetClass, mic, currency, calendar: instrument.calendar },
      tick: fromMicro(instrument.tick),
      lot: null,
      sector,
      industry: null,
      shortable: null,
      tracked: trackedInstruments(this.market.adapter).some((one) => one.symbol === symbol),
      firstBarDate: span.firstOpen === null ? null : calendar.dateAt(span.firstOpen),
      lastBarAt: iso(span.lastClose),
      aliases: [...aliases],
      ...(actions === null ? {} : { actions: actions.map((action) => wireAction(action, instrument)) }),
      ...(parts.includes('fundamentals') ? { fundamentals: null } : {}),
      reasons: reasonsOf(instrument, span.firstOpen, parts.includes('fundamentals')),
      ...wireProvenance(noProvenance(viewContext(this.market, this.venues), this.market.kind), this.market.now()),
    };
  }
}

function wireAction(action: CorporateAction, instrument: Instrument): NonNullable<InstrumentAnswer['actions']>[number] {
  return {
    type: action.type,
    exDate: calendarOf(instrument.calendar).dateAt(action.exAt),
    ratio: action.ratio,
    amount: action.amount === null ? null : fromMicro(action.amount),
    knownAt: iso(action.knownAt),
  };
}

/** No source tells lots, industries, borrow lists or fundamentals; a sector only where the source has one. */
function reasonsOf(
  instrument: Instrument,
  firstOpen: number | null,
  fundamentals: boolean,
): Record<string, NullReason> {
  return {
    lot: 'no_source',
    industry: 'no_source',
    shortable: 'no_source',
    ...(instrument.sector === null ? { sector: 'no_data' as const } : {}),
    ...(firstOpen === null ? { firstBarDate: 'no_data' as const, lastBarAt: 'no_data' as const } : {}),
    ...(fundamentals ? { fundamentals: 'no_source' as const } : {}),
  };
}
