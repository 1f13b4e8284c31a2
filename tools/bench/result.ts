import { availableParallelism, cpus } from 'node:os';

/** What one bench measured. Compare rows of one run only: an absolute time is not stable from run to run. */
export interface BenchResult {
  readonly name: string;
  readonly machine?: string;
  readonly rows: readonly BenchRow[];
}

export interface BenchRow {
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  /** The target in words, e.g. `>= 100000`. */
  readonly target?: string;
  readonly ok?: boolean;
}

/** Cores, model and Node version, so that a figure is never quoted without them. */
export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  return `${availableParallelism()} cores, ${model}, Node ${process.versions.node}`;
}

/** A row with the target `>= least`. */
export function atLeast(metric: string, value: number, unit: string, least: number): BenchRow {
  return { metric, value, unit, target: `>= ${least}`, ok: value >= least };
}

/** A row with the target `<= most`. */
export function atMost(metric: string, value: number, unit: string, most: number): BenchRow {
  return { metric, value, unit, target: `<= ${most}`, ok: value <= most };
}

/** Middle value; of an even count the upper one. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** Nearest-rank percentile, `share` 0..1. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** The rows as an aligned table. */
export function table(result: BenchResult): string {
  const cells = result.rows.map((row) => [
    row.metric,
    number(row.value),
    row.unit,
    row.target ?? '',
    row.ok === undefined ? '' : row.ok ? 'met' : 'MISSED',
  ]);
  const all = [['metric', 'value', 'unit', 'target', ''], ...cells];
  const widths = all[0]!.map((_, i) => Math.max(...all.map((row) => row[i]!.length)));
  const line = (row: string[]): string =>
    row
      .map((cell, i) => (i === 1 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  return [`${result.name}${result.machine === undefined ? '' : ` (${result.machine})`}`, ...all.map(line)].join('\n');
}

function number(value: number): string {
  return Math.abs(value) >= 1_000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));
}
