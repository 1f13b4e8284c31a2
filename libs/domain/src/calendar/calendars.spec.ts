import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DomainError } from '../errors.ts';
import type { Interval } from '../interval.ts';
import type { CalendarId, Phase } from '../market.ts';
import { CALENDAR_IDS } from '../market.ts';
import { calendarOf } from './calendars.ts';
import { civilDate, dayNumber, formatDate, parseDate } from './civil.ts';
import { localDay, zoneOffset } from './zones.ts';

const MINUTE = 60_000;
const xnys = calendarOf('XNYS');
const xlon = calendarOf('XLON');
const xetr = calendarOf('XETR');
const fx = calendarOf('FX24x5');
const crypto = calendarOf('24x7');
const utc = (text: string) => Date.parse(`${text}Z`);

/** An independent reading of wall clocks: what `Intl` prints. */
function wall(zone: string) {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  return (at: number) => {
    const parts = new Map(format.formatToParts(at).map((part) => [part.type, part.value]));
    return {
      date: `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`,
      weekday: parts.get('weekday') as string,
      minutes: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
    };
  };
}

describe('civil dates', () => {
  it('agree with Date.UTC for every day of 1999-2051', () => {
    const wrong: string[] = [];
    for (let day = dayNumber(1999, 1, 1); day < dayNumber(2052, 1, 1); day++) {
      const text = new Date(day * 86_400_000).toISOString().slice(0, 10);
      const { year, month, day: ofMonth } = civilDate(day);
      if (formatDate(day) !== text || dayNumber(year, month, ofMonth) !== day) wrong.push(text);
    }
    expect(wrong).toEqual([]);
  });

  it.each(['2026-02-30', '2026-13-01', '26-01-01', '2026-1-1', '2026-01-01T00:00', '', '../etc', '2026-01-01 '])(
    'refuse %p',
    (text) => expect(() => parseDate(text)).toThrow(DomainError),
  );
});

describe('zones', () => {
  it.each(['America/New_York', 'Europe/London', 'Europe/Berlin'] as const)(
    '%s changes its clocks when Intl does, every half hour around every change 2000-2050',
    (zone) => {
      const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
      const offsetOf = (at: number) => {
        const text = format.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value as string;
        const found = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(text) as RegExpExecArray;
        return found[1] ? (found[1] === '-' ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3])) : 0;
      };
      const wrong: string[] = [];
      const check = (at: number) => {
        if (zoneOffset(zone, at) !== offsetOf(at)) wrong.push(new Date(at).toISOString());
      };
      for (let day = dayNumber(2000, 1, 1); day < dayNumber(2051, 1, 1); day++) {
        const midnight = day * 86_400_000;
        check(midnight);
        if (offsetOf(midnight) === offsetOf(midnight + 86_400_000)) continue;
        for (let at = midnight; at <= midnight + 86_400_000; at += 30 * MINUTE) {
          check(at);
          check(at - 1);
        }
      }
      expect(wrong).toEqual([]);
    },
  );
});

