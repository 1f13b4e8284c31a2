import { describe, expect, it } from '@jest/globals';
import type { Bar } from '@ziggy/domain';
import fc from 'fast-check';
import { Venues } from '../../market/calendar/venues.ts';
import { cursorOf, readCursor } from './bars-cursor.ts';
import { findGaps, reachBack } from '../history/gaps.ts';

const venues = new Venues();

describe('a cursor', () => {
  it('is read back by its own query and by no other', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 4e12 }), fc.string(), fc.string(), (before, mine, other) => {
        const cursor = cursorOf(before, ['sim', mine]);
        expect(readCursor(cursor, ['sim', mine])).toBe(before);
        if (other !== mine) expect(readCursor(cursor, ['sim', other])).toBeNull();
      }),
    );
  });

  it('is refused whatever else it is', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => expect(readCursor(text, ['sim'])).toBeNull()));
  });
});

describe('gaps', () => {
  it('are exactly the expected bars that are missing', () => {
    const open = Date.UTC(2026, 10, 27, 14, 30);
    const close = Date.UTC(2026, 10, 27, 18);
    const sessions = venues.sessions('XNYS', open - 86_400_000, close + 3 * 86_400_000);
    expect(sessions.map(({ date }) => date)).toEqual(['2026-11-27', '2026-11-30']);
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 41 })), (missing) => {
        const bars = Array.from({ length: 42 }, (_, i) => i)
          .filter((i) => !missing.includes(i))
          .map((i) => ({ openTime: open + i * 300_000 }) as Bar);
        const found = findGaps(bars, sessions, '5m', open, close);
        expect([found.expected, found.present]).toEqual([42, 42 - missing.length]);
        const covered = found.gaps.flatMap(({ from, to }) =>
          Array.from({ length: (to - from) / 300_000 }, (_, i) => (from - open) / 300_000 + i),
        );
        expect(covered).toEqual([...missing].sort((a, b) => a - b));
      }),
    );
  });
});

describe('reaching back', () => {
  it.each([
    ['XNYS', 5],
    ['24x7', 7],
    ['FX24x5', 5],
  ] as const)('finds room for as many bars as asked on %s, without going back for ages', (id, perWeek) => {
    fc.assert(
      fc.property(
        fc.constantFrom('1m', '5m', '15m', '1h', '1d' as const),
        fc.integer({ min: 1, max: 1_500 }),
        fc.integer({ min: Date.UTC(2019, 0, 5), max: Date.UTC(2030, 0) }),
        (interval, count, to) => {
          const session = venues.windows(id).session(to);
          const from = reachBack(to, interval, count, (session?.closeTime ?? 0) - (session?.openTime ?? 0), perWeek);
          const fits = venues
            .sessions(id, from, to)
            .filter(({ open, close }) => open >= from && close <= to)
            .reduce(
              (sum, { open, close }) =>
                sum +
                (interval === '1d'
                  ? 1
                  : Math.ceil((close - open) / { '1m': 6e4, '5m': 3e5, '15m': 9e5, '1h': 36e5 }[interval])),
              0,
            );
          expect(fits).toBeGreaterThanOrEqual(count);
        },
      ),
      { numRuns: 40 },
    );
  });
});
