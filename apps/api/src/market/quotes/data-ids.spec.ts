import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DataIds } from './data-ids.ts';

describe('versions', () => {
  it('rise within a run and over runs, however many values the last run gave', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 20 }), fc.integer({ min: 1, max: 50 }), (fence, count) => {
        const run = new DataIds(fence);
        let last = 0;
        for (let i = 0; i < count; i++) {
          const next = run.next();
          expect(next).toBeGreaterThan(last);
          last = next;
        }
        expect(Number.isSafeInteger(last)).toBe(true);
        // The stored fence is raised by one at the next start.
        expect(new DataIds(run.fence() + 1).next()).toBeGreaterThan(last);
      }),
    );
  });

  it.each([0, -1, 1.5, 2 ** 21])('know no fence %d', (fence) => {
    expect(() => new DataIds(fence)).toThrow(RangeError);
  });
});
