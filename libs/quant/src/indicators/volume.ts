import { CompensatedSum } from '../numerics.ts';
import { period, type IndicatorDefinition, type BarColumns } from './definition.ts';
import { shareOfGains, typicalPrice } from './oscillators.ts';
import { RollingSum } from './windows.ts';

const ALL = ['h', 'l', 'c', 'v'] as const;

export const volumeSma: IndicatorDefinition = {
  name: 'volumeSma',
  title: 'Average volume',
  params: [period(20)],
  outputs: [{ name: 'value', unit: 'volume' }],
  pane: 'own',
  definition: 'Mean of the last n volumes.',
  needs: ['v'],
  firstIndex: ([n]) => [n! - 1],
  warmUpBars: ([n]) => n! - 1,
  create([n]) {
    const total = new RollingSum(n!);
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        out[0]![t] = total.step(x.v[t]!, commit) / n!;
      },
    };
  },
};

export const obv: IndicatorDefinition = {
  name: 'obv',
  title: 'On-balance volume',
  params: [],
  outputs: [{ name: 'value', unit: 'volume' }],
  pane: 'own',
  definition:
    'Cumulative volume, added when the close rises and taken off when it falls; 0 at the first bar (Granville 1963).',
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
        const signed = x.c[t]! > previous ? x.v[t]! : x.c[t]! < previous ? -x.v[t]! : 0;
        out[0]![t] = total.with(signed);
        if (!commit) return;
        total.add(signed);
        previous = x.c[t]!;
      },
    };
  },
};

export const adl: IndicatorDefinition = {
  name: 'adl',
  title: 'Accumulation/distribution line',
  params: [],
  outputs: [{ name: 'value', unit: 'volume' }],
  pane: 'own',
  definition: 'Cumulative volume × ((close − low) − (high − close)) ÷ (high − low); a flat bar adds 0 (Chaikin).',
  needs: ALL,
  firstIndex: () => [0],
  warmUpBars: () => 0,
  create() {
    const total = new CompensatedSum();
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        const flow = moneyFlowVolume(x, t);
        out[0]![t] = total.with(flow);
        if (commit) total.add(flow);
      },
    };
  },
};

/** Volume × ((close − low) − (high − close)) ÷ (high − low); a flat bar has 0. */
export function moneyFlowVolume(x: BarColumns, t: number): number {
  return x.h[t]! === x.l[t]! ? 0 : (x.v[t]! * (x.c[t]! - x.l[t]! - (x.h[t]! - x.c[t]!))) / (x.h[t]! - x.l[t]!);
}

export const cmf: IndicatorDefinition = {
  name: 'cmf',
  title: 'Chaikin money flow',
  params: [period(20)],
  outputs: [{ name: 'value', unit: 'ratio' }],
  pane: 'own',
  definition: 'Money flow volume of n bars ÷ their volume, −1 to 1; null without volume (Chaikin).',
  needs: ALL,
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
        out[0]![t] = flows.step(moneyFlowVolume(x, t), commit) / volumes.step(x.v[t]!, commit);
      },
    };
  },
};

export const mfi: IndicatorDefinition = {
  name: 'mfi',
  title: 'Money flow index',
  params: [period(14)],
  outputs: [{ name: 'value', unit: '0-100' }],
  pane: 'own',
  definition:
    '100 × rising ÷ (rising + falling) flow of n bars, flow = typical price × volume, by the change of the typical price; no flow 50 (Quong and Soudack 1989).',
  needs: ALL,
  firstIndex: ([n]) => [n!],
  warmUpBars: ([n]) => n!,
  create([n]) {
    const rising = new RollingSum(n!);
    const falling = new RollingSum(n!);
    let previous = Number.NaN;
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        const price = typicalPrice(x, t);
        const before = previous;
        if (commit) previous = price;
        if (Number.isNaN(before)) {
          out[0]![t] = Number.NaN;
          return;
        }
        const flow = price * x.v[t]!;
        const up = rising.step(price > before ? flow : 0, commit);
        out[0]![t] = shareOfGains(up, falling.step(price < before ? flow : 0, commit));
      },
    };
  },
};

export const vwap: IndicatorDefinition = {
  name: 'vwap',
  title: 'Volume-weighted average price',
  params: [],
  outputs: [{ name: 'value', unit: 'price' }],
  pane: 'price',
  definition: 'Typical price weighted by volume since the open of the session; null before the first trade.',
  needs: ['h', 'l', 'c', 'v', 'session'],
  firstIndex: () => [0],
  // The longest session, a day around the clock in one-minute bars, may lie between the open and the first bar shown.
  warmUpBars: () => 1_440,
  create() {
    let flow = new CompensatedSum();
    let volume = new CompensatedSum();
    let session = '';
    return {
      run(x, out) {
        for (let t = 0; t < x.length; t++) this.step(x, t, true, out);
      },
      step(x, t, commit, out) {
        const isNew = x.session[t]! !== session;
        const value = typicalPrice(x, t) * x.v[t]!;
        out[0]![t] = isNew ? value / x.v[t]! : flow.with(value) / volume.with(x.v[t]!);
        if (!commit) return;
        if (isNew) {
          session = x.session[t]!;
          flow = new CompensatedSum();
          volume = new CompensatedSum();
        }
        flow.add(value);
        volume.add(x.v[t]!);
      },
    };
  },
};
