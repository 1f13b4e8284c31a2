import { Global, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { WallClock } from './clock.ts';
import { Lifecycle, Readiness } from './lifecycle.ts';
import { Logger } from './logger.ts';
import { Metrics } from './metrics.ts';
import { RouteTable } from './route-table.ts';

/** What every module may ask for: time, log, metrics, readiness, the state of the process. */
@Global()
@Module({})
export class PlatformModule {
  static with(parts: { log: Logger; clock: WallClock; routes: RouteTable }): DynamicModule {
    return {
      module: PlatformModule,
      providers: [
        { provide: Logger, useValue: parts.log },
        { provide: WallClock, useValue: parts.clock },
        { provide: RouteTable, useValue: parts.routes },
        Metrics,
        Lifecycle,
        Readiness,
      ],
      exports: [Logger, WallClock, RouteTable, Metrics, Lifecycle, Readiness],
    };
  }
}
