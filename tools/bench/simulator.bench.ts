/**
 * What the simulated market can do on one core (market-data.md L3), by the processor's time: ticks a second, closes of a large universe, history of
 * one symbol on request, and how ticks and closes grow with ten times the symbols. Nothing is read from a cache: each
 * round has a market of its own.
 * Run: node --conditions=@ziggy/source --expose-gc tools/bench/simulator.bench.ts [--quick]
 */
import type { Interval, QuoteUpdate, Symbol } from '@ziggy/domain';
import { SimulatedSource } from '@ziggy/market-sources';
import { QuoteFeed } from '../../libs/market-sources/src/simulated/quote-feed.ts';
import { SimulatedMarket } from '../../libs/market-sources/src/simulated/sim-market.ts';
import { atLeast, atMost, machine, median, table, type BenchResult, type BenchRow } from './result.ts';

const QUICK = process.argv.includes('--quick');
const ROUNDS = QUICK ? 2 : 5;
/** Answers of some milliseconds before one is timed: a process that runs has compiled what it uses. */
const WARM = 60;
/** Tuesday 2026-03-03, 10:00 in New York. */
const NOW = Date.UTC(2026, 2, 3, 15);
const DAY = 86_400_000;
const YEARS_3 = 756;
const nothing = { set: () => 0, clear: () => undefined };

/** Time of the processor that this process has used (ms): what a core was busy with, whoever else wants it. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Quotes a second that a feed makes of `symbols` symbols, over market time in steps of 100 ms, sessions laid out before. */
function ticks(symbols: number, tickHz: number, wanted: number): number {
  const market = new SimulatedMarket('1', symbols);
  let seq = 0;
  const feed = new QuoteFeed({ market, clock: { now: () => NOW }, timers: nothing, tickHz, sequence: () => ++seq });
  feed.want(new Set(market.profiles.map(({ symbol }) => symbol)));
  let now = NOW;
  // A pass lays 100 sessions out: first all of them, then ticks alone.
  for (let i = 0; i <= symbols / 100 + 1; i++) feed.pass((now += 100));
  let made = 0;
  let sum = 0;
  const began = cpuMs();
  while (made < wanted) {
    for (const batch of feed.pass((now += 100))) made += consume(batch, (price) => (sum += price));
  }
  const seconds = (cpuMs() - began) / 1000;
  if (!(sum > 0)) throw new Error('The ticks have no prices.');
  return made / seconds;
}

function consume(batch: readonly QuoteUpdate[], take: (price: number) => void): number {
  for (const quote of batch) take(quote.price ?? 0);
  return batch.length;
}

/** Seconds for the raw closes of the first three years of every symbol, profiles and actions included. */
function closes(symbols: number): number {
  const began = cpuMs();
  const market = new SimulatedMarket('1', symbols);
  let sum = 0;
  for (const profile of market.profiles) {
    for (let index = 0; index < YEARS_3; index++) sum += market.close(profile, index);
  }
  if (!(sum > 0)) throw new Error('There are no closes.');
  return (cpuMs() - began) / 1000;
}

/** Milliseconds for bars of one symbol of a market that nobody has asked before. */
async function history(symbol: string, interval: Interval, days: number): Promise<number> {
  const source = new SimulatedSource({ seed: 1, wallClock: { now: () => NOW }, timers: nothing, start: NOW });
  const ctx = { deadlineAt: Infinity, signal: new AbortController().signal, priority: 'interactive' as const };
  const ask = { symbol: symbol as Symbol, interval, from: NOW - days * DAY, to: NOW, extended: false };
  const began = cpuMs();
  const bars = await source.bars(ask, ctx);
  const ms = cpuMs() - began;
  if (bars.length < days / 2) throw new Error(`Only ${bars.length} bars of ${interval}.`);
  await source.close();
  return ms;
}

/** The same of a market whose chain of days is there already, as in a running process. */
async function warmHistory(symbol: string, interval: Interval, days: number): Promise<number> {
  const source = new SimulatedSource({ seed: 1, wallClock: { now: () => NOW }, timers: nothing, start: NOW });
  const ctx = { deadlineAt: Infinity, signal: new AbortController().signal, priority: 'interactive' as const };
  const ask = { symbol: symbol as Symbol, interval, from: NOW - days * DAY, to: NOW, extended: false };
  await source.bars({ ...ask, interval: '1d', from: NOW - 10 * DAY }, ctx);
  const began = cpuMs();
  await source.bars(ask, ctx);
  const ms = cpuMs() - began;
  await source.close();
  return ms;
}

/** @param warmUp rounds that do not count: a short piece of work is compiled only after many of them, and takes many to time */
async function rounds(work: () => number | Promise<number>, warmUp = 1, count = ROUNDS): Promise<number> {
  const values: number[] = [];
  for (let i = 0; i < warmUp + count; i++) {
    globalThis.gc?.();
    values.push(await work());
  }
  return median(values.slice(warmUp));
}

const wanted = QUICK ? 200_000 : 1_000_000;
const many = QUICK ? 2_000 : 10_000;
const days = await rounds(() => history('AAPL', '1d', 3 * 365), WARM, 15);
const minutes = await rounds(() => warmHistory('AAPL', '1m', 30), WARM, 15);
const minutesCold = await rounds(() => history('AAPL', '1m', 30), WARM, 15);
const tick5000 = await rounds(() => ticks(QUICK ? 1_000 : 5_000, 50, wanted));
const tick50 = await rounds(() => ticks(50, 2_500, wanted));
const few = closes(many / 10);
const all = closes(many);
const rows: BenchRow[] = [
  atLeast(`ticks, ${QUICK ? '1 000' : '5 000'} symbols at 10 to 50 a second each`, tick5000, '/s', 500_000),
  atLeast('ticks, 50 symbols at 500 to 2 500 a second each', tick50, '/s', 500_000),
  atMost(`closes of ${many} symbols x 3 years`, all, 's', QUICK ? 2 : 10),
  { metric: 'the same of a tenth of the symbols, times ten', value: few * 10, unit: 's' },
  atMost('3 years of daily bars of one symbol', days, 'ms', 150),
  atMost('30 days of 1m of one symbol, its days known', minutes, 'ms', 15),
  {
    metric: '30 days of 1m of one symbol, from nothing',
    value: minutesCold,
    unit: 'ms',
  },
];
const result: BenchResult = { name: 'simulator', machine: machine(), rows };
process.stdout.write(`${table(result)}\n${JSON.stringify(result)}\n`);
