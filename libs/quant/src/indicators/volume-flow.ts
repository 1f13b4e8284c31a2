import { CompensatedSum } from '../numerics.ts';
import { Smoothed } from './averages.ts';
import { period, settleExponential, type IndicatorDefinition } from './definition.ts';
import { moneyFlowVolume } from './volume.ts';
import { RollingSum } from './windows.ts';

export const vpt: IndicatorDefinition = {
  name: 'vpt',
  title: 'Volume price trend',
  params: [],
  outputs: [{ name: 'value', unit: 'volume' }],
  pane: 'own',
  definition: 'Cumulative volume × relative change of the close; 0 at the first bar.',
  needs: ['c', 'v'],
  firstIndex: () => [0],
  warmUpBars: () => 0,
  create() {
    const total = new CompensatedSum();
    let previous = Number.NaN;
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        const change = (x.c[t]! - previous) / previous;
        const flow = Number.isFinite(change) ? x.v[t]! * change : 0;
        out[0]![t] = total.with(flow);
        if (!commit) return;
        total.add(flow);
        previous = x.c[t]!;
      },
    };
  },
};

export const chaikinOsc: IndicatorDefinition = {
  name: 'chaikinOsc',
  title: 'Chaikin oscillator',
  params: [period(3, 'fast'), period(10, 'slow')],
  outputs: [{ name: 'value', unit: 'volume' }],
  pane: 'own',
  definition: 'ema(fast) − ema(slow) of the accumulation/distribution line (Chaikin).',
  needs: ['h', 'l', 'c', 'v'],
  firstIndex: ([, slow]) => [slow! - 1],
  warmUpBars: ([, slow]) => slow! - 1 + 2 * settleExponential(slow!),
  order: { lower: 'fast', upper: 'slow', equal: false },
  create([fast, slow]) {
    const total = new CompensatedSum();
    const quick = Smoothed.exponential(fast!);
    const lazy = Smoothed.exponential(slow!);
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        const flow = moneyFlowVolume(x, t);
        const line = total.with(flow);
        if (commit) total.add(flow);
        const ahead = quick.step(line, commit);
        out[0]![t] = ahead - lazy.step(line, commit);
      },
    };
  },
};

export const forceIndex: IndicatorDefinition = {
  name: 'forceIndex',
  title: 'Force index',
  params: [period(13)],
  outputs: [{ name: 'value', unit: 'volume' }],
  pane: 'own',
  definition: 'ema(n) of the change of the close × volume (Elder 1993).',
  needs: ['c', 'v'],
  firstIndex: ([n]) => [n!],
  warmUpBars: ([n]) => n! + 2 * settleExponential(n!),
  create([n]) {
    const mean = Smoothed.exponential(n!);
    let previous = Number.NaN;
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        const force = (x.c[t]! - previous) * x.v[t]!;
        if (commit) previous = x.c[t]!;
        out[0]![t] = Number.isNaN(force) ? force : mean.step(force, commit);
      },
    };
  },
};

export const massIndex: IndicatorDefinition = {
  name: 'massIndex',
  title: 'Mass index',
  params: [period(9, 'ema'), period(25, 'n')],
  outputs: [{ name: 'value', unit: 'number' }],
  pane: 'own',
  definition:
    'Σ over n bars of ema of (high − low) ÷ ema of that ema; 1 where nothing moves, as for any constant range (Dorsey 1992).',
  needs: ['h', 'l'],
  firstIndex: ([m, n]) => [2 * m! - 2 + n! - 1],
  warmUpBars: ([m, n]) => 2 * m! - 2 + n! - 1 + 2 * settleExponential(m!),
  create([m, n]) {
    const inner = Smoothed.exponential(m!);
    const outer = Smoothed.exponential(m!);
    const total = new RollingSum(n!);
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        const mean = inner.step(x.h[t]! - x.l[t]!, commit);
        const twice = Number.isNaN(mean) ? mean : outer.step(mean, commit);
        const share = twice === 0 ? 1 : mean / twice;
        out[0]![t] = Number.isNaN(share) ? share : total.step(share, commit);
      },
    };
  },
};
