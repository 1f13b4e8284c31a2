import { Controller, Get, Query } from '@nestjs/common';
import {
  breadthAnswer,
  breadthQuery,
  marketCalendarAnswer,
  marketCalendarQuery,
  moversAnswer,
  moversQuery,
} from '@ziggy/contracts';
import type {
  BreadthAnswer,
  BreadthQuery,
  MarketCalendarAnswer,
  MarketCalendarQuery,
  MoversAnswer,
  MoversQuery,
} from '@ziggy/contracts';
import { ApiRoute } from '../../platform/api-route.ts';
import { zodPipe } from '../../platform/zod.pipe.ts';
import { MarketCalendarService } from '../calendar/market-calendar.service.ts';
import { MarketListsService } from './market-lists.service.ts';

@Controller('market')
export class MarketListsController {
  readonly #lists: MarketListsService;
  readonly #calendar: MarketCalendarService;

  constructor(lists: MarketListsService, calendar: MarketCalendarService) {
    this.#lists = lists;
    this.#calendar = calendar;
  }

  @Get('movers')
  @ApiRoute({
    operationId: 'market.movers',
    tag: 'market',
    access: { role: 'viewer' },
    summary: 'Leaders of the tracked equities by change, volume or opening gap',
    description:
      '`gainers` and `losers` by change against the previous close (percent), `active` by volume of the day (units), `unusual` by volume against the volume expected by this minute (ratio, above 1), `gaps` by the open against the previous close (percent, either way). Only fresh quotes of the session that is on or was last count; `coverage` says how many did. `minDollarVolume` is price x volume of the day and leaves out what is not traded in US dollars.',
    query: moversQuery,
    answer: moversAnswer,
    problems: ['validation_failed'],
    example: { query: { list: 'gainers', limit: '5' } },
    stage: 2,
  })
  movers(@Query(zodPipe(moversQuery, 'query')) query: MoversQuery): MoversAnswer {
    return this.#lists.movers(query);
  }

  @Get('breadth')
  @ApiRoute({
    operationId: 'market.breadth',
    tag: 'market',
    access: { role: 'viewer' },
    summary: 'How many of the tracked equities rise, fall and stand above their means',
    description:
      'One row a session, the newest first, and with `by=sector` one a sector. The first row is the session that is on or was last, from fresh quotes; earlier ones are from stored closes. Means and extremes of closes include the session itself. Where under 80 % of the members are known the ratios are null with the reason `coverage`; counts are of the members that are known.',
    query: breadthQuery,
    answer: breadthAnswer,
    problems: ['validation_failed'],
    example: { query: { by: 'sector' } },
    stage: 2,
  })
  breadth(@Query(zodPipe(breadthQuery, 'query')) query: BreadthQuery): BreadthAnswer {
    return this.#lists.breadth(query);
  }

  @Get('calendar')
  @ApiRoute({
    operationId: 'market.calendar',
    tag: 'market',
    access: { role: 'viewer' },
    summary: 'Closures of venues, ex-dividend days, splits and other dated events',
    description:
      'The soonest first. Closures and half days come from the calendars of XNYS, XLON and XETR; what is announced of symbols comes from the market source, as far as it is known by now. Without `symbols` a simulated market tells those of its tracked equities, a polled source is not asked. `coverage` says for each kind where it comes from, or why there is nothing.',
    query: marketCalendarQuery,
    answer: marketCalendarAnswer,
    problems: ['validation_failed', 'invalid_cursor'],
    example: { query: { kinds: 'holiday', from: '2026-11-23', to: '2026-12-31' } },
    stage: 2,
  })
  calendar(@Query(zodPipe(marketCalendarQuery, 'query')) query: MarketCalendarQuery): Promise<MarketCalendarAnswer> {
    return this.#calendar.calendar(query);
  }
}
