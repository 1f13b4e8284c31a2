/**
 * REST over the product as it ships (market-data.md L7, performance.md row 13): latency of cached quotes, overview and
 * breadth while the market ticks, asked with an API key, and the throughput of quotes against a bare Fastify route with the same body, in turns.
 * Needs the built API. On Linux the servers run on one core and the load on another.
 * Run: node --conditions=@ziggy/source tools/bench/rest.bench.ts [--quick]
 */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type * as EmbeddedExports from '../../apps/api/src/persistence/embedded-postgres.ts';
import { readingKey, setUpFor } from './bench-person.ts';
import { latencies, throughput } from './rest-client.ts';
import type { RestTarget } from './rest-client.ts';
import { atLeast, atMost, machine, median, percentile, table } from './result.ts';
import type { BenchResult, BenchRow } from './result.ts';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const quick = process.argv.includes('--quick');
const REQUESTS = quick ? 100 : 1_000;
const ROUNDS = quick ? 3 : 7;
const ROUND_MS = quick ? 1_000 : 4_000;
const CONNECTIONS = 32;
const SYMBOLS = quick ? 300 : 1_000;
const OPEN_WITHIN_MS = 60_000;
const WARM_WITHIN_MS = 600_000;

/** An hour into a session, so that everything ticks. */
const ENVIRONMENT = {
  NODE_ENV: 'production',
  AUTH_SECRET: randomBytes(32).toString('hex'),
  RATE_READ_PER_MINUTE: '1000000',
  LOG_LEVEL: 'error',
  MARKET_SOURCE: 'simulated',
  SIM_SEED: '1',
  SIM_START: '2026-03-04T15:30:00Z',
};

const pinned = spawnSync('taskset', ['-V']).status === 0 && availableParallelism() > 1;

function start(args: readonly string[], env: Record<string, string>, stdio: 'pipe' | 'ignore'): ChildProcess {
  const [command, rest] = pinned ? ['taskset', ['-c', '0', process.execPath, ...args]] : [process.execPath, [...args]];
  return spawn(command as string, rest as string[], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: [stdio, stdio, 'inherit'],
  });
}

interface Product extends Required<RestTarget> {
  stop(): Promise<void>;
}

async function startProduct(universe: number, databaseUrl: string): Promise<Product> {
  const port = await freePort();
  const env = { PORT: String(port), DATABASE_URL: databaseUrl, SIM_UNIVERSE: String(universe), ...ENVIRONMENT };
  const password = await setUpFor(env);
  const child = start(['apps/api/dist/main.js'], env, 'ignore');
  const gone = new Promise<void>((done) => child.once('close', () => done()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await gone;
  };
  try {
    await open(port);
    const key = await readingKey(port, password, env);
    await warm({ port, key });
    return { port, key, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function open(port: number): Promise<void> {
  for (const endsAt = performance.now() + OPEN_WITHIN_MS; ; await delay(250)) {
    const answer = await fetch(`http://127.0.0.1:${port}/health`).catch(() => null);
    if (answer?.ok === true) return;
    if (performance.now() > endsAt) throw new Error(`The server did not open within ${OPEN_WITHIN_MS} ms.`);
  }
}

async function get({ port, key }: Required<RestTarget>, path: string): Promise<Response> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { 'x-api-key': key } });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer;
}

/** Until histories and volume curves of the universe are known: a start that still reads them is not what people meet. */
async function warm(target: Required<RestTarget>): Promise<void> {
  const endsAt = performance.now() + WARM_WITHIN_MS;
  for (;;) {
    const answer = await get(target, '/market/movers?list=unusual');
    const { coverage } = (await answer.json()) as { coverage: { used: number; stale: number; missing: number } };
    if (coverage.used > 0 && coverage.missing <= coverage.used / 50) return;
    if (performance.now() > endsAt) throw new Error(`The market did not get warm within ${WARM_WITHIN_MS} ms.`);
    await delay(250);
  }
}

async function startBare(body: string): Promise<{ port: number; child: ChildProcess }> {
  const child = start(['--conditions=@ziggy/source', 'tools/bench/rest-bare.ts'], {}, 'pipe');
  child.stdin?.end(body);
  const port = await new Promise<number>((done, failed) => {
    child.stdout?.once('data', (line: Buffer) => done(Number(line.toString())));
    child.once('close', () => failed(new Error('The bare server ended.')));
  });
  return { port, child };
}

async function symbolsOf(product: Required<RestTarget>, count: number): Promise<string[]> {
  const answer = await get(product, '/market/movers?list=active&limit=100');
  const { items } = (await answer.json()) as { items: { symbol: string }[] };
  const more = await get(product, '/market/overview');
  const overview = (await more.json()) as { items: { symbol: string }[] };
  const all = [...new Set([...items, ...overview.items].map(({ symbol }) => symbol))];
  return all.slice(0, count);
}

async function againstBare(product: Required<RestTarget>): Promise<BenchRow[]> {
  const path = `/market/quotes?symbols=${(await symbolsOf(product, 50)).join(',')}`;
  const body = await (await get(product, path)).text();
  const bare = await startBare(body);
  const [ours, theirs]: [number[], number[]] = [[], []];
  try {
    // In turns, so that what else the machine does falls on both.
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await throughput(product, path, CONNECTIONS, ROUND_MS));
      theirs.push(await throughput({ port: bare.port }, '/market/quotes', CONNECTIONS, ROUND_MS));
    }
  } finally {
    bare.child.kill();
  }
  return [
    { metric: `quotes x 50 (${Math.round(body.length / 1_024)} KiB)`, value: median(ours), unit: 'answers/s' },
    { metric: 'bare Fastify route, same body', value: median(theirs), unit: 'answers/s' },
    atLeast('quotes x 50 against the bare route', median(ours.map((own, i) => own / (theirs[i] as number))), 'x', 0.5),
  ];
}

