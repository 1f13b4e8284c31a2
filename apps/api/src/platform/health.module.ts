import { Module } from '@nestjs/common';
import { EventLoopWatch } from './event-loop-watch.ts';
import { HealthController } from './health.controller.ts';

/** `/health`, `/livez`, `/readyz`, `/metrics`. `RunningMarket` comes from the source module, which is global. */
@Module({ controllers: [HealthController], providers: [EventLoopWatch] })
export class HealthModule {}
