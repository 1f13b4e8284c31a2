import { Module } from '@nestjs/common';
import { BarsModule } from '../charts/bars.module.ts';
import { MarketModule } from '../market/market.module.ts';
import { ReplayHash } from './replay-hash.ts';
import { ReplayController } from './replay.controller.ts';
import { ReplayService } from './replay.service.ts';

/** What operators do: replays, tapes, long work. */
@Module({
  imports: [MarketModule, BarsModule],
  controllers: [ReplayController],
  providers: [ReplayHash, ReplayService],
})
export class OpsModule {}
