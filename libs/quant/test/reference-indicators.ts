import type { IndicatorBar } from '../src/indicators/definition.ts';

/**
 * Section 8 of the market-data design on whole arrays: every window is cut out and computed afresh, every recursion is
 * written out. Slow on purpose and written apart from the engine; NaN is null.
 */
type Series = number[];
type Bars = readonly (IndicatorBar & { v: number })[];

const total = (v: Series): number => v.reduce((a, b) => a + b, 0);
const mean = (v: Series): number => total(v) / v.length;

function windows(values: Series, n: number, f: (window: Series) => number): Series {
  return values.map((_, i) => {
    const window = values.slice(Math.max(0, i - n + 1), i + 1);
    return window.length < n || window.some(Number.isNaN) ? Number.NaN : f(window);
  });
}

/** Seeded with the mean of the first n known values. */
function smooth(values: Series, n: number, alpha: number): Series {
  const first = values.findIndex((v) => !Number.isNaN(v));
  const out: Series = values.map(() => Number.NaN);
  if (first < 0 || first + n > values.length) return out;
  let y = mean(values.slice(first, first + n));
  out[first + n - 1] = y;
  for (let i = first + n; i < values.length; i++) out[i] = y = (1 - alpha) * y + alpha * values[i]!;
  return out;
}

const sma = (v: Series, n: number): Series => windows(v, n, mean);
const ema = (v: Series, n: number): Series => smooth(v, n, 2 / (n + 1));
const rma = (v: Series, n: number): Series => smooth(v, n, 1 / n);
const zip = (a: Series, b: Series, f: (x: number, y: number) => number): Series => a.map((x, i) => f(x, b[i]!));
const highest = (bars: Bars, n: number): Series =>
  windows(
    bars.map((b) => b.h),
    n,
    (w) => Math.max(...w),
  );
const lowest = (bars: Bars, n: number): Series =>
  windows(
    bars.map((b) => b.l),
    n,
    (w) => Math.min(...w),
  );
const typical = (bars: Bars): Series => bars.map((b) => (b.h + b.l + b.c) / 3);
const before = (v: Series): Series => [Number.NaN, ...v.slice(0, -1)];

function ranges(bars: Bars): Series {
  return bars.map((b, i) => {
    const close = bars[i - 1]?.c ?? Number.NaN;
    return Math.max(b.h - b.l, Math.abs(b.h - close), Math.abs(b.l - close));
  });
}

const ratio = (gain: number, loss: number): number =>
  loss === 0 ? (gain === 0 ? 50 : 100) : 100 - 100 / (1 + gain / loss);
const flow = (b: Bars[number]): number => (b.h === b.l ? 0 : (b.v * (2 * b.c - b.l - b.h)) / (b.h - b.l));
function cumulate(v: Series): Series {
  let sum = 0;
  return v.map((x) => (sum += x));
}

function parabolic(bars: Bars, step: number, max: number): Series {
  const out: Series = bars.map(() => Number.NaN);
  if (bars.length < 2) return out;
  let up = bars[1]!.h - bars[0]!.h >= bars[0]!.l - bars[1]!.l;
  let sar = up ? bars[0]!.l : bars[0]!.h;
  let extreme = up ? bars[0]!.h : bars[0]!.l;
  let factor = step;
  for (let i = 1; i < bars.length; i++) {
    const [b, b1, b2] = [bars[i]!, bars[i - 1]!, bars[Math.max(0, i - 2)]!];
    sar += factor * (extreme - sar);
    sar = up ? Math.min(sar, b1.l, b2.l) : Math.max(sar, b1.h, b2.h);
    const reverses = up ? b.l < sar : b.h > sar;
    const isNew = up ? b.h > extreme : b.l < extreme;
    if (isNew) {
      extreme = up ? b.h : b.l;
      factor = Math.min(max, factor + step);
    }
    if (reverses) {
      sar = extreme;
      up = !up;
      extreme = up ? b.h : b.l;
      factor = step;
    }
    out[i] = sar;
  }
  return out;
}

