import { describe, expect, it } from '@jest/globals';
import type { Bar } from '@ziggy/domain';
import { Venues } from '../market/calendar/venues.ts';
import { volumeCurve } from './volume-curve.ts';

const venues = new Venues();
const sessions = venues.sessions('XNYS', Date.UTC(2026, 1, 1), Date.UTC(2026, 2, 7));

function barsOf(volume: (session: number, bin: number) => number | null, length = 300_000): Bar[] {
  return sessions.flatMap(({ open, close }, s) =>
    Array.from({ length: (close - open) / length }, (_, i) => ({
      openTime: open + i * length,
      closeTime: open + (i + 1) * length,
      volume: volume(s, i),
      complete: true,
    })),
  ) as Bar[];
}

describe('the volume curve', () => {
  it('is the mean of what was traded by each edge of the session over the last twenty', () => {
    const curve =
      volumeCurve(
        barsOf((s, bin) => (s < sessions.length - 20 ? 1_000_000 : bin + (s % 2))),
        sessions,
      ) ?? [];
    expect(curve).toHaveLength(79);
    expect(curve[0]).toBe(0);
    for (let edge = 1; edge <= 78; edge++) expect(curve[edge]).toBeCloseTo((edge * (edge - 1)) / 2 + edge / 2, 6);
  });

  it('is straight between the ends of bars that are longer than its parts', () => {
    const curve =
      volumeCurve(
        barsOf(() => 390, 3_900_000),
        sessions,
      ) ?? [];
    for (let edge = 0; edge <= 78; edge++) expect(curve[edge]).toBeCloseTo(edge * 30, 6);
  });

  it('is unknown without volume or with too few whole sessions', () => {
    expect(
      volumeCurve(
        barsOf(() => null),
        sessions,
      ),
    ).toBeNull();
    expect(
      volumeCurve(
        barsOf(() => 1),
        sessions.slice(-9),
      ),
    ).toBeNull();
    expect(volumeCurve([], sessions)).toBeNull();
  });
});
