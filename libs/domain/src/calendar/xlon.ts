import { civilDate, dayNumber, easterSunday, lastWeekday, nthWeekday, weekday } from './civil.ts';
import type { DayHours, VenueRules } from './venue.ts';
import { WEEKEND } from './venue.ts';

const FULL: DayHours = { preOpen: 480, open: 480, close: 990, postClose: 990, halfDay: false };
const HALF: DayHours = { preOpen: 480, open: 480, close: 750, postClose: 750, halfDay: true };
const MONDAY = 1;
const TUESDAY = 2;

/** Bank holidays that were moved by proclamation, by the year: [regular rule's month, the day kept instead]. */
const MOVED_MAY_DAY: Readonly<Record<number, readonly [number, number]>> = { 2020: [5, 8] };
const MOVED_SPRING: Readonly<Record<number, readonly [number, number]>> = { 2002: [6, 4], 2012: [6, 4], 2022: [6, 2] };
const EXTRA: Readonly<Record<string, string>> = {
  '2002-6-3': 'Golden Jubilee',
  '2011-4-29': 'Royal wedding',
  '2012-6-5': 'Diamond Jubilee',
  '2022-6-3': 'Platinum Jubilee',
  '2022-9-19': 'State funeral of Queen Elizabeth II',
  '2023-5-8': 'Coronation of King Charles III',
};

/** London Stock Exchange, 08:00-16:30 London; 12:30 on the last sessions before Christmas and New Year. */
export const XLON: VenueRules = {
  id: 'XLON',
  timezone: 'Europe/London',
  day(days) {
    const week = weekday(days);
    if (week === 0 || week === 6) return WEEKEND;
    return holiday(days, week) ?? (closesEarly(days) ? HALF : FULL);
  },
};

function holiday(days: number, week: number): string | null {
  const { year, month, day } = civilDate(days);
  const extra = EXTRA[`${year}-${month}-${day}`];
  if (extra !== undefined) return extra;
  if (month === 1 && (day === 1 || (week === MONDAY && day <= 3))) return "New Year's Day";
  const easter = easterSunday(year);
  if (days === easter - 2) return 'Good Friday';
  if (days === easter + 1) return 'Easter Monday';
  if (days === moved(year, MOVED_MAY_DAY) || days === unlessMoved(year, MOVED_MAY_DAY, nthWeekday(year, 5, MONDAY, 1)))
    return 'Early May bank holiday';
  if (days === moved(year, MOVED_SPRING) || days === unlessMoved(year, MOVED_SPRING, lastWeekday(year, 5, MONDAY)))
    return 'Spring bank holiday';
  if (days === lastWeekday(year, 8, MONDAY)) return 'Summer bank holiday';
  if (month === 12) return christmas(day, week);
  return null;
}

function moved(year: number, table: Readonly<Record<number, readonly [number, number]>>): number | null {
  const kept = table[year];
  return kept === undefined ? null : dayNumber(year, kept[0], kept[1]);
}

function unlessMoved(year: number, table: Readonly<Record<number, unknown>>, regular: number): number | null {
  return table[year] === undefined ? regular : null;
}

/** 25 and 26 December; what falls on the weekend is kept on the Monday and Tuesday after. */
function christmas(day: number, week: number): string | null {
  if (day === 25) return 'Christmas Day';
  if (day === 26) return 'Boxing Day';
  const substitute = (week === MONDAY || week === TUESDAY) && (day === 27 || day === 28);
  // Monday 27: Christmas fell on Saturday. Tuesday 27: on Sunday. Monday 28: Boxing Day on Saturday. Tuesday 28: both.
  return substitute ? 'Christmas bank holiday' : null;
}

function closesEarly(days: number): boolean {
  const { year, month } = civilDate(days);
  if (month !== 12) return false;
  return days === weekdayUpTo(dayNumber(year, 12, 24)) || days === weekdayUpTo(dayNumber(year, 12, 31));
}

function weekdayUpTo(days: number): number {
  const week = weekday(days);
  return week === 6 ? days - 1 : week === 0 ? days - 2 : days;
}
