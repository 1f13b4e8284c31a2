/**
 * Reading bars (market-data.md L5, performance.md row 14): `GET /market/bars` with 5 000 one-minute bars from PostgreSQL over
 * HTTP, plain, with five indicators, and for 20 clients at once; and a chart's snapshot of 500 bars from PostgreSQL and from
 * the cache. The whole application on the simulated market, whose bars were stored before. Also how an answer grows with
 * ten times the bars.
 * Run: node --conditions=@ziggy/source tools/bench/bars-read.bench.ts [--quick]
 */
import type { Interval, Symbol } from '@ziggy/domain';
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type * as BootstrapExports from '../../apps/api/src/bootstrap.ts';
import type * as BrainExports from '../../apps/api/src/brain/brain.service.ts';
import type * as ConfigExports from '../../apps/api/src/config/config.ts';
import type * as LoggerExports from '../../apps/api/src/platform/logger.ts';
import type * as FeedsExports from '../../apps/api/src/stream/channel-feed.ts';
import type { ChartsFeed } from '../../apps/api/src/stream/channel-feed.ts';
import { withDatabase } from './bench-database.ts';
import { built } from './built.ts';
import { readingKey, setUpFor } from './bench-person.ts';
import { httpLoad } from './http-load.ts';
import type { Asked } from './http-load.ts';
import { atLeast, atMost, machine, percentile, table, type BenchResult, type BenchRow } from './result.ts';

const QUICK = process.argv.includes('--quick');
const REQUESTS = QUICK ? 60 : 300;
const CLIENTS = 20;
const BARS = 5_000;
const SYMBOLS = ['AAPL', 'MSFT', 'NVDA', 'AMZN', 'SPY', 'QQQ', 'JPM', 'XOM', 'PG', 'KO'];
const CHART_INTERVALS: readonly Interval[] = ['1m', '5m', '15m', '1h', '1d'];
const FIVE = 'sma(20),ema(50),rsi(14),macd(12,26,9),bollinger(20,2)';

interface Asker {
  readonly origin: string;
  readonly key: string;
}

interface Application {
  readonly origin: string;
  readonly charts: ChartsFeed;
  close(): Promise<void>;
}

async function start(url: string): Promise<Application> {
  const { createApp, listen, stopApp, WallClock } = await built<typeof BootstrapExports>('bootstrap.js');
  const { readConfig } = await built<typeof ConfigExports>('config/config.js');
  const { createLogger } = await built<typeof LoggerExports>('platform/logger.js');
  const { Brain } = await built<typeof BrainExports>('brain/brain.service.js');
  const { ChartsFeed: Feed } = await built<typeof FeedsExports>('stream/channel-feed.js');
  const config = readConfig({
    NODE_ENV: 'production',
    ...BENCH_CONFIG,
    MARKET_SOURCE: 'simulated',
    DATABASE_URL: url,
    LOG_LEVEL: 'warn',
  });
  const app = await createApp({
    config: { ...config, database: { ...config.database, url } },
    log: createLogger({ level: 'warn' }),
    clock: new WallClock(),
  });
  const { port } = await listen(app, 0, '127.0.0.1');
  // The history of the universe is read in the background after a start; that is not what is measured here.
  const brain = app.get(Brain, { strict: false });
  while (brain.state.waiting > 0) await delay(100);
  return {
    origin: `http://127.0.0.1:${port}`,
    charts: app.get(Feed, { strict: false }),
    close: () => stopApp(app, { hurried: true }),
  };
}

/** What production asks for before it starts, and room for more reads a minute than a person makes. */
const BENCH_CONFIG = { AUTH_SECRET: randomBytes(32).toString('hex'), RATE_READ_PER_MINUTE: '1000000' };

function barsOf({ origin, key }: Asker, limit: number, { interval = '1m', more = '' } = {}): Asked {
  return {
    urls: SYMBOLS.map((symbol) => `${origin}/market/bars/${symbol}?interval=${interval}&limit=${limit}${more}`),
    key,
  };
}

