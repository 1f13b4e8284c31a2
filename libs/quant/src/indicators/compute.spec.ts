import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { referenceIndicator } from '../../test/reference-indicators.ts';
import { sp500 } from '../../test/real-series.ts';
import { candles } from '../../test/walks.ts';
import { INDICATORS } from './catalogue.ts';
import { computeIndicators, createIndicator } from './compute.ts';
import { orderFault } from './definition.ts';
import type { IndicatorBar, IndicatorDefinition } from './definition.ts';
import { indicatorSpec } from './parse.ts';

type Candle = IndicatorBar & { v: number };
type Outputs = Record<string, (number | null)[]>;

const defaults = (definition: IndicatorDefinition): number[] => definition.params.map((param) => param.default);

/** Ten bars a session, so that session-anchored indicators start anew. */
function sessions(bars: IndicatorBar[]): Candle[] {
  return bars.map((bar, i) => ({ ...bar, v: bar.v!, session: `S${Math.floor(i / 10)}` }));
}

function batch(definition: IndicatorDefinition, params: readonly number[], bars: readonly IndicatorBar[]): Outputs {
  const spec = indicatorSpec(definition, params);
  return computeIndicators([spec], bars)[spec.id]!;
}

function incremental(
  definition: IndicatorDefinition,
  params: readonly number[],
  bars: readonly IndicatorBar[],
): Outputs {
  const indicator = createIndicator(indicatorSpec(definition, params));
  const rows = bars.map((bar) => indicator.next(bar));
  return Object.fromEntries(definition.outputs.map(({ name }) => [name, rows.map((row) => row[name]!)]));
}

/** Relative to the size of the figure or of the prices it is a difference of. */
function expectClose(actual: (number | null)[], expected: number[], scale: number, from = 0): void {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  for (let i = from; i < expected.length; i++) {
    const [a, e] = [actual[i] as number | null, expected[i]!];
    if ((a === null) === isFinite(e)) throw new Error(`bar ${i}: ${a} and ${e}`);
    if (a === null) continue;
    worst = Math.max(worst, Math.abs(a - e) / Math.max(scale, Math.abs(e)));
  }
  expect(worst).toBeLessThan(1e-9);
}

/** Small, valid parameters: periods 2..40, the second of an ordered pair above the first. */
function someParams(definition: IndicatorDefinition, seed: number): number[] {
  let state = seed + 1;
  const draw = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const params = definition.params.map((param) => (param.integer ? 2 + Math.floor(draw() * 39) : param.default));
  if (orderFault(definition, params) !== null)
    params.splice(0, 2, Math.min(params[0]!, params[1]!), Math.max(params[0]!, params[1]!) + 1);
  return params;
}

