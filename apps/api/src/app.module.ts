import { Module } from '@nestjs/common';
import type { DynamicModule, ModuleMetadata } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { ChartsModule } from './charts/charts.module.ts';
import type { Config } from './config/config.ts';
import { ConfigModule } from './config/config.module.ts';
import type { DatabaseConfig } from './config/database.config.ts';
import { IdempotencyModule } from './idempotency/idempotency.module.ts';
import { CryptoModule } from './crypto/crypto.module.ts';
import { IdentityModule } from './identity/identity.module.ts';
import { MailModule } from './mail/mail.module.ts';
import { MarketModule } from './market/market.module.ts';
import { SourceModule } from './market/source/source.module.ts';
import { NewsModule } from './news/news.module.ts';
import { OpsModule } from './ops/ops.module.ts';
import { PersistenceModule } from './persistence/persistence.module.ts';
import type { WallClock } from './platform/clock.ts';
import { EventsModule } from './events/events.module.ts';
import { HealthModule } from './platform/health.module.ts';
import type { HttpLimits } from './platform/limits.ts';
import type { Logger } from './platform/logger.ts';
import { PlatformModule } from './platform/platform.module.ts';
import { RouteTable } from './platform/route-table.ts';
import { StreamModule } from './stream/stream.module.ts';

type Modules = NonNullable<ModuleMetadata['imports']>;

/** The configuration once the database is known: the embedded one has an address only after it started. */
export interface RunConfig extends Config {
  readonly database: DatabaseConfig & { readonly url: string };
}

export interface AppParts {
  readonly config: RunConfig;
  readonly log: Logger;
  readonly clock: WallClock;
  /** What one request may cost, where it differs from the design; tests are in a hurry. */
  readonly limits?: Partial<HttpLimits>;
  /** Learns what is mounted. */
  readonly routes?: RouteTable;
  /** What the product can do; `FEATURES` unless a test asks for less. A global one of them exports `RunningMarket`. */
  readonly features?: Modules;
  /** More modules, for tests that need a route which no feature has. */
  readonly imports?: Modules;
}

/** Every feature of the product. */
export const FEATURES: Modules = [SourceModule.with(), MarketModule, ChartsModule, CryptoModule, NewsModule, OpsModule];

/** Composition root: which modules exist. */
@Module({})
export class AppModule {
  static with({
    config,
    log,
    clock,
    routes = new RouteTable(),
    features = FEATURES,
    imports = [],
  }: AppParts): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.with(config),
        PlatformModule.with({ log, clock, routes }),
        PersistenceModule.with(config.database),
        IdempotencyModule,
        ScheduleModule.forRoot(),
        MailModule,
        IdentityModule,
        HealthModule,
        StreamModule,
        EventsModule,
        ...features,
        ...imports,
      ],
    };
  }
}
