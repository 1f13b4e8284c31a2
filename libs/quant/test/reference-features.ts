import type { FeatureName } from '../src/features/definitions.ts';

/**
 * brain.md section 3 written down as plainly as possible, on whole arrays of closes, for comparison only. NaN means
 * degenerate; the caller sees to the warm-up.
 */
const mean = (v: number[]): number => v.reduce((a, b) => a + b, 0) / v.length;
const last = <T>(v: T[], n: number): T[] => v.slice(v.length - n);

function sd(v: number[]): number {
  const m = mean(v);
  return Math.sqrt(v.reduce((a, b) => a + (b - m) ** 2, 0) / (v.length - 1));
}

function returns(closes: number[]): number[] {
  return closes.slice(1).map((c, i) => Math.log1p((c - closes[i]!) / closes[i]!));
}

function vol(closes: number[], n: number, m: number): number {
  return Math.sqrt(m * mean(last(returns(closes), n).map((r) => r * r)));
}

function vol20s(closes: number[], m: number): number[] {
  return Array.from({ length: 252 }, (_, k) => vol(closes.slice(0, closes.length - 251 + k), 20, m));
}

/** Log closes relative to the first of the window: the same slope and z-score, without the cancellation. */
function logs(closes: number[], n: number): number[] {
  const window = last(closes, n);
  return window.map((c) => Math.log1p((c - window[0]!) / window[0]!));
}

function regression(y: number[]): { slope: number; t: number } {
  const n = y.length;
  const t = y.map((_, i) => i);
  const sxx = t.reduce((a, i) => a + (i - mean(t)) ** 2, 0);
  const slope = t.reduce((a, i) => a + (i - mean(t)) * (y[i]! - mean(y)), 0) / sxx;
  const intercept = mean(y) - slope * mean(t);
  const sse = t.reduce((a, i) => a + (y[i]! - intercept - slope * i) ** 2, 0);
  return { slope, t: slope / Math.sqrt(sse / (n - 2) / sxx) };
}

const sma = (closes: number[], n: number): number => mean(last(closes, n));
const at = (closes: number[], k: number): number => closes[closes.length - 1 - k]!;

export function referenceFeature(name: FeatureName, closes: number[], m: number): number {
  switch (name) {
    case 'ret1':
      return Math.log(at(closes, 0) / at(closes, 1));
    case 'ret5':
      return Math.log(at(closes, 0) / at(closes, 5));
    case 'ret20':
      return Math.log(at(closes, 0) / at(closes, 20));
    case 'mom12_1':
      return Math.log(at(closes, 21) / at(closes, 252));
    case 'mom60_20':
      return Math.log(at(closes, 20) / at(closes, 60));
    case 'z20': {
      const x = logs(closes, 20);
      return (at(x, 0) - mean(x)) / sd(x);
    }
    case 'vol20':
      return vol(closes, 20, m);
    case 'vol60':
      return vol(closes, 60, m);
    case 'volEwma': {
      const variance = returns(closes).reduce((v, r, i) => (i === 0 ? r * r : 0.94 * v + 0.06 * r * r), 0);
      return Math.max(0.05, Math.sqrt(m * variance));
    }
    case 'volPct252': {
      const all = vol20s(closes, m);
      const now = at(all, 0);
      const isSame = (v: number): boolean => Math.abs(v - now) <= 1e-13 * now;
      return (all.filter((v) => v < now && !isSame(v)).length + all.filter(isSame).length / 2) / 252;
    }
    case 'vol20Median252': {
      const sorted = vol20s(closes, m).sort((a, b) => a - b);
      return (sorted[125]! + sorted[126]!) / 2;
    }
    case 'cSma20':
      return at(closes, 0) / sma(closes, 20) - 1;
    case 'cSma50':
      return at(closes, 0) / sma(closes, 50) - 1;
    case 'cSma200':
      return at(closes, 0) / sma(closes, 200) - 1;
    case 'sma20_50':
      return sma(closes, 20) / sma(closes, 50) - 1;
    case 'slope20':
      return regression(logs(closes, 20)).slope;
    case 'slope20T':
      return regression(logs(closes, 20)).t;
    case 'dd252':
      return 1 - at(closes, 0) / Math.max(...last(closes, 252));
  }
}
