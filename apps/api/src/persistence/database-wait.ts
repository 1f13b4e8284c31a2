import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { DatabaseConfig } from '../config/database.config.ts';
import { isDatabaseUnreached } from '../platform/database-away.ts';
import type { Logger } from '../platform/logger.ts';

/** How long a start waits for a database that begins at the same time, as containers do. */
const PATIENCE_MS = 60_000;
const AGAIN_MS = 500;

/**
 * Waits until the database takes a connection.
 * @throws the last error after `patienceMs`; at once when the server is there and turns us away (password, name of the database)
 */
export async function waitForDatabase(
  config: DatabaseConfig & { readonly url: string },
  log: Pick<Logger, 'warn'>,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const endsAt = performance.now() + patienceMs;
  for (let tries = 1; ; tries++) {
    try {
      await connectOnce(config);
      return;
    } catch (error) {
      if (!isDatabaseUnreached(error) || performance.now() >= endsAt) throw error;
      if (tries === 1) log.warn({ err: error }, `the database cannot be reached; trying for ${patienceMs / 1000} s`);
    }
    await sleep(AGAIN_MS);
  }
}

async function connectOnce({ url, connectTimeoutMs }: DatabaseConfig & { readonly url: string }): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectTimeoutMs });
  // A connection that dies after it was made is no defect here: the next one will tell.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } finally {
    await client.end().catch(() => undefined);
  }
}
