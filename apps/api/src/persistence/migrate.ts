import { DataSource } from 'typeorm';
import type { DatabaseConfig } from '../config/database.config.ts';
import type { Logger } from '../platform/logger.ts';
import { dataSourceOptions } from './data-source.ts';
import { waitForDatabase } from './database-wait.ts';

/** Key of the advisory lock that lets one replica migrate while the others wait. */
const MIGRATION_LOCK = 0x2199_1a1;
const LONGEST_MIGRATION_MS = 10 * 60_000;

/**
 * Brings the schema up to date and returns the names of the migrations that ran. Replicas starting together take turns,
 * and a database that starts with them is waited for.
 */
export async function migrate(config: DatabaseConfig & { readonly url: string }, log: Logger): Promise<string[]> {
  await waitForDatabase(config, log);
  const options = dataSourceOptions({ ...config, poolMax: 2, statementTimeoutMs: LONGEST_MIGRATION_MS });
  const dataSource = await new DataSource(options).initialize();
  const lock = dataSource.createQueryRunner();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const ran = await dataSource.runMigrations();
    const names = ran.map((migration) => migration.name);
    if (names.length > 0) log.info({ migrations: names }, 'database migrated');
    return names;
  } finally {
    await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
    await lock.release();
    await dataSource.destroy();
  }
}
