import type { ModuleMetadata } from '@nestjs/common';
import type { Role } from '@ziggy/contracts';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setInterval } from 'node:timers/promises';
import pg from 'pg';
import type { AppParts } from '../src/app.module.ts';
import { Lifecycle, createApp, listen, stopApp } from '../src/bootstrap.ts';
import { readConfig } from '../src/config/config.ts';
import { WallClock } from '../src/platform/clock.ts';
import { createLogger } from '../src/platform/logger.ts';
import { TEMPLATE_DATABASE } from './global-setup.ts';
import { aSpeaker } from './people.ts';
import type { Speaker } from './people.ts';
import { fallSilentAt, speakAt, spoken } from './speaker.ts';

export interface TestAppOptions {
  /** Environment variables on top of the test defaults. */
  readonly env?: Readonly<Record<string, string>>;
  /** Replaces the wall clock, epoch ms. */
  readonly now?: () => number;
  /** Features instead of the product's. */
  readonly features?: ModuleMetadata['imports'];
  /** Modules beside the features, e.g. with a controller that provokes something. */
  readonly imports?: ModuleMetadata['imports'];
  /** Shorter deadlines than the design's. */
  readonly limits?: AppParts['limits'];
  /** Role of who speaks for the test wherever it names nobody; null: nobody does, and the installation is not set up. */
  readonly as?: Role | null;
  /** A database of the caller's, which drops it itself: for what must outlive a restart. */
  readonly database?: { readonly url: string };
  /** False leaves the application initialised but not listening. */
  readonly listen?: boolean;
}

/** The real application on a free port, with a database of its own. */
export interface TestApp {
  /** Another one after a restart, as a tape's next run makes one. */
  readonly app: NestFastifyApplication;
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string;
  readonly wsUrl: string;
  readonly databaseUrl: string;
  /** Who speaks for the test. @throws Error when nobody does */
  readonly speaker: Speaker;
  /** Log lines so far, parsed. */
  readonly log: readonly Record<string, unknown>[];
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<TestAnswer>;
  close(): Promise<void>;
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; throws when it is none. */
  json<T = Record<string, unknown>>(): T;
}

const PLENTY = '1000000';
const DEFAULTS = {
  NODE_ENV: 'test',
  PORT: '0',
  HOST: '127.0.0.1',
  MARKET_SOURCE: 'simulated',
  LOG_LEVEL: 'debug',
  // Suites share the machine: a late event loop is no reason to refuse a test its socket.
  WS_SHED_ABOVE_MS: '10000',
  // Nor is the database gone because it is slow to take a connection meanwhile.
  DATABASE_CONNECT_TIMEOUT_MS: '30000',
  AUTH_SECRET: 'a secret of the tests, long enough to sign',
  RATE_AUTH_PER_MINUTE: PLENTY,
  RATE_READ_PER_MINUTE: PLENTY,
  RATE_WRITE_PER_MINUTE: PLENTY,
};

/** Starts the application as `main` does, with the product's features unless told otherwise. Close it in `afterAll`. */
export async function startApp(options: TestAppOptions = {}): Promise<TestApp> {
  const own = options.database === undefined ? await createDatabase() : null;
  const database = options.database ?? (own as NonNullable<typeof own>);
  const tapes = join(tmpdir(), `ziggy-tapes-${randomBytes(6).toString('hex')}`);
  const config = readConfig({ ...DEFAULTS, DATABASE_URL: database.url, TAPES_DIR: tapes, ...options.env });
  const log: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) };
  const clock = new WallClock();
  if (options.now !== undefined) clock.now = options.now;
  const open = (): Promise<NestFastifyApplication> =>
    createApp({
      config: { ...config, database: { ...config.database, url: database.url } },
      log: createLogger({ level: config.server.logLevel, destination }),
      clock,
      ...(options.features === undefined ? {} : { features: options.features }),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      ...(options.imports === undefined ? {} : { imports: options.imports }),
    });
  let app = await open();
  const port = options.listen === false ? 0 : (await listen(app, 0, '127.0.0.1')).port;
  let restarting: Promise<void> | null = null;
  const restartWhenAsked = (): void =>
    app.get(Lifecycle).onRestart(() => {
      restarting = (async () => {
        await stopApp(app, { hurried: true });
        app = await open();
        await listen(app, port, '127.0.0.1');
        restartWhenAsked();
      })();
    });
  restartWhenAsked();
  const url = `http://127.0.0.1:${port}`;
  const handle = {
    get app() {
      return app;
    },
  };
  const speaker = options.as === null ? null : await aSpeaker(handle, options.as ?? 'admin');
  if (speaker !== null && port !== 0) speakAt(url, () => speaker.credentials());
  return {
    get app() {
      return app;
    },
    get speaker() {
      if (speaker === null) throw new Error('Nobody speaks for this test.');
      return speaker;
    },
    url,
    wsUrl: `ws://127.0.0.1:${port}`,
    databaseUrl: database.url,
    log,
    get: (path, headers = {}) => ask(`${url}${path}`, { headers }),
    close: async () => {
      await restarting;
      // A test's sockets wait for no long goodbye.
      app.get(Lifecycle).beginDraining({ hurried: true });
      fallSilentAt(url);
      await app.close();
      await own?.drop();
      await rm(tapes, { recursive: true, force: true });
    },
  };
}

/** An answer is waited for this long; suites share the machine. */
const ANSWER_MS = 45_000;

/** Sends one request as who speaks there, and reads the whole answer; redirects are answers, not followed. */
export async function ask(url: string, init: RequestInit = {}): Promise<TestAnswer> {
  const headers = await spoken(url, init.headers);
  const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(ANSWER_MS), ...init, headers });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, json: <T>() => JSON.parse(text) as T };
}

/** A migrated database of one's own. */
export async function createDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const admin = process.env['TEST_POSTGRES_URL'];
  if (admin === undefined) throw new Error('TEST_POSTGRES_URL is not set: the run has no global setup.');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await administer(admin, `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE_DATABASE}`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => administer(admin, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Waits until a condition holds, asking every 20 ms; fails with the last error or value after `withinMs`. */
export async function eventually<T>(
  look: () => T | Promise<T>,
  holds: (value: T) => boolean = Boolean,
  withinMs = 15_000,
): Promise<T> {
  const endsAt = performance.now() + withinMs;
  let seen: unknown;
  for await (const _ of setInterval(20)) {
    try {
      const value = await look();
      if (holds(value)) return value;
      seen = value;
    } catch (error) {
      seen = error;
    }
    if (performance.now() > endsAt) break;
  }
  throw new Error(
    `Not so within ${withinMs} ms; last seen: ${seen instanceof Error ? seen.message : JSON.stringify(seen)}`,
  );
}
