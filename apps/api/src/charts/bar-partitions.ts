import type { Interval } from '@ziggy/domain';

/** One table of the `bar` tree, as it must exist before a row can be stored. Times are epoch ms, UTC. */
export interface BarPartition {
  readonly parent: string;
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** The partition of a bar; `null` for daily bars, which all live in one table that always exists. */
export function partitionOf(interval: Interval, openTime: number): BarPartition | null {
  if (interval === '1d') return null;
  const at = new Date(openTime);
  const year = at.getUTCFullYear();
  const parent = `bar_${interval}`;
  if (interval !== '1m') {
    return { parent, name: `${parent}_${year}`, from: Date.UTC(year, 0), to: Date.UTC(year + 1, 0) };
  }
  const month = at.getUTCMonth();
  const name = `${parent}_${year}${String(month + 1).padStart(2, '0')}`;
  return { parent, name, from: Date.UTC(year, month), to: Date.UTC(year, month + 1) };
}

/** The statement that makes a partition; repeating it does nothing. Names are made of digits and known words only. */
export function createPartition({ parent, name, from, to }: BarPartition): string {
  const iso = (ms: number): string => new Date(ms).toISOString();
  return `CREATE TABLE IF NOT EXISTS ${name} PARTITION OF ${parent} FOR VALUES FROM ('${iso(from)}') TO ('${iso(to)}')`;
}
