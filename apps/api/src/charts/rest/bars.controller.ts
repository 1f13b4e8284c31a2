import { Controller, Get, Param, Query } from '@nestjs/common';
import { barsAnswer, barsQuery } from '@ziggy/contracts';
import type { BarsAnswer, BarsQuery } from '@ziggy/contracts';
import * as z from 'zod';
import { parsePathSymbol } from '../../market/instruments/symbols-query.ts';
import { ApiRoute } from '../../platform/api-route.ts';
import { zodPipe } from '../../platform/zod.pipe.ts';
import { barsCache, barsCsv } from './bars-export.ts';
import { BarsService } from './bars.service.ts';

const path = z.object({
  symbol: z.string().meta({ description: 'Symbol, percent-encoded, e.g. AAPL or %5EGSPC.', example: '^GSPC' }),
});

@Controller('market/bars')
export class BarsController {
  readonly #bars: BarsService;

  constructor(bars: BarsService) {
    this.#bars = bars;
  }

  @Get(':symbol')
  @ApiRoute({
    operationId: 'market.bars',
    tag: 'market',
    access: { role: 'viewer' },
    summary: 'Bars of one symbol, with indicators and gaps',
    description:
      'The newest page first, ascending inside; `nextCursor` leads to older ones. Bars are anchored at the session of the venue. A time without a trade has no bar: it stands in `gaps`. `adjust=splits` (the default) divides older prices by later splits, `total` also takes dividends out, `none` is what was traded. Only actions count that were known and in effect as of `asOf` (now when absent), and no bar is shown that was not complete then. Indicators are computed with the bars before the page, so their first values are null only where history begins; `coverage.reason` is `out_of_history` when the range begins before it. As CSV one row a bar, with the provenance of the series.',
    params: path,
    query: barsQuery,
    answer: barsAnswer,
    problems: ['validation_failed', 'unsupported_interval', 'unknown_symbol', 'invalid_cursor', 'source_unavailable'],
    cache: barsCache,
    csv: barsCsv,
    example: { params: { symbol: '^GSPC' }, query: { interval: '1d', limit: '50', indicators: 'sma(20),rsi(14)' } },
    stage: 1,
  })
  bars(
    @Param(zodPipe(path, 'path')) { symbol }: z.infer<typeof path>,
    @Query(zodPipe(barsQuery, 'query')) query: BarsQuery,
  ): Promise<BarsAnswer> {
    return this.#bars.bars(parsePathSymbol(symbol), query);
  }
}
