import { describe, expect, it, jest } from '@jest/globals';
import type { MinutePath } from './sim-market.ts';
import { SimulatedMarket } from './sim-market.ts';

// 50 equities over ten years; a busy machine may take its time.
jest.setTimeout(60_000);

/**
 * The habits that make the simulated market worth testing a strategy on (market-data.md 4.4): 50 equities x 2 520
 * sessions, "index" their mean, seed 1.
 */
const SESSIONS = 2520;
const COUNT = 50;
const market = new SimulatedMarket('1', 64);
const equities = market.profiles.filter((profile) => profile.model === 'equity').slice(0, COUNT);
const returns = equities.map(({ symbol }) =>
  Float64Array.from({ length: SESSIONS }, (_, i) => market.logClose(symbol, i) - market.logClose(symbol, i - 1)),
);
const index = Float64Array.from({ length: SESSIONS }, (_, i) => mean(returns.map((row) => row[i]!)));

type Numbers = ArrayLike<number>;
const LAGS_10 = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

function mean(values: Numbers): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

/** Correlation of a[i] with b[i + lag]. */
function correlation(a: Numbers, b: Numbers, lag = 0): number {
  const n = a.length - lag;
  let ma = 0;
  let mb = 0;
  for (let i = 0; i < n; i++) {
    ma += a[i]! / n;
    mb += b[i + lag]! / n;
  }
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < n; i++) {
    const x = a[i]! - ma;
    const y = b[i + lag]! - mb;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
}

function excessKurtosis(values: Numbers): number {
  const m = mean(values);
  let square = 0;
  let fourth = 0;
  for (let i = 0; i < values.length; i++) {
    const d = (values[i]! - m) ** 2;
    square += d / values.length;
    fourth += (d * d) / values.length;
  }
  return fourth / square ** 2 - 3;
}

/** Tail exponent of the largest 5 % of absolute values (Hill). */
function hill(values: Numbers): number {
  const sorted = Array.from(values, Math.abs).sort((a, b) => b - a);
  const top = Math.floor(sorted.length * 0.05);
  return top / sorted.slice(0, top).reduce((sum, value) => sum + Math.log(value / sorted[top]!), 0);
}

function sums(values: Numbers, length: number): number[] {
  return Array.from({ length: Math.floor(values.length / length) }, (_, k) => {
    let sum = 0;
    for (let i = 0; i < length; i++) sum += values[k * length + i]!;
    return sum;
  });
}

const absolute = (values: Float64Array) => values.map(Math.abs);
const yearly = (values: Numbers) => {
  const m = mean(values);
  return Math.sqrt(252 * mean(Array.from(values, (x) => (x - m) ** 2)));
};

