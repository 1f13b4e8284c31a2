/**
 * Bars into PostgreSQL (performance.md row 7, market-data.md L4): statements over arrays and COPY, one connection, keys
 * and checks on, through the product's own repository; a repeat must write nothing. Also how the rate moves with ten times
 * the rows in the table.
 * Run: node --conditions=@ziggy/source tools/bench/storage.bench.ts [--quick]
 */
import type { Bar, Symbol } from '@ziggy/domain';
import { DataSource } from 'typeorm';
import type * as RepositoryExports from '../../apps/api/src/charts/store/bar.repository.ts';
import type { BarRepository } from '../../apps/api/src/charts/store/bar.repository.ts';
import type { BarRow } from '../../apps/api/src/charts/store/bar-rows.ts';
import { withDatabase } from './bench-database.ts';
import { built } from './built.ts';
import { atLeast, atMost, machine, median, table, type BenchResult, type BenchRow } from './result.ts';

const QUICK = process.argv.includes('--quick');
const ROUNDS = QUICK ? 2 : 5;
const STATEMENT_ROWS = 40_000;
const COPY_ROWS = QUICK ? 60_000 : 200_000;
const MINUTE = 60_000;
const FIRST = Date.UTC(2026, 0, 1);
/** Bars of one symbol lie in so many minutes, so that a load touches a few monthly tables, as history does. */
const SPAN = 20_000;

function row(index: number): BarRow {
  const openTime = FIRST + (index % SPAN) * MINUTE;
  const c = 100_000_000 + ((index * 7_919) % 1_000) * 10_000;
  const bar: Bar = {
    market: 'bench',
    symbol: 'BENCH' as Symbol,
    interval: '1m',
    openTime,
    closeTime: openTime + MINUTE,
    availableAt: openTime + MINUTE + 2_000,
    o: c - 10_000,
    h: c + 20_000,
    l: c - 30_000,
    c,
    volume: 100 + (index % 1_000),
    complete: true,
    extended: false,
    flags: [],
    source: 'bench',
    kind: 'simulated',
  };
  return { instrumentId: 1 + Math.floor(index / SPAN), bar, batchId: 1 };
}

const rowsFrom = (from: number, count: number): BarRow[] => Array.from({ length: count }, (_, i) => row(from + i));

interface Rate {
  readonly perSecond: number;
  readonly written: number;
}

async function rate(bars: BarRepository, rows: readonly BarRow[]): Promise<Rate> {
  const began = performance.now();
  const { written } = await bars.store(1, rows);
  return { perSecond: rows.length / ((performance.now() - began) / 1000), written };
}

/** Statements of a thousand rows each, as the writer of live bars and small loads do. */
async function byStatements(bars: BarRepository, rows: readonly BarRow[]): Promise<Rate> {
  let written = 0;
  const began = performance.now();
  for (let from = 0; from < rows.length; from += 1_000) {
    written += (await bars.store(1, rows.slice(from, from + 1_000))).written;
  }
  return { perSecond: rows.length / ((performance.now() - began) / 1000), written };
}

async function measure(url: string): Promise<BenchRow[]> {
  const db = await new DataSource({ type: 'postgres', url, poolSize: 1 }).initialize();
  try {
    const { BarRepository: Repository } = await built<typeof RepositoryExports>('charts/bar.repository.js');
    const bars = new Repository(db);
    await db.query(`INSERT INTO market (key, kind, source) VALUES ('bench', 'simulated', 'bench')`);
    let at = 0;
    const next = (count: number): BarRow[] => rowsFrom((at += count) - count, count);
    await byStatements(bars, next(5_000));
    const statements: number[] = [];
    let last = next(STATEMENT_ROWS);
    for (let round = 0; round < ROUNDS; round++) {
      statements.push((await byStatements(bars, last)).perSecond);
      if (round < ROUNDS - 1) last = next(STATEMENT_ROWS);
    }
    const again = await byStatements(bars, last);
    const copies: number[] = [];
    let load: BarRow[] = [];
    for (let round = 0; round < ROUNDS; round++) copies.push((await rate(bars, (load = next(COPY_ROWS)))).perSecond);
    const repeated = await rate(bars, load);
    const rows = [
      atLeast('statements of 1 000 rows', median(statements), 'rows/s', 60_000),
      atMost('rows written by the same again', again.written, 'rows', 0),
      { metric: 'the same again, compared and left', value: again.perSecond, unit: 'rows/s' },
      atLeast(`COPY and one insert, ${COPY_ROWS} rows`, median(copies), 'rows/s', 90_000),
      atMost('rows written by the same load again', repeated.written, 'rows', 0),
      { metric: 'the same load again, compared and left', value: repeated.perSecond, unit: 'rows/s' },
    ];
    if (QUICK) return rows;
    while (at < 10 * (STATEMENT_ROWS * ROUNDS)) await rate(bars, next(COPY_ROWS));
    const full = await byStatements(bars, next(STATEMENT_ROWS));
    return [...rows, { metric: `statements, with ${at} rows there`, value: full.perSecond, unit: 'rows/s' }];
  } finally {
    await db.destroy();
  }
}

export async function run(): Promise<BenchResult> {
  return { name: 'storage of bars', machine: machine(), rows: await withDatabase(measure) };
}

if (import.meta.main) console.log(table(await run()));
