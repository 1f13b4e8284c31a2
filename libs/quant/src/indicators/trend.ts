import { Smoothed } from './averages.ts';
import { period, settleWilder, type IndicatorDefinition, type Kernel, type BarColumns } from './definition.ts';
import { TrueRange } from './true-range.ts';
import { RollingMax, RollingMin } from './windows.ts';

export const adx: IndicatorDefinition = {
  name: 'adx',
  title: 'Average directional index',
  params: [period(14)],
  outputs: [
    { name: 'plusDI', unit: '0-100' },
    { name: 'minusDI', unit: '0-100' },
    { name: 'adx', unit: '0-100' },
  ],
  pane: 'own',
  definition:
    '±DI = 100 × Wilder mean of ±DM ÷ Wilder mean of the true range; ADX = Wilder mean of 100 |+DI − −DI| ÷ (+DI + −DI), 0 where nothing moves (Wilder 1978).',
  needs: ['h', 'l', 'c'],
  firstIndex: ([n]) => [n!, n!, 2 * n! - 1],
  warmUpBars: ([n]) => 2 * n! - 1 + 2 * settleWilder(n!),
  create: ([n]) => new DirectionalIndex(n!),
};

class DirectionalIndex implements Kernel {
  readonly #range = new TrueRange();
  readonly #meanRange: Smoothed;
  readonly #plus: Smoothed;
  readonly #minus: Smoothed;
  readonly #index: Smoothed;
  #high = Number.NaN;
  #low = Number.NaN;

  constructor(n: number) {
    this.#meanRange = Smoothed.wilder(n);
    this.#plus = Smoothed.wilder(n);
    this.#minus = Smoothed.wilder(n);
    this.#index = Smoothed.wilder(n);
  }

  run(x: BarColumns, out: readonly Float64Array[]): void {
    for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
  }

  step(x: BarColumns, t: number, commit: boolean, out: readonly Float64Array[]): void {
    const range = this.#range.step(x, t, commit);
    const up = x.h[t]! - this.#high;
    const down = this.#low - x.l[t]!;
    if (commit) {
      this.#high = x.h[t]!;
      this.#low = x.l[t]!;
    }
    for (const column of out) column[t] = Number.NaN;
    if (Number.isNaN(range)) return;
    const tr = this.#meanRange.step(range, commit);
    // Only the larger of the two moves counts, and only when it leaves the bar before.
    const plus = this.#plus.step(up > down && up > 0 ? up : 0, commit);
    const minus = this.#minus.step(down > up && down > 0 ? down : 0, commit);
    if (Number.isNaN(tr)) return;
    out[0]![t] = tr === 0 ? 0 : (100 * plus) / tr;
    out[1]![t] = tr === 0 ? 0 : (100 * minus) / tr;
    const total = plus + minus;
    out[2]![t] = this.#index.step(total === 0 ? 0 : (100 * Math.abs(plus - minus)) / total, commit);
  }
}

export const psar: IndicatorDefinition = {
  name: 'psar',
  title: 'Parabolic SAR',
  params: [
    { name: 'step', default: 0.02, min: 0.001, max: 1, integer: false },
    { name: 'max', default: 0.2, min: 0.001, max: 1, integer: false },
  ],
  outputs: [{ name: 'value', unit: 'price' }],
  pane: 'price',
  definition:
    'SAR moves by AF × (extreme − SAR), never beyond the two bars before; AF grows by step with each new extreme up to max; crossing it reverses to the extreme. Starts with the larger directional move of the first two bars (Wilder 1978).',
  needs: ['h', 'l'],
  firstIndex: () => [1],
  // A trade that began before the first bar shown is unknown; two hundred bars hold several reversals.
  warmUpBars: () => 200,
  order: { lower: 'step', upper: 'max', equal: true },
  create: ([step, max]) => new Parabolic(step!, max!),
};

/** The stop of one trade: where it is, what it follows, how fast. */
interface Trade {
  up: boolean;
  sar: number;
  extreme: number;
  factor: number;
}

class Parabolic implements Kernel {
  readonly #step: number;
  readonly #max: number;
  #trade: Trade | null = null;
  #bars = 0;
  /** Highs and lows of the two bars before. */
  #high1 = Number.NaN;
  #low1 = Number.NaN;
  #high2 = Number.NaN;
  #low2 = Number.NaN;

  constructor(step: number, max: number) {
    this.#step = step;
    this.#max = max;
  }

  run(x: BarColumns, out: readonly Float64Array[]): void {
    for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
  }

  step(x: BarColumns, t: number, commit: boolean, out: readonly Float64Array[]): void {
    const trade =
      this.#bars === 0 ? null : this.#advance(this.#trade ?? this.#begin(x.h[t]!, x.l[t]!), x.h[t]!, x.l[t]!);
    out[0]![t] = trade === null ? Number.NaN : trade.sar;
    if (!commit) return;
    this.#trade = trade;
    this.#high2 = this.#bars === 0 ? x.h[t]! : this.#high1;
    this.#low2 = this.#bars === 0 ? x.l[t]! : this.#low1;
    this.#high1 = x.h[t]!;
    this.#low1 = x.l[t]!;
    this.#bars++;
  }

  #begin(high: number, low: number): Trade {
    const up = high - this.#high1 >= this.#low1 - low;
    const [sar, extreme] = up ? [this.#low1, this.#high1] : [this.#high1, this.#low1];
    return { up, sar, extreme, factor: this.#step };
  }

  #advance({ up, sar, extreme, factor }: Trade, high: number, low: number): Trade {
    const moved = sar + factor * (extreme - sar);
    const stop = up ? Math.min(moved, this.#low1, this.#low2) : Math.max(moved, this.#high1, this.#high2);
    const further = up ? Math.max(extreme, high) : Math.min(extreme, low);
    if (up ? low < stop : high > stop) {
      // The new trade starts at the significant point of the old one, this bar included.
      return { up: !up, sar: further, extreme: up ? low : high, factor: this.#step };
    }
    const grown = further === extreme ? factor : Math.min(factor + this.#step, this.#max);
    return { up, sar: stop, extreme: further, factor: grown };
  }
}

export const ichimoku: IndicatorDefinition = {
  name: 'ichimoku',
  title: 'Ichimoku cloud',
  params: [period(9, 'conversion'), period(26, 'base'), period(52, 'span')],
  outputs: [
    { name: 'conversion', unit: 'price' },
    { name: 'base', unit: 'price' },
    { name: 'spanA', unit: 'price', displacement: 26 },
    { name: 'spanB', unit: 'price', displacement: 26 },
  ],
  pane: 'price',
  definition:
    'Midpoints of the highest high and lowest low of conversion, base and span bars; span A is the mean of the first two. Values belong to their own bar; charts draw the spans 26 bars ahead (Hosoda 1969).',
  needs: ['h', 'l'],
  firstIndex([conversion, base, span]) {
    return [conversion! - 1, base! - 1, Math.max(conversion!, base!) - 1, span! - 1];
  },
  warmUpBars: (params) => Math.max(...params) - 1,
  create([conversion, base, span]) {
    const lines = [conversion!, base!, span!].map((n) => ({ highs: new RollingMax(n), lows: new RollingMin(n) }));
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        for (let i = 0; i < 3; i++) {
          const line = lines[i]!;
          out[i === 2 ? 3 : i]![t] = (line.highs.step(x.h[t]!, commit) + line.lows.step(x.l[t]!, commit)) / 2;
        }
        out[2]![t] = (out[0]![t]! + out[1]![t]!) / 2;
      },
    };
  },
};
