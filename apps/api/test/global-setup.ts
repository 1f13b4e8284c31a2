import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../src/config/config.ts';
import { startEmbeddedPostgres } from '../src/persistence/embedded-postgres.ts';
import type { EmbeddedPostgres } from '../src/persistence/embedded-postgres.ts';
import { migrate } from '../src/persistence/migrate.ts';
import { createLogger } from '../src/platform/logger.ts';

export const TEMPLATE_DATABASE = 'ziggy_template';

/** What the teardown needs; Jest keeps it in the parent process's globals. */
export interface TestCluster {
  readonly cluster: EmbeddedPostgres;
  readonly dir: string;
}

/**
 * One real PostgreSQL for the whole run, and in it one migrated database that every test application is a copy of.
 * Test files learn where it is from `TEST_POSTGRES_URL`.
 */
export default async function startCluster(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'ziggy-test-'));
  const cluster = await startEmbeddedPostgres({ dir, ephemeral: true });
  (globalThis as { ziggyTestCluster?: TestCluster }).ziggyTestCluster = { cluster, dir };
  await cluster.ensureDatabase(TEMPLATE_DATABASE);
  const { database } = readConfig({ NODE_ENV: 'test' });
  await migrate({ ...database, url: cluster.url(TEMPLATE_DATABASE) }, createLogger({ level: 'warn' }));
  process.env['TEST_POSTGRES_URL'] = cluster.url('postgres');
}
