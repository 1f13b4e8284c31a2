import { logRatio, sqrt } from '../numerics.ts';
import { period, type IndicatorDefinition } from './definition.ts';
import { LastValues, RollingMax, RollingMoments, RollingSum } from './windows.ts';

const CLOSE = ['c'] as const;

export const stdev: IndicatorDefinition = {
  name: 'stdev',
  title: 'Standard deviation',
  params: [period(20)],
  outputs: [{ name: 'value', unit: 'price' }],
  pane: 'own',
  definition: 'Population standard deviation of the last n closes.',
  needs: CLOSE,
  firstIndex: ([n]) => [n! - 1],
  warmUpBars: ([n]) => n! - 1,
  create([n]) {
    const moments = new RollingMoments(n!);
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        moments.step(x.c[t]!, commit);
        out[0]![t] = sqrt(moments.variance);
      },
    };
  },
};

export const zscore: IndicatorDefinition = {
  name: 'zscore',
  title: 'z-score',
  params: [period(20)],
  outputs: [{ name: 'value', unit: 'number' }],
  pane: 'own',
  definition: '(close − mean) ÷ population standard deviation of the last n closes; null when they do not vary.',
  needs: CLOSE,
  firstIndex: ([n]) => [n! - 1],
  warmUpBars: ([n]) => n! - 1,
  create([n]) {
    const moments = new RollingMoments(n!);
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        moments.step(x.c[t]!, commit);
        const deviation = sqrt(moments.variance);
        out[0]![t] = deviation === 0 ? Number.NaN : (x.c[t]! - moments.mean) / deviation;
      },
    };
  },
};

export const realisedVol: IndicatorDefinition = {
  name: 'realisedVol',
  title: 'Realised volatility',
  params: [period(20), { name: 'barsAYear', default: 252, min: 1, max: 525_600, integer: true }],
  outputs: [{ name: 'value', unit: 'ratio' }],
  pane: 'own',
  definition: 'Population standard deviation of n log returns × √(bars a year).',
  needs: CLOSE,
  firstIndex: ([n]) => [n!],
  warmUpBars: ([n]) => n!,
  create([n, barsAYear]) {
    const moments = new RollingMoments(n!);
    const year = sqrt(barsAYear!);
    let previous = Number.NaN;
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        const before = previous;
        if (commit) previous = x.c[t]!;
        // A price of 0 or less has no log return, and neither has the first bar.
        if (!(before > 0 && x.c[t]! > 0)) {
          out[0]![t] = Number.NaN;
          return;
        }
        moments.step(logRatio(x.c[t]!, before), commit);
        out[0]![t] = sqrt(moments.variance) * year;
      },
    };
  },
};

export const ulcer: IndicatorDefinition = {
  name: 'ulcer',
  title: 'Ulcer index',
  params: [period(14)],
  outputs: [{ name: 'value', unit: 'percent' }],
  pane: 'own',
  definition: 'Root mean square over n bars of the fall in percent below the highest of n closes (Martin 1987).',
  needs: CLOSE,
  firstIndex: ([n]) => [2 * n! - 2],
  warmUpBars: ([n]) => 2 * n! - 2,
  create([n]) {
    const highs = new RollingMax(n!);
    const squares = new RollingSum(n!);
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        const high = highs.step(x.c[t]!, commit);
        const fall = (100 * (x.c[t]! - high)) / high;
        out[0]![t] = Number.isNaN(fall) ? fall : sqrt(squares.step(fall * fall, commit) / n!);
      },
    };
  },
};

export const linregSlope: IndicatorDefinition = {
  name: 'linregSlope',
  title: 'Linear regression slope',
  params: [{ ...period(20), min: 2 }],
  outputs: [{ name: 'value', unit: 'price' }],
  pane: 'own',
  definition: 'Slope per bar of the least squares line through the last n closes.',
  needs: CLOSE,
  firstIndex: ([n]) => [n! - 1],
  warmUpBars: ([n]) => n! - 1,
  create([n]) {
    const past = new LastValues(n! - 1);
    const middle = (n! - 1) / 2;
    const spread = (n! * (n! * n! - 1)) / 12;
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        // Distances from the newest close: a flat window then has exactly no slope.
        let sum = past.full ? 0 : Number.NaN;
        for (let k = 0; k < past.size && past.full; k++) sum += (middle - 1 - k) * (past.at(k) - x.c[t]!);
        out[0]![t] = sum / spread;
        if (commit) past.push(x.c[t]!);
      },
    };
  },
};
