/**
 * Tapes (market-data.md L6): records a second played from a file at `max` without a subscriber, the time of a seek in a
 * million records, and what writing and checking cost.
 * Run: node --conditions=@ziggy/source tools/bench/tape.bench.ts [--quick]
 */
import type { Instrument, Symbol } from '@ziggy/domain';
import { TapeSource, TapeWriter, openTape } from '@ziggy/market-sources';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atLeast, atMost, machine, median, table, type BenchResult, type BenchRow } from './result.ts';

const QUICK = process.argv.includes('--quick');
const RECORDS = QUICK ? 200_000 : 1_000_000;
const SYMBOLS = 500;
/** Market milliseconds between two records: a million of them last a session. */
const GAP_MS = 23;
const OPEN = Date.UTC(2026, 2, 4, 14, 30);

const instruments = Array.from({ length: SYMBOLS }, (_, i): Instrument => ({
  symbol: `SYM${i}` as Symbol,
  name: `Symbol ${i}`,
  assetClass: 'equity',
  mic: 'XNYS',
  currency: 'USD',
  tick: 10_000,
  calendar: 'XNYS',
  sector: null,
  validFrom: null,
  validTo: null,
  aliases: [],
}));

async function write(path: string): Promise<void> {
  const writer = await TapeWriter.open(path, {
    title: 'Bench',
    sourceMarket: 'bench',
    originKind: 'simulated',
    licence: 'none',
    redistributable: true,
    instruments,
    calendars: ['XNYS'],
    actions: [],
  });
  for (let i = 0; i < RECORDS; i++) {
    const t = OPEN + i * GAP_MS;
    const price = 100_000_000 + ((i * 7_919) % 1_000) * 10_000;
    const waiting = writer.add({
      t,
      k: 'q',
      quote: {
        symbol: instruments[(i * 31) % SYMBOLS]!.symbol,
        price,
        bid: price - 10_000,
        ask: price + 10_000,
        bidSize: 100,
        askSize: 200,
        open: null,
        high: null,
        low: null,
        prevClose: 99_000_000,
        volume: i * 10,
        marketState: 'open',
        exchangeAt: t,
        delayMinutes: 0,
      },
    });
    if (waiting !== null) await waiting;
  }
  await writer.finish('complete');
}

const wallClock = { now: () => performance.now() };
const timers = {
  set: (run: () => void, delayMs: number) => (delayMs <= 0 ? setImmediate(run) : setTimeout(run, delayMs)),
  clear: (handle: unknown) => {
    clearTimeout(handle as NodeJS.Timeout);
    clearImmediate(handle as NodeJS.Immediate);
  },
};

/** Processor seconds of this process, its helper threads for gzip included: what else the machine does does not count. */
async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1e6;
}

const dir = await mkdtemp(join(tmpdir(), 'ziggy-bench-'));
const path = join(dir, 'bench.ztape');
const rows: BenchRow[] = [];
try {
  rows.push({ metric: 'write', value: RECORDS / (await seconds(() => write(path))), unit: 'records/s' });
  rows.push({ metric: 'file', value: (await stat(path)).size / RECORDS, unit: 'bytes/record' });
  let tape = await openTape(path);
  rows.push({
    metric: 'check from end to end',
    value: RECORDS / (await seconds(async () => (tape = await openTape(path)))),
    unit: 'records/s',
  });
  const played: number[] = [];
  for (let round = 0; round < 3; round++) {
    const source = new TapeSource({ tape, wallClock, timers, speed: 'max', paused: true });
    const took = await seconds(async () => {
      source.play();
      while (source.status().state !== 'ended') await new Promise((resolve) => setTimeout(resolve, 2));
    });
    await source.close();
    played.push(RECORDS / took);
  }
  rows.push(atLeast('play at max, no subscriber', median(played), 'records/s', 200_000));
  const sought: number[] = [];
  for (const share of [0.999, 0.5, 0.13]) {
    const source = new TapeSource({ tape, wallClock, timers, paused: true });
    sought.push(await seconds(() => source.seek(OPEN + RECORDS * GAP_MS * share)));
    if (source.status().played < RECORDS * (share - 0.001)) throw new Error('The seek stopped short.');
    await source.close();
  }
  rows.push(atMost(`seek in ${RECORDS} records, slowest of three`, Math.max(...sought), 's', 2));
  const listening = new TapeSource({ tape, wallClock, timers, paused: true });
  const { BehaviorSubject } = await import('rxjs');
  listening.quotes$(new BehaviorSubject(new Set(instruments.map(({ symbol }) => symbol)))).subscribe();
  listening.pause();
  const through = await seconds(() => listening.seek(OPEN + RECORDS * GAP_MS));
  rows.push({ metric: 'seek with a subscriber, who is told all', value: RECORDS / through, unit: 'records/s' });
  await listening.close();
} finally {
  await rm(dir, { recursive: true, force: true });
}

const result: BenchResult = { name: 'tape', machine: machine(), rows };
console.log(table(result));
console.log(JSON.stringify(result));
