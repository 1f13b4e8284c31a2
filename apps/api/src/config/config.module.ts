import { Global, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import type { Config } from './config.ts';
import { DATABASE_CONFIG } from './database.config.ts';
import { IDENTITY_CONFIG } from './identity.config.ts';
import { MAIL_CONFIG } from './mail.config.ts';
import { MARKET_CONFIG } from './market.config.ts';
import { SERVER_CONFIG } from './server.config.ts';
import { STREAM_CONFIG } from './stream.config.ts';

/** Gives each subsystem its own typed slice: `@Inject(MARKET_CONFIG) private readonly config: MarketConfig`. */
@Global()
@Module({})
export class ConfigModule {
  static with(config: Config): DynamicModule {
    return {
      module: ConfigModule,
      providers: [
        { provide: SERVER_CONFIG, useValue: config.server },
        { provide: DATABASE_CONFIG, useValue: config.database },
        { provide: STREAM_CONFIG, useValue: config.stream },
        { provide: MARKET_CONFIG, useValue: config.market },
        { provide: IDENTITY_CONFIG, useValue: config.identity },
        { provide: MAIL_CONFIG, useValue: config.mail },
      ],
      exports: [SERVER_CONFIG, DATABASE_CONFIG, STREAM_CONFIG, MARKET_CONFIG, IDENTITY_CONFIG, MAIL_CONFIG],
    };
  }
}