describe('daily returns', () => {
  it('have fat tails that thin out over 20 days', () => {
    const kurtoses = returns.map(excessKurtosis);
    expect(excessKurtosis(index)).toBeGreaterThan(1.5);
    expect(median(kurtoses)).toBeGreaterThan(3);
    expect(median(kurtoses)).toBeLessThan(9);
    expect(kurtoses.filter((k) => k > 1).length / COUNT).toBeGreaterThanOrEqual(0.95);
    const exponent = median(returns.map(hill));
    expect(exponent).toBeGreaterThan(2.7);
    expect(exponent).toBeLessThan(4.3);
    expect(median(returns.map((row, i) => excessKurtosis(sums(row, 20)) / kurtoses[i]!))).toBeLessThanOrEqual(0.5);
  });

  it('are not correlated with their past', () => {
    expect(Math.abs(mean(returns.map((row) => correlation(row, row, 1))))).toBeLessThan(0.06);
    for (const lag of LAGS_10) expect(Math.abs(correlation(index, index, lag))).toBeLessThan(0.2);
    const band = 1.96 / Math.sqrt(SESSIONS);
    const beyond = returns.flatMap((row) =>
      LAGS_10.map((lag) => (Math.abs(correlation(row, row, lag)) > band ? 1 : 0)),
    );
    expect(mean(beyond)).toBeLessThanOrEqual(0.3);
  });

  it('cluster their volatility', () => {
    const clustering = (row: Float64Array) => {
      const size = absolute(row);
      return mean(LAGS_10.map((lag) => correlation(size, size, lag)));
    };
    const each = returns.map(clustering);
    expect(clustering(index)).toBeGreaterThanOrEqual(0.05);
    expect(median(each)).toBeGreaterThanOrEqual(0.06);
    expect(Math.min(...each)).toBeGreaterThan(0);
    const size = absolute(index);
    for (let lag = 16; lag <= 24; lag++) expect(correlation(size, size, lag)).toBeGreaterThan(0);
  });

  it('are followed by more volatility when they fall, not the other way round', () => {
    const lags = [1, 2, 3, 4, 5];
    const after = (row: Float64Array) => mean(lags.map((lag) => correlation(row, absolute(row), lag)));
    const before = (row: Float64Array) => mean(lags.map((lag) => correlation(absolute(row), row, lag)));
    expect(mean(returns.map(after))).toBeLessThan(0);
    expect(after(index)).toBeLessThanOrEqual(0.01);
    expect(Math.abs(mean(returns.map(before)))).toBeLessThan(0.03);
  });

  it('have the level of real ones, and move together more when stressed', () => {
    expect(yearly(index)).toBeGreaterThan(0.1);
    expect(yearly(index)).toBeLessThan(0.25);
    const level = median(returns.map(yearly));
    expect(level).toBeGreaterThan(0.25);
    expect(level).toBeLessThan(0.42);
    const stressed = Array.from({ length: SESSIONS }, (_, i) => market.market.regime(i) === 2);
    expect(stressed.filter(Boolean).length).toBeGreaterThanOrEqual(60);
    const all = meanPair(() => true);
    expect(all).toBeGreaterThan(0.08);
    expect(all).toBeLessThan(0.45);
    expect(meanPair((i) => stressed[i]!) - meanPair((i) => !stressed[i]!)).toBeGreaterThanOrEqual(0.1);
  });

  /** Mean correlation of all pairs over the chosen sessions: from standardised rows, the variance of their mean. */
  function meanPair(chosen: (i: number) => boolean): number {
    const rows = returns.map((row) => {
      const some = row.filter((_, i) => chosen(i));
      const m = mean(some);
      const sd = Math.sqrt(mean(some.map((x) => (x - m) ** 2)));
      return some.map((x) => (x - m) / sd);
    });
    const together = mean(rows[0]!.map((_, i) => mean(rows.map((row) => row[i]!)) ** 2));
    return (together * COUNT - 1) / (COUNT - 1);
  }
});

describe('minutes of 60 sessions', () => {
  const paths = equities
    .slice(0, 20)
    .map((profile) => Array.from({ length: 60 }, (_, i) => market.minutes(profile, 2000 + i)));
  const moves = (path: MinutePath) =>
    Float64Array.from(path.close, (c, j) => Math.log(c / (j === 0 ? path.day.open : path.close[j - 1]!)));

  it('are busy at the open and the close', () => {
    let [first, middle, last] = [0, 0, 0];
    for (const path of paths.flat()) {
      if (path.close.length !== 390) continue;
      const squares = moves(path).map((x) => x * x);
      first += mean(squares.subarray(0, 30));
      middle += mean(squares.subarray(150, 240));
      last += mean(squares.subarray(360));
    }
    expect(first / middle).toBeGreaterThan(2);
    expect(first / middle).toBeLessThan(4.5);
    expect(last / middle).toBeGreaterThan(1.4);
    expect(last / middle).toBeLessThan(3);
  });

  it('are uncorrelated, with clustered sizes', () => {
    for (const own of paths) {
      const row = Float64Array.from(own.flatMap((path) => [...moves(path)]));
      expect(Math.abs(correlation(row, row, 1))).toBeLessThan(0.03);
      expect(correlation(absolute(row), absolute(row), 1)).toBeGreaterThanOrEqual(0.05);
    }
  });

  it('have ranges that agree with their returns (Parkinson), where nothing jumped', () => {
    let range = 0;
    let square = 0;
    for (const path of paths.flat()) {
      for (const [j, x] of moves(path).entries()) {
        if (path.jumpMinutes.includes(j)) continue;
        range += Math.log(path.high[j]! / path.low[j]!) ** 2 / (4 * Math.LN2);
        square += x * x;
      }
    }
    expect(range / square).toBeGreaterThan(0.95);
    expect(range / square).toBeLessThan(1.08);
  });
});
