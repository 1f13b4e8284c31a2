import { CompensatedSum, logRatio, sqrt } from '../numerics.ts';

/** Closes by the key of their bar (an instant or a session date), ascending. */
export type KeyedCloses = ReadonlyMap<string | number, number>;

export interface Correlation {
  /** Pearson's r of the log returns, -1..1; null under `least` pairs of returns, or when one side never moves. */
  readonly r: number | null;
  /** Pairs of returns. */
  readonly n: number;
}

/**
 * Pearson correlation of log returns over the bars that both have (Pearson 1895). Returns are taken between bars that
 * follow each other among the shared ones, so that a stock's Friday to Monday meets a coin's Friday to Monday.
 * @param most newest pairs of returns that count
 * @param least fewer pairs give null
 */
export function returnCorrelation(a: KeyedCloses, b: KeyedCloses, most: number, least: number): Correlation {
  const shared: [number, number][] = [];
  for (const [key, close] of a) {
    const other = b.get(key);
    if (other !== undefined && close > 0 && other > 0) shared.push([close, other]);
  }
  const newest = shared.slice(-(most + 1));
  const n = Math.max(0, newest.length - 1);
  if (n < least) return { r: null, n };
  const xs: number[] = [];
  const ys: number[] = [];
  for (let i = 1; i < newest.length; i++) {
    const [x0, y0] = newest[i - 1] as [number, number];
    const [x1, y1] = newest[i] as [number, number];
    xs.push(logRatio(x1, x0));
    ys.push(logRatio(y1, y0));
  }
  return { r: pearson(xs, ys), n };
}

function pearson(xs: readonly number[], ys: readonly number[]): number | null {
  const [mx, my] = [mean(xs), mean(ys)];
  const [sxy, sxx, syy] = [new CompensatedSum(), new CompensatedSum(), new CompensatedSum()];
  for (let i = 0; i < xs.length; i++) {
    const [dx, dy] = [(xs[i] as number) - mx, (ys[i] as number) - my];
    sxy.add(dx * dy);
    sxx.add(dx * dx);
    syy.add(dy * dy);
  }
  const scale = sqrt(sxx.value) * sqrt(syy.value);
  return scale > 0 ? Math.min(1, Math.max(-1, sxy.value / scale)) : null;
}

function mean(values: readonly number[]): number {
  const sum = new CompensatedSum();
  for (const value of values) sum.add(value);
  return sum.value / values.length;
}
