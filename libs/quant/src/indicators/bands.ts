import { sqrt } from '../numerics.ts';
import { period, type IndicatorDefinition } from './definition.ts';
import { RollingMoments } from './windows.ts';

export const bollinger: IndicatorDefinition = {
  name: 'bollinger',
  title: 'Bollinger bands',
  params: [period(20), { name: 'k', default: 2, min: 0.1, max: 10, integer: false }],
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
      step(bar, commit, out) {
        moments.step(bar.c, commit);
        const { mean } = moments;
        const reach = k! * sqrt(moments.variance);
        out[0] = mean;
        out[1] = mean + reach;
        out[2] = mean - reach;
        out[3] = (2 * reach) / mean;
        out[4] = reach === 0 ? Number.NaN : (bar.c - mean + reach) / (2 * reach);
      },
    };
  },
};