/** Latency of one client at a time. */
async function p95(asked: Asked, requests: number): Promise<number> {
  await httpLoad(asked, asked.urls.length, 1);
  const { latencies, failed } = await httpLoad(asked, requests, 1);
  if (failed > 0) throw new Error(`${failed} requests failed`);
  return percentile(latencies, 0.95);
}

/** Answers a second of processor time of the server's thread, for 20 clients at once. */
async function answersPerCore(asked: Asked): Promise<number> {
  const before = process.threadCpuUsage();
  const { failed } = await httpLoad(asked, REQUESTS, CLIENTS);
  if (failed > 0) throw new Error(`${failed} requests failed`);
  const { user, system } = process.threadCpuUsage(before);
  return REQUESTS / ((user + system) / 1e6);
}

/** Opens charts of many symbols: first read from the database, then again from memory. Encoding is part of it. */
async function chartSnapshots(charts: ChartsFeed): Promise<{ stored: number; cached: number }> {
  const keys = CHART_INTERVALS.flatMap((timeframe) =>
    SYMBOLS.map((symbol) => ({ symbol: symbol as Symbol, timeframe })),
  );
  const open = async (key: (typeof keys)[number]): Promise<number> => {
    const began = performance.now();
    const fault = await charts.prepare(key);
    if (fault !== null) throw new Error(`${key.symbol} ${key.timeframe}: ${fault}`);
    if (JSON.stringify(charts.snapshot(key)).length < 1_000) throw new Error('an empty snapshot');
    return performance.now() - began;
  };
  const stored: number[] = [];
  for (const key of keys) stored.push(await open(key));
  const cached: number[] = [];
  for (let round = 0; round < 4; round++) for (const key of keys) cached.push(await open(key));
  return { stored: percentile(stored, 0.95), cached: percentile(cached, 0.95) };
}

async function measure(url: string): Promise<BenchRow[]> {
  const env = { NODE_ENV: 'production', ...BENCH_CONFIG, DATABASE_URL: url };
  const password = await setUpFor(env);
  const first = await start(url);
  const key = await readingKey(Number(new URL(first.origin).port), password, env);
  // The first reader has the source asked and the bars stored.
  for (const interval of CHART_INTERVALS) {
    const { failed } = await httpLoad(barsOf({ ...first, key }, BARS, { interval }), SYMBOLS.length, 2);
    if (failed > 0) throw new Error(`${failed} first reads of ${interval} failed`);
  }
  await first.close();
  const { origin, charts, close } = await start(url);
  const asker = { origin, key };
  try {
    const snapshots = await chartSnapshots(charts);
    const plain = await p95(barsOf(asker, BARS), REQUESTS);
    const rows = [
      atMost(`${BARS} x 1m from PostgreSQL, p95`, plain, 'ms', 60),
      atMost(
        'the same with 5 indicators, p95',
        await p95(barsOf(asker, BARS, { more: `&indicators=${FIVE}` }), REQUESTS),
        'ms',
        90,
      ),
      atLeast(`${CLIENTS} clients`, await answersPerCore(barsOf(asker, BARS)), 'answers/s per core', 40),
      atMost('chart of 500 bars from PostgreSQL, p95', snapshots.stored, 'ms', 50),
      atMost('chart of 500 bars from the cache, p95', snapshots.cached, 'ms', 10),
    ];
    const tenth = await p95(barsOf(asker, BARS / 10), REQUESTS);
    return [...rows, { metric: 'growth of p95 with ten times the bars', value: plain / tenth, unit: 'x' }];
  } finally {
    await close();
  }
}

export async function run(): Promise<BenchResult> {
  return { name: 'reading bars', machine: machine(), rows: await withDatabase(measure) };
}

if (import.meta.main) console.log(table(await run()));
