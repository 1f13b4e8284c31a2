import { Module } from '@nestjs/common';
import type { DynamicModule, ModuleMetadata } from '@nestjs/common';
import type { Config } from './config/config.ts';
import { ConfigModule } from './config/config.module.ts';
import type { DatabaseConfig } from './config/database.config.ts';
import { PersistenceModule } from './persistence/persistence.module.ts';
import type { WallClock } from './platform/clock.ts';
import type { Logger } from './platform/logger.ts';
import { PlatformModule } from './platform/platform.module.ts';

/** The configuration once the database is known: the embedded one has an address only after it started. */
export interface RunConfig extends Config {
  readonly database: DatabaseConfig & { readonly url: string };
}

export interface AppParts {
  readonly config: RunConfig;
  readonly log: Logger;
  readonly clock: WallClock;
  /** More modules beside the features; tests add controllers that provoke what no route does. */
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
}

const FEATURES: NonNullable<ModuleMetadata['imports']> = [];

/** Composition root: which modules exist. */
@Module({})
export class AppModule {
  static with({ config, log, clock, imports = [] }: AppParts): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.with(config),
        PlatformModule.with({ log, clock }),
        PersistenceModule.with(config.database),
        ...FEATURES,
        ...imports,
      ],
    };
  }
}
