import { Injectable } from '@nestjs/common';
import { QUOTES_MAX_SYMBOLS } from '@ziggy/contracts';
import type {
  QuoteEntry,
  QuotesAnswer,
  QuotesQuery,
  SessionAnswer,
  SessionQuery,
  SourcesAnswer,
} from '@ziggy/contracts';
import type { Symbol } from '@ziggy/domain';
import { WallClock } from '../platform/clock.ts';
import type { JsonText } from '../platform/json-text.ts';
import { ActiveMarket } from './source/active-market.ts';
import { Demand } from './source/demand.ts';
import { QuoteReads } from './quotes/quote-reads.ts';
import { QuoteTexts } from './quotes/quote-text.ts';
import { quoteEntry, viewContext } from './quotes/quote-view.ts';
import { sessionView } from './calendar/session-view.ts';
import { sourcesView } from './source/sources-view.ts';
import { parseSymbolList } from './instruments/symbols-query.ts';
import { Venues } from './calendar/venues.ts';

/** Quotes, the trading day and the state of the sources, as REST shows them. */
@Injectable()
export class MarketService {
  readonly #texts = new QuoteTexts();

  constructor(
    private readonly market: ActiveMarket,
    private readonly venues: Venues,
    private readonly reads: QuoteReads,
    private readonly demand: Demand,
    private readonly wall: WallClock,
  ) {}

  async quotes(query: QuotesQuery): Promise<JsonText<QuotesAnswer>> {
    const asked = await this.reads.asked(parseSymbolList(query.symbols, QUOTES_MAX_SYMBOLS));
    return this.#texts.answer(asked, query.include === 'brain', viewContext(this.market, this.venues));
  }

  /** The newest quote of each symbol, in order, or why there is none. Waits a moment for those that have none yet. */
  async entries(symbols: readonly Symbol[], withBrain: boolean): Promise<QuoteEntry[]> {
    const asked = await this.reads.asked(symbols);
    const context = viewContext(this.market, this.venues);
    return asked.map((one) => quoteEntry(one, withBrain, context));
  }

  session(query: SessionQuery): SessionAnswer {
    return sessionView(query, this.market.now());
  }

  sources(): SourcesAnswer {
    return sourcesView({
      market: this.market,
      wallNow: this.wall.now(),
      leader: this.market.leadership.row,
      demand: { symbols: this.demand.size, byReason: this.demand.byReason() },
    });
  }
}
