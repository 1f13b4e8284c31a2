import { Module } from '@nestjs/common';
import { LatestValueHub } from '@ziggy/streaming';
import { WallClock } from '../platform/clock.ts';
import { CHARTS_HUB, MARKET_HUB } from './hubs.ts';
import { StreamPulse } from './stream-pulse.ts';

const MARKET_FLUSH_MS = 100;
const FORMING_BAR_FLUSH_MS = 250;

/** The sockets: adapter, hubs, flushing, drain and status. Gateways live with the modules that own their data. */
@Module({
  providers: [
    StreamPulse,
    {
      provide: MARKET_HUB,
      useFactory: (pulse: StreamPulse, wall: WallClock): LatestValueHub => pulse.hub('market', MARKET_FLUSH_MS, wall),
      inject: [StreamPulse, WallClock],
    },
    {
      provide: CHARTS_HUB,
      useFactory: (pulse: StreamPulse, wall: WallClock): LatestValueHub =>
        pulse.hub('charts', FORMING_BAR_FLUSH_MS, wall),
      inject: [StreamPulse, WallClock],
    },
  ],
  exports: [MARKET_HUB, CHARTS_HUB, StreamPulse],
})
export class StreamModule {}
