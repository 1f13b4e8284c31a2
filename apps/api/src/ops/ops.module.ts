import { Module } from '@nestjs/common';
import { BarsModule } from '../charts/bars.module.ts';
import { LiveBars } from '../charts/live/live-bars.ts';
import { MARKET_CONFIG } from '../config/market.config.ts';
import type { MarketConfig } from '../config/market.config.ts';
import { ActiveMarket } from '../market/source/active-market.ts';
import { MarketModule } from '../market/market.module.ts';
import { QuotePipeline } from '../market/quotes/quote-pipeline.ts';
import { TapeLibrary } from '../market/source/tape-library.ts';
import { ImportJob } from './import-job.ts';
import { JobRepository } from './job.repository.ts';
import { JobRunner } from './job-runner.ts';
import { JobsController } from './jobs.controller.ts';
import { JobsService } from './jobs.service.ts';
import { MarketTap } from './market-tap.ts';
import { RecordJob } from './record-job.ts';
import { ReplayHash } from './replay-hash.ts';
import { ReplayController } from './replay.controller.ts';
import { ReplayService } from './replay.service.ts';
import { TapesController } from './tapes.controller.ts';
import { TapesService } from './tapes.service.ts';

/** What operators do: replays, tapes, long work. */
@Module({
  imports: [MarketModule, BarsModule],
  controllers: [ReplayController, TapesController, JobsController],
  providers: [
    {
      provide: ReplayHash,
      useFactory: (market: ActiveMarket, pipeline: QuotePipeline, live: LiveBars) =>
        new ReplayHash(market, market.adapter.replay, pipeline, live),
      inject: [ActiveMarket, QuotePipeline, LiveBars],
    },
    ReplayService,
    JobRepository,
    JobRunner,
    JobsService,
    MarketTap,
    RecordJob,
    ImportJob,
    TapesService,
    {
      provide: TapeLibrary,
      useFactory: ({ tape }: MarketConfig) => new TapeLibrary(tape.tapesDir, tape.dir),
      inject: [MARKET_CONFIG],
    },
  ],
})
export class OpsModule {
  constructor(runner: JobRunner, recording: RecordJob, imports: ImportJob) {
    runner.register(recording);
    runner.register(imports);
  }
}
