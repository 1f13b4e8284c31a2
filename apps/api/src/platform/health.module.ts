import { Module } from '@nestjs/common';
import type { DynamicModule, ModuleMetadata } from '@nestjs/common';
import { EventLoopWatch } from './event-loop-watch.ts';
import { HealthController } from './health.controller.ts';

/** `/health`, `/livez`, `/readyz`, `/metrics`. */
@Module({})
export class HealthModule {
  /** One of the features must export `RunningMarket`. */
  static with(features: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return { module: HealthModule, imports: features, controllers: [HealthController], providers: [EventLoopWatch] };
  }
}
