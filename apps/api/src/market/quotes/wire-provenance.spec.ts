import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { iso } from './wire-provenance.ts';

it('writes every instant as the language itself does (property)', () => {
  const instant = fc.oneof(
    fc.integer({ min: Date.UTC(1960, 0), max: Date.UTC(2051, 0) }),
    fc.integer({ min: Date.UTC(2026, 2, 4), max: Date.UTC(2026, 2, 4) + 600_000 }),
  );
  fc.assert(
    fc.property(fc.array(instant, { maxLength: 50 }), (instants) => {
      for (const ms of instants) expect(iso(ms)).toBe(new Date(ms).toISOString());
    }),
  );
  expect(iso(null)).toBeNull();
});
