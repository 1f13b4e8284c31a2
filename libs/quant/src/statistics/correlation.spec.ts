import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { returnCorrelation } from './correlation.ts';

const closes = (values: readonly number[], first = 0) => new Map(values.map((value, i) => [first + i, value]));
const walk = fc.array(fc.double({ min: 1, max: 1_000, noNaN: true }), { minLength: 25, maxLength: 60 });

describe('the correlation of returns', () => {
  it('is 1 with itself, whatever the scale, and -1 with the inverse', () => {
    fc.assert(
      fc.property(walk, fc.double({ min: 0.1, max: 10, noNaN: true }), (values, scale) => {
        fc.pre(new Set(values).size > 1);
        const self = returnCorrelation(closes(values), closes(values.map((v) => v * scale)), 504, 20);
        expect(self.r).toBeCloseTo(1, 6);
        expect(self.n).toBe(values.length - 1);
        expect(returnCorrelation(closes(values), closes(values.map((v) => 1 / v)), 504, 20).r).toBeCloseTo(-1, 6);
      }),
    );
  });

  it('is symmetric and stays within -1 and 1', () => {
    fc.assert(
      fc.property(walk, walk, (a, b) => {
        const ab = returnCorrelation(closes(a), closes(b), 504, 20);
        const ba = returnCorrelation(closes(b), closes(a), 504, 20);
        expect(ab.n).toBe(ba.n);
        if (ab.r === null || ba.r === null) expect(ab.r).toBe(ba.r);
        else {
          expect(ab.r).toBeCloseTo(ba.r, 12);
          expect(Math.abs(ab.r)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('equals the textbook value', () => {
    // Returns ln 2, ln 2, -ln 2 against ln 2, -ln 2, ln 2: covariance -1/3, variances 8/9 (in units of ln 2 squared).
    const a = closes([1, 2, 4, 2]);
    const b = closes([1, 2, 1, 2]);
    expect(returnCorrelation(a, b, 504, 3)).toEqual({ r: expect.closeTo(-0.5, 12), n: 3 });
  });

  it('is taken over the shared bars only, the newest of them', () => {
    const stock = new Map(
      [...closes(Array.from({ length: 60 }, (_, i) => 100 + Math.sin(i)))].filter(([i]) => i % 7 < 5),
    );
    const coin = closes(Array.from({ length: 60 }, (_, i) => (100 + Math.sin(i)) * 3));
    expect(returnCorrelation(stock, coin, 504, 20)).toEqual({ r: expect.closeTo(1, 9), n: stock.size - 1 });
    expect(returnCorrelation(stock, coin, 25, 20).n).toBe(25);
  });

  it('is null with too few pairs and for what never moves', () => {
    const some = Array.from({ length: 30 }, (_, i) => 10 + (i % 3));
    expect(returnCorrelation(closes(some), closes(some.slice(0, 20)), 504, 20)).toEqual({ r: null, n: 19 });
    expect(returnCorrelation(closes(some), closes(some.map(() => 5)), 504, 20)).toEqual({ r: null, n: 29 });
    expect(returnCorrelation(closes(some), closes(some, 1_000), 504, 20)).toEqual({ r: null, n: 0 });
  });
});
