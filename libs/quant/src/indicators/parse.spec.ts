import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { INDICATORS } from './catalogue.ts';
import { createIndicator } from './compute.ts';
import { indicatorSpec, parseIndicators, type IndicatorFault, type IndicatorSpec } from './parse.ts';

function specs(text: string): IndicatorSpec[] {
  const parsed = parseIndicators(text);
  if ('fault' in parsed) throw new Error(parsed.fault.message);
  return parsed.specs;
}

function fault(text: string): IndicatorFault {
  const parsed = parseIndicators(text);
  if ('specs' in parsed) throw new Error(`read as ${parsed.specs.map((s) => s.id).join()}`);
  return parsed.fault;
}

describe('reading', () => {
  it.each([
    ['sma(20)', ['sma(20)']],
    ['sma(20),macd(12,26,9)', ['sma(20)', 'macd(12,26,9)']],
    ['SMA, Rsi()', ['sma(20)', 'rsi(14)']],
    [' bollinger( 20 , 2.50 ) ', ['bollinger(20,2.5)']],
    ['bollinger(10)', ['bollinger(10,2)']],
    ['WILLIAMSR(7)', ['williamsR(7)']],
    ['obv,vwap()', ['obv', 'vwap']],
    ['psar', ['psar(0.02,0.2)']],
    ['sma(020)', ['sma(20)']],
    ['sma(1),sma(500)', ['sma(1)', 'sma(500)']],
    ['', []],
    ['  ', []],
  ])('%j gives %j', (text, ids) => expect(specs(text).map((spec) => spec.id)).toEqual(ids));

  it('folds duplicates, in canonical form, at their first place', () => {
    expect(specs('rsi,sma(20),SMA( 20 ),rsi(14)').map((spec) => spec.id)).toEqual(['rsi(14)', 'sma(20)']);
  });

  it('takes ten after folding, not eleven', () => {
    const list = (n: number): string => Array.from({ length: n }, (_, i) => `sma(${i + 1})`).join();
    expect(specs(`${list(10)},sma(1)`)).toHaveLength(10);
    expect(fault(list(11))).toMatchObject({ message: '11 indicators are too many.', allowed: ['at most 10'] });
  });
});

describe('faults name the value and what is allowed', () => {
  it.each([
    ['sma(0)', 'sma(0)', 'n: whole number from 1 to 500'],
    ['sma(501)', 'sma(501)', 'n: whole number from 1 to 500'],
    ['rsi,sma(2.5)', 'sma(2.5)', 'n: whole number from 1 to 500'],
    ['sma(-1)', 'sma(-1)', 'n: whole number from 1 to 500'],
    ['sma(1e2)', 'sma(1e2)', 'n: whole number from 1 to 500'],
    ['sma(NaN)', 'sma(NaN)', 'n: whole number from 1 to 500'],
    ['sma(,)', 'sma(,)', 'sma(20)'],
    ['bollinger(20,0)', 'bollinger(20,0)', 'k: number from 0.1 to 10'],
    ['bollinger(20,)', 'bollinger(20,)', 'k: number from 0.1 to 10'],
    ['macd(26,12,9)', 'macd(26,12,9)', 'macd(12,26,9)'],
    ['macd(12,12,9)', 'macd(12,12,9)', 'macd(12,26,9)'],
    ['psar(0.3,0.2)', 'psar(0.3,0.2)', 'psar(0.02,0.2)'],
    ['sma(1,2)', 'sma(1,2)', 'sma(20)'],
    ['obv(3)', 'obv(3)', 'obv'],
    ['foo', 'foo', 'sma(20)'],
    ['constructor', 'constructor', 'rsi(14)'],
    ['__proto__', '__proto__', 'name(1,2)'],
    ['sma(20', 'sma(20', 'name(1)'],
    ['sma)20(', 'sma)20(', 'name(1)'],
    ['sma((20))', 'sma((20))', 'name(1)'],
    ['sma(20) rsi', 'sma(20) rsi', 'name(1)'],
    ['sma,', '', 'name'],
    [',', '', 'name'],
  ])('%j', (text, value, allowed) => {
    expect(fault(text).value).toBe(value);
    expect(fault(text).allowed).toContain(allowed);
    expect(fault(text).message).not.toBe('');
  });

  it('cuts what it repeats', () => {
    expect(fault('x'.repeat(900)).value).toHaveLength(64);
    expect(fault('x'.repeat(100_000)).value).toHaveLength(64);
  });
});

it('answers any text with specs that work or a fault', () => {
  const piece = fc.constantFrom('sma', 'macd', 'bollinger', '(', ')', ',', '20', '2.5', ' ', '-', 'é', '\0');
  const text = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.array(piece, { maxLength: 12 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (value) => {
      const parsed = parseIndicators(value);
      if ('fault' in parsed) {
        expect(parsed.fault.value.length).toBeLessThanOrEqual(64);
        return;
      }
      expect(parsed.specs.length).toBeLessThanOrEqual(10);
      for (const spec of parsed.specs) createIndicator(spec);
      expect(specs(parsed.specs.map((spec) => spec.id).join())).toEqual(parsed.specs);
    }),
    { numRuns: 2_000 },
  );
});

it('is quick on hostile text', () => {
  const started = process.hrtime.bigint();
  for (const text of ['('.repeat(1_000), 'a('.repeat(500), ','.repeat(1_000), 'sma(1,'.repeat(160)])
    parseIndicators(text);
  expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(500);
});

describe('the catalogue', () => {
  it('has names that stay apart in any case, and defaults within their own bounds', () => {
    expect(new Set(INDICATORS.map((d) => d.name.toLowerCase())).size).toBe(INDICATORS.length);
    for (const definition of INDICATORS) {
      const spec = indicatorSpec(
        definition,
        definition.params.map((param) => param.default),
      );
      expect(specs(definition.name)).toEqual([spec]);
      expect(specs(spec.id)).toEqual([spec]);
      expect(definition.definition).toMatch(/\.$/);
      expect(definition.firstIndex(spec.params)).toHaveLength(definition.outputs.length);
      expect(definition.warmUpBars(spec.params)).toBeGreaterThanOrEqual(
        Math.max(...definition.firstIndex(spec.params)),
      );
    }
  });

  it('has every row of the design', () => {
    const rows =
      'sma wma ema rma macd rsi stoch williamsR cci roc ao bollinger trueRange atr keltner donchian psar adx ichimoku obv adl cmf mfi vwap volumeSma dema tema trima hma ppo trix stochRsi momentum kst stdev zscore chandelier supertrend aroon vortex linregSlope realisedVol ulcer vpt chaikinOsc forceIndex massIndex vwma';
    expect(INDICATORS.map((d) => d.name).sort()).toEqual(rows.split(' ').sort());
  });
});
