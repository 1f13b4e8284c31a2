import { Module } from '@nestjs/common';
import type { Channel } from '@ziggy/contracts';
import type { LatestValueHub } from '@ziggy/streaming';
import { STREAM_CONFIG } from '../config/stream.config.ts';
import type { StreamConfig } from '../config/stream.config.ts';
import { WallClock } from '../platform/clock.ts';
import { ConnectionLedger } from './connection-ledger.ts';
import { CHARTS_HUB, MARKET_HUB } from './hubs.ts';
import { StreamAccess } from './stream-access.ts';
import { StreamCore } from './stream-core.ts';
import { StreamDrain } from './stream-drain.ts';
import { StreamExceptionFilter } from './stream-exception.filter.ts';
import { StreamMetrics } from './stream-metrics.ts';
import { StreamPulse } from './stream-pulse.ts';
import { StreamRevocation } from './stream-revocation.ts';
import { StreamSessions } from './stream-sessions.ts';
import { StreamShedding } from './stream-shedding.ts';
import { StreamStatus } from './stream-status.ts';
import { StreamStatusController } from './stream-status.controller.ts';
import { StreamAdapter } from './stream.adapter.ts';
import { UpgradeGate } from './upgrade-gate.ts';

const MARKET_FLUSH_MS = 100;
const FORMING_BAR_FLUSH_MS = 250;

function hubProvider(token: symbol, channel: Channel, flushMs: number) {
  return {
    provide: token,
    useFactory: (pulse: StreamPulse, wall: WallClock, config: StreamConfig): LatestValueHub =>
      pulse.hub(channel, {
        flushMs,
        wall,
        retryMs: config.enqueueTimeoutMs,
        limits: { softBytes: config.softBufferBytes, hardBytes: config.hardBufferBytes, stallMs: config.stallMs },
      }),
    inject: [StreamPulse, WallClock, STREAM_CONFIG],
  };
}

/**
 * The sockets: adapter, gate, hubs, flushing, drain and status. Gateways live with the modules that own their data;
 * those import this module and publish into its hubs.
 */
@Module({
  providers: [
    StreamPulse,
    ConnectionLedger,
    StreamMetrics,
    StreamCore,
    StreamAccess,
    StreamSessions,
    StreamRevocation,
    StreamShedding,
    UpgradeGate,
    StreamAdapter,
    StreamDrain,
    StreamStatus,
    StreamExceptionFilter,
    hubProvider(MARKET_HUB, 'market', MARKET_FLUSH_MS),
    hubProvider(CHARTS_HUB, 'charts', FORMING_BAR_FLUSH_MS),
  ],
  controllers: [StreamStatusController],
  exports: [MARKET_HUB, CHARTS_HUB, StreamPulse, StreamCore, StreamAccess, StreamSessions, StreamExceptionFilter],
})
export class StreamModule {}
