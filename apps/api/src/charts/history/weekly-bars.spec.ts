import { describe, expect, it } from '@jest/globals';
import { calendarOf } from '@ziggy/domain';
import type { Bar, CalendarId, Session } from '@ziggy/domain';
import { aBar } from '../../../test/market-testing.ts';
import { weeklyBars, weeksOf } from './weekly-bars.ts';

const FROM = Date.UTC(2024, 11, 16);
const TO = Date.UTC(2026, 11, 14);

/** A daily bar of each session; prices wander so that every field of a week comes from another day. */
function days(calendar: CalendarId, from = FROM, to = TO): Bar[] {
  const sessions = calendarOf(calendar).between(dateOf(from), dateOf(to));
  return sessions.map(({ open, close }, i) => {
    const c = 100 + ((i * 7) % 23);
    const more = { o: (c - 2) * 1e6, h: (c + 5 + (i % 3)) * 1e6, l: (c - 9 - (i % 4)) * 1e6, volume: 10 + i };
    return aBar('AAA', '1d', open, close, c, more);
  });
}

const dateOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** The slow way: every session walked by its date, a week ends where the weekday falls. */
function slowly(calendar: CalendarId, daily: readonly Bar[]) {
  const byOpen = new Map(daily.map((bar) => [bar.openTime, bar]));
  const groups: { sessions: Session[]; bars: Bar[] }[] = [];
  let before = 7;
  for (const session of calendarOf(calendar).between(dateOf(FROM), dateOf(TO))) {
    const weekday = (new Date(`${session.date}T00:00:00Z`).getUTCDay() + 6) % 7;
    if (weekday <= before) groups.push({ sessions: [], bars: [] });
    before = weekday;
    groups.at(-1)?.sessions.push(session);
    const bar = byOpen.get(session.open);
    if (bar !== undefined) groups.at(-1)?.bars.push(bar);
  }
  return groups.map(({ sessions, bars }) => ({
    openTime: sessions[0]?.open,
    closeTime: sessions.at(-1)?.close,
    o: bars[0]?.o,
    h: bars.map(({ h }) => h).sort((a, b) => b - a)[0],
    l: bars.map(({ l }) => l).sort((a, b) => a - b)[0],
    c: bars.at(-1)?.c,
    volume: bars.reduce((sum, { volume }) => sum + (volume as number), 0),
  }));
}

describe('weekly bars', () => {
  it.each(['XNYS', 'XLON', 'XETR', '24x7', 'FX24x5'] as const)(
    'of %s are what the slow way makes of two years of days, holidays and clock changes included',
    (calendar) => {
      const daily = days(calendar);
      const weeks = weeksOf(calendarOf(calendar), FROM, TO);
      const bars = weeklyBars(daily, weeks, TO + 30 * 86_400_000);
      const slow = slowly(calendar, daily);
      expect(bars.length).toBeGreaterThan(100);
      // The last week is cut off by the range of the days.
      expect(bars.slice(0, -1)).toMatchObject(slow.slice(0, bars.length - 1));
      expect(bars.slice(0, -1).every(({ complete, flags }) => complete && flags.length === 0)).toBe(true);
    },
  );

  it('hold the four days of a week with a holiday, and end with an early close', () => {
    const thanksgiving = weeksOf(calendarOf('XNYS'), Date.UTC(2026, 10, 25), Date.UTC(2026, 10, 26));
    expect(thanksgiving.map(({ open, close, sessions }) => [dateOf(open), close, sessions.length])).toEqual([
      ['2026-11-23', Date.UTC(2026, 10, 27, 18), 4],
    ]);
  });

  it('still form until the last session is over, from the days so far', () => {
    const daily = days('XNYS', Date.UTC(2026, 2, 2), Date.UTC(2026, 2, 4));
    const now = Date.UTC(2026, 2, 4, 22);
    const [bar] = weeklyBars(daily, weeksOf(calendarOf('XNYS'), daily[0]!.openTime, now), now);
    expect(bar).toMatchObject({ complete: false, flags: [], c: daily[2]!.c, closeTime: Date.UTC(2026, 2, 6, 21) });
  });

  it('are partial where a day is missing, and have no volume where a day has none', () => {
    const daily = days('XNYS', Date.UTC(2026, 2, 2), Date.UTC(2026, 2, 6));
    const weeks = weeksOf(calendarOf('XNYS'), daily[0]!.openTime, daily[4]!.closeTime);
    const [lost] = weeklyBars(daily.toSpliced(2, 1), weeks, Date.UTC(2026, 2, 7));
    expect(lost).toMatchObject({ complete: true, flags: ['partial'] });
    const [unknown] = weeklyBars(daily.with(1, { ...daily[1]!, volume: null }), weeks, Date.UTC(2026, 2, 7));
    expect(unknown).toMatchObject({ volume: null, flags: [] });
    expect(weeklyBars([], weeks, Date.UTC(2026, 2, 7))).toEqual([]);
  });

  it('have the worst kind and the latest knowledge of their days', () => {
    const daily = days('XNYS', Date.UTC(2026, 2, 2), Date.UTC(2026, 2, 6)).map((bar, i) => ({
      ...bar,
      kind: i === 1 ? ('delayed' as const) : ('live' as const),
      availableAt: bar.closeTime + (i === 3 ? 10 * 86_400_000 : 0),
    }));
    const [bar] = weeklyBars(daily, weeksOf(calendarOf('XNYS'), FROM, TO), TO);
    expect(bar).toMatchObject({ kind: 'delayed', availableAt: daily[3]!.availableAt });
  });

  it('end with the years of the calendars', () => {
    const weeks = weeksOf(calendarOf('XNYS'), 0, Date.UTC(2100, 0, 1));
    expect([dateOf(weeks[0]!.open), dateOf(weeks.at(-1)!.close)]).toEqual(['2000-01-03', '2050-12-23']);
  });
});