describe.each(INDICATORS.map((definition) => [definition.name, definition] as const))('%s', (name, definition) => {
  it('has its first values where the table says', () => {
    const bars = sessions(candles(11, 120));
    const outputs = batch(definition, defaults(definition), bars);
    const first = definition.outputs.map((output) => outputs[output.name]!.findIndex((value) => value !== null));
    expect(first).toEqual(definition.firstIndex(defaults(definition)));
    for (const output of definition.outputs) {
      const values = outputs[output.name]!;
      expect(values.slice(values.findIndex((v) => v !== null))).not.toContain(null);
    }
  });

  it('equals the plain formula for any parameters, bar by bar and at once', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 140 }),
        fc.constantFrom(0.01, 90, 60_000),
        (seed, length, start) => {
          const bars = sessions(candles(seed, length, start));
          const params = someParams(definition, seed % 1_000);
          const outputs = batch(definition, params, bars);
          expect(incremental(definition, params, bars)).toEqual(outputs);
          const expected = referenceIndicator(name, params, bars);
          for (const output of definition.outputs) {
            // A band or a difference is as exact as the prices it is made of; a ratio by itself.
            // Between two values of an rsi that hardly differ, rounding is a larger part of the way.
            const plain = name === 'stochRsi' ? 1e4 : 1;
            const scale = output.unit === 'price' ? start : output.unit === 'volume' ? 1e4 : plain;
            expectClose(outputs[output.name]!, expected[output.name]!, scale);
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  it('shows the forming bar without remembering it', () => {
    const bars = sessions(candles(5, 80));
    const others = sessions(candles(6, 80, 130));
    const spec = indicatorSpec(definition, someParams(definition, 3));
    const [watched, plain] = [createIndicator(spec), createIndicator(spec)];
    for (const [i, bar] of bars.entries()) {
      watched.peek(others[i]!);
      const foreseen = watched.peek(bar);
      watched.peek({ o: 1, h: 1, l: 1, c: Number.NaN, v: null });
      expect(watched.next(bar)).toEqual(foreseen);
      expect(plain.next(bar)).toEqual(foreseen);
    }
  });

  it('never bridges a bar whose input is unknown', () => {
    const bars = sessions(candles(7, 160));
    const input = definition.needs[0]!;
    const broken: IndicatorBar[] = [...bars];
    broken[80] = input === 'v' ? { ...bars[80]!, v: null } : { ...bars[80]!, [input]: Number.NaN };
    const outputs = batch(definition, defaults(definition), broken);
    const fresh = batch(definition, defaults(definition), bars.slice(81));
    const whole = batch(definition, defaults(definition), bars);
    for (const { name: output } of definition.outputs) {
      expect(outputs[output]!.slice(0, 80)).toEqual(whole[output]!.slice(0, 80));
      expect(outputs[output]![80]).toBeNull();
      expect(outputs[output]!.slice(81)).toEqual(fresh[output]);
    }
  });

  it('gives numbers or null, whatever the input', () => {
    const any = fc.oneof(
      fc.double(),
      fc.constantFrom(0, -1, 1e308, Number.NaN),
      fc.double({ min: 0, max: 100, noNaN: true }),
    );
    const anyBar = fc.record({
      o: any,
      h: any,
      l: any,
      c: any,
      v: fc.option(any),
      session: fc.constantFrom('a', 'b', undefined),
    });
    fc.assert(
      fc.property(fc.array(anyBar, { maxLength: 30 }), (bars) => {
        const params = definition.params.map((param) =>
          param.integer ? Math.max(param.min, Math.min(3, param.default)) : param.default,
        );
        if (orderFault(definition, params) !== null) params[1] = params[0]! + 1;
        for (const values of Object.values(batch(definition, params, bars))) {
          expect(values.length).toBe(bars.length);
          for (const value of values) expect(value === null || Number.isFinite(value)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('a flat tape gives its limit, not rounding', () => {
    const flat = sessions(Array.from({ length: 90 }, () => ({ o: 0.1, h: 0.1, l: 0.1, c: 0.1, v: 7 })));
    const last = Object.fromEntries(
      Object.entries(batch(definition, defaults(definition), flat)).map(([k, v]) => [k, v.at(-1)]),
    );
    const limits: Record<string, Record<string, number | null>> = {
      rsi: { value: 50 },
      mfi: { value: 50 },
      stoch: { k: 50, d: 50 },
      williamsR: { value: -50 },
      cci: { value: null },
      bollinger: { middle: 0.1, upper: 0.1, lower: 0.1, bandwidth: 0, percentB: null },
      adx: { plusDI: 0, minusDI: 0, adx: 0 },
      cmf: { value: 0 },
      adl: { value: 0 },
      obv: { value: 0 },
      roc: { value: 0 },
      trix: { value: 0 },
      stochRsi: { raw: 50, k: 50, d: 50 },
      momentum: { value: 0 },
      kst: { value: 0 },
      stdev: { value: 0 },
      zscore: { value: null },
      realisedVol: { value: 0 },
      ulcer: { value: 0 },
      linregSlope: { value: 0 },
      aroon: { up: 100, down: 100 },
      vortex: { plus: null, minus: null },
      supertrend: { value: 0.1, direction: 1 },
      vpt: { value: 0 },
      chaikinOsc: { value: 0 },
      forceIndex: { value: 0 },
      massIndex: { value: 25 },
    };
    if (limits[name] !== undefined) expect(last).toEqual(limits[name]);
    for (const value of Object.values(last)) expect(value).not.toBeUndefined();
  });

  it('read from its warm-up bars it shows what the whole history shows', () => {
    const bars = sessions(candles(21, 900));
    const warmUp = Math.min(definition.warmUpBars(defaults(definition)), 880);
    const shown = batch(definition, defaults(definition), bars.slice(880 - warmUp));
    const whole = batch(definition, defaults(definition), bars);
    // What is summed from the first bar on depends on where that is.
    if (name === 'obv' || name === 'adl' || name === 'vpt') return;
    for (const { name: output } of definition.outputs) {
      for (let i = 0; i < 20; i++) {
        const [a, e] = [shown[output]![warmUp + i]!, whole[output]![880 + i]!];
        expect(a).not.toBeNull();
        expect(Math.abs(a - e)).toBeLessThan(1e-4);
      }
    }
  });
});

describe('over 100 000 bars', () => {
  // The first half at a price of 4 000 000, the second near 40: a running sum would carry the rounding of the first.
  const LENGTH = 100_000;
  const bars = sessions([...candles(31, LENGTH / 2, 4e6), ...candles(32, LENGTH / 2, 40)]);
  const TAIL = 1_000;

  it.each([
    'sma',
    'wma',
    'bollinger',
    'stoch',
    'williamsR',
    'cci',
    'roc',
    'ao',
    'donchian',
    'ichimoku',
    'cmf',
    'mfi',
    'volumeSma',
    'trima',
    'hma',
    'vwma',
    'momentum',
    'kst',
    'stdev',
    'zscore',
    'realisedVol',
    'ulcer',
    'linregSlope',
    'aroon',
    'vortex',
  ])('%s has not drifted from its window', (name) => {
    const definition = INDICATORS.find((d) => d.name === name)!;
    const outputs = batch(definition, defaults(definition), bars);
    const expected = referenceIndicator(name, defaults(definition), bars.slice(-TAIL));
    for (const output of definition.outputs) {
      expectClose(outputs[output.name]!.slice(-TAIL), expected[output.name]!, output.unit === 'price' ? 40 : 1, 60);
    }
  });

  it.each([
    'ema',
    'rma',
    'macd',
    'rsi',
    'atr',
    'keltner',
    'adx',
    'psar',
    'obv',
    'adl',
    'dema',
    'tema',
    'ppo',
    'trix',
    'stochRsi',
    'chandelier',
    'supertrend',
    'vpt',
    'chaikinOsc',
    'forceIndex',
    'massIndex',
  ])('%s equals its recursion', (name) => {
    const definition = INDICATORS.find((d) => d.name === name)!;
    const outputs = batch(definition, defaults(definition), bars);
    const expected = referenceIndicator(name, defaults(definition), bars);
    for (const output of definition.outputs) {
      const scale = { price: 40, volume: 1e6 }[output.unit as string] ?? 1;
      expectClose(outputs[output.name]!.slice(-TAIL), expected[output.name]!.slice(-TAIL), scale);
    }
  });
});

it('computes a request at once on the real index, by id', () => {
  const specs = INDICATORS.slice(0, 10).map((definition) => indicatorSpec(definition, defaults(definition)));
  const bars = sp500().map((row) => ({ ...row, session: row.date }));
  const result = computeIndicators(specs, bars);
  expect(Object.keys(result)).toEqual(specs.map((spec) => spec.id));
  for (const outputs of Object.values(result))
    for (const values of Object.values(outputs)) expect(values.length).toBe(5_105);
  // One bar a session: its volume-weighted price is its typical price.
  const last = bars.at(-1)!;
  expect(result['vwap']!['value']!.at(-1)).toBeCloseTo((last.h + last.l + last.c) / 3, 9);
});

it('refuses a spec that names no indicator', () => {
  expect(() => createIndicator({ id: 'x', name: 'x', params: [] })).toThrow(RangeError);
});
