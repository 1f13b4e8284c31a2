import { weekday } from './civil.ts';
import type { DayHours, VenueRules } from './venue.ts';
import { WEEKEND } from './venue.ts';

const ALL_DAY: DayHours = { preOpen: 0, open: 0, close: 1440, postClose: 1440, halfDay: false };
/** 17:00 New York of the day before to 17:00 of the day that names the session. */
const FX_DAY: DayHours = { preOpen: -420, open: -420, close: 1020, postClose: 1020, halfDay: false };

/** Crypto: every UTC day is a session. */
export const ALWAYS_OPEN: VenueRules = { id: '24x7', timezone: 'UTC', day: () => ALL_DAY };

/** Foreign exchange: Sunday 17:00 to Friday 17:00 New York, no holidays; the session of Monday starts on Sunday evening. */
export const FX_WEEK: VenueRules = {
  id: 'FX24x5',
  timezone: 'America/New_York',
  day: (days) => (weekday(days) === 0 || weekday(days) === 6 ? WEEKEND : FX_DAY),
};
