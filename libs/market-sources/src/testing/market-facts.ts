import type { MinutePath } from '../simulated/sim-market.ts';
import { SimulatedMarket } from '../simulated/sim-market.ts';

/**
 * The habits that make the simulated market worth testing a strategy on (market-data.md 4.4): 50 equities x 2 520
 * sessions of total-return logs, "index" their mean; minutes of 60 sessions of 20 of them.
 */
const SESSIONS = 2520;
const COUNT = 50;
const MINUTE_SYMBOLS = 20;
const MINUTE_SESSIONS = 60;
const MINUTES_FROM = 2000;
/** Below this (micro-units) the cent is so much of a minute's move that rounding alone turns prices back and forth. */
const CHEAP = 40_000_000;

type Numbers = ArrayLike<number>;
const LAGS_10 = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const LAGS_5 = [1, 2, 3, 4, 5];

/** One measured fact and the bound of table 4.4; `value` within `[least, most]`. */
export interface Fact {
  readonly row: string;
  readonly fact: string;
  readonly value: number;
  readonly least: number;
  readonly most: number;
}

/** What a seed contributes to the bounds over all seeds. */
export interface SeedMeans {
  readonly lag1: number;
  readonly leverage: number;
  readonly reversed: number;
  readonly aggregated: number;
}

export interface SeedFacts {
  readonly seed: string;
  readonly facts: readonly Fact[];
  readonly means: SeedMeans;
}

export function holds({ value, least, most }: Fact): boolean {
  return value >= least && value <= most;
}

/** Measures one seed; a few seconds. */
export function factsOf(seed: string): SeedFacts {
  const market = new SimulatedMarket(seed, 64);
  const equities = market.profiles.filter((profile) => profile.model === 'equity').slice(0, COUNT);
  const returns = equities.map(({ symbol }) =>
    Float64Array.from({ length: SESSIONS }, (_, i) => market.logClose(symbol, i) - market.logClose(symbol, i - 1)),
  );
  const index = Float64Array.from({ length: SESSIONS }, (_, i) => mean(returns.map((row) => row[i]!)));
  const paths = equities
    .filter((profile) => market.close(profile, MINUTES_FROM) >= CHEAP)
    .slice(0, MINUTE_SYMBOLS)
    .map((profile) => Array.from({ length: MINUTE_SESSIONS }, (_, i) => market.minutes(profile, MINUTES_FROM + i)));
  const leverage = leverageOf(returns, index);
  const tails = tailsOf(returns, index);
  const past = pastOf(returns, index);
  const stressed = Array.from({ length: SESSIONS }, (_, i) => market.market.regime(i) === 2);
  return {
    seed,
    facts: [
      ...tails.facts,
      ...past.facts,
      ...clusteringOf(returns, index),
      ...leverage.facts,
      ...levelOf(returns, index, stressed),
      ...dayShapeOf(paths),
    ],
    means: { lag1: past.lag1, leverage: leverage.index, reversed: leverage.reversed, aggregated: tails.aggregated },
  };
}

/** The bounds that hold over all seeds together. */
export function factsOverSeeds(seeds: readonly SeedFacts[]): Fact[] {
  const of = (name: keyof SeedMeans) => seeds.map(({ means }) => means[name]);
  const row = 'over all seeds';
  return [
    { row, fact: 'lag 1, symbol mean', value: mean(of('lag1')), least: -0.015, most: 0.015 },
    { row, fact: 'leverage of the index', value: mean(of('leverage')), least: -1, most: -0.03 },
    { row, fact: 'leverage reversed', value: mean(of('reversed')), least: -0.03, most: 0.03 },
    { row, fact: 'kurtosis of 20 days over daily, median', value: median(of('aggregated')), least: -1, most: 0.5 },
  ];
}

const INFINITY = Number.POSITIVE_INFINITY;

function tailsOf(returns: readonly Float64Array[], index: Float64Array): { facts: Fact[]; aggregated: number } {
  const row = 'fat tails';
  const kurtoses = returns.map(excessKurtosis);
  const aggregated = median(returns.map((values, i) => excessKurtosis(sums(values, 20)) / kurtoses[i]!));
  const facts = [
    { row, fact: 'excess kurtosis of the index', value: excessKurtosis(index), least: 1.5, most: INFINITY },
    { row, fact: 'excess kurtosis, median symbol', value: median(kurtoses), least: 3, most: 9 },
    { row, fact: 'symbols above 1', value: mean(kurtoses.map((k) => (k > 1 ? 1 : 0))), least: 0.95, most: 1 },
    { row, fact: 'Hill exponent of the top 5 %, median', value: median(returns.map(hill)), least: 2.7, most: 4.3 },
  ];
  return { facts, aggregated };
}

function pastOf(returns: readonly Float64Array[], index: Float64Array): { facts: Fact[]; lag1: number } {
  const row = 'no autocorrelation';
  const lag1 = mean(returns.map((values) => correlation(values, values, 1)));
  const band = 1.96 / Math.sqrt(SESSIONS);
  const beyond = returns.flatMap((values) =>
    LAGS_10.map((lag) => (Math.abs(correlation(values, values, lag)) > band ? 1 : 0)),
  );
  const ofIndex = Math.max(...LAGS_10.map((lag) => Math.abs(correlation(index, index, lag))));
  const facts = [
    { row, fact: 'lag 1, symbol mean', value: lag1, least: -0.06, most: 0.06 },
    { row, fact: 'index, largest of lags 1-10', value: ofIndex, least: 0, most: 0.2 },
    { row, fact: 'symbol-lags beyond the band', value: mean(beyond), least: 0, most: 0.3 },
  ];
  return { facts, lag1 };
}

