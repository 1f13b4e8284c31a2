import { describe, expect, it } from '@jest/globals';
import { computeIndicators } from './compute.ts';
import { parseIndicators } from './parse.ts';

/** Values worked out on paper for the indicators that public libraries define otherwise. */
describe('by hand', () => {
  const bar = (h: number, l: number, c: number) => ({ o: c, h, l, c, v: 1 });
  const of = (text: string, bars: readonly ReturnType<typeof bar>[]) => {
    const parsed = parseIndicators(text);
    if (!('specs' in parsed)) throw new Error(parsed.fault.message);
    return computeIndicators(parsed.specs, bars)[parsed.specs[0]!.id]!;
  };
  const closes = (...values: number[]) => values.map((c) => bar(c, c, c));
  const expectValues = (actual: (number | null)[] | undefined, expected: (number | null)[]): void => {
    expect(actual?.map((value) => (value === null ? null : Math.round(value * 1e9) / 1e9))).toEqual(
      expected.map((value) => (value === null ? null : Math.round(value * 1e9) / 1e9)),
    );
  };

  it('hma(4)', () => {
    // wma(2): 5/3, 10/3, 20/3, 40/3 from the second close on; wma(4): 4.9, 9.8 at the last two.
    // 2 wma(2) − wma(4) = 8.4333…, 16.8666…; their wma(2) is (8.4333… + 2 × 16.8666…) ÷ 3.
    expectValues(of('hma(4)', closes(1, 2, 4, 8, 16))['value'], [null, null, null, null, 14.055555556]);
  });

  it('momentum(2)', () => {
    expectValues(of('momentum(2)', closes(1, 3, 6, 10))['value'], [null, null, 5, 7]);
  });

  it('stochRsi(2,2,1,1)', () => {
    // Gains .5, 1.25, .625 and losses .5, .25, .625 give rsi 50, 83.33, 50: the highest of two, then the lowest.
    const values = of('stochRsi(2,2,1,1)', closes(10, 11, 10, 12, 11));
    for (const name of ['raw', 'k', 'd']) expectValues(values[name], [null, null, null, 100, 0]);
  });

  it('supertrend(1,1)', () => {
    // Bar 1: true range 2 round 10 gives 12 and 8, close 10 begins up: 8.
    // Bar 2: 3 round 8; the upper band narrows to 11, the lower stays 8 and is crossed by 7: down, 11.
    // Bar 3: 2 round 7; the upper narrows to 9, the lower may fall to 5 since it was crossed; close 8 stays under 9.
    // Bar 4: 4 round 11; the upper stays 9 and is crossed by 12: up, at the lower band 7.
    const values = of('supertrend(1,1)', [bar(10, 8, 9), bar(11, 9, 10), bar(9, 7, 7), bar(8, 6, 8), bar(12, 10, 12)]);
    expectValues(values['value'], [null, 8, 11, 9, 7]);
    expectValues(values['direction'], [null, 1, -1, -1, 1]);
  });

  it('aroon(2)', () => {
    const values = of('aroon(2)', [bar(1, 0, 1), bar(3, 1, 2), bar(2, 0, 1), bar(3, 2, 3), bar(1, 0, 1)]);
    expectValues(values['up'], [null, null, 50, 100, 50]);
    expectValues(values['down'], [null, null, 100, 50, 100]);
  });
});