describe('XNYS', () => {
  it('has exactly the sessions of the recorded S&P 500 series, 2000-01-03 to 2020-04-17', () => {
    const file = new URL('../../../../node_modules/vega-datasets/data/sp500-2000.csv', import.meta.url);
    const recorded = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.slice(0, 10));
    const ours = xnys.between('2000-01-01', '2020-04-17').map((session) => session.date);
    expect(recorded).toHaveLength(5105);
    expect(ours).toEqual(recorded);
  });

  it.each([
    ...['2000-07-03', '2000-11-24', '2001-12-24', '2002-07-05', '2002-12-24', '2003-12-26', '2004-11-26', '2006-07-03'],
    ...['2008-12-24', '2009-11-27', '2012-07-03', '2012-12-24', '2013-07-03', '2013-11-29', '2014-07-03', '2014-12-24'],
    ...['2015-11-27', '2015-12-24', '2017-07-03', '2018-07-03', '2018-12-24', '2019-07-03', '2019-11-29', '2020-12-24'],
    ...['2021-11-26', '2023-07-03', '2024-07-03', '2024-12-24', '2025-07-03', '2025-11-28', '2026-11-27', '2026-12-24'],
  ])('closes at 13:00 New York on %s', (date) => {
    const session = xnys.session(date);
    expect(session?.halfDay).toBe(true);
    expect(wall('America/New_York')(session!.close).minutes).toBe(13 * 60);
    expect((session!.close - session!.open) / MINUTE).toBe(210);
  });

  it.each([
    '2002-07-03',
    '2004-07-02',
    '2004-12-23',
    '2010-12-23',
    '2010-12-31',
    '2016-07-01',
    '2021-07-02',
    '2026-07-02',
  ])('trades a full day on %s', (date) => expect(xnys.session(date)).toMatchObject({ halfDay: false }));

  it.each([
    ['2026-07-03', 'Independence Day'],
    ['2026-04-03', 'Good Friday'],
    ['2022-06-20', 'Juneteenth'],
    ['2027-06-18', 'Juneteenth'],
    ['2021-12-24', 'Christmas Day'],
    ['2022-12-26', 'Christmas Day'],
    ['2023-01-02', "New Year's Day"],
    ['2026-01-19', 'Martin Luther King Jr. Day'],
    ['2026-02-16', "Washington's Birthday"],
    ['2026-05-25', 'Memorial Day'],
    ['2026-09-07', 'Labor Day'],
    ['2026-11-26', 'Thanksgiving Day'],
    ['2012-10-29', 'Hurricane Sandy'],
    ['2025-01-09', 'Day of mourning for President Carter'],
    ['2026-03-07', 'Weekend'],
  ])('is closed on %s: %s', (date, reason) => {
    expect(xnys.isSession(date)).toBe(false);
    expect(xnys.session(date)).toBeNull();
    expect(xnys.reason(date)).toBe(reason);
  });

  it('trades on the Friday before a Saturday New Year, and on 19 June until 2021', () => {
    expect(xnys.isSession('2021-12-31')).toBe(true);
    expect(xnys.isSession('2010-12-31')).toBe(true);
    expect(xnys.isSession('2020-06-19')).toBe(true);
  });

  it('serves XNAS with the same sessions', () => expect(calendarOf('XNAS')).toBe(xnys));
});

describe('XLON and XETR', () => {
  it.each([
    ...['2002-06-03', '2002-06-04', '2011-04-29', '2012-06-04', '2012-06-05', '2020-05-08', '2022-06-02', '2022-06-03'],
    ...['2022-09-19', '2023-05-08', '2021-12-27', '2021-12-28', '2022-12-26', '2022-12-27', '2020-12-28', '2022-01-03'],
    ...['2023-01-02', '2026-04-03', '2026-04-06', '2026-05-04', '2026-05-25', '2026-08-31', '2026-12-25', '2026-12-28'],
  ])('London is closed on %s', (date) => expect(xlon.isSession(date)).toBe(false));

  it.each(['2002-05-27', '2012-05-28', '2020-05-04', '2022-05-30', '2023-12-27', '2026-12-29'])(
    'London trades on %s',
    (date) => expect(xlon.isSession(date)).toBe(true),
  );

  it.each(['2026-12-24', '2026-12-31', '2022-12-23', '2022-12-30', '2023-12-22', '2023-12-29'])(
    'London closes at 12:30 on %s',
    (date) => {
      const session = xlon.session(date);
      expect(session?.halfDay).toBe(true);
      expect(wall('Europe/London')(session!.close).minutes).toBe(750);
    },
  );

  it.each([
    '2026-01-01',
    '2026-04-03',
    '2026-04-06',
    '2026-05-01',
    '2026-12-24',
    '2026-12-25',
    '2026-12-31',
    '2007-05-28',
    '2015-05-25',
    '2021-05-24',
    '2014-10-03',
    '2017-10-31',
  ])('Frankfurt is closed on %s', (date) => expect(xetr.isSession(date)).toBe(false));

  it.each(['2022-06-06', '2014-06-09', '2022-10-03', '2016-10-31', '2026-05-25'])('Frankfurt trades on %s', (date) =>
    expect(xetr.isSession(date)).toBe(true),
  );

  it.each(['2026-12-30', '2023-12-29', '2022-12-30', '2010-12-30'])('Frankfurt closes at 14:00 on %s', (date) =>
    expect(wall('Europe/Berlin')(xetr.session(date)!.close).minutes).toBe(840),
  );

  it('opens in local time across the change of clocks', () => {
    expect(xlon.session('2026-03-27')!.open).toBe(utc('2026-03-27T08:00:00'));
    expect(xlon.session('2026-03-30')!.open).toBe(utc('2026-03-30T07:00:00'));
    expect(xetr.session('2026-10-23')!.close).toBe(utc('2026-10-23T15:30:00'));
    expect(xetr.session('2026-10-26')!.close).toBe(utc('2026-10-26T16:30:00'));
  });
});

