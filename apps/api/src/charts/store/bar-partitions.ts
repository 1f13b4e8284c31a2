import type { Interval } from '@ziggy/domain';

/** One table of the `bar` tree, as it must exist before a row can be stored. Times are epoch ms, UTC. */
export interface BarPartition {
  readonly parent: string;
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

const DAY_MS = 86_400_000;

/** How long bars are kept after their time, ms; `null` for ever (market-data.md section 6.3). */
export const KEPT_MS: Readonly<Record<Interval, number | null>> = {
  '1m': 90 * DAY_MS,
  '5m': 366 * DAY_MS,
  '15m': 2 * 366 * DAY_MS,
  '1h': 5 * 366 * DAY_MS,
  '1d': null,
};

/** The partition of a bar; `null` for daily bars, which all live in one table that always exists. */
export function partitionOf(interval: Interval, openTime: number): BarPartition | null {
  if (interval === '1d') return null;
  const at = new Date(openTime);
  return interval === '1m' ? monthOf(at.getUTCFullYear(), at.getUTCMonth()) : yearOf(interval, at.getUTCFullYear());
}

/** The partition that a table name stands for; `null` for a name that no partition has. */
export function partitionNamed(interval: Interval, name: string): BarPartition | null {
  const match = /^bar_(1m|5m|15m|1h)_(\d{4})(\d{2})?$/.exec(name);
  if (match === null || match[1] !== interval || interval === '1d') return null;
  const [year, month] = [Number(match[2]), match[3]];
  if (interval === '1m') return month === undefined ? null : monthOf(year, Number(month) - 1);
  return month === undefined ? yearOf(interval, year) : null;
}

/** The statement that makes a partition; repeating it does nothing. Names are made of digits and known words only. */
export function createPartition({ parent, name, from, to }: BarPartition): string {
  const iso = (ms: number): string => new Date(ms).toISOString();
  return `CREATE TABLE IF NOT EXISTS ${name} PARTITION OF ${parent} FOR VALUES FROM ('${iso(from)}') TO ('${iso(to)}')`;
}

function monthOf(year: number, month: number): BarPartition {
  const name = `bar_1m_${year}${String(month + 1).padStart(2, '0')}`;
  return { parent: 'bar_1m', name, from: Date.UTC(year, month), to: Date.UTC(year, month + 1) };
}

function yearOf(interval: Interval, year: number): BarPartition {
  const parent = `bar_${interval}`;
  return { parent, name: `${parent}_${year}`, from: Date.UTC(year, 0), to: Date.UTC(year + 1, 0) };
}
