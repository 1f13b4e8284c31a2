import { Module } from '@nestjs/common';
import { QuoteEnricher } from '@ziggy/quant';
import { BarHistory } from '../charts/history/bar-history.ts';
import { BarsModule } from '../charts/bars.module.ts';
import { DailyBars } from '../charts/history/daily-bars.ts';
import { ActiveMarket } from '../market/source/active-market.ts';
import { Logger } from '../platform/logger.ts';
import { Brain } from './brain.service.ts';

/** Daily bars in a year of a venue; symbols that trade round the clock are told apart when they are seeded. */
const BARS_PER_YEAR = 252;

/** The enrichment of quotes and what feeds it. */
@Module({
  imports: [BarsModule],
  providers: [
    { provide: QuoteEnricher, useFactory: () => new QuoteEnricher({ barsPerYear: BARS_PER_YEAR }) },
    {
      provide: Brain,
      useFactory: (
        enricher: QuoteEnricher,
        daily: DailyBars,
        history: BarHistory,
        market: ActiveMarket,
        logger: Logger,
      ) => {
        const log = logger.child({ context: 'Brain' });
        return new Brain({
          enricher,
          daily,
          history,
          marketNow: () => market.now(),
          breathe: () => new Promise((resolve) => setImmediate(resolve)),
          onFailed: (error) => log.error({ err: error }, 'the brain could not be fed'),
        });
      },
      inject: [QuoteEnricher, DailyBars, BarHistory, ActiveMarket, Logger],
    },
  ],
  exports: [QuoteEnricher, Brain],
})
export class BrainModule {}
