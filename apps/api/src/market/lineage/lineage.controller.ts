import { Controller, Get, Param, Query } from '@nestjs/common';
import { lineageAnswer, lineageParams, lineageQuery } from '@ziggy/contracts';
import type { LineageAnswer, LineageParams, LineageQuery } from '@ziggy/contracts';
import { ApiRoute } from '../../platform/api-route.ts';
import { zodPipe } from '../../platform/zod.pipe.ts';
import { LineageService } from './lineage.service.ts';

@Controller('market')
export class LineageController {
  readonly #lineage: LineageService;

  constructor(lineage: LineageService) {
    this.#lineage = lineage;
  }

  @Get('lineage/:lineageId')
  @ApiRoute({
    operationId: 'market.lineage',
    tag: 'market',
    access: { role: 'viewer' },
    summary: 'Where a value came from',
    description:
      'A quote or a raw bar, back to the answer of the source that it came with: what was asked, when, how long it took, and the hash of what came. Quotes are kept one per symbol: for an older one the answer names its batch, and `value` is null. A bar that was built from ticks came with no answer and has no `lineageId`.',
    params: lineageParams,
    query: lineageQuery,
    answer: lineageAnswer,
    problems: ['validation_failed', 'not_found'],
    example: { params: { lineageId: '1.1' } },
    stage: 2,
  })
  of(
    @Param(zodPipe(lineageParams, 'path')) { lineageId }: LineageParams,
    @Query(zodPipe(lineageQuery, 'query')) _query: LineageQuery,
  ): Promise<LineageAnswer> {
    return this.#lineage.of(lineageId);
  }
}
