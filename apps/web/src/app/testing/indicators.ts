import type { IndicatorEntry } from '@ziggy/contracts';

const period = (name: string, value: number) => ({ name, default: value, min: 1, max: 500, integer: true });

/** Four entries of the server's catalogue: one parameter, three in order, a fraction, none. */
export const SOME_INDICATORS: readonly IndicatorEntry[] = [
  {
    name: 'sma',
    title: 'Simple moving average',
    params: [period('n', 20)],
    order: null,
    outputs: [{ name: 'value', unit: 'price', displacement: 0 }],
    pane: 'price',
    warmUpBars: 19,
    definition: 'Mean of the last n closes.',
  },
  {
    name: 'bollinger',
    title: 'Bollinger bands',
    params: [period('n', 20), { name: 'k', default: 2, min: 0.1, max: 10, integer: false }],
    order: null,
    outputs: [
      { name: 'middle', unit: 'price', displacement: 0 },
      { name: 'upper', unit: 'price', displacement: 0 },
      { name: 'percentB', unit: 'ratio', displacement: 0 },
    ],
    pane: 'price',
    warmUpBars: 19,
    definition: 'Mean of n closes and k deviations.',
  },
  {
    name: 'macd',
    title: 'Moving average convergence divergence',
    params: [period('fast', 12), period('slow', 26), period('signal', 9)],
    order: { lower: 'fast', upper: 'slow', equal: false },
    outputs: [
      { name: 'macd', unit: 'price', displacement: 0 },
      { name: 'histogram', unit: 'price', displacement: 0 },
    ],
    pane: 'own',
    warmUpBars: 283,
    definition: 'Difference of two exponential means.',
  },
  {
    name: 'trueRange',
    title: 'True range',
    params: [],
    order: null,
    outputs: [{ name: 'value', unit: 'price', displacement: 0 }],
    pane: 'own',
    warmUpBars: 1,
    definition: 'Largest of three distances.',
  },
];
