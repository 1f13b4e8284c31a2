import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as ConfigExports from '../../apps/api/src/config/config.ts';
import type * as PostgresExports from '../../apps/api/src/persistence/embedded-postgres.ts';
import type * as MigrateExports from '../../apps/api/src/persistence/migrate.ts';
import type * as LoggerExports from '../../apps/api/src/platform/logger.ts';
import { built } from './built.ts';

/** A PostgreSQL of the bench's own with the product's schema, as `npm start` would run it; gone when the work ends. */
export async function withDatabase<T>(work: (url: string) => Promise<T>): Promise<T> {
  const { readConfig } = await built<typeof ConfigExports>('config/config.js');
  const { startEmbeddedPostgres } = await built<typeof PostgresExports>('persistence/embedded-postgres.js');
  const { migrate } = await built<typeof MigrateExports>('persistence/migrate.js');
  const { createLogger } = await built<typeof LoggerExports>('platform/logger.js');
  const dir = mkdtempSync(join(tmpdir(), 'ziggy-bench-'));
  const cluster = await startEmbeddedPostgres({ dir });
  try {
    await cluster.ensureDatabase('bench');
    const url = cluster.url('bench');
    const { database } = readConfig({ NODE_ENV: 'test' });
    await migrate({ ...database, url }, createLogger({ level: 'warn' }));
    return await work(url);
  } finally {
    await cluster.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}
