import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import {
  watchlist,
  watchlistBody,
  watchlistChange,
  watchlistDeletion,
  watchlistPath,
  watchlistsAnswer,
} from '@ziggy/contracts';
import type { Watchlist, WatchlistBody, WatchlistChange, WatchlistsAnswer } from '@ziggy/contracts';
import * as z from 'zod';
import { CurrentCaller } from '../identity/caller.ts';
import type { Caller } from '../identity/caller.ts';
import { ApiRoute } from '../platform/api-route.ts';
import type { CsvView } from '../platform/csv.ts';
import { zodPipe } from '../platform/zod.pipe.ts';
import { WatchlistsService } from './watchlists.service.ts';

const EXAMPLE = { name: 'Semiconductors', sections: [{ title: 'Makers', symbols: ['NVDA', 'AMD'] }] };
const CHANGED = { name: 'Chips', sections: [{ title: '', symbols: ['NVDA'] }], version: 1 };

const csv: CsvView<WatchlistsAnswer> = {
  columns: ['list', 'section', 'symbol'],
  name: () => 'watchlists',
  rows: ({ items }) =>
    items.flatMap(({ name, sections }) =>
      sections.flatMap(({ title, symbols }) => symbols.map((symbol) => [name, title, symbol])),
    ),
};

@Controller('market/watchlists')
export class WatchlistsController {
  readonly #watchlists: WatchlistsService;

  constructor(watchlists: WatchlistsService) {
    this.#watchlists = watchlists;
  }

  @Get()
  @ApiRoute({
    operationId: 'market.watchlists',
    tag: 'market',
    access: { role: 'viewer', own: true },
    summary: 'Your watchlists, in the order in which they were made',
    description:
      'All of them at once, at most 50. The symbols of a list that was read or changed in the last 24 hours are kept fresh. As CSV one row a symbol: list, section, symbol; it holds no market value, so it has no columns of provenance.',
    answer: watchlistsAnswer,
    csv,
    example: {},
    stage: 2,
  })
  list(@CurrentCaller() caller: Caller): Promise<WatchlistsAnswer> {
    return this.#watchlists.list(caller);
  }

  @Post()
  @ApiRoute({
    operationId: 'market.addWatchlist',
    tag: 'market',
    access: { role: 'viewer', own: true },
    summary: 'Make a watchlist',
    description:
      'At most 50 lists of at most 20 sections and 500 symbols in all. Symbols are kept in canonical form; whether one exists is not checked here, quotes say so.',
    body: watchlistBody,
    answer: watchlist,
    status: 201,
    problems: ['validation_failed'],
    example: { body: EXAMPLE },
    stage: 2,
  })
  add(@Body(zodPipe(watchlistBody, 'body')) body: WatchlistBody, @CurrentCaller() caller: Caller): Promise<Watchlist> {
    return this.#watchlists.create(caller, body);
  }

  @Put(':id')
  @ApiRoute({
    operationId: 'market.changeWatchlist',
    tag: 'market',
    access: { role: 'viewer', own: true },
    summary: 'Replace name and sections of a watchlist',
    description:
      'Send the `version` that you changed. When somebody was faster the answer is 409 `version_conflict` and `current` is the list as it is now.',
    params: watchlistPath,
    body: watchlistChange,
    answer: watchlist,
    problems: ['validation_failed', 'not_found', 'version_conflict'],
    example: { params: { id: { from: 'market.addWatchlist', member: 'id' } }, body: CHANGED },
    stage: 2,
  })
  change(
    @Param(zodPipe(watchlistPath, 'path')) { id }: z.infer<typeof watchlistPath>,
    @Body(zodPipe(watchlistChange, 'body')) body: WatchlistChange,
    @CurrentCaller() caller: Caller,
  ): Promise<Watchlist> {
    return this.#watchlists.change(caller, id, body);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiRoute({
    operationId: 'market.removeWatchlist',
    tag: 'market',
    access: { role: 'viewer', own: true },
    summary: 'Remove a watchlist',
    description: 'Send the `version` that you mean; an old one is 409 `version_conflict` with `current`.',
    params: watchlistPath,
    query: watchlistDeletion,
    answer: z.undefined(),
    status: 204,
    answerDescription: 'The list is gone.',
    problems: ['validation_failed', 'not_found', 'version_conflict'],
    example: { params: { id: { from: 'market.addWatchlist', member: 'id' } }, query: { version: '2' } },
    stage: 2,
  })
  remove(
    @Param(zodPipe(watchlistPath, 'path')) { id }: z.infer<typeof watchlistPath>,
    @Query(zodPipe(watchlistDeletion, 'query')) { version }: z.infer<typeof watchlistDeletion>,
    @CurrentCaller() caller: Caller,
  ): Promise<void> {
    return this.#watchlists.remove(caller, id, version);
  }
}
