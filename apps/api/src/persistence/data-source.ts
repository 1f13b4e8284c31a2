import type { DataSourceOptions } from 'typeorm';
import type { DatabaseConfig } from '../config/database.config.ts';
import { MIGRATIONS } from './migrations/index.ts';

/**
 * The one description of the database connection, for the application, the migration runner and the command line.
 * The schema changes by migrations only; entities are added by the feature modules (`autoLoadEntities`).
 */
export function dataSourceOptions(config: DatabaseConfig & { readonly url: string }): DataSourceOptions {
  return {
    type: 'postgres',
    url: config.url,
    synchronize: false,
    migrationsRun: false,
    migrations: MIGRATIONS,
    migrationsTableName: 'schema_migrations',
    migrationsTransactionMode: 'each',
    poolSize: config.poolMax,
    connectTimeoutMS: config.connectTimeoutMs,
    applicationName: 'ziggyai',
    logging: false,
    extra: { statement_timeout: config.statementTimeoutMs, idle_in_transaction_session_timeout: 30_000 },
  };
}