function clusteringOf(returns: readonly Float64Array[], index: Float64Array): Fact[] {
  const row = 'clustering';
  const clustering = (values: Float64Array) => {
    const size = absolute(values);
    return mean(LAGS_10.map((lag) => correlation(size, size, lag)));
  };
  const each = returns.map(clustering);
  const size = absolute(index);
  const long = Math.min(...Array.from({ length: 9 }, (_, i) => correlation(size, size, 16 + i)));
  return [
    { row, fact: '|r| of the index, lags 1-10', value: clustering(index), least: 0.05, most: 1 },
    { row, fact: '|r| of the median symbol', value: median(each), least: 0.06, most: 1 },
    { row, fact: '|r| of every symbol', value: Math.min(...each), least: 1e-9, most: 1 },
    { row, fact: '|r| of the index, smallest of lags 16-24', value: long, least: 1e-9, most: 1 },
  ];
}

function leverageOf(
  returns: readonly Float64Array[],
  index: Float64Array,
): { facts: Fact[]; index: number; reversed: number } {
  const row = 'leverage';
  const after = (values: Float64Array) => mean(LAGS_5.map((lag) => correlation(values, absolute(values), lag)));
  const before = (values: Float64Array) => mean(LAGS_5.map((lag) => correlation(absolute(values), values, lag)));
  const ofIndex = after(index);
  const facts = [
    { row, fact: 'symbol mean', value: mean(returns.map(after)), least: -1, most: -1e-9 },
    { row, fact: 'index', value: ofIndex, least: -1, most: 0.01 },
  ];
  return { facts, index: ofIndex, reversed: mean(returns.map(before)) };
}

function levelOf(returns: readonly Float64Array[], index: Float64Array, stressed: readonly boolean[]): Fact[] {
  const row = 'level and correlation';
  const days = stressed.filter(Boolean).length;
  const apart = meanPair(returns, (i) => stressed[i]!) - meanPair(returns, (i) => !stressed[i]!);
  return [
    { row, fact: 'index a year', value: yearly(index), least: 0.1, most: 0.25 },
    { row, fact: 'median symbol a year', value: median(returns.map(yearly)), least: 0.25, most: 0.42 },
    { row, fact: 'mean pair', value: meanPair(returns, () => true), least: 0.08, most: 0.45 },
    // Fewer stressed days say nothing about their correlation.
    { row, fact: 'mean pair, stressed above others', value: days >= 60 ? apart : 0.1, least: 0.1, most: 1 },
  ];
}

/**
 * Of the minutes without jumps: those fall anywhere and are 60 sessions' largest moves, so a mean of squares would tell of
 * them and not of the day's shape.
 */
function dayShapeOf(paths: readonly (readonly MinutePath[])[]): Fact[] {
  const row = 'day shape';
  const squares = { first: 0, middle: 0, last: 0 };
  const counts = { first: 0, middle: 0, last: 0 };
  let [range, square] = [0, 0];
  for (const path of paths.flat()) {
    for (const [j, x] of minuteMoves(path).entries()) {
      if (path.jumpMinutes.includes(j)) continue;
      range += Math.log(path.high[j]! / path.low[j]!) ** 2 / (4 * Math.LN2);
      square += x * x;
      const part = path.close.length === 390 ? partOf(j) : null;
      if (part === null) continue;
      squares[part] += x * x;
      counts[part]++;
    }
  }
  const variance = (part: keyof typeof squares) => squares[part] / counts[part];
  const rows = paths.map((own) => Float64Array.from(own.flatMap(calmMoves)));
  const lag1 = mean(rows.map((values) => correlation(values, values, 1)));
  const sizes = Math.min(...rows.map((values) => correlation(absolute(values), absolute(values), 1)));
  return [
    { row, fact: 'first 30 minutes over mid-day', value: variance('first') / variance('middle'), least: 2, most: 4.5 },
    { row, fact: 'last 30 minutes over mid-day', value: variance('last') / variance('middle'), least: 1.4, most: 3 },
    { row, fact: 'minute lag 1, symbol mean', value: lag1, least: -0.03, most: 0.03 },
    { row, fact: 'minute |r| lag 1, smallest symbol', value: sizes, least: 0.05, most: 1 },
    { row, fact: 'ranges over returns (Parkinson)', value: range / square, least: 0.95, most: 1.08 },
  ];
}

function partOf(minute: number): 'first' | 'middle' | 'last' | null {
  if (minute < 30) return 'first';
  if (minute >= 360) return 'last';
  return minute >= 150 && minute < 240 ? 'middle' : null;
}

function calmMoves(path: MinutePath): number[] {
  return [...minuteMoves(path)].filter((_, j) => !path.jumpMinutes.includes(j));
}

function minuteMoves(path: MinutePath): Float64Array {
  return Float64Array.from(path.close, (c, j) => Math.log(c / (j === 0 ? path.day.open : path.close[j - 1]!)));
}

/** Mean correlation of all pairs over the chosen sessions: from standardised rows, the variance of their mean. */
function meanPair(returns: readonly Float64Array[], chosen: (i: number) => boolean): number {
  const rows = returns.map((row) => {
    const some = row.filter((_, i) => chosen(i));
    const m = mean(some);
    const sd = Math.sqrt(mean(some.map((x) => (x - m) ** 2)));
    return some.map((x) => (x - m) / sd);
  });
  const together = mean(rows[0]!.map((_, i) => mean(rows.map((row) => row[i]!)) ** 2));
  return (together * rows.length - 1) / (rows.length - 1);
}

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
