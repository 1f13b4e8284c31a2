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

function cascade(values: Series, n: number): Series[] {
  const e1 = ema(values, n);
  const e2 = ema(e1, n);
  return [e1, e2, ema(e2, n)];
}

const wma = (v: Series, n: number): Series =>
  windows(v, n, (w) => total(w.map((x, i) => x * (i + 1))) / ((n * (n + 1)) / 2));
const deviation = (w: Series): number => Math.sqrt(mean(w.map((x) => (x - mean(w)) ** 2)));

function supertrend(bars: Bars, reach: Series, k: number): Record<string, Series> {
  const value: Series = bars.map(() => Number.NaN);
  const direction: Series = bars.map(() => Number.NaN);
  let [upper, lower, way] = [Number.NaN, Number.NaN, 0];
  for (let i = 0; i < bars.length; i++) {
    if (Number.isNaN(reach[i]!)) continue;
    const [b, close] = [bars[i]!, bars[i - 1]!.c];
    const middle = (b.h + b.l) / 2;
    const [high, low] = [middle + k * reach[i]!, middle - k * reach[i]!];
    const started = way !== 0;
    upper = started && high > upper && close <= upper ? upper : high;
    lower = started && low < lower && close >= lower ? lower : low;
    if (!started) way = b.c >= middle ? 1 : -1;
    else if (way === 1 && b.c < lower) way = -1;
    else if (way === -1 && b.c > upper) way = 1;
    value[i] = way === 1 ? lower : upper;
    direction[i] = way;
  }
  return { value, direction };
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
    case 'dema': {
      const [e1, e2] = cascade(closes, p);
      return { value: zip(e1!, e2!, (a, b) => 2 * a - b) };
    }
    case 'tema': {
      const [e1, e2, e3] = cascade(closes, p);
      return { value: e3!.map((e, i) => 3 * e1![i]! - 3 * e2![i]! + e) };
    }
    case 'trima':
      return { value: sma(sma(closes, Math.ceil(p / 2)), Math.floor(p / 2) + 1) };
    case 'hma': {
      const quick = wma(closes, Math.max(1, Math.floor(p / 2)));
      return {
        value: wma(
          zip(quick, wma(closes, p), (a, b) => 2 * a - b),
          Math.floor(Math.sqrt(p)),
        ),
      };
    }
    case 'vwma': {
      const flows = bars.map((b) => b.c * b.v);
      return { value: zip(windows(flows, p, total), windows(volumes, p, total), (a, b) => a / b) };
    }
    case 'ppo':
      return { value: zip(ema(closes, p), ema(closes, q), (a, b) => (100 * (a - b)) / b) };
    case 'trix': {
      const [, , e3] = cascade(closes, p);
      return { value: zip(e3!, before(e3!), (a, b) => 100 * (a / b - 1)) };
    }
    case 'stochRsi': {
      const rsi = referenceIndicator('rsi', [p], bars)['value']!;
      const raw = windows(rsi, q, (w) => {
        const [high, low] = [Math.max(...w), Math.min(...w)];
        return high - low < 1e-9 ? 50 : (100 * (w.at(-1)! - low)) / (high - low);
      });
      const k = sma(raw, r);
      return { raw, k, d: sma(k, params[3]!) };
    }
    case 'momentum':
      return { value: closes.map((c, i) => (i < p ? Number.NaN : c - closes[i - p]!)) };
    case 'kst': {
      const rate = (n: number): Series => closes.map((c, i) => (i < n ? Number.NaN : 100 * (c / closes[i - n]! - 1)));
      const parts = [sma(rate(10), 10), sma(rate(15), 10), sma(rate(20), 10), sma(rate(30), 15)];
      return { value: closes.map((_, i) => total(parts.map((part, weight) => (weight + 1) * part[i]!))) };
    }
    case 'stdev':
      return { value: windows(closes, p, deviation) };
    case 'zscore':
      return { value: windows(closes, p, (w) => (w.at(-1)! - mean(w)) / deviation(w)) };
    case 'realisedVol': {
      const returns = zip(closes, before(closes), (a, b) => Math.log(a / b));
      return { value: windows(returns, p, (w) => deviation(w) * Math.sqrt(q)) };
    }
    case 'ulcer': {
      const falls = windows(closes, p, (w) => 100 * (w.at(-1)! / Math.max(...w) - 1));
      return { value: windows(falls, p, (w) => Math.sqrt(mean(w.map((x) => x * x)))) };
    }
    case 'linregSlope':
      return {
        value: windows(closes, p, (w) => {
          const [mx, my] = [(w.length - 1) / 2, mean(w)];
          return total(w.map((y, x) => (x - mx) * (y - my))) / total(w.map((_, x) => (x - mx) ** 2));
        }),
      };
    case 'chandelier': {
      const reach = rma(ranges(bars), p);
      return {
        long: zip(highest(bars, p), reach, (h, a) => h - q * a),
        short: zip(lowest(bars, p), reach, (l, a) => l + q * a),
      };
    }
    case 'supertrend':
      return supertrend(bars, rma(ranges(bars), p), q);
    case 'aroon': {
      const since = (values: Series, pick: (...v: number[]) => number): Series =>
        windows(values, p + 1, (w) => (100 * w.lastIndexOf(pick(...w))) / p);
      return {
        up: since(
          bars.map((b) => b.h),
          Math.max,
        ),
        down: since(
          bars.map((b) => b.l),
          Math.min,
        ),
      };
    }
    case 'vortex': {
      const tr = windows(ranges(bars), p, total);
      const moves = (f: (b: Bars[number], b1: Bars[number]) => number): Series =>
        windows(
          bars.map((b, i) => (i === 0 ? Number.NaN : Math.abs(f(b, bars[i - 1]!)))),
          p,
          total,
        );
      return {
        plus: zip(
          moves((b, b1) => b.h - b1.l),
          tr,
          (a, b) => a / b,
        ),
        minus: zip(
          moves((b, b1) => b.l - b1.h),
          tr,
          (a, b) => a / b,
        ),
      };
    }
    case 'vpt':
      return { value: cumulate(closes.map((c, i) => (i === 0 ? 0 : volumes[i]! * (c / closes[i - 1]! - 1)))) };
    case 'chaikinOsc': {
      const line = cumulate(bars.map(flow));
      return { value: zip(ema(line, p), ema(line, q), (a, b) => a - b) };
    }
    case 'forceIndex':
      return {
        value: ema(
          closes.map((c, i) => (i === 0 ? Number.NaN : (c - closes[i - 1]!) * volumes[i]!)),
          p,
        ),
      };
    case 'massIndex': {
      const range = ema(
        bars.map((b) => b.h - b.l),
        p,
      );
      return {
        value: windows(
          zip(range, ema(range, p), (a, b) => a / b),
          q,
          total,
        ),
      };
    }
    default:
      throw new Error(`no reference for ${name}`);
  }
}
