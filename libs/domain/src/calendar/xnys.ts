import { civilDate, dayNumber, easterSunday, lastWeekday, nthWeekday, weekday } from './civil.ts';
import type { DayHours, VenueRules } from './venue.ts';
import { WEEKEND } from './venue.ts';

const FULL: DayHours = { preOpen: 240, open: 570, close: 960, postClose: 1200, halfDay: false };
/** Early close 13:00; late trading ends at 17:00 then. */
const HALF: DayHours = { preOpen: 240, open: 570, close: 780, postClose: 1020, halfDay: true };

const MONDAY = 1;
const THURSDAY = 4;
const FRIDAY = 5;

/** Closures that no rule foretells (NYSE, "Holidays and special closings"). */
const SPECIAL_CLOSURES: Readonly<Record<string, string>> = {
  '2001-9-11': 'Closed after the attacks of 11 September',
  '2001-9-12': 'Closed after the attacks of 11 September',
  '2001-9-13': 'Closed after the attacks of 11 September',
  '2001-9-14': 'Closed after the attacks of 11 September',
  '2004-6-11': 'Day of mourning for President Reagan',
  '2007-1-2': 'Day of mourning for President Ford',
  '2012-10-29': 'Hurricane Sandy',
  '2012-10-30': 'Hurricane Sandy',
  '2018-12-5': 'Day of mourning for President G. H. W. Bush',
  '2025-1-9': 'Day of mourning for President Carter',
};

/** Early closes until 2012, when the days around Independence Day and Christmas were set year by year. */
const EARLY_CLOSES_TO_2012 = new Set([
  ...['2000-7-3', '2000-11-24', '2001-7-3', '2001-11-23', '2001-12-24', '2002-7-5', '2002-11-29', '2002-12-24'],
  ...['2003-7-3', '2003-11-28', '2003-12-24', '2003-12-26', '2004-11-26', '2005-11-25', '2006-7-3', '2006-11-24'],
  ...['2007-7-3', '2007-11-23', '2007-12-24', '2008-7-3', '2008-11-28', '2008-12-24', '2009-11-27', '2009-12-24'],
  ...['2010-11-26', '2011-11-25', '2012-7-3', '2012-11-23', '2012-12-24'],
]);

/** New York Stock Exchange, and Nasdaq alike: 09:30-16:00 New York, pre from 04:00, post until 20:00. */
export const XNYS: VenueRules = {
  id: 'XNYS',
  timezone: 'America/New_York',
  day(days) {
    const week = weekday(days);
    if (week === 0 || week === 6) return WEEKEND;
    return holiday(days, week) ?? (closesEarly(days, week) ? HALF : FULL);
  },
};

function holiday(days: number, week: number): string | null {
  const { year, month, day } = civilDate(days);
  const special = SPECIAL_CLOSURES[`${year}-${month}-${day}`];
  if (special !== undefined) return special;
  // New Year on a Saturday is not moved: the exchange does not close on the last day of its accounting year.
  if (month === 1 && (day === 1 || (day === 2 && week === MONDAY))) return "New Year's Day";
  if (month === 1 && days === nthWeekday(year, 1, MONDAY, 3)) return 'Martin Luther King Jr. Day';
  if (month === 2 && days === nthWeekday(year, 2, MONDAY, 3)) return "Washington's Birthday";
  if ((month === 3 || month === 4) && days === easterSunday(year) - 2) return 'Good Friday';
  if (month === 5 && days === lastWeekday(year, 5, MONDAY)) return 'Memorial Day';
  if (year >= 2022 && isObserved(days, week, dayNumber(year, 6, 19))) return 'Juneteenth';
  if (isObserved(days, week, dayNumber(year, 7, 4))) return 'Independence Day';
  if (month === 9 && days === nthWeekday(year, 9, MONDAY, 1)) return 'Labor Day';
  if (month === 11 && days === nthWeekday(year, 11, THURSDAY, 4)) return 'Thanksgiving Day';
  if (isObserved(days, week, dayNumber(year, 12, 25))) return 'Christmas Day';
  return null;
}

/** A holiday on Saturday is kept on the Friday before, one on Sunday on the Monday after. */
function isObserved(days: number, week: number, fixed: number): boolean {
  return days === fixed || (days === fixed - 1 && week === FRIDAY) || (days === fixed + 1 && week === MONDAY);
}

function closesEarly(days: number, week: number): boolean {
  const { year, month, day } = civilDate(days);
  if (year < 2013) return EARLY_CLOSES_TO_2012.has(`${year}-${month}-${day}`);
  if (month === 11 && days === nthWeekday(year, 11, THURSDAY, 4) + 1) return true;
  const eve = (month === 12 && day === 24) || (month === 7 && day === 3);
  return eve && week >= MONDAY && week <= THURSDAY;
}
