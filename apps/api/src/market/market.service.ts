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
import { ActiveMarket } from './active-market.ts';
import { Demand } from './demand.ts';
import { QuoteReads } from './quote-reads.ts';
import { QuoteTexts } from './quote-text.ts';
import { quoteEntry, viewContext } from './quote-view.ts';
import { sessionView } from './session-view.ts';
import { sourcesView } from './sources-view.ts';
import { parseSymbolList } from './symbols-query.ts';
import { Venues } from './venues.ts';

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
