import { sqrt } from '../numerics.ts';
import { Smoothed } from './averages.ts';
import {
  period,
  settleExponential,
  settleWilder,
  type IndicatorDefinition,
  type IndicatorParam,
} from './definition.ts';
import { TrueRange } from './true-range.ts';
import { RollingMax, RollingMin, RollingMoments } from './windows.ts';

const HIGH_LOW_CLOSE = ['h', 'l', 'c'] as const;
const width = (name: string): IndicatorParam => ({ name, default: 2, min: 0.1, max: 10, integer: false });

export const bollinger: IndicatorDefinition = {
  name: 'bollinger',
  title: 'Bollinger bands',
  params: [period(20), width('k')],
  outputs: [
    { name: 'middle', unit: 'price' },
    { name: 'upper', unit: 'price' },
    { name: 'lower', unit: 'price' },
    { name: 'bandwidth', unit: 'ratio' },
    { name: 'percentB', unit: 'ratio' },
  ],
  pane: 'price',
  definition:
    'Mean of n closes ± k population standard deviations; bandwidth = (upper − lower) ÷ middle; percentB = (close − lower) ÷ (upper − lower), null when the band has no width (Bollinger 1983).',
  needs: ['c'],
  firstIndex: ([n]) => [n! - 1, n! - 1, n! - 1, n! - 1, n! - 1],
  warmUpBars: ([n]) => n! - 1,
  create([n, k]) {
    const moments = new RollingMoments(n!);
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        moments.step(x.c[t]!, commit);
        const { mean } = moments;
        const reach = k! * sqrt(moments.variance);
        out[0]![t] = mean;
        out[1]![t] = mean + reach;
        out[2]![t] = mean - reach;
        out[3]![t] = (2 * reach) / mean;
        out[4]![t] = reach === 0 ? Number.NaN : (x.c[t]! - mean + reach) / (2 * reach);
      },
    };
  },
};

export const keltner: IndicatorDefinition = {
  name: 'keltner',
  title: 'Keltner channels',
  params: [period(20), period(10, 'atr'), width('k')],
  outputs: [
    { name: 'middle', unit: 'price' },
    { name: 'upper', unit: 'price' },
    { name: 'lower', unit: 'price' },
  ],
  pane: 'price',
  definition: 'ema(n) of the close ± k times atr(atr) (Keltner 1960, in the form of Raschke).',
  needs: HIGH_LOW_CLOSE,
  firstIndex([n, atrBars]) {
    const first = Math.max(n! - 1, atrBars!);
    return [n! - 1, first, first];
  },
  warmUpBars: ([n, atrBars]) => Math.max(n! - 1 + settleExponential(n!), atrBars! + settleWilder(atrBars!)),
  create([n, atrBars, k]) {
    const middle = Smoothed.exponential(n!);
    const range = new TrueRange();
    const mean = Smoothed.wilder(atrBars!);
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        const tr = range.step(x, t, commit);
        const reach = Number.isNaN(tr) ? tr : k! * mean.step(tr, commit);
        const centre = middle.step(x.c[t]!, commit);
        out[0]![t] = centre;
        out[1]![t] = centre + reach;
        out[2]![t] = centre - reach;
      },
    };
  },
};

export const donchian: IndicatorDefinition = {
  name: 'donchian',
  title: 'Donchian channel',
  params: [period(20)],
  outputs: [
    { name: 'upper', unit: 'price' },
    { name: 'middle', unit: 'price' },
    { name: 'lower', unit: 'price' },
  ],
  pane: 'price',
  definition: 'Highest high and lowest low of the last n bars, this one included, and their midpoint.',
  needs: ['h', 'l'],
  firstIndex: ([n]) => [n! - 1, n! - 1, n! - 1],
  warmUpBars: ([n]) => n! - 1,
  create([n]) {
    const highs = new RollingMax(n!);
    const lows = new RollingMin(n!);
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        const upper = highs.step(x.h[t]!, commit);
        const lower = lows.step(x.l[t]!, commit);
        out[0]![t] = upper;
        out[1]![t] = (upper + lower) / 2;
        out[2]![t] = lower;
      },
    };
  },
};

export const trueRange: IndicatorDefinition = {
  name: 'trueRange',
  title: 'True range',
  params: [],
  outputs: [{ name: 'value', unit: 'price' }],
  pane: 'own',
  definition: 'Largest of high − low, |high − previous close| and |low − previous close| (Wilder 1978).',
  needs: HIGH_LOW_CLOSE,
  firstIndex: () => [1],
  warmUpBars: () => 1,
  create() {
    const range = new TrueRange();
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        out[0]![t] = range.step(x, t, commit);
      },
    };
  },
};

export const atr: IndicatorDefinition = {
  name: 'atr',
  title: 'Average true range',
  params: [period(14)],
  outputs: [{ name: 'value', unit: 'price' }],
  pane: 'own',
  definition: 'Wilder mean of the true range (Wilder 1978).',
  needs: HIGH_LOW_CLOSE,
  firstIndex: ([n]) => [n!],
  warmUpBars: ([n]) => n! + settleWilder(n!),
  create([n]) {
    const range = new TrueRange();
    const mean = Smoothed.wilder(n!);
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        const tr = range.step(x, t, commit);
        out[0]![t] = Number.isNaN(tr) ? tr : mean.step(tr, commit);
      },
    };
  },
};
