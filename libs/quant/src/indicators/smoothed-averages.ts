import { sqrt } from '../numerics.ts';
import { Smoothed } from './averages.ts';
import { period, settleExponential, type IndicatorDefinition } from './definition.ts';
import { RollingSum, RollingWeightedSum } from './windows.ts';

const OUTPUT = [{ name: 'value', unit: 'price' }] as const;
const CLOSE = ['c'] as const;

/** Exponential means of exponential means: each begins with the first value of the one before. */
export class Cascade {
  readonly #means: readonly Smoothed[];
  readonly values: Float64Array;

  constructor(n: number, depth: number) {
    this.#means = Array.from({ length: depth }, () => Smoothed.exponential(n));
    this.values = new Float64Array(depth);
  }

  /** Sets `values` for the series that ends in `x`; NaN where there is none yet. */
  step(x: number, commit: boolean): void {
    let value = x;
    for (let i = 0; i < this.#means.length; i++) {
      value = Number.isNaN(value) ? value : this.#means[i]!.step(value, commit);
      this.values[i] = value;
    }
  }
}

export const dema: IndicatorDefinition = {
  name: 'dema',
  title: 'Double exponential moving average',
  params: [period(20)],
  outputs: OUTPUT,
  pane: 'price',
  definition: '2 ema − ema of ema (Mulloy 1994).',
  needs: CLOSE,
  firstIndex: ([n]) => [2 * n! - 2],
  warmUpBars: ([n]) => 2 * n! - 2 + 2 * settleExponential(n!),
  create([n]) {
    const means = new Cascade(n!, 2);
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        means.step(x.c[t]!, commit);
        out[0]![t] = 2 * means.values[0]! - means.values[1]!;
      },
    };
  },
};

export const tema: IndicatorDefinition = {
  name: 'tema',
  title: 'Triple exponential moving average',
  params: [period(20)],
  outputs: OUTPUT,
  pane: 'price',
  definition: '3 ema − 3 ema of ema + ema of ema of ema (Mulloy 1994).',
  needs: CLOSE,
  firstIndex: ([n]) => [3 * n! - 3],
  warmUpBars: ([n]) => 3 * n! - 3 + 3 * settleExponential(n!),
  create([n]) {
    const means = new Cascade(n!, 3);
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        means.step(x.c[t]!, commit);
        out[0]![t] = 3 * means.values[0]! - 3 * means.values[1]! + means.values[2]!;
      },
    };
  },
};

export const trima: IndicatorDefinition = {
  name: 'trima',
  title: 'Triangular moving average',
  params: [period(20)],
  outputs: OUTPUT,
  pane: 'price',
  definition: 'sma of an sma; for even n over n ÷ 2 and n ÷ 2 + 1 closes, for odd n twice over (n + 1) ÷ 2.',
  needs: CLOSE,
  firstIndex: ([n]) => [n! - 1],
  warmUpBars: ([n]) => n! - 1,
  create([n]) {
    const [first, second] = [Math.floor((n! + 1) / 2), Math.floor(n! / 2) + 1];
    const inner = new RollingSum(first);
    const outer = new RollingSum(second);
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        const mean = inner.step(x.c[t]!, commit) / first;
        out[0]![t] = Number.isNaN(mean) ? mean : outer.step(mean, commit) / second;
      },
    };
  },
};

export const hma: IndicatorDefinition = {
  name: 'hma',
  title: 'Hull moving average',
  params: [period(16)],
  outputs: OUTPUT,
  pane: 'price',
  definition: 'wma(√n) of 2 wma(n ÷ 2) − wma(n); halves and roots are cut to whole numbers (Hull 2005).',
  needs: CLOSE,
  firstIndex: ([n]) => [n! - 1 + Math.floor(sqrt(n!)) - 1],
  warmUpBars: ([n]) => n! - 1 + Math.floor(sqrt(n!)) - 1,
  create([n]) {
    const [half, root] = [n! < 2 ? 1 : Math.floor(n! / 2), Math.floor(sqrt(n!))];
    const quick = new RollingWeightedSum(half);
    const slow = new RollingWeightedSum(n!);
    const last = new RollingWeightedSum(root);
    const weights = (size: number): number => (size * (size + 1)) / 2;
    const [quickWeight, slowWeight, lastWeight] = [weights(half), weights(n!), weights(root)];
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        const ahead = (2 * quick.step(x.c[t]!, commit)) / quickWeight;
        const value = ahead - slow.step(x.c[t]!, commit) / slowWeight;
        out[0]![t] = Number.isNaN(value) ? value : last.step(value, commit) / lastWeight;
      },
    };
  },
};

export const vwma: IndicatorDefinition = {
  name: 'vwma',
  title: 'Volume-weighted moving average',
  params: [period(20)],
  outputs: OUTPUT,
  pane: 'price',
  definition: 'Σ close × volume ÷ Σ volume of n bars; null without volume.',
  needs: ['c', 'v'],
  firstIndex: ([n]) => [n! - 1],
  warmUpBars: ([n]) => n! - 1,
  create([n]) {
    const flows = new RollingSum(n!);
    const volumes = new RollingSum(n!);
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        out[0]![t] = flows.step(x.c[t]! * x.v[t]!, commit) / volumes.step(x.v[t]!, commit);
      },
    };
  },
};
