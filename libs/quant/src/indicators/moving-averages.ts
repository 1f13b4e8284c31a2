import { Smoothed } from './averages.ts';
import { period, settleExponential, settleWilder, type IndicatorDefinition, type Kernel } from './definition.ts';
import { RollingSum, RollingWeightedSum } from './windows.ts';

const OUTPUT = [{ name: 'value', unit: 'price' }] as const;
const CLOSE = ['c'] as const;

export const sma: IndicatorDefinition = {
  name: 'sma',
  title: 'Simple moving average',
  params: [period(20)],
  outputs: OUTPUT,
  pane: 'price',
  definition: 'Mean of the last n closes.',
  needs: CLOSE,
  firstIndex: ([n]) => [n! - 1],
  warmUpBars: ([n]) => n! - 1,
  create([n]) {
    const total = new RollingSum(n!);
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        out[0]![t] = total.step(x.c[t]!, commit) / n!;
      },
    };
  },
};

export const wma: IndicatorDefinition = {
  name: 'wma',
  title: 'Weighted moving average',
  params: [period(20)],
  outputs: OUTPUT,
  pane: 'price',
  definition: 'Mean of the last n closes with weights 1 (oldest) to n (newest).',
  needs: CLOSE,
  firstIndex: ([n]) => [n! - 1],
  warmUpBars: ([n]) => n! - 1,
  create([n]) {
    const total = new RollingWeightedSum(n!);
    const weights = (n! * (n! + 1)) / 2;
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        out[0]![t] = total.step(x.c[t]!, commit) / weights;
      },
    };
  },
};

export const ema: IndicatorDefinition = {
  name: 'ema',
  title: 'Exponential moving average',
  params: [period(20)],
  outputs: OUTPUT,
  pane: 'price',
  definition: 'y += 2 ÷ (n + 1) × (close − y), started with the mean of the first n closes.',
  needs: CLOSE,
  firstIndex: ([n]) => [n! - 1],
  warmUpBars: ([n]) => n! - 1 + settleExponential(n!),
  create: ([n]) => smoothedClose(Smoothed.exponential(n!)),
};

export const rma: IndicatorDefinition = {
  name: 'rma',
  title: "Wilder's moving average",
  params: [period(14)],
  outputs: OUTPUT,
  pane: 'price',
  definition: 'y += (close − y) ÷ n, started with the mean of the first n closes (Wilder 1978).',
  needs: CLOSE,
  firstIndex: ([n]) => [n! - 1],
  warmUpBars: ([n]) => n! - 1 + settleWilder(n!),
  create: ([n]) => smoothedClose(Smoothed.wilder(n!)),
};

function smoothedClose(mean: Smoothed): Kernel {
  return {
    run(x, out) {
      for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
    },
    step(x, t, commit, out) {
      out[0]![t] = mean.step(x.c[t]!, commit);
    },
  };
}

export const macd: IndicatorDefinition = {
  name: 'macd',
  title: 'Moving average convergence divergence',
  params: [period(12, 'fast'), period(26, 'slow'), period(9, 'signal')],
  outputs: [
    { name: 'macd', unit: 'price' },
    { name: 'signal', unit: 'price' },
    { name: 'histogram', unit: 'price' },
  ],
  pane: 'own',
  definition: 'ema(fast) − ema(slow); signal is its ema; histogram is the difference of the two (Appel 1979).',
  needs: CLOSE,
  firstIndex: ([, slow, signal]) => [slow! - 1, slow! + signal! - 2, slow! + signal! - 2],
  warmUpBars: ([, slow, signal]) => slow! + signal! - 2 + settleExponential(slow!) + settleExponential(signal!),
  order: { lower: 'fast', upper: 'slow', equal: false },
  create([fast, slow, signal]) {
    const quick = Smoothed.exponential(fast!);
    const lazy = Smoothed.exponential(slow!);
    const line = Smoothed.exponential(signal!);
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        const ahead = quick.step(x.c[t]!, commit);
        const value = ahead - lazy.step(x.c[t]!, commit);
        // The signal is seeded with real values only, so it starts when the slow mean does.
        const smooth = Number.isNaN(value) ? Number.NaN : line.step(value, commit);
        out[0]![t] = value;
        out[1]![t] = smooth;
        out[2]![t] = value - smooth;
      },
    };
  },
};
