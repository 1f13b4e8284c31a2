import * as z from 'zod';

export const DATABASE_CONFIG = Symbol('DATABASE_CONFIG');

export interface DatabaseConfig {
  /** Connection string, or null for the embedded PostgreSQL. */
  readonly url: string | null;
  /** Folder of the embedded PostgreSQL, or null for `.ziggy/postgres` of the workspace. */
  readonly embeddedDir: string | null;
  readonly poolMax: number;
  /** How long a query waits for a free connection, or a connection for the server. */
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
}

export const databaseVariables = {
  DATABASE_URL: z
    .url({
      protocol: /^postgres(ql)?$/,
      error: 'must be a PostgreSQL connection string: postgres://user:password@host:5432/database',
    })
    .optional()
    .meta({
      description: 'PostgreSQL connection string. Unset: the embedded PostgreSQL is started (not in production).',
      secret: true,
    }),
  EMBEDDED_POSTGRES_DIR: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Data folder of the embedded PostgreSQL; unset: `.ziggy/postgres` of the workspace.' }),
  DATABASE_POOL_MAX: z.coerce
    .number()
    .int()
    .min(1)
    .max(200)
    .default(10)
    .meta({ description: 'Most connections that one process opens.' }),
  DATABASE_CONNECT_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(100)
    .max(60_000)
    .default(5_000)
    .meta({ description: 'Longest wait for a connection, in milliseconds.' }),
  DATABASE_STATEMENT_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(100)
    .max(600_000)
    .default(8_000)
    .meta({ description: 'Longest run of one statement, in milliseconds.' }),
};

export function readDatabaseConfig(env: z.output<z.ZodObject<typeof databaseVariables>>): DatabaseConfig {
  return {
    url: env.DATABASE_URL ?? null,
    embeddedDir: env.EMBEDDED_POSTGRES_DIR ?? null,
    poolMax: env.DATABASE_POOL_MAX,
    connectTimeoutMs: env.DATABASE_CONNECT_TIMEOUT_MS,
    statementTimeoutMs: env.DATABASE_STATEMENT_TIMEOUT_MS,
  };
}
