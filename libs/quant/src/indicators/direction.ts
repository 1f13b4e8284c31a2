import { Smoothed } from './averages.ts';
import { period, settleWilder, type BarColumns, type IndicatorDefinition, type Kernel } from './definition.ts';
import { TrueRange } from './true-range.ts';
import { LastValues, RollingMax, RollingMin, RollingSum } from './windows.ts';

const HIGH_LOW_CLOSE = ['h', 'l', 'c'] as const;
const reach = { name: 'k', default: 3, min: 0.1, max: 20, integer: false } as const;

export const chandelier: IndicatorDefinition = {
  name: 'chandelier',
  title: 'Chandelier exit',
  params: [period(22), reach],
  outputs: [
    { name: 'long', unit: 'price' },
    { name: 'short', unit: 'price' },
  ],
  pane: 'price',
  definition: 'Highest high of n bars − k atr(n), and lowest low + k atr(n) (Le Beau).',
  needs: HIGH_LOW_CLOSE,
  firstIndex: ([n]) => [n!, n!],
  warmUpBars: ([n]) => n! + settleWilder(n!),
  create([n, k]) {
    const range = new TrueRange();
    const mean = Smoothed.wilder(n!);
    const highs = new RollingMax(n!);
    const lows = new RollingMin(n!);
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        const tr = range.step(x, t, commit);
        const away = Number.isNaN(tr) ? tr : k! * mean.step(tr, commit);
        out[0]![t] = highs.step(x.h[t]!, commit) - away;
        out[1]![t] = lows.step(x.l[t]!, commit) + away;
      },
    };
  },
};

export const supertrend: IndicatorDefinition = {
  name: 'supertrend',
  title: 'Supertrend',
  params: [period(10), reach],
  outputs: [
    { name: 'value', unit: 'price' },
    { name: 'direction', unit: 'number' },
  ],
  pane: 'price',
  definition:
    'Midpoint ± k atr(n); a band only narrows until a close crosses it, which turns the direction (1 up, −1 down). Starts up when the close is not below the midpoint (Seban).',
  needs: HIGH_LOW_CLOSE,
  firstIndex: ([n]) => [n!, n!],
  // The turn before the first bar shown is unknown; two hundred bars hold several.
  warmUpBars: ([n]) => n! + settleWilder(n!) + 200,
  create: ([n, k]) => new Supertrend(n!, k!),
};

interface Bands {
  readonly upper: number;
  readonly lower: number;
  readonly up: boolean;
}

class Supertrend implements Kernel {
  readonly #range = new TrueRange();
  readonly #mean: Smoothed;
  readonly #reach: number;
  #bands: Bands | null = null;
  #close = Number.NaN;

  constructor(n: number, k: number) {
    this.#mean = Smoothed.wilder(n);
    this.#reach = k;
  }

  run(x: BarColumns, out: readonly Float64Array[]): void {
    for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
  }

  step(x: BarColumns, t: number, commit: boolean, out: readonly Float64Array[]): void {
    const tr = this.#range.step(x, t, commit);
    const away = Number.isNaN(tr) ? tr : this.#reach * this.#mean.step(tr, commit);
    const bands = Number.isNaN(away) ? null : this.#next((x.h[t]! + x.l[t]!) / 2, away, x.c[t]!);
    out[0]![t] = bands === null ? Number.NaN : bands.up ? bands.lower : bands.upper;
    out[1]![t] = bands === null ? Number.NaN : bands.up ? 1 : -1;
    if (!commit) return;
    this.#bands = bands;
    this.#close = x.c[t]!;
  }

  #next(middle: number, away: number, close: number): Bands {
    const before = this.#bands;
    let upper = middle + away;
    let lower = middle - away;
    if (before === null) return { upper, lower, up: close >= middle };
    if (upper > before.upper && this.#close <= before.upper) upper = before.upper;
    if (lower < before.lower && this.#close >= before.lower) lower = before.lower;
    return { upper, lower, up: before.up ? close >= lower : close > upper };
  }
}

export const aroon: IndicatorDefinition = {
  name: 'aroon',
  title: 'Aroon',
  params: [period(25)],
  outputs: [
    { name: 'up', unit: '0-100' },
    { name: 'down', unit: '0-100' },
  ],
  pane: 'own',
  definition:
    '100 (n − bars since the highest high, and since the lowest low, of n + 1 bars) ÷ n; the latest extreme wins (Chande 1995).',
  needs: ['h', 'l'],
  firstIndex: ([n]) => [n!, n!],
  warmUpBars: ([n]) => n!,
  create([n]) {
    const highs = new LastValues(n!);
    const lows = new LastValues(n!);
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        out[0]![t] = highs.full ? (100 * (n! - barsSince(x.h[t]!, highs, 1))) / n! : Number.NaN;
        out[1]![t] = lows.full ? (100 * (n! - barsSince(x.l[t]!, lows, -1))) / n! : Number.NaN;
        if (!commit) return;
        highs.push(x.h[t]!);
        lows.push(x.l[t]!);
      },
    };
  },
};

/** Bars since the latest extreme of the newest value and those before it; `sign` 1 looks for the highest, −1 for the lowest. */
function barsSince(newest: number, past: LastValues, sign: number): number {
  let extreme = sign * newest;
  let since = 0;
  for (let k = 0; k < past.size; k++) {
    const value = sign * past.at(k);
    if (value > extreme) {
      extreme = value;
      since = k + 1;
    }
  }
  return since;
}

export const vortex: IndicatorDefinition = {
  name: 'vortex',
  title: 'Vortex',
  params: [period(14)],
  outputs: [
    { name: 'plus', unit: 'ratio' },
    { name: 'minus', unit: 'ratio' },
  ],
  pane: 'own',
  definition:
    'Σ|high − previous low| and Σ|low − previous high| ÷ Σ true range, over n bars; flat null (Botes, Siepman 2010).',
  needs: HIGH_LOW_CLOSE,
  firstIndex: ([n]) => [n!, n!],
  warmUpBars: ([n]) => n!,
  create([n]) {
    const range = new TrueRange();
    const ranges = new RollingSum(n!);
    const rises = new RollingSum(n!);
    const falls = new RollingSum(n!);
    let high = Number.NaN;
    let low = Number.NaN;
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        const tr = range.step(x, t, commit);
        const [rise, fall] = [Math.abs(x.h[t]! - low), Math.abs(x.l[t]! - high)];
        if (commit) {
          high = x.h[t]!;
          low = x.l[t]!;
        }
        const total = Number.isNaN(tr) ? tr : ranges.step(tr, commit);
        out[0]![t] = Number.isNaN(tr) ? tr : rises.step(rise, commit) / total;
        out[1]![t] = Number.isNaN(tr) ? tr : falls.step(fall, commit) / total;
      },
    };
  },
};
