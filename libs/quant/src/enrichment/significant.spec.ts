import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fourDigits } from './significant.ts';

describe('fourDigits', () => {
  it.each([
    [0.123_456, 0.1235],
    [-1.000_04, -1],
    [9_999.6, 10_000],
    [999.96, 1_000],
    [123_456, 123_500],
    [2.5e-7, 2.5e-7],
    [1e-13, 0],
    [-0, 0],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ])('%d is %d', (value, expected) => expect(fourDigits(value)).toBe(expected));

  it('is the nearest short decimal, odd, and stays when applied twice', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        fc.pre(Math.abs(value) > 1e-12 && Math.abs(value) < 1e300);
        const rounded = fourDigits(value);
        const reference = Number(value.toPrecision(4));
        // At an exact tie the two may take different neighbours; never one further away.
        expect(Math.abs(rounded - value)).toBeLessThanOrEqual(Math.abs(reference - value) * (1 + 1e-9));
        expect(Number(rounded.toPrecision(4))).toBeCloseTo(rounded, 15);
        expect(fourDigits(-value)).toBe(-rounded);
        expect(fourDigits(rounded)).toBe(rounded);
      }),
      { numRuns: 2_000 },
    );
  });

  it('prints at most four digits in the range that quotes have', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: 1e-4, max: 9_999 }), (value) => {
        expect(String(fourDigits(value)).replace(/^0\.0*|[.]/g, '').length).toBeLessThanOrEqual(4);
      }),
      { numRuns: 1_000 },
    );
  });
});
