import { Smoothed } from './averages.ts';
import { period, settleWilder, type IndicatorDefinition, type BarColumns } from './definition.ts';
import { LastValues, RollingMax, RollingMin, RollingSum } from './windows.ts';

const HIGH_LOW_CLOSE = ['h', 'l', 'c'] as const;

export const rsi: IndicatorDefinition = {
  name: 'rsi',
  title: 'Relative strength index',
  params: [period(14)],
  outputs: [{ name: 'value', unit: '0-100' }],
  pane: 'own',
  definition: '100 × gain ÷ (gain + loss), Wilder means of rises and falls; no loss 100, flat 50 (Wilder 1978).',
  needs: ['c'],
  firstIndex: ([n]) => [n!],
  warmUpBars: ([n]) => n! + settleWilder(n!),
  create([n]) {
    const gains = Smoothed.wilder(n!);
    const losses = Smoothed.wilder(n!);
    let previous = Number.NaN;
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        const change = x.c[t]! - previous;
        if (commit) previous = x.c[t]!;
        if (Number.isNaN(change)) {
          out[0]![t] = Number.NaN;
          return;
        }
        const gain = gains.step(Math.max(0, change), commit);
        const loss = losses.step(Math.max(0, -change), commit);
        out[0]![t] = shareOfGains(gain, loss);
      },
    };
  },
};

/** 100·g ÷ (g + l), which is 100 − 100 ÷ (1 + g/l) without the division by a zero loss. */
export function shareOfGains(gain: number, loss: number): number {
  return gain + loss === 0 ? 50 : (100 * gain) / (gain + loss);
}

/** Place of the close between the lowest low and the highest high of n bars, 0..1; a flat range gives its middle. */
class PlaceInRange {
  readonly #highs: RollingMax;
  readonly #lows: RollingMin;

  constructor(size: number) {
    this.#highs = new RollingMax(size);
    this.#lows = new RollingMin(size);
  }

  step(x: BarColumns, t: number, commit: boolean): number {
    const high = this.#highs.step(x.h[t]!, commit);
    const low = this.#lows.step(x.l[t]!, commit);
    return high === low ? 0.5 : (x.c[t]! - low) / (high - low);
  }
}

export const stoch: IndicatorDefinition = {
  name: 'stoch',
  title: 'Stochastic oscillator',
  params: [period(14), period(3, 'd')],
  outputs: [
    { name: 'k', unit: '0-100' },
    { name: 'd', unit: '0-100' },
  ],
  pane: 'own',
  definition: '%K = 100 (close − LL) ÷ (HH − LL) over n bars, flat 50; %D = sma(d) of %K (Lane).',
  needs: HIGH_LOW_CLOSE,
  firstIndex: ([n, d]) => [n! - 1, n! + d! - 2],
  warmUpBars: ([n, d]) => n! + d! - 2,
  create([n, d]) {
    const place = new PlaceInRange(n!);
    const total = new RollingSum(d!);
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        const k = 100 * place.step(x, t, commit);
        out[0]![t] = k;
        out[1]![t] = Number.isNaN(k) ? k : total.step(k, commit) / d!;
      },
    };
  },
};

export const williamsR: IndicatorDefinition = {
  name: 'williamsR',
  title: 'Williams %R',
  params: [period(14)],
  outputs: [{ name: 'value', unit: 'percent' }],
  pane: 'own',
  definition: '−100 (HH − close) ÷ (HH − LL) over n bars, from −100 to 0; flat −50.',
  needs: HIGH_LOW_CLOSE,
  firstIndex: ([n]) => [n! - 1],
  warmUpBars: ([n]) => n! - 1,
  create([n]) {
    const place = new PlaceInRange(n!);
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        out[0]![t] = -100 * (1 - place.step(x, t, commit));
      },
    };
  },
};

export const cci: IndicatorDefinition = {
  name: 'cci',
  title: 'Commodity channel index',
  params: [period(20)],
  outputs: [{ name: 'value', unit: 'number' }],
  pane: 'own',
  definition: '(TP − mean) ÷ (.015 × mean absolute deviation) of n typical prices; flat null (Lambert 1980).',
  needs: HIGH_LOW_CLOSE,
  firstIndex: ([n]) => [n! - 1],
  warmUpBars: ([n]) => n! - 1,
  create([n]) {
    const past = new LastValues(n! - 1);
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        const price = typicalPrice(x, t);
        out[0]![t] = past.full ? channelIndex(price, past) : Number.NaN;
        if (commit) past.push(price);
      },
    };
  },
};

// Distances from the newest price: a flat window then has exactly no deviation, rather than that of rounding.
function channelIndex(price: number, past: LastValues): number {
  const count = past.size + 1;
  let mean = 0;
  for (let k = 0; k < past.size; k++) mean += past.at(k) - price;
  mean /= count;
  let deviation = Math.abs(mean);
  for (let k = 0; k < past.size; k++) deviation += Math.abs(past.at(k) - price - mean);
  return -mean / (0.015 * (deviation / count));
}

/** (high + low + close) ÷ 3. */
export function typicalPrice(x: BarColumns, t: number): number {
  return (x.h[t]! + x.l[t]! + x.c[t]!) / 3;
}

export const roc: IndicatorDefinition = {
  name: 'roc',
  title: 'Rate of change',
  params: [period(12)],
  outputs: [{ name: 'value', unit: 'percent' }],
  pane: 'own',
  definition: '100 (close ÷ close n bars ago − 1).',
  needs: ['c'],
  firstIndex: ([n]) => [n!],
  warmUpBars: ([n]) => n!,
  create([n]) {
    const past = new LastValues(n!);
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        const then = past.full ? past.at(n! - 1) : Number.NaN;
        out[0]![t] = (100 * (x.c[t]! - then)) / then;
        if (commit) past.push(x.c[t]!);
      },
    };
  },
};

export const ao: IndicatorDefinition = {
  name: 'ao',
  title: 'Awesome oscillator',
  params: [period(5, 'fast'), period(34, 'slow')],
  outputs: [{ name: 'value', unit: 'price' }],
  pane: 'own',
  definition: 'sma(fast) − sma(slow) of the midpoint (high + low) ÷ 2 (Williams 1995).',
  needs: ['h', 'l'],
  firstIndex: ([, slow]) => [slow! - 1],
  warmUpBars: ([, slow]) => slow! - 1,
  order: { lower: 'fast', upper: 'slow', equal: false },
  create([fast, slow]) {
    const quick = new RollingSum(fast!);
    const lazy = new RollingSum(slow!);
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        const middle = (x.h[t]! + x.l[t]!) / 2;
        out[0]![t] = quick.step(middle, commit) / fast! - lazy.step(middle, commit) / slow!;
      },
    };
  },
};
