/**
 * The event log (performance.md rows 4 and 7): durable appends a second with grouped commits beside one commit for each
 * append, on a PostgreSQL that syncs to disk, by the application's own `EventLog`; then events at a steady pace from
 * `record()` over the commit to the sockets of `/ws/news`, whose clients are a process of their own.
 * Run: node --conditions=@ziggy/source --expose-gc tools/bench/event-log.bench.ts [--quick]
 */
import { setTimeout as pause } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import type * as EventLogExports from '../../apps/api/src/persistence/event-log.ts';
import type { EventLog } from '../../apps/api/src/persistence/event-log.ts';
import type { NewEvent } from '../../apps/api/src/persistence/event-partition.ts';
import { withDatabase } from './bench-database.ts';
import { built } from './built.ts';
import type { LoadOrder, LoadReport } from './fanout-frames.ts';
import { BENCH_MARKET, startProductApp, type ProductApp } from './fanout-product.ts';
import { atLeast, atMost, machine, median, table, type BenchResult, type BenchRow } from './result.ts';
import { Worker } from './worker.ts';

const QUICK = process.argv.includes('--quick');
const ROUNDS = QUICK ? 2 : 5;
const GROUPED = QUICK ? 4_000 : 20_000;
const SINGLE = QUICK ? 300 : 2_000;
/** Appends that wait for their commit at one time, far below the 10 000 that may. */
const IN_FLIGHT = 1_000;
/** Producers that commit each for itself; the pool has ten connections. */
const PRODUCERS = 8;
const CLIENTS = 20;
const PER_SECOND = 1_000;
const WARM_MS = QUICK ? 1_000 : 3_000;
const MEASURE_MS = QUICK ? 4_000 : 20_000;
const BEAT_MS = 5;
const SUMMARY = 'A headline as a source gives it, with a summary of usual length. '.repeat(4);

let made = 0;

/** @param partitions lines that the events go to in turn: one is news, many are the lines of that many owners */
function event(partitions: number): NewEvent {
  const id = `bench-${++made}`;
  const data = { said: Date.now(), title: `Headline ${made}`, summary: SUMMARY };
  if (partitions === 1) {
    return { partition: { market: BENCH_MARKET, channel: 'news', owner: null }, type: 'news_update', id, data };
  }
  const owner = { organisationId: 'org_bench', userId: `usr_${made % partitions}` };
  return { partition: { market: BENCH_MARKET, channel: 'alerts', owner }, type: 'alert_triggered', id, data };
}

/** Runs `work` so often, at most so many at one time; operations a second. */
async function rate(times: number, together: number, work: () => Promise<unknown>): Promise<number> {
  let left = times;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: together }, async () => {
      while (left-- > 0) await work();
    }),
  );
  return times / ((performance.now() - began) / 1_000);
}

async function appends(log: EventLog, db: DataSource): Promise<BenchRow[]> {
  const figures = { grouped: [] as number[], owners: [] as number[], single: [] as number[] };
  const single = () => db.transaction((tx) => log.append(tx, [event(1)]));
  await rate(1_000, IN_FLIGHT, () => log.record(event(1)));
  for (let round = 0; round < ROUNDS; round++) {
    figures.grouped.push(await rate(GROUPED, IN_FLIGHT, () => log.record(event(1))));
    figures.single.push(await rate(SINGLE, PRODUCERS, single));
    figures.owners.push(await rate(GROUPED, IN_FLIGHT, () => log.record(event(1_000))));
  }
  const [grouped, one, owners] = [median(figures.grouped), median(figures.single), median(figures.owners)];
  return [
    atLeast('durable appends, grouped commits, one partition', grouped, 'events/s', 3_000),
    atLeast('durable appends, grouped commits, 1 000 partitions', owners, 'events/s', 3_000),
    { metric: `durable appends, a commit each, ${PRODUCERS} producers`, value: one, unit: 'events/s' },
    { metric: 'grouped / a commit each', value: grouped / one, unit: 'ratio' },
  ];
}

/** Says events at the pace asked for until it is stopped; what the loop was late for is caught up. */
function speak(log: EventLog): { stop(): Promise<number> } {
  const began = performance.now();
  const waiting = new Set<Promise<unknown>>();
  let said = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1_000) * PER_SECOND);
    for (; said < due; said++) {
      const stored = log.record(event(1)).finally(() => waiting.delete(stored));
      waiting.add(stored);
    }
  }, BEAT_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      const perSecond = said / ((performance.now() - began) / 1_000);
      await Promise.all(waiting);
      return perSecond;
    },
  };
}

async function toSockets(log: EventLog, { port, key }: ProductApp): Promise<BenchRow[]> {
  const load = new Worker<LoadOrder>('./fanout-load.ts', 1);
  try {
    await load.next();
    await load.order({ do: 'show', key });
    await load.order({ do: 'open', port, kind: 'news', clients: CLIENTS, perClient: 1, symbols: 1 });
    const speaker = speak(log);
    await pause(WARM_MS);
    const { delivered, seconds, latencyMs } = await load.order<LoadReport>({ do: 'measure', ms: MEASURE_MS });
    const perSecond = await speaker.stop();
    const what = `event to client, ${PER_SECOND} events/s, ${CLIENTS} clients`;
    return [
      atLeast('events said', perSecond, 'events/s', 0.98 * PER_SECOND),
      atLeast('events delivered', delivered / seconds, 'frames/s', 0.97 * PER_SECOND * CLIENTS),
      { metric: `${what}, p50`, value: latencyMs.p50, unit: 'ms' },
      atMost(`${what}, p99`, latencyMs.p99, 'ms', 50),
    ];
  } finally {
    await load.stop();
  }
}

async function measure(product: ProductApp): Promise<BenchRow[]> {
  const { EventLog: Log } = await built<typeof EventLogExports>('persistence/event-log.js');
  const { app } = product;
  const log = app.get<EventLog>(Log, { strict: false });
  const db = app.get(DataSource, { strict: false });
  const [durable] = await db.query<{ fsync: string; commit: string }[]>(
    `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit`,
  );
  if (durable?.fsync !== 'on' || durable.commit !== 'on') throw new Error('This PostgreSQL does not sync to disk.');
  // Sockets first: the retention that trims a full partition has nothing to do yet.
  const sockets = await toSockets(log, product);
  return [...(await appends(log, db)), ...sockets];
}

const rows = await withDatabase(async (url) => {
  const product = await startProductApp(url);
  try {
    return await measure(product);
  } finally {
    await product.app.close();
  }
});
const result: BenchResult = { name: 'event log, fsync on', machine: machine(), rows };
console.log(`${table(result)}\n${JSON.stringify(result)}`);
