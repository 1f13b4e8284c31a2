import { Injectable } from '@nestjs/common';
import { OVERVIEW_MAX_SYMBOLS } from '@ziggy/contracts';
import type { OverviewAnswer, OverviewQuery } from '@ziggy/contracts';
import type { Symbol } from '@ziggy/domain';
import { Brain } from '../../brain/brain.service.ts';
import { DailyBars } from '../../charts/history/daily-bars.ts';
import type { Caller } from '../../identity/caller.ts';
import { WatchlistsService } from '../../watchlists/watchlists.service.ts';
import { ActiveMarket } from '../source/active-market.ts';
import { overview } from './overview.ts';
import type { OverviewRow } from './overview.ts';
import { QuoteReads } from '../quotes/quote-reads.ts';
import { viewContext } from '../quotes/quote-view.ts';
import { sessionView } from '../calendar/session-view.ts';
import { parseSymbolList } from '../instruments/symbols-query.ts';
import { trackedEquities, trackedInstruments } from './tracked.ts';
import { Venues } from '../calendar/venues.ts';

/** History of the overview beyond the asked period, so that 20 sessions are there in any case. */
const SPARE_DAYS = 40;
const HISTORY_WITHIN_MS = 2_500;
/** Symbols of the caller's own watchlist that the overview shows unless asked for others. */
const OWN_MAX = 20;

/** Prices, changes and sparks of a list of symbols, with the state of the market. */
@Injectable()
export class OverviewService {
  constructor(
    private readonly market: ActiveMarket,
    private readonly venues: Venues,
    private readonly reads: QuoteReads,
    private readonly daily: DailyBars,
    private readonly brain: Brain,
    private readonly watchlists: WatchlistsService,
  ) {}

  async overview(query: OverviewQuery, caller: Caller): Promise<OverviewAnswer> {
    const symbols =
      query.symbols === undefined
        ? await this.#defaultSymbols(query, caller)
        : parseSymbolList(query.symbols, OVERVIEW_MAX_SYMBOLS);
    const asked = await this.reads.asked(symbols);
    const days = query.periodDays + SPARE_DAYS;
    const rows: OverviewRow[] = await Promise.all(
      asked.map(async ({ symbol, record, missing }) => {
        const instrument = this.reads.instrument(symbol);
        const daily =
          instrument === null ? [] : await this.daily.get(instrument, days, 'interactive', HISTORY_WITHIN_MS);
        return { symbol, instrument, record, missing, daily };
      }),
    );
    const context = viewContext(this.market, this.venues);
    return overview({
      rows,
      query,
      context,
      kind: this.market.kind,
      members: trackedEquities(this.market.adapter),
      recordOf: (symbol) => this.reads.record(symbol),
      session: sessionView({ exchange: 'XNYS' }, context.marketNow),
      regime: this.brain.state.regime,
    });
  }

  /** The caller's own watchlist; the index set of those who have none, and while the database is away. */
  async #defaultSymbols({ universe }: OverviewQuery, caller: Caller): Promise<Symbol[]> {
    const own = universe === undefined ? await this.watchlists.firstSymbols(caller, OWN_MAX).catch(() => []) : [];
    if (own.length > 0) return own;
    return trackedInstruments(this.market.adapter)
      .slice(0, OVERVIEW_MAX_SYMBOLS)
      .map(({ symbol }) => symbol);
  }
}
