import { Module } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { WallClock } from '../platform/clock.ts';
import { Logger } from '../platform/logger.ts';
import { IdempotencyInterceptor, KEPT_MS } from './idempotency.interceptor.ts';
import { IdempotencyRepository } from './idempotency.repository.ts';

const SWEEP_EVERY_MS = 3_600_000;

/** Writes that happen once, however often they are sent. */
@Module({
  providers: [IdempotencyRepository, IdempotencyInterceptor],
  exports: [IdempotencyInterceptor],
})
export class IdempotencyModule implements OnApplicationBootstrap, OnModuleDestroy {
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly repository: IdempotencyRepository,
    private readonly wall: WallClock,
    private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => void this.#sweep(), SWEEP_EVERY_MS);
  }

  onModuleDestroy(): void {
    clearInterval(this.#timer);
  }

  async #sweep(): Promise<void> {
    try {
      await this.repository.sweep(new Date(this.wall.now() - KEPT_MS));
    } catch (error) {
      this.log.warn({ err: error, context: 'Idempotency' }, 'old keys were not removed; it is tried again in an hour');
    }
  }
}
