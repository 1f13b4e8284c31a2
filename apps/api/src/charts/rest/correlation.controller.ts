import { Controller, Get, Query } from '@nestjs/common';
import { correlationAnswer, correlationQuery } from '@ziggy/contracts';
import type { CorrelationAnswer, CorrelationQuery } from '@ziggy/contracts';
import { ApiRoute } from '../../platform/api-route.ts';
import { zodPipe } from '../../platform/zod.pipe.ts';
import { CorrelationService } from './correlation.service.ts';

@Controller('market/correlation')
export class CorrelationController {
  readonly #correlation: CorrelationService;

  constructor(correlation: CorrelationService) {
    this.#correlation = correlation;
  }

  @Get()
  @ApiRoute({
    operationId: 'market.correlation',
    tag: 'market',
    access: { role: 'viewer' },
    summary: 'How the returns of 2 to 30 symbols move together',
    description:
      'Pearson correlation of log returns, row and column in the order of `symbols`. A pair is taken over the closed bars that both have, the newest `bars` returns of them; `n` says how many. Null under 20 pairs of returns, and where a price never moves; a symbol without any bars stands in `reasons`.',
    query: correlationQuery,
    answer: correlationAnswer,
    problems: ['validation_failed', 'unsupported_interval'],
    example: { query: { symbols: 'AAPL,MSFT,^GSPC', bars: '60' } },
    stage: 2,
  })
  correlation(@Query(zodPipe(correlationQuery, 'query')) query: CorrelationQuery): Promise<CorrelationAnswer> {
    return this.#correlation.correlation(query);
  }
}
