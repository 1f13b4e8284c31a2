/**
 * Enrichment of quote ticks (performance.md row 6, brain.md section 16): cost per tick for 5 000 symbols on one core, how
 * it grows with ten times the symbols, and whether the heap grows over a million ticks.
 * Run: node --conditions=@ziggy/source tools/bench/enrichment.bench.ts
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { QuoteEnricher, RegimeMachine, VOLUME_BINS, type ClosedBar } from '@ziggy/quant';
import { atLeast, atMost, machine, median, percentile, table, type BenchResult, type BenchRow } from './result.ts';

const SYMBOLS = 5_000;
const TICKS = 1_000_000;
const BATCH = 100;
const ROUNDS = 5;

interface Load {
  readonly enricher: QuoteEnricher;
  /** In random order, so that neither the map nor the cache is helped. */
  readonly symbols: readonly string[];
  readonly prices: Float64Array;
}

function uniform(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

function history(next: () => number): ClosedBar[] {
  let price = 20e6 + 400e6 * next();
  return Array.from({ length: 70 }, (_, day) => {
    price = Math.round(price * (1 + 0.04 * (next() - 0.5)));
    const openTime = day * 86_400_000;
    return { openTime, closeTime: openTime + 23_400_000, o: price, h: price, l: price, c: price, volume: 1_000_000 };
  });
}

function load(symbolCount: number): Load {
  const next = uniform(symbolCount + 1);
  const enricher = new QuoteEnricher({ barsPerYear: 252 });
  const volumeCurve = Array.from({ length: VOLUME_BINS + 1 }, (_, edge) => edge * 12_820);
  const last = new Map<string, number>();
  for (let i = 0; i < symbolCount; i++) {
    const daily = history(next);
    enricher.seed(`SYM${i}`, { daily, volumeCurve });
    last.set(`SYM${i}`, daily.at(-1)!.c);
  }
  enricher.setRegime(new RegimeMachine().state);
  const symbols = Array.from({ length: TICKS }, () => `SYM${Math.floor(next() * symbolCount)}`);
  const names = [...last.keys()];
  // The same string objects that the source holds: a tick does not pay for hashing a new string.
  const interned = new Map(names.map((name) => [name, name]));
  const prices = Float64Array.from(symbols, (symbol) => Math.round(last.get(symbol)! * (0.98 + 0.04 * next())));
  return { enricher, symbols: symbols.map((symbol) => interned.get(symbol)!), prices };
}

interface Cost {
  /** Processor time of this thread: what the machine does beside the bench does not count. */
  readonly nsPerTick: number;
  /** By the clock, 99th percentile over batches of 100 ticks: a timer per tick would cost more than the tick. */
  readonly p99: number;
}

function measure({ enricher, symbols, prices }: Load): Cost {
  const batches: number[] = [];
  const started = process.threadCpuUsage();
  let checksum = 0;
  for (let from = 0; from < TICKS; from += BATCH) {
    const before = performance.now();
    for (let i = from; i < from + BATCH; i++) {
      checksum += enricher.enrich(symbols[i]!, prices[i]!, i, 0.6).z20 ?? 0;
    }
    batches.push(((performance.now() - before) * 1e6) / BATCH);
  }
  const { user, system } = process.threadCpuUsage(started);
  if (Number.isNaN(checksum)) throw new Error('a tick gave NaN');
  return { nsPerTick: ((user + system) * 1e3) / TICKS, p99: percentile(batches, 0.99) };
}

function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

function heapGrowth(work: Load): number {
  const gc = collector();
  gc();
  const before = process.memoryUsage().heapUsed;
  measure(work);
  gc();
  return (process.memoryUsage().heapUsed - before) / 1_024;
}

function rounds(work: Load): Cost {
  const costs = Array.from({ length: ROUNDS }, () => measure(work));
  return { nsPerTick: median(costs.map((c) => c.nsPerTick)), p99: median(costs.map((c) => c.p99)) };
}

export async function run(): Promise<BenchResult> {
  const few = load(SYMBOLS);
  measure(few);
  const atFew = rounds(few);
  const growth = heapGrowth(few);
  const atMany = rounds(load(10 * SYMBOLS));
  const rows: BenchRow[] = [
    atMost('cost of a tick, 5 000 symbols', atFew.nsPerTick, 'ns', 1_000),
    atMost('p99 of a tick by the clock (batches of 100)', atFew.p99, 'ns', 1_000),
    atLeast('ticks on one core, 5 000 symbols', 1e9 / atFew.nsPerTick, 'ticks/s', 1_000_000),
    { metric: 'cost of a tick, 50 000 symbols', value: atMany.nsPerTick, unit: 'ns' },
    { metric: 'growth of the cost with ten times the symbols', value: atMany.nsPerTick / atFew.nsPerTick, unit: 'x' },
    atMost('heap growth over 1 000 000 ticks', growth, 'KiB', 256),
  ];
  return { name: 'enrichment', machine: machine(), rows };
}

if (import.meta.main) console.log(table(await run()));
