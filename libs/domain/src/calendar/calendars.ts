import { DomainError } from '../errors.ts';
import type { CalendarId } from '../market.ts';
import { ALWAYS_OPEN, FX_WEEK } from './round-the-clock.ts';
import { TradingCalendar } from './trading-calendar.ts';
import type { VenueRules } from './venue.ts';
import { XETR } from './xetr.ts';
import { XLON } from './xlon.ts';
import { XNYS } from './xnys.ts';

const RULES: Readonly<Record<CalendarId, VenueRules>> = {
  XNYS,
  XLON,
  XETR,
  '24x7': ALWAYS_OPEN,
  FX24x5: FX_WEEK,
};

const calendars = new Map<string, TradingCalendar>();

/**
 * The calendar of a venue. `XNAS` shares the sessions of `XNYS`. Calendars are pure tables, so one of each serves all.
 * @throws DomainError `validation_failed` for an id without rules.
 */
export function calendarOf(id: CalendarId | 'XNAS'): TradingCalendar {
  const known = calendars.get(id);
  if (known) return known;
  const venue = id === 'XNAS' ? 'XNYS' : id;
  const rules = Object.hasOwn(RULES, venue) ? RULES[venue] : undefined;
  if (!rules) throw new DomainError('validation_failed', `There is no trading calendar "${String(id).slice(0, 32)}".`);
  const calendar = id === 'XNAS' ? calendarOf('XNYS') : new TradingCalendar(rules);
  calendars.set(id, calendar);
  return calendar;
}