async function latencyRows(product: Required<RestTarget>): Promise<BenchRow[]> {
  const quotes = `/market/quotes?symbols=${(await symbolsOf(product, 200)).join(',')}`;
  const p95 = async (path: string): Promise<number> => percentile(await latencies(product, path, REQUESTS), 0.95);
  return [
    atMost('cached quotes x 200, p95', await p95(quotes), 'ms', 25),
    atMost('overview, p95', await p95('/market/overview'), 'ms', 50),
    atMost(`breadth of ${SYMBOLS}, p95`, await p95('/market/breadth'), 'ms', 80),
    {
      metric: `breadth of ${SYMBOLS}, by sector, 365 sessions, p95`,
      value: await p95('/market/breadth?by=sector&days=365'),
      unit: 'ms',
    },
    { metric: `movers of ${SYMBOLS}, p95`, value: await p95('/market/movers?limit=100'), unit: 'ms' },
  ];
}

export async function run(): Promise<BenchResult> {
  const dir = mkdtempSync(join(tmpdir(), 'ziggy-rest-'));
  const { startEmbeddedPostgres } = (await import(
    new URL('../../apps/api/dist/persistence/embedded-postgres.js', import.meta.url).href
  )) as typeof EmbeddedExports;
  const cluster = await startEmbeddedPostgres({ dir, ephemeral: true });
  try {
    const measured = async (universe: number, work: (product: Product) => Promise<BenchRow[]>): Promise<BenchRow[]> => {
      const database = `rest_${universe}`;
      await cluster.ensureDatabase(database);
      const product = await startProduct(universe, cluster.url(database));
      try {
        return await work(product);
      } finally {
        await product.stop();
      }
    };
    const few = await measured(100, async (product) => {
      const times = await latencies(product, '/market/breadth', REQUESTS);
      return [{ metric: 'breadth of 100, p95', value: percentile(times, 0.95), unit: 'ms' }];
    });
    const many = await measured(SYMBOLS, async (product) => [
      ...(await latencyRows(product)),
      ...(await againstBare(product)),
    ]);
    const name = `REST of the market${pinned ? ', servers on one core' : ''}`;
    return { name, machine: machine(), rows: [...many, ...few] };
  } finally {
    await cluster.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => done(port));
    });
  });
}

if (import.meta.main) console.log(table(await run()));