describe('phaseAt', () => {
  // Expected phases from Intl's reading of the wall clock: nothing of our own zone rules is used.
  const expected: Record<CalendarId, (w: ReturnType<ReturnType<typeof wall>>) => Phase> = {
    XNYS: ({ weekday, minutes }) => {
      if (weekday === 'Sat' || weekday === 'Sun' || minutes < 240 || minutes >= 1200) return 'closed';
      return minutes < 570 ? 'pre' : minutes < 960 ? 'open' : 'post';
    },
    XLON: ({ weekday, minutes }) =>
      weekday !== 'Sat' && weekday !== 'Sun' && minutes >= 480 && minutes < 990 ? 'open' : 'closed',
    XETR: ({ weekday, minutes }) =>
      weekday !== 'Sat' && weekday !== 'Sun' && minutes >= 540 && minutes < 1050 ? 'open' : 'closed',
    '24x7': () => 'open',
    FX24x5: ({ weekday, minutes }) => {
      if (weekday === 'Sat' || (weekday === 'Fri' && minutes >= 1020) || (weekday === 'Sun' && minutes < 1020))
        return 'closed';
      return 'open';
    },
  };

  // Weeks that hold a US or an EU change, none with a holiday.
  const weeks = ['2026-03-05', '2026-03-26', '2026-10-22', '2026-10-29'];
  it.each(CALENDAR_IDS.flatMap((id) => weeks.map((week) => [id, week] as const)))(
    '%s is right at every minute of the week from %s',
    (id, week) => {
      const calendar = calendarOf(id);
      const read = wall(calendar.timezone);
      const start = utc(`${week}T00:00:00`);
      const wrong: string[] = [];
      for (let at = start; at < start + 8 * 86_400_000; at += MINUTE) {
        // Good Friday 2026-04-03 closes Europe; it ends the last week.
        const clock = read(at);
        const want = id !== '24x7' && id !== 'FX24x5' && clock.date === '2026-04-03' ? 'closed' : expected[id](clock);
        if (calendar.phaseAt(at) !== want)
          wrong.push(`${new Date(at).toISOString()} ${calendar.phaseAt(at)} not ${want}`);
      }
      expect(wrong).toEqual([]);
    },
  );

  it('does not depend on the order of questions', () => {
    const from = utc('2026-02-27T00:00:00');
    fc.assert(
      fc.property(
        fc.constantFrom(...CALENDAR_IDS),
        fc.array(fc.integer({ min: from, max: from + 60 * 86_400_000 }), { minLength: 2, maxLength: 20 }),
        (id, instants) => {
          const calendar = calendarOf(id);
          const jumped = instants.map((at) => calendar.phaseAt(at));
          const fresh = instants.map((at) => {
            calendar.phaseAt(utc('2010-06-01T00:00:00')); // drops the remembered stretch
            return calendar.phaseAt(at);
          });
          expect(jumped).toEqual(fresh);
        },
      ),
    );
  });

  it('ends pre and post trading earlier where a half day does', () => {
    expect(xnys.phaseAt(utc('2026-11-27T17:59:59.999'))).toBe('open');
    expect(xnys.phaseAt(utc('2026-11-27T18:00:00'))).toBe('post');
    expect(xnys.phaseAt(utc('2026-11-27T22:00:00'))).toBe('closed');
  });

  it('is cheap enough to ask for every tick', () => {
    const start = utc('2026-03-05T00:00:00');
    const began = performance.now();
    for (let i = 0; i < 1_000_000; i++) xnys.phaseAt(start + i * 600);
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

describe('sessions as a sequence', () => {
  it('steps, counts and lists alike', () => {
    const dates = xnys.between('2026-01-01', '2026-12-31').map((session) => session.date);
    expect(dates).toHaveLength(251);
    fc.assert(
      fc.property(fc.nat(dates.length - 1), fc.nat(dates.length - 1), (a, b) => {
        expect(xnys.addSessions(dates[a]!, b - a).date).toBe(dates[b]);
      }),
    );
    expect(xnys.next('2026-07-02').date).toBe('2026-07-06');
    expect(xnys.previous('2026-07-06').date).toBe('2026-07-02');
    expect(xnys.addSessions('2026-07-03', 0).date).toBe('2026-07-06');
    expect(xnys.between('2026-07-06', '2026-07-02')).toEqual([]);
  });

  it('finds the session of an instant, the last that opened and the next to open', () => {
    const friday = xnys.session('2026-07-02')!;
    expect(xnys.sessionAt(friday.preOpen)).toBe(friday);
    expect(xnys.sessionAt(friday.postClose)).toBeNull();
    expect(xnys.lastOpened(utc('2026-07-05T12:00:00'))).toBe(friday);
    expect(xnys.lastOpened(friday.open - 1).date).toBe('2026-07-01');
    expect(xnys.lastOpened(friday.open)).toBe(friday);
    expect(xnys.nextOpening(friday.open).date).toBe('2026-07-06');
    expect(xnys.nextOpening(friday.open - 1)).toBe(friday);
    expect(fx.lastOpened(utc('2026-07-05T22:00:00')).date).toBe('2026-07-06');
    expect(fx.sessionAt(utc('2026-07-05T21:00:00'))?.date).toBe('2026-07-06');
    expect(crypto.sessionAt(utc('2026-07-05T00:00:00'))?.date).toBe('2026-07-05');
    expect(fx.dateAt(utc('2026-07-05T03:00:00'))).toBe('2026-07-04');
  });

  it('counts open minutes as a sum over minutes does', () => {
    const from = utc('2026-11-20T00:00:00');
    const span = 14 * 86_400_000;
    fc.assert(
      fc.property(fc.constantFrom(...CALENDAR_IDS), fc.nat(span / MINUTE), fc.nat(3000), (id, start, length) => {
        const calendar = calendarOf(id);
        const begin = from + start * MINUTE;
        let minutes = 0;
        for (let at = begin; at < begin + length * MINUTE; at += MINUTE) if (calendar.phaseAt(at) === 'open') minutes++;
        expect(calendar.openMinutesBetween(begin, begin + length * MINUTE)).toBe(minutes);
      }),
      { numRuns: 60 },
    );
    const half = xnys.session('2026-11-27')!;
    expect(xnys.openMinutesBetween(half.open + 30_000, half.open + 90_000)).toBe(1);
    expect(xnys.openMinutesBetween(half.close, half.open)).toBe(0);
  });

  it.each(CALENDAR_IDS)('counts the open minutes of %s over decades like the sum of its sessions', (id) => {
    const calendar = calendarOf(id);
    const sessions = calendar.between('2004-06-30', '2031-03-02');
    const sum = sessions.reduce((minutes, session) => minutes + (session.close - session.open) / MINUTE, 0);
    expect(calendar.openMinutesBetween(sessions[0]!.open, sessions.at(-1)!.close)).toBe(sum);
    const evening = utc('2003-12-31T23:30:00');
    const part = calendar.openMinutesBetween(evening, utc('2004-01-10T00:00:00'));
    expect(calendar.openMinutesBetween(evening, utc('2006-01-10T00:00:00'))).toBe(
      part + calendar.openMinutesBetween(utc('2004-01-10T00:00:00'), utc('2006-01-10T00:00:00')),
    );
  });
});

describe('barBounds', () => {
  function barsOf(id: CalendarId, date: string, interval: Interval): [number, number][] {
    const calendar = calendarOf(id);
    const session = calendar.session(date)!;
    const found: [number, number][] = [];
    for (let at = session.open; at < session.close;) {
      const bounds = calendar.barBounds(interval, at)!;
      expect(bounds.openTime).toBe(at);
      found.push([bounds.openTime, bounds.closeTime]);
      expect(calendar.barBounds(interval, bounds.closeTime - 1)).toEqual(bounds);
      at = bounds.closeTime;
    }
    expect(found).toHaveLength(calendar.barCount(interval, session));
    expect(found.at(-1)![1]).toBe(session.close);
    return found;
  }

  it.each([
    ['XNYS', '2026-03-09', [390, 78, 26, 7, 1]],
    ['XNYS', '2026-11-27', [210, 42, 14, 4, 1]],
    ['XNYS', '2026-12-24', [210, 42, 14, 4, 1]],
    ['24x7', '2026-03-08', [1440, 288, 96, 24, 1]],
    ['FX24x5', '2026-03-09', [1440, 288, 96, 24, 1]],
    ['XLON', '2026-03-30', [510, 102, 34, 9, 1]],
    ['XETR', '2026-10-26', [510, 102, 34, 9, 1]],
  ] as const)('%s has on %s the bars %p', (id, date, counts) => {
    const intervals = ['1m', '5m', '15m', '1h', '1d'] as const;
    expect(intervals.map((interval) => barsOf(id, date, interval).length)).toEqual([...counts]);
  });

  it('anchors hours at the open: 09:30 ... 15:30 short', () => {
    const read = wall('America/New_York');
    const hours = barsOf('XNYS', '2026-03-09', '1h');
    expect(hours.map(([open]) => read(open).minutes)).toEqual([570, 630, 690, 750, 810, 870, 930]);
    expect(hours[6]![1] - hours[6]![0]).toBe(30 * MINUTE);
  });

  it('keeps FX days at 24 hours, since clocks change at the weekend, and has no bar outside trading', () => {
    const monday = fx.session('2026-03-09')!; // opens Sunday 17:00 after the change
    expect((monday.close - monday.open) / MINUTE).toBe(1440);
    expect(fx.barBounds('1m', utc('2026-03-07T12:00:00'))).toBeNull();
    expect(xnys.barBounds('1m', utc('2026-03-09T13:29:59.999'))).toBeNull();
    expect(xnys.barBounds('1m', utc('2026-03-09T20:00:00'))).toBeNull();
  });
});

describe('bounds', () => {
  it('refuses years without rules and unknown venues by name', () => {
    for (const ask of [
      () => xnys.session('1999-12-31'),
      () => xnys.session('2051-01-01'),
      () => xnys.previous('2000-01-03'),
      () => xnys.next('2050-12-30'),
      () => xnys.phaseAt(utc('1999-12-31T12:00:00')),
      () => xnys.phaseAt(Number.NaN),
      () => xnys.phaseAt(Number.POSITIVE_INFINITY),
      () => xnys.between('1990-01-01', '2001-01-01'),
      () => xnys.openMinutesBetween(0, utc('2001-01-01T00:00:00')),
      () => calendarOf('XTKS' as CalendarId),
      () => calendarOf('constructor' as CalendarId),
    ]) {
      expect(ask).toThrow(DomainError);
    }
    expect(() => xnys.session('1999-12-31')).toThrow('The XNYS calendar covers 2000 to 2050; 1999-12-31 is outside.');
    expect(xnys.phaseAt(utc('2050-12-31T23:00:00'))).toBe('closed');
    expect(crypto.session('2050-12-31')).not.toBeNull();
  });
});

describe('host zone', () => {
  const script = `
    const { calendarOf } = await import(${JSON.stringify(new URL('./calendars.ts', import.meta.url).href)});
    const rows = [];
    for (const id of ['XNYS', 'XLON', 'XETR', '24x7', 'FX24x5']) {
      const calendar = calendarOf(id);
      for (const session of calendar.between('2026-02-27', '2026-04-10')) rows.push(JSON.stringify(session));
      for (let at = Date.UTC(2026, 9, 24); at < Date.UTC(2026, 10, 4); at += 1_800_000) rows.push(id + at + calendar.phaseAt(at) + calendar.dateAt(at));
    }
    process.stdout.write(rows.join('\\n'));`;

  it('changes nothing: New York, Kolkata and UTC see the same sessions', () => {
    const seen = ['America/New_York', 'Asia/Kolkata', 'UTC'].map((TZ) =>
      execFileSync(process.execPath, ['--input-type=module', '-e', script], {
        cwd: fileURLToPath(new URL('.', import.meta.url)),
        env: { ...process.env, TZ, NODE_OPTIONS: '' },
        encoding: 'utf8',
      }),
    );
    expect(seen[0]!.length).toBeGreaterThan(10_000);
    expect(new Set(seen).size).toBe(1);
    expect(localDay('America/New_York', utc('2026-11-01T03:59:00'))).toBe(dayNumber(2026, 10, 31));
  });
});

describe('overrides', () => {
  const date = '2026-05-06';
  const day = { closeMinute: null, reason: 'National day of mourning', date };
  afterEach(() => xnys.override([]));

  it('close a day, and open it again when they are taken back', () => {
    const noon = Date.parse(`${date}T16:00:00Z`);
    expect(xnys.phaseAt(noon)).toBe('open');
    xnys.override([day]);
    expect([xnys.isSession(date), xnys.reason(date), xnys.phaseAt(noon), xnys.barBounds('1m', noon)]).toEqual([
      false,
      'National day of mourning',
      'closed',
      null,
    ]);
    expect(xnys.next('2026-05-05').date).toBe('2026-05-07');
    expect(xnys.openMinutesBetween(noon - 43_200_000, noon + 43_200_000)).toBe(0);
    xnys.override([]);
    expect([xnys.isSession(date), xnys.phaseAt(noon)]).toEqual([true, 'open']);
  });

  it('end a session early, its bars and its after hours with it', () => {
    xnys.override([{ ...day, closeMinute: 13 * 60 }]);
    const session = xnys.session(date)!;
    expect(session).toMatchObject({
      halfDay: true,
      close: Date.parse(`${date}T17:00:00Z`),
      postClose: Date.parse(`${date}T21:00:00Z`),
    });
    expect([...(['1m', '5m', '15m', '1h'] as const)].map((interval) => xnys.barCount(interval, session))).toEqual([
      210, 42, 14, 4,
    ]);
    expect(xnys.phaseAt(session.close)).toBe('post');
  });

  it('change no other day, and nothing on a day without a session or beyond its hours', () => {
    const before = xnys.between('2026-01-01', '2026-12-31');
    xnys.override([
      day,
      { ...day, date: '2026-12-25', closeMinute: 780 },
      { ...day, date: '2026-05-07', closeMinute: 1_200 },
    ]);
    expect(xnys.between('2026-01-01', '2026-12-31')).toEqual(before.filter((session) => session.date !== date));
    expect(() => xnys.override([{ ...day, date: '2051-01-01' }])).toThrow('covers 2000 to 2050');
  });
});