export function referenceIndicator(name: string, params: readonly number[], bars: Bars): Record<string, Series> {
  const closes = bars.map((b) => b.c);
  const volumes = bars.map((b) => b.v);
  const [p, q, r] = params as [number, number, number];
  switch (name) {
    case 'sma':
      return { value: sma(closes, p) };
    case 'volumeSma':
      return { value: sma(volumes, p) };
    case 'wma':
      return { value: windows(closes, p, (w) => total(w.map((x, i) => x * (i + 1))) / ((p * (p + 1)) / 2)) };
    case 'ema':
      return { value: ema(closes, p) };
    case 'rma':
      return { value: rma(closes, p) };
    case 'macd': {
      const line = zip(ema(closes, p), ema(closes, q), (a, b) => a - b);
      const signal = ema(line, r);
      return { macd: line, signal, histogram: zip(line, signal, (a, b) => a - b) };
    }
    case 'bollinger': {
      const middle = sma(closes, p);
      const sd = windows(closes, p, (w) => Math.sqrt(mean(w.map((x) => (x - mean(w)) ** 2))));
      const upper = zip(middle, sd, (m, s) => m + q * s);
      const lower = zip(middle, sd, (m, s) => m - q * s);
      const bandwidth = zip(middle, sd, (m, s) => (2 * q * s) / m);
      return {
        middle,
        upper,
        lower,
        bandwidth,
        percentB: closes.map((c, i) => (c - lower[i]!) / (upper[i]! - lower[i]!)),
      };
    }
    case 'rsi': {
      const change = zip(closes, before(closes), (a, b) => a - b);
      return {
        value: zip(
          rma(
            change.map((d) => Math.max(d, 0)),
            p,
          ),
          rma(
            change.map((d) => Math.max(-d, 0)),
            p,
          ),
          ratio,
        ),
      };
    }
    case 'stoch': {
      const [hh, ll] = [highest(bars, p), lowest(bars, p)];
      const k = closes.map((c, i) => (hh[i] === ll[i] ? 50 : (100 * (c - ll[i]!)) / (hh[i]! - ll[i]!)));
      return { k, d: sma(k, q) };
    }
    case 'williamsR': {
      const [hh, ll] = [highest(bars, p), lowest(bars, p)];
      return { value: closes.map((c, i) => (hh[i] === ll[i] ? -50 : (-100 * (hh[i]! - c)) / (hh[i]! - ll[i]!))) };
    }
    case 'cci':
      return {
        value: windows(
          typical(bars),
          p,
          (w) => (w.at(-1)! - mean(w)) / (0.015 * mean(w.map((x) => Math.abs(x - mean(w))))),
        ),
      };
    case 'roc':
      return { value: closes.map((c, i) => (i < p ? Number.NaN : 100 * (c / closes[i - p]! - 1))) };
    case 'ao': {
      const middle = bars.map((b) => (b.h + b.l) / 2);
      return { value: zip(sma(middle, p), sma(middle, q), (a, b) => a - b) };
    }
    case 'trueRange':
      return { value: ranges(bars) };
    case 'atr':
      return { value: rma(ranges(bars), p) };
    case 'keltner': {
      const middle = ema(closes, p);
      const reach = rma(ranges(bars), q);
      return { middle, upper: zip(middle, reach, (m, a) => m + r * a), lower: zip(middle, reach, (m, a) => m - r * a) };
    }
    case 'donchian': {
      const [upper, lower] = [highest(bars, p), lowest(bars, p)];
      return { upper, middle: zip(upper, lower, (a, b) => (a + b) / 2), lower };
    }
    case 'psar':
      return { value: parabolic(bars, p, q) };
    case 'adx': {
      const up = zip(
        bars.map((b) => b.h),
        before(bars.map((b) => b.h)),
        (a, b) => a - b,
      );
      const down = zip(
        before(bars.map((b) => b.l)),
        bars.map((b) => b.l),
        (a, b) => a - b,
      );
      const only = (a: Series, b: Series): Series =>
        zip(a, b, (x, y) => (Number.isNaN(x) ? x : x > y && x > 0 ? x : 0));
      const tr = rma(ranges(bars), p);
      const plusDI = zip(rma(only(up, down), p), tr, (m, t) => (100 * m) / t);
      const minusDI = zip(rma(only(down, up), p), tr, (m, t) => (100 * m) / t);
      return {
        plusDI,
        minusDI,
        adx: rma(
          zip(plusDI, minusDI, (a, b) => (a + b === 0 ? 0 : (100 * Math.abs(a - b)) / (a + b))),
          p,
        ),
      };
    }
    case 'ichimoku': {
      const middle = (n: number): Series => zip(highest(bars, n), lowest(bars, n), (a, b) => (a + b) / 2);
      const [conversion, base] = [middle(p), middle(q)];
      return { conversion, base, spanA: zip(conversion, base, (a, b) => (a + b) / 2), spanB: middle(r) };
    }
    case 'obv':
      return { value: cumulate(closes.map((c, i) => (i === 0 ? 0 : Math.sign(c - closes[i - 1]!) * volumes[i]!))) };
    case 'adl':
      return { value: cumulate(bars.map(flow)) };
    case 'cmf':
      return { value: zip(windows(bars.map(flow), p, total), windows(volumes, p, total), (a, b) => a / b) };
    case 'mfi': {
      const price = typical(bars);
      const moves = price.map((x, i) => (i === 0 ? Number.NaN : Math.sign(x - price[i - 1]!) * x * volumes[i]!));
      const side = (sign: number): Series => windows(moves, p, (w) => total(w.map((m) => Math.max(0, sign * m))));
      return { value: zip(side(1), side(-1), ratio) };
    }
    case 'vwap': {
      const price = typical(bars);
      const from = bars.map((b, i) => bars.slice(0, i + 1).findIndex((other) => other.session === b.session));
      const part = (f: (i: number) => number, i: number): number =>
        total(bars.slice(from[i]!, i + 1).map((_, k) => f(from[i]! + k)));
      return { value: bars.map((_, i) => part((k) => price[k]! * volumes[k]!, i) / part((k) => volumes[k]!, i)) };
    }
    default:
      throw new Error(`no reference for ${name}`);
  }
}
