import { civilDate, dayNumber, easterSunday, weekday } from './civil.ts';
import type { DayHours, VenueRules } from './venue.ts';
import { WEEKEND } from './venue.ts';

const FULL: DayHours = { preOpen: 540, open: 540, close: 1050, postClose: 1050, halfDay: false };
const HALF: DayHours = { preOpen: 540, open: 540, close: 840, postClose: 840, halfDay: true };

/** Xetra, 09:00-17:30 Berlin; 14:00 on the last trading day of the year from 2010. */
export const XETR: VenueRules = {
  id: 'XETR',
  timezone: 'Europe/Berlin',
  day(days) {
    const week = weekday(days);
    if (week === 0 || week === 6) return WEEKEND;
    return holiday(days) ?? (isLastOfYear(days) ? HALF : FULL);
  },
};

function holiday(days: number): string | null {
  const { year, month, day } = civilDate(days);
  if (month === 1 && day === 1) return "New Year's Day";
  if (month === 5 && day === 1) return 'Labour Day';
  if (month === 12) {
    if (day === 24) return 'Christmas Eve';
    if (day === 25) return 'Christmas Day';
    if (day === 26) return "St. Stephen's Day";
    if (day === 31) return "New Year's Eve";
  }
  const easter = easterSunday(year);
  if (days === easter - 2) return 'Good Friday';
  if (days === easter + 1) return 'Easter Monday';
  // Days the exchange chose to close in some years only (Deutsche Boerse trading calendars).
  if (days === easter + 50 && (year === 2007 || (year >= 2015 && year <= 2021))) return 'Whit Monday';
  if (month === 10 && day === 3 && year >= 2014 && year <= 2021) return 'German Unity Day';
  if (year === 2017 && month === 10 && day === 31) return 'Reformation Day';
  return null;
}

function isLastOfYear(days: number): boolean {
  const { year, month } = civilDate(days);
  if (year < 2010 || month !== 12) return false;
  let last = dayNumber(year, 12, 30);
  while (weekday(last) === 0 || weekday(last) === 6) last--;
  return days === last;
}
