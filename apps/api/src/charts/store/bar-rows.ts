import { INTERVAL_MS, INTERVALS, KINDS } from '@ziggy/domain';
import type { Bar, BarFlag, Interval, Symbol } from '@ziggy/domain';

/** Bits of `bar.flags`. A bit keeps its meaning for good. */
const FLAG_BITS: readonly BarFlag[] = [
  'partial',
  'volume_reset',
  'open_carried',
  'derived_raw',
  'synthetic_path',
  'chart_derived',
];

const NO_FLAGS: readonly BarFlag[] = [];

export const intervalSeconds = (interval: Interval): number => INTERVAL_MS[interval] / 1000;

export function flagBits(flags: readonly BarFlag[]): number {
  return flags.reduce((bits, flag) => bits | (1 << FLAG_BITS.indexOf(flag)), 0);
}

export function flagNames(bits: number): BarFlag[] {
  return FLAG_BITS.filter((_, bit) => (bits & (1 << bit)) !== 0);
}

export const kindNumber = (kind: Bar['kind']): number => KINDS.indexOf(kind);

/** A bar on its way into the database. */
export interface BarRow {
  readonly instrumentId: number;
  readonly bar: Bar;
  /** Ingest batch of the source's own bar; `null` when it was built from ticks. */
  readonly batchId: number | null;
}

/** Identity of a bar within a market, as text. */
export function rowKey(row: BarRow): string {
  return `${row.instrumentId}|${row.bar.interval}|${row.bar.openTime}`;
}

/** A row as `SELECT_BARS` returns it: numbers only. */
export interface StoredBar {
  readonly interval_s: number;
  readonly open_ms: number;
  readonly close_ms: number;
  readonly available_ms: number | null;
  readonly o: number;
  readonly h: number;
  readonly l: number;
  readonly c: number;
  readonly v: number | null;
  readonly flags: number;
  readonly kind: number;
}

/** `float8` holds every micro-price and millisecond exactly, and the driver reads it as a number. */
export const BAR_COLUMNS = `interval_s,
  (extract(epoch FROM open_time) * 1000)::float8 AS open_ms, (extract(epoch FROM close_time) * 1000)::float8 AS close_ms,
  (extract(epoch FROM available_at) * 1000)::float8 AS available_ms,
  o::float8 AS o, h::float8 AS h, l::float8 AS l, c::float8 AS c, v, flags, kind`;

export function barOf(row: StoredBar, symbol: Symbol, market: string, source: string): Bar {
  const interval = INTERVALS.find((name) => intervalSeconds(name) === row.interval_s);
  const kind = KINDS[row.kind];
  if (interval === undefined || kind === undefined)
    throw new Error(`A stored bar has interval ${row.interval_s} and kind ${row.kind}.`);
  return {
    market,
    symbol,
    interval,
    openTime: row.open_ms,
    closeTime: row.close_ms,
    availableAt: row.available_ms ?? row.close_ms,
    o: row.o,
    h: row.h,
    l: row.l,
    c: row.c,
    volume: row.v,
    complete: row.available_ms !== null,
    extended: false,
    flags: flagNames(row.flags),
    source,
    kind,
  };
}

/** A series as `COLUMN_LISTS` returns it: one list a column, newest first; all `null` when there are no rows. */
export interface StoredColumns {
  readonly open_ms: readonly number[] | null;
  readonly close_ms: readonly number[];
  readonly available_ms: readonly (number | null)[];
  readonly o: readonly number[];
  readonly h: readonly number[];
  readonly l: readonly number[];
  readonly c: readonly number[];
  readonly v: readonly (number | null)[];
  readonly flags: readonly number[];
  readonly kind: readonly number[];
}

/** A long series is read as ten lists in one row: the driver would otherwise make and parse a text for each cell. */
export const COLUMN_LISTS = `
  json_agg((extract(epoch FROM open_time) * 1000)::bigint) AS open_ms,
  json_agg((extract(epoch FROM close_time) * 1000)::bigint) AS close_ms,
  json_agg((extract(epoch FROM available_at) * 1000)::bigint) AS available_ms,
  json_agg(o) AS o, json_agg(h) AS h, json_agg(l) AS l, json_agg(c) AS c, json_agg(v) AS v,
  json_agg(flags) AS flags, json_agg(kind) AS kind`;

/** The bars of one series, ascending. */
export function barsOf(
  columns: StoredColumns,
  interval: Interval,
  symbol: Symbol,
  market: string,
  source: string,
): Bar[] {
  const { open_ms, close_ms, available_ms, o, h, l, c, v, flags, kind } = columns;
  const bars: Bar[] = [];
  for (let i = (open_ms?.length ?? 0) - 1; i >= 0; i--) {
    const closeTime = close_ms[i] as number;
    const available = available_ms[i] as number | null;
    const bits = flags[i] as number;
    bars.push({
      market,
      symbol,
      interval,
      openTime: (open_ms as readonly number[])[i] as number,
      closeTime,
      availableAt: available ?? closeTime,
      o: o[i] as number,
      h: h[i] as number,
      l: l[i] as number,
      c: c[i] as number,
      volume: v[i] as number | null,
      complete: available !== null,
      extended: false,
      flags: bits === 0 ? NO_FLAGS : flagNames(bits),
      source,
      kind: kindOf(kind[i] as number),
    });
  }
  return bars;
}

function kindOf(number: number): Bar['kind'] {
  const kind = KINDS[number];
  if (kind === undefined) throw new Error(`A stored bar has kind ${number}.`);
  return kind;
}
