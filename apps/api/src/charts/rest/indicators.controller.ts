import { Controller, Get } from '@nestjs/common';
import { indicatorsAnswer } from '@ziggy/contracts';
import type { IndicatorsAnswer } from '@ziggy/contracts';
import { ApiRoute } from '../../platform/api-route.ts';
import { indicatorCatalogue } from './indicator-catalogue.ts';

@Controller('market/indicators')
export class IndicatorsController {
  @Get()
  @ApiRoute({
    operationId: 'market.indicators',
    tag: 'market',
    access: { role: 'viewer' },
    summary: 'Indicators that bars can be asked with',
    description:
      'Names, parameters with their bounds, outputs and formulas, in the order in which a picker shows them. `indicators=macd(12,26,9)` on `/market/bars` asks for one; parameters that are left out take their defaults. An output is null before its warm-up and behind a gap.',
    answer: indicatorsAnswer,
    example: {},
    stage: 1,
  })
  indicators(): IndicatorsAnswer {
    return indicatorCatalogue();
  }
}
