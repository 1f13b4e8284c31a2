import type { CalendarId } from '../market.ts';
import type { ZoneId } from './zones.ts';

/** Trading hours of one date in minutes after local midnight; FX opens on the evening before, so `open` may be negative. */
export interface DayHours {
  readonly preOpen: number;
  readonly open: number;
  readonly close: number;
  readonly postClose: number;
  readonly halfDay: boolean;
}

/** The rules of one venue, as a function of the date alone. */
export interface VenueRules {
  readonly id: CalendarId;
  readonly timezone: ZoneId;
  /** Hours of a day, or the reason (in words for people) why there is no session. */
  day(days: number): DayHours | string;
}

export const WEEKEND = 'Weekend';
