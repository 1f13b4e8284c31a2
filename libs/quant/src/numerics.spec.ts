import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CompensatedSum, logRatio, medianInto, numericsFingerprint, sum } from './numerics.ts';

describe('logRatio', () => {
  it('keeps full precision for the move of one micro-unit at any price', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000, max: 2 ** 52 }), (price) => {
        const x = 1 / price;
        // Three terms of the series of ln(1 + x), exact to the last digits for x under 1e-3.
        const series = x - (x * x) / 2 + x ** 3 / 3 - x ** 4 / 4;
        expect(Math.abs(logRatio(price + 1, price) / series - 1)).toBeLessThan(1e-12);
      }),
    );
  });

  it('agrees with the difference of logarithms over the whole range of prices', () => {
    const price = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(price, price, (a, b) => {
        expect(Math.abs(logRatio(a, b) - (Math.log(a) - Math.log(b)))).toBeLessThan(1e-13);
        expect(logRatio(a, a)).toBe(0);
      }),
    );
  });
});

describe('compensated sums', () => {
  it('lose nothing where a plain sum loses everything', () => {
    const values = [1, 1e100, 1, -1e100];
    expect(values.reduce((a, b) => a + b)).toBe(0);
    expect(sum(values)).toBe(2);
  });

  it('tells what adding would give without adding', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 })),
        fc.double({ noNaN: true, min: -1e9, max: 1e9 }),
        (values, x) => {
          const total = new CompensatedSum();
          for (const v of values) total.add(v);
          const before = total.value;
          const foreseen = total.with(x);
          expect(total.value).toBe(before);
          total.add(x);
          expect(total.value).toBe(foreseen);
        },
      ),
    );
  });
});

it('takes the median of odd and even counts', () => {
  expect(medianInto(Float64Array.of(3, 1, 2, 99), 3)).toBe(2);
  expect(medianInto(Float64Array.of(4, 1, 2, 3), 4)).toBe(2.5);
  expect(medianInto(new Float64Array(4), 0)).toBeNaN();
});

it('has one fingerprint on the pinned engine', () => {
  // A change here means that stored decisions no longer replay bit for bit: look at the engine before the constant.
  expect(numericsFingerprint()).toBe('ebd6e4f3a9e5d6b9');
});
