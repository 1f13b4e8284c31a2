import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { iso } from './wire-provenance.ts';

describe('an instant on the wire', () => {
  it('reads as Date writes it, whatever was written before', () => {
    const instant = fc.oneof(
      fc.integer({ min: -62_000_000_000_000, max: 253_000_000_000_000 }),
      fc.integer({ min: -1_000_000, max: 4_200_000_000 }).map((minute) => minute * 60_000),
    );
    fc.assert(
      fc.property(instant, (ms) => expect(iso(ms)).toBe(new Date(ms).toISOString())),
      { numRuns: 2_000 },
    );
    expect(iso(null)).toBeNull();
  });

  it('is refused where there is none', () => {
    expect(() => iso(Number.NaN)).toThrow(RangeError);
    expect(() => iso(9e15)).toThrow(RangeError);
  });
});
