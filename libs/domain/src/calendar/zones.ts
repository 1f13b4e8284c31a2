import { DAY_MS, MINUTE_MS, civilDate, dayNumber, lastWeekday, nthWeekday } from './civil.ts';

/** IANA names of the zones that the calendars use. */
export type ZoneId = 'UTC' | 'America/New_York' | 'Europe/London' | 'Europe/Berlin';

interface Zone {
  /** Minutes east of UTC in winter. */
  readonly standard: number;
  /** UTC instants (epoch ms) between which the clocks are one hour ahead, or null when they never are. */
  readonly summer: ((year: number) => readonly [from: number, to: number]) | null;
}

const SUNDAY = 0;
const HOUR_MS = 60 * MINUTE_MS;

/** United States: 2nd Sunday of March to 1st of November (Energy Policy Act of 2005), until 2006 1st of April to last of October; at 02:00 local. */
function usSummer(standardMinutes: number) {
  return (year: number): readonly [number, number] => {
    const from = year >= 2007 ? nthWeekday(year, 3, SUNDAY, 2) : nthWeekday(year, 4, SUNDAY, 1);
    const to = year >= 2007 ? nthWeekday(year, 11, SUNDAY, 1) : lastWeekday(year, 10, SUNDAY);
    const twoOClock = 2 * HOUR_MS - standardMinutes * MINUTE_MS;
    return [from * DAY_MS + twoOClock, to * DAY_MS + twoOClock - HOUR_MS];
  };
}

/** European Union and United Kingdom: last Sunday of March to last of October at 01:00 UTC (Directive 2000/84/EC). */
function europeanSummer(year: number): readonly [number, number] {
  return [lastWeekday(year, 3, SUNDAY) * DAY_MS + HOUR_MS, lastWeekday(year, 10, SUNDAY) * DAY_MS + HOUR_MS];
}

/**
 * The clock rules as law states them for 2000-2050. Written out rather than asked of `Intl`, because a tick asks for
 * its phase: this is a comparison, `Intl` formats text. A test holds them against `Intl` for every change.
 */
const ZONES: Readonly<Record<ZoneId, Zone>> = {
  UTC: { standard: 0, summer: null },
  'America/New_York': { standard: -300, summer: usSummer(-300) },
  'Europe/London': { standard: 0, summer: europeanSummer },
  'Europe/Berlin': { standard: 60, summer: europeanSummer },
};

/** Minutes that the zone's clocks are ahead of UTC at an instant (epoch ms). */
export function zoneOffset(zone: ZoneId, at: number): number {
  const { standard, summer } = ZONES[zone];
  if (summer === null) return standard;
  const [from, to] = summer(civilDate(Math.floor(at / DAY_MS)).year);
  return at >= from && at < to ? standard + 60 : standard;
}

/** Day number of the zone's calendar date at an instant (epoch ms). */
export function localDay(zone: ZoneId, at: number): number {
  return Math.floor((at + zoneOffset(zone, at) * MINUTE_MS) / DAY_MS);
}

/**
 * The instant (epoch ms) at which the zone's clocks show `minutes` after midnight of a day. Minutes may be negative or
 * beyond 1 440. In the hour that a change skips or repeats, the earlier reading's offset is used; no venue opens then.
 */
export function instantOf(zone: ZoneId, days: number, minutes: number): number {
  const local = days * DAY_MS + minutes * MINUTE_MS;
  const asStandard = local - ZONES[zone].standard * MINUTE_MS;
  const ahead = zoneOffset(zone, asStandard - HOUR_MS) - ZONES[zone].standard;
  return asStandard - ahead * MINUTE_MS;
}

/** First day number of a year. */
export function startOfYear(year: number): number {
  return dayNumber(year, 1, 1);
}
