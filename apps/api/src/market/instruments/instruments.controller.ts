import { Controller, Get, Param, Query } from '@nestjs/common';
import { instrumentAnswer, instrumentQuery } from '@ziggy/contracts';
import type { InstrumentAnswer, InstrumentQuery } from '@ziggy/contracts';
import * as z from 'zod';
import { ApiRoute } from '../../platform/api-route.ts';
import { zodPipe } from '../../platform/zod.pipe.ts';
import { InstrumentsService } from './instruments.service.ts';
import { parsePathSymbol } from './symbols-query.ts';

const path = z.object({
  symbol: z.string().meta({ description: 'Symbol, percent-encoded, e.g. AAPL or %5EGSPC.', example: '^GSPC' }),
});

@Controller('market')
export class InstrumentsController {
  readonly #instruments: InstrumentsService;

  constructor(instruments: InstrumentsService) {
    this.#instruments = instruments;
  }

  @Get('instruments/:symbol')
  @ApiRoute({
    operationId: 'market.instrument',
    tag: 'market',
    access: { role: 'viewer' },
    summary: 'What is known of one instrument',
    description:
      'Listing, venue, step and sector as the source tells them. `firstBarDate` and `lastBarAt` are of the stored daily bars. `include=actions` adds splits and dividends, `include=fundamentals` the figures of its reports where a source has them. A field that no source tells is null, with its reason in `reasons`.',
    params: path,
    query: instrumentQuery,
    answer: instrumentAnswer,
    problems: ['validation_failed', 'unknown_symbol', 'source_unavailable'],
    example: { params: { symbol: '^GSPC' }, query: { include: 'actions' } },
    stage: 1,
  })
  instrument(
    @Param(zodPipe(path, 'path')) { symbol }: z.infer<typeof path>,
    @Query(zodPipe(instrumentQuery, 'query')) query: InstrumentQuery,
  ): Promise<InstrumentAnswer> {
    return this.#instruments.instrument(parsePathSymbol(symbol), query);
  }
}
