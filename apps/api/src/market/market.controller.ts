import { Controller, Get, Query } from '@nestjs/common';
import {
  overviewAnswer,
  overviewQuery,
  quotesAnswer,
  quotesQuery,
  searchAnswer,
  searchQuery,
  sessionAnswer,
  sessionQuery,
  sourcesAnswer,
} from '@ziggy/contracts';
import type {
  OverviewAnswer,
  OverviewQuery,
  QuotesAnswer,
  QuotesQuery,
  SearchAnswer,
  SearchQuery,
  SessionAnswer,
  SessionQuery,
  SourcesAnswer,
} from '@ziggy/contracts';
import { CurrentCaller } from '../identity/caller.ts';
import type { Caller } from '../identity/caller.ts';
import { ApiRoute } from '../platform/api-route.ts';
import type { JsonText } from '../platform/json-text.ts';
import { zodPipe } from '../platform/zod.pipe.ts';
import { MarketService } from './market.service.ts';
import { OverviewService } from './lists/overview.service.ts';
import { SearchService } from './instruments/search.service.ts';

@Controller('market')
export class MarketController {
  constructor(
    private readonly market: MarketService,
    private readonly overviews: OverviewService,
    private readonly searches: SearchService,
  ) {}

  @Get('overview')
  @ApiRoute({
    operationId: 'market.overview',
    tag: 'market',
    access: { role: 'viewer' },
    summary: 'Prices, changes and sparks of a list of symbols, with the state of the market',
    description:
      'Without `symbols` the first 20 of your first watchlist, or the tracked universe (at most 100) when you have none or say `universe=tracked`. Changes are in percent: against the previous close, and against the closes of 5 and 20 sessions and of `periodDays` days before. `breadth` is null below 80 % coverage of fresh quotes. A symbol without a value is null with a `reason`; it spoils no other.',
    query: overviewQuery,
    answer: overviewAnswer,
    problems: ['validation_failed'],
    example: { query: { periodDays: '30' } },
    stage: 1,
  })
  overview(
    @Query(zodPipe(overviewQuery, 'query')) query: OverviewQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<OverviewAnswer> {
    return this.overviews.overview(query, caller);
  }

  @Get('quotes')
  @ApiRoute({
    operationId: 'market.quotes',
    tag: 'market',
    access: { role: 'viewer' },
    summary: 'Newest quotes of up to 200 symbols',
    description:
      'One entry per asked symbol, in order. An unknown symbol, or one whose value is too old to be shown, is null with a `reason`. With `include=brain` each quote carries the fields that the brain adds. `v` equals the version on `/ws/market`.',
    query: quotesQuery,
    answer: quotesAnswer,
    problems: ['validation_failed'],
    example: { query: { symbols: '^GSPC', include: 'brain' } },
    stage: 1,
  })
  quotes(@Query(zodPipe(quotesQuery, 'query')) query: QuotesQuery): Promise<JsonText<QuotesAnswer>> {
    return this.market.quotes(query);
  }

  @Get('search')
  @ApiRoute({
    operationId: 'market.search',
    tag: 'market',
    access: { role: 'viewer' },
    summary: 'Find instruments by symbol or name',
    description:
      'What this server knows comes first: exact symbol, beginning of the symbol, alias, name. A source that can search is asked too, for at most 1.5 s; `sources.remote` says how that went. `score` is a rank from 0 to 1, not a probability.',
    query: searchQuery,
    answer: searchAnswer,
    problems: ['validation_failed'],
    example: { query: { q: 'S' } },
    stage: 1,
  })
  search(@Query(zodPipe(searchQuery, 'query')) query: SearchQuery): Promise<SearchAnswer> {
    return this.searches.search(query);
  }

  @Get('session')
  @ApiRoute({
    operationId: 'market.session',
    tag: 'market',
    access: { role: 'viewer' },
    summary: 'Trading day of a venue',
    description:
      "Hours of one session date in the venue's own calendar, 2000 to 2050; without `date` the present one there. `phase`, `nextOpen` and `nextClose` are meant at `marketNow`, the market's own time.",
    query: sessionQuery,
    answer: sessionAnswer,
    problems: ['validation_failed'],
    example: { query: { exchange: 'XNYS', date: '2026-11-27' } },
    stage: 1,
  })
  session(@Query(zodPipe(sessionQuery, 'query')) query: SessionQuery): SessionAnswer {
    return this.market.session(query);
  }

  @Get('sources')
  @ApiRoute({
    operationId: 'market.sources',
    tag: 'market',
    access: { role: 'viewer' },
    summary: 'Where the market comes from, and how its source is doing',
    description:
      'One source is active for the life of the process. `active.reason` says why it was chosen; `clock` is the market clock, which is the wall clock only for a live market; `demand` counts the symbols that are kept fresh, by reason.',
    answer: sourcesAnswer,
    example: {},
    stage: 1,
  })
  sources(): SourcesAnswer {
    return this.market.sources();
  }
}
