import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { STREAM_CONFIG } from '../config/stream.config.ts';
import type { StreamConfig } from '../config/stream.config.ts';
import { Logger } from '../platform/logger.ts';
import { Metrics } from '../platform/metrics.ts';
import { ConnectionLedger } from './connection-ledger.ts';
import { StreamPulse } from './stream-pulse.ts';

/** How much is given up: rates are halved, strangers and then everybody new are refused, strangers are closed slowly. */
export const SHED_LEVELS = ['none', 'half_rate', 'no_strangers', 'nobody_new', 'close_strangers'] as const;
export type ShedLevel = (typeof SHED_LEVELS)[number];

const LOOK_MS = 1_000;
const RESOLUTION_MS = 10;
/** Seconds above the limit before rates are halved, and before each level after that: refusing people is for lasting trouble. */
const WORSE_AFTER = 3;
const MUCH_WORSE_AFTER = 10;
/** Seconds well below the limit before one level is taken back. */
const BETTER_AFTER = 5;
/** Share of the strangers that the last level closes in a second. */
const CLOSED_SHARE = 0.05;

/**
 * Gives up load in steps while the event loop is late, and takes it back in steps when it is not. The steps are decided once
 * a second from the p99 of that second.
 */
@Injectable()
export class StreamShedding implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #config: StreamConfig;
  readonly #pulse: StreamPulse;
  readonly #ledger: ConnectionLedger;
  readonly #log: Logger;
  readonly #lag = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #timer: NodeJS.Timeout | null = null;
  #level = 0;
  #worse = 0;
  #better = 0;

  constructor(
    @Inject(STREAM_CONFIG) config: StreamConfig,
    pulse: StreamPulse,
    ledger: ConnectionLedger,
    metrics: Metrics,
    logger: Logger,
  ) {
    const level = (): number => this.#level;
    metrics.gauge({
      name: 'ziggy_stream_shed_level',
      help: 'What is given up while the event loop is late: 0 nothing, 1 half the rates, 2 new strangers, 3 everybody new, 4 strangers.',
      collect() {
        this.set(level());
      },
    });
    this.#config = config;
    this.#pulse = pulse;
    this.#ledger = ledger;
    this.#log = logger.child({ context: 'StreamShedding' });
  }

  get level(): ShedLevel {
    return SHED_LEVELS[this.#level] ?? 'none';
  }

  get step(): number {
    return this.#level;
  }

  /** True when a new connection may not be made now. */
  refuses(signedIn: boolean): boolean {
    return this.#level >= (signedIn ? 3 : 2);
  }

  onApplicationBootstrap(): void {
    this.#lag.enable();
    this.#timer = setInterval(() => {
      // The histogram holds the distance of its own ticks.
      const p99 = this.#lag.count === 0 ? 0 : this.#lag.percentile(99) / 1e6 - RESOLUTION_MS;
      this.#lag.reset();
      this.look(p99);
    }, LOOK_MS);
    this.#timer.unref();
  }

  onApplicationShutdown(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#lag.disable();
  }

  /** One second's verdict. @param p99 event-loop delay of that second, milliseconds */
  look(p99: number): void {
    this.#worse = p99 > this.#config.shedAboveMs ? this.#worse + 1 : 0;
    this.#better = p99 < this.#config.shedAboveMs / 2 ? this.#better + 1 : 0;
    const patience = this.#level === 0 ? WORSE_AFTER : MUCH_WORSE_AFTER;
    if (this.#worse >= patience && this.#level < SHED_LEVELS.length - 1) this.#to(this.#level + 1, p99);
    else if (this.#better >= BETTER_AFTER && this.#level > 0) this.#to(this.#level - 1, p99);
    if (this.level === 'close_strangers') this.#closeStrangers();
  }

  #to(level: number, p99: number): void {
    this.#level = level;
    this.#worse = 0;
    this.#better = 0;
    for (const hub of this.#pulse.hubs.values()) hub.slow(level === 0 ? 1 : 2);
    this.#log.warn({ level: this.level, eventLoopP99Ms: Math.round(p99) }, 'load is shed');
  }

  #closeStrangers(): void {
    const strangers = [...this.#ledger.open].filter(({ identity, ended }) => identity === null && !ended);
    const share = Math.ceil(strangers.length * CLOSED_SHARE);
    for (const connection of strangers.slice(0, share)) connection.part('try_later', 'overloaded');
  }
}
