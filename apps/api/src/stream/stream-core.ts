import { randomBytes, randomInt } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Channel, ReconnectFrame } from '@ziggy/contracts';
import { COMMAND_LIMITS, controlFrame } from '@ziggy/streaming';
import type { CommandLimits } from '@ziggy/streaming';
import { STREAM_CONFIG } from '../config/stream.config.ts';
import type { StreamConfig } from '../config/stream.config.ts';
import { WallClock } from '../platform/clock.ts';
import { Logger } from '../platform/logger.ts';
import { ConnectionLedger } from './connection-ledger.ts';
import { StreamMetrics } from './stream-metrics.ts';
import { StreamPulse } from './stream-pulse.ts';

/** What every connection needs, held once. */
@Injectable()
export class StreamCore {
  /** Names this process in `hello` and in the status. */
  readonly node = randomBytes(4).toString('hex');
  readonly config: StreamConfig;
  readonly pulse: StreamPulse;
  readonly ledger: ConnectionLedger;
  readonly wall: WallClock;
  readonly log: Logger;
  readonly commandLimits: CommandLimits;
  readonly pingBytes: Uint8Array = Buffer.from(controlFrame('ping'));
  readonly #metrics: StreamMetrics;
  #connections = 0;

  constructor(
    @Inject(STREAM_CONFIG) config: StreamConfig,
    pulse: StreamPulse,
    ledger: ConnectionLedger,
    wall: WallClock,
    metrics: StreamMetrics,
    logger: Logger,
  ) {
    this.log = logger.child({ context: 'Stream' });
    this.config = config;
    this.pulse = pulse;
    this.ledger = ledger;
    this.wall = wall;
    this.#metrics = metrics;
    this.commandLimits = {
      ...COMMAND_LIMITS,
      perSecond: config.commandsPerSecond,
      burst: config.commandBurst,
      errors: config.errorsMax,
    };
  }

  nextConnectionId(): string {
    return `${this.node}-${(++this.#connections).toString(36)}`;
  }

  pong(payload: Uint8Array): Uint8Array {
    return controlFrame('pong', payload);
  }

  /** A duration give or take a tenth, so that clients that came together do not stay together. */
  spread(milliseconds: number): number {
    return Math.round(milliseconds * (0.9 + randomInt(0, 1_000) / 5_000));
  }

  roundTrip(channel: Channel, milliseconds: number): void {
    this.#metrics.roundTrip(channel, milliseconds);
  }

  /** The notice before a planned close. The wider the range, the calmer the return of many clients. */
  reconnectFrame(ch: Channel, reason: string): ReconnectFrame {
    const most = Math.min(20_000, Math.max(3_000, this.ledger.open.size * 5));
    return { type: 'reconnect', ch, ts: this.wall.now(), data: { afterMs: [500, most], reason } };
  }
}
