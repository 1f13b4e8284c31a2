import { Smoothed } from './averages.ts';
import { period, settleExponential, settleWilder, type IndicatorDefinition } from './definition.ts';
import { shareOfGains } from './oscillators.ts';
import { Cascade } from './smoothed-averages.ts';
import { LastValues, RollingMax, RollingMin, RollingSum } from './windows.ts';

const CLOSE = ['c'] as const;

export const ppo: IndicatorDefinition = {
  name: 'ppo',
  title: 'Percentage price oscillator',
  params: [period(12, 'fast'), period(26, 'slow')],
  outputs: [{ name: 'value', unit: 'percent' }],
  pane: 'own',
  definition: '100 (ema(fast) − ema(slow)) ÷ ema(slow).',
  needs: CLOSE,
  firstIndex: ([, slow]) => [slow! - 1],
  warmUpBars: ([, slow]) => slow! - 1 + settleExponential(slow!),
  order: { lower: 'fast', upper: 'slow', equal: false },
  create([fast, slow]) {
    const quick = Smoothed.exponential(fast!);
    const lazy = Smoothed.exponential(slow!);
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        const ahead = quick.step(x.c[t]!, commit);
        const behind = lazy.step(x.c[t]!, commit);
        out[0]![t] = (100 * (ahead - behind)) / behind;
      },
    };
  },
};

export const trix: IndicatorDefinition = {
  name: 'trix',
  title: 'Triple exponential rate of change',
  params: [period(15)],
  outputs: [{ name: 'value', unit: 'percent' }],
  pane: 'own',
  definition: 'Change in percent of the ema of the ema of the ema of the close (Hutson 1983).',
  needs: CLOSE,
  firstIndex: ([n]) => [3 * n! - 2],
  warmUpBars: ([n]) => 3 * n! - 2 + 3 * settleExponential(n!),
  create([n]) {
    const means = new Cascade(n!, 3);
    let previous = Number.NaN;
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        means.step(x.c[t]!, commit);
        const value = means.values[2]!;
        out[0]![t] = (100 * (value - previous)) / previous;
        if (commit) previous = value;
      },
    };
  },
};

/** Values of an rsi that rounding alone tells apart. */
const FLAT = 1e-9;

export const stochRsi: IndicatorDefinition = {
  name: 'stochRsi',
  title: 'Stochastic RSI',
  params: [period(14, 'rsi'), period(14, 'n'), period(3, 'k'), period(3, 'd')],
  outputs: [
    { name: 'raw', unit: '0-100' },
    { name: 'k', unit: '0-100' },
    { name: 'd', unit: '0-100' },
  ],
  pane: 'own',
  definition:
    'Place of the rsi between its lowest and highest of n bars, flat 50; k its sma, d the sma of k (Chande, Kroll).',
  needs: CLOSE,
  firstIndex: ([r, n, k, d]) => [r! + n! - 1, r! + n! + k! - 2, r! + n! + k! + d! - 3],
  warmUpBars: ([r, n, k, d]) => r! + n! + k! + d! - 3 + settleWilder(r!),
  create([r, n, k, d]) {
    const gains = Smoothed.wilder(r!);
    const losses = Smoothed.wilder(r!);
    const highs = new RollingMax(n!);
    const lows = new RollingMin(n!);
    const quick = new RollingSum(k!);
    const slow = new RollingSum(d!);
    let previous = Number.NaN;
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        const change = x.c[t]! - previous;
        if (commit) previous = x.c[t]!;
        for (const column of out) column[t] = Number.NaN;
        if (Number.isNaN(change)) return;
        const gain = gains.step(Math.max(0, change), commit);
        const rsi = shareOfGains(gain, losses.step(Math.max(0, -change), commit));
        if (Number.isNaN(rsi)) return;
        const high = highs.step(rsi, commit);
        const low = lows.step(rsi, commit);
        if (Number.isNaN(high)) return;
        const raw = high - low < FLAT ? 50 : (100 * (rsi - low)) / (high - low);
        out[0]![t] = raw;
        const smooth = quick.step(raw, commit) / k!;
        out[1]![t] = smooth;
        if (!Number.isNaN(smooth)) out[2]![t] = slow.step(smooth, commit) / d!;
      },
    };
  },
};

export const momentum: IndicatorDefinition = {
  name: 'momentum',
  title: 'Momentum',
  params: [period(10)],
  outputs: [{ name: 'value', unit: 'price' }],
  pane: 'own',
  definition: 'Close − close n bars ago.',
  needs: CLOSE,
  firstIndex: ([n]) => [n!],
  warmUpBars: ([n]) => n!,
  create([n]) {
    const past = new LastValues(n!);
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        out[0]![t] = past.full ? x.c[t]! - past.at(n! - 1) : Number.NaN;
        if (commit) past.push(x.c[t]!);
      },
    };
  },
};

/** Bars of each rate of change, bars of its mean, weight. */
const KST = [
  { change: 10, mean: 10, weight: 1 },
  { change: 15, mean: 10, weight: 2 },
  { change: 20, mean: 10, weight: 3 },
  { change: 30, mean: 15, weight: 4 },
] as const;

export const kst: IndicatorDefinition = {
  name: 'kst',
  title: 'Know sure thing',
  params: [],
  outputs: [{ name: 'value', unit: 'percent' }],
  pane: 'own',
  definition:
    'Rates of change over 10, 15, 20 and 30 bars, smoothed over 10, 10, 10 and 15, weighted 1 to 4 (Pring 1992).',
  needs: CLOSE,
  firstIndex: () => [44],
  warmUpBars: () => 44,
  create() {
    const past = new LastValues(30);
    const means = KST.map(({ mean }) => new RollingSum(mean));
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        let value = 0;
        for (let i = 0; i < KST.length; i++) {
          const { change, mean, weight } = KST[i]!;
          const then = past.count >= change ? past.at(change - 1) : Number.NaN;
          const rate = (100 * (x.c[t]! - then)) / then;
          value += Number.isNaN(rate) ? rate : (weight * means[i]!.step(rate, commit)) / mean;
        }
        out[0]![t] = value;
        if (commit) past.push(x.c[t]!);
      },
    };
  },
};
