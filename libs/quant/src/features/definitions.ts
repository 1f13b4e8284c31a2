import { logRatio, medianInto, sqrt } from '../numerics.ts';
import type { FeatureWindow } from './feature-window.ts';

/** λ of the exponentially weighted variance (RiskMetrics 1996, daily). */
export const EWMA_LAMBDA = 0.94;
/** Annual volatility below this is a quiet tape, not a safe asset: sizing must not divide by less. */
export const VOLATILITY_FLOOR = 0.05;

/** Numbers of closed bars, the current one included, before a feature has a value (brain.md section 3). */
export const LOOKBACK = {
  ret1: 2,
  ret5: 6,
  ret20: 21,
  mom12_1: 253,
  mom60_20: 61,
  z20: 20,
  vol20: 21,
  vol60: 61,
  volEwma: 61,
  volPct252: 272,
  vol20Median252: 272,
  cSma20: 20,
  cSma50: 50,
  cSma200: 200,
  sma20_50: 50,
  slope20: 20,
  slope20T: 20,
  dd252: 252,
} as const;

export type FeatureName = keyof typeof LOOKBACK;
export const FEATURE_NAMES = Object.keys(LOOKBACK) as readonly FeatureName[];

/**
 * The formulas over the newest bars of a window whose last `LOOKBACK` bars are all good. NaN or an infinity means a zero
 * divisor (`degenerate`). Sums run from old to new: a fixed order gives the same bits in batch and live.
 */
export const FORMULAS: Readonly<Record<FeatureName, (w: FeatureWindow) => number>> = {
  ret1: (w) => logRatio(w.close(0), w.close(1)),
  ret5: (w) => logRatio(w.close(0), w.close(5)),
  ret20: (w) => logRatio(w.close(0), w.close(20)),
  mom12_1: (w) => logRatio(w.close(21), w.close(252)),
  mom60_20: (w) => logRatio(w.close(20), w.close(60)),
  z20,
  vol20: (w) => w.vol20(0),
  vol60: (w) => sqrt(w.barsPerYear * meanSquareReturn(w, 60)),
  volEwma: (w) => Math.max(VOLATILITY_FLOOR, sqrt(w.barsPerYear * w.ewma)),
  volPct252,
  vol20Median252,
  cSma20: (w) => w.close(0) / sma(w, 20) - 1,
  cSma50: (w) => w.close(0) / sma(w, 50) - 1,
  cSma200: (w) => w.close(0) / sma(w, 200) - 1,
  sma20_50: (w) => sma(w, 20) / sma(w, 50) - 1,
  slope20: (w) => line20(w).slope,
  slope20T: (w) => line20(w).t,
  dd252,
};

/** Mean of the last `n` squared log returns; daily variance around zero, since the mean return of 20 days is noise. */
export function meanSquareReturn(w: FeatureWindow, n: number): number {
  let total = 0;
  for (let k = n - 1; k >= 0; k--) total += w.logReturn(k) ** 2;
  return total / n;
}

// Micro prices are integers: the sum of 200 of them is exact below 2^53, so no compensation is needed.
function sma(w: FeatureWindow, n: number): number {
  let total = 0;
  for (let k = n - 1; k >= 0; k--) total += w.close(k);
  return total / n;
}

const POINTS = 20;

/** Log closes of the last 20 bars relative to the newest, oldest first, from the returns: no cancellation at any price level. */
function logCloses20(w: FeatureWindow): Float64Array {
  const x = w.scratch;
  x[POINTS - 1] = 0;
  for (let k = 0; k < POINTS - 1; k++) x[POINTS - 2 - k] = x[POINTS - 1 - k]! - w.logReturn(k);
  return x;
}

function mean20(x: Float64Array): number {
  let total = 0;
  for (let i = 0; i < POINTS; i++) total += x[i]!;
  return total / POINTS;
}

/** (x − mean) ÷ sd of the last 20 log closes, sd with n − 1. */
function z20(w: FeatureWindow): number {
  const x = logCloses20(w);
  const mean = mean20(x);
  let squares = 0;
  for (let i = 0; i < POINTS; i++) squares += (x[i]! - mean) ** 2;
  return squares === 0 ? Number.NaN : (x[POINTS - 1]! - mean) / sqrt(squares / (POINTS - 1));
}

/** Least-squares line of 20 log closes on time: slope per bar and its t-statistic with 18 degrees of freedom. */
function line20(w: FeatureWindow): { slope: number; t: number } {
  const x = logCloses20(w);
  const mean = mean20(x);
  const middle = (POINTS - 1) / 2;
  const sxx = (POINTS * (POINTS * POINTS - 1)) / 12;
  let sxy = 0;
  let scale = 0;
  for (let i = 0; i < POINTS; i++) {
    sxy += (i - middle) * (x[i]! - mean);
    scale = Math.max(scale, Math.abs(x[i]! - mean));
  }
  const slope = sxy / sxx;
  let residual = 0;
  for (let i = 0; i < POINTS; i++) residual += (x[i]! - mean - slope * (i - middle)) ** 2;
  // Residuals at the rounding level of the inputs are a perfect line: its t has no meaning.
  const perfect = residual <= POINTS * (1e-14 * scale) ** 2;
  return { slope, t: perfect ? Number.NaN : slope / sqrt(residual / (POINTS - 2) / sxx) };
}

/** Mid-rank of the newest vol20 among its last 252 values, itself included: (below + ½ equal) ÷ 252. */
function volPct252(w: FeatureWindow): number {
  const now = w.vol20(0);
  let below = 0;
  let equal = 0;
  for (let k = 0; k < 252; k++) {
    const then = w.vol20(k);
    if (then < now) below++;
    else if (then === now) equal++;
  }
  return (below + equal / 2) / 252;
}

function vol20Median252(w: FeatureWindow): number {
  for (let k = 0; k < 252; k++) w.scratch[k] = w.vol20(k);
  return medianInto(w.scratch, 252);
}

/** 1 − close ÷ highest close of 252 bars, 0 at a new high. */
function dd252(w: FeatureWindow): number {
  let high = 0;
  for (let k = 0; k < 252; k++) high = Math.max(high, w.close(k));
  return 1 - w.close(0) / high;
}
