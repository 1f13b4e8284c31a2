import { DomainError } from '../errors.ts';
import { INTERVAL_MS } from '../interval.ts';
import type { Interval } from '../interval.ts';
import type { CalendarId, Phase } from '../market.ts';
import { DAY_MS, MINUTE_MS, civilDate, formatDate, parseDate } from './civil.ts';
import type { DayHours, VenueRules } from './venue.ts';
import type { ZoneId } from './zones.ts';
import { instantOf, localDay, startOfYear } from './zones.ts';

export const FIRST_YEAR = 2000;
export const LAST_YEAR = 2050;

/** One trading session. Times are epoch ms; `preOpen <= open < close <= postClose`; every end is outside its phase. */
export interface Session {
  /** The venue's own date, `YYYY-MM-DD`. */
  readonly date: string;
  readonly preOpen: number;
  readonly open: number;
  readonly close: number;
  readonly postClose: number;
  readonly halfDay: boolean;
}

/** `[openTime, closeTime)` of a bar, epoch ms. */
export interface BarBounds {
  readonly openTime: number;
  readonly closeTime: number;
}

/** A closure or an early close that an operator adds to the rules of a venue. */
export interface CalendarOverride {
  /** The venue's own date, `YYYY-MM-DD`. */
  readonly date: string;
  /** Minutes after local midnight at which trading ends early; null: there is no session. */
  readonly closeMinute: number | null;
  /** In words for people. */
  readonly reason: string;
}

interface YearTable {
  readonly firstDay: number;
  /** By day of the year; a text is the reason why there is no session. */
  readonly days: readonly (Session | string)[];
  readonly sessions: readonly Session[];
  readonly openMs: number;
}

const NOTHING = Number.NEGATIVE_INFINITY;

/**
 * Sessions of one venue, 2000-2050. Years are laid out once when first asked for; a question about an instant near the
 * last one asked is two comparisons, so {@link phaseAt} may be called for every tick.
 * Every method throws DomainError `validation_failed` for a malformed date or one outside the years covered.
 */
export class TradingCalendar {
  readonly id: CalendarId;
  /** IANA zone in which the venue's dates and hours are meant. */
  readonly timezone: ZoneId;
  readonly #rules: VenueRules;
  #overrides: ReadonlyMap<number, CalendarOverride> = new Map();
  readonly #years = new Map<number, YearTable>();
  // The stretch of constant phase around the last instant asked for.
  #from = NOTHING;
  #to = NOTHING;
  #phase: Phase = 'closed';
  #session: Session | null = null;

  constructor(rules: VenueRules) {
    this.id = rules.id;
    this.timezone = rules.timezone;
    this.#rules = rules;
  }

  /**
   * Sets every closure and early close that the rules do not know; those of an earlier call no longer hold. Questions
   * asked from now on are answered by them, and who kept earlier answers must ask again.
   * @throws DomainError `validation_failed` for a date outside the years covered.
   */
  override(overrides: readonly CalendarOverride[]): void {
    this.#overrides = new Map(overrides.map((each) => [this.#covered(parseDate(each.date)), each]));
    this.#years.clear();
    this.#stretch(NOTHING, NOTHING, 'closed');
  }

  isSession(date: string): boolean {
    return typeof this.#entry(parseDate(date)) !== 'string';
  }

  /** The session of a date, or null when the venue is closed on it. */
  session(date: string): Session | null {
    const entry = this.#entry(parseDate(date));
    return typeof entry === 'string' ? null : entry;
  }

  /** Why there is no session on a date, in words for people; null when there is one. */
  reason(date: string): string | null {
    const entry = this.#entry(parseDate(date));
    return typeof entry === 'string' ? entry : null;
  }

  /** The first session after a date (not on it). */
  next(date: string): Session {
    return this.#step(parseDate(date), 1);
  }

  /** The last session before a date (not on it). */
  previous(date: string): Session {
    return this.#step(parseDate(date), -1);
  }

  /** Sessions from one date to another, both inside, ascending; empty when `from > to`. */
  between(from: string, to: string): Session[] {
    const first = parseDate(from);
    const last = parseDate(to);
    this.#entry(first);
    this.#entry(last);
    const found: Session[] = [];
    for (let year = civilDate(first).year; year <= civilDate(last).year; year++) {
      for (const session of this.#year(year).sessions) {
        if (session.date >= from && session.date <= to) found.push(session);
      }
    }
    return found;
  }

  /**
   * The session `count` sessions after a date (before it when negative); 0 is the date's own session, or the next one
   * when the date has none.
   */
  addSessions(date: string, count: number): Session {
    if (count === 0) return this.session(date) ?? this.next(date);
    let day = parseDate(date);
    let session = this.#step(day, Math.sign(count));
    for (let left = Math.abs(count) - 1; left > 0; left--) {
      day = parseDate(session.date);
      session = this.#step(day, Math.sign(count));
    }
    return session;
  }

  /** The venue's date (`YYYY-MM-DD` on its own clocks) at an instant. */
  dateAt(at: number): string {
    return formatDate(localDay(this.timezone, at));
  }

  /** Phase of the venue at an instant (epoch ms); starts belong to a phase, ends do not. */
  phaseAt(at: number): Phase {
    if (!(at >= this.#from && at < this.#to)) this.#locate(at);
    return this.#phase;
  }

  /** The session whose trading day holds the instant, pre and post trading included; null between sessions. */
  sessionAt(at: number): Session | null {
    if (!(at >= this.#from && at < this.#to)) this.#locate(at);
    return this.#session;
  }

  /** The last session that had opened at or before an instant. */
  lastOpened(at: number): Session {
    let session = this.sessionAt(at);
    if (session && session.open <= at) return session;
    // FX names its evening by the next date, so look from the day after.
    let day = localDay(this.timezone, at) + 1;
    do {
      session = this.#step(day, -1);
      day = parseDate(session.date);
    } while (session.open > at);
    return session;
  }

  /** The first session that opens after an instant. */
  nextOpening(at: number): Session {
    let day = localDay(this.timezone, at) - 1;
    let session: Session;
    do {
      session = this.#step(day, 1);
      day = parseDate(session.date);
    } while (session.open <= at);
    return session;
  }

  /** Minutes of regular trading between two instants, with fractions; 0 when `to <= from`. */
  openMinutesBetween(from: number, to: number): number {
    if (!(to > from)) return 0;
    const first = this.#covered(localDay(this.timezone, from)) - 1;
    const last = this.#covered(localDay(this.timezone, to)) + 1;
    let open = 0;
    let day = first;
    while (day <= last) {
      const { year } = civilDate(day);
      const yearStart = startOfYear(year);
      const yearEnd = startOfYear(year + 1);
      if (year < FIRST_YEAR || year > LAST_YEAR) {
        day = yearEnd;
      } else if (day === yearStart && yearEnd <= last - 1 && day > first + 2) {
        open += this.#year(year).openMs; // a whole year inside the range
        day = yearEnd;
      } else {
        const entry = this.#year(year).days[day - yearStart];
        if (entry !== undefined && typeof entry !== 'string') {
          open += Math.max(0, Math.min(entry.close, to) - Math.max(entry.open, from));
        }
        day++;
      }
    }
    return open / MINUTE_MS;
  }

  /**
   * Bounds of the regular bar that holds an instant, null outside regular trading. Bars are anchored at the session's
   * open, so the last one may be short; a daily bar is the session.
   */
  barBounds(interval: Interval, at: number): BarBounds | null {
    const session = this.sessionAt(at);
    if (session === null || at < session.open || at >= session.close) return null;
    if (interval === '1d') return { openTime: session.open, closeTime: session.close };
    const length = INTERVAL_MS[interval];
    const openTime = session.open + Math.floor((at - session.open) / length) * length;
    return { openTime, closeTime: Math.min(openTime + length, session.close) };
  }

  /** How many bars of an interval a session has. */
  barCount(interval: Interval, session: Session): number {
    return interval === '1d' ? 1 : Math.ceil((session.close - session.open) / INTERVAL_MS[interval]);
  }

  #locate(at: number): void {
    const day = this.#covered(localDay(this.timezone, at));
    let before = NOTHING;
    let after = Number.POSITIVE_INFINITY;
    for (let candidate = day - 1; candidate <= day + 1; candidate++) {
      const session = this.#sessionOn(candidate);
      if (session === null) continue;
      if (at < session.preOpen) {
        after = Math.min(after, session.preOpen);
      } else if (at >= session.postClose) {
        before = Math.max(before, session.postClose);
      } else {
        this.#within(session, at);
        return;
      }
    }
    // Between sessions: the stretch is bounded by the neighbours found, else by the three days looked at.
    this.#from = Math.max(before, (day - 1) * DAY_MS + DAY_MS / 2);
    this.#to = Math.min(after, (day + 1) * DAY_MS + DAY_MS / 2);
    if (!(at >= this.#from && at < this.#to)) this.#from = this.#to = NOTHING;
    this.#phase = 'closed';
    this.#session = null;
  }

  #within(session: Session, at: number): void {
    this.#session = session;
    if (at < session.open) this.#stretch(session.preOpen, session.open, 'pre');
    else if (at < session.close) this.#stretch(session.open, session.close, 'open');
    else this.#stretch(session.close, session.postClose, 'post');
  }

  #stretch(from: number, to: number, phase: Phase): void {
    this.#from = from;
    this.#to = to;
    this.#phase = phase;
  }

  /** Like {@link #entry}, but days just outside the years covered are simply without a session. */
  #sessionOn(day: number): Session | null {
    const { year } = civilDate(day);
    if (year < FIRST_YEAR || year > LAST_YEAR) return null;
    const entry = this.#entry(day);
    return typeof entry === 'string' ? null : entry;
  }

  #step(from: number, direction: number): Session {
    this.#covered(from);
    for (let day = from + direction; ; day += direction) {
      const entry = this.#entry(day);
      if (typeof entry !== 'string') return entry;
    }
  }

  #entry(day: number): Session | string {
    this.#covered(day);
    const { year } = civilDate(day);
    const table = this.#year(year);
    return table.days[day - table.firstDay] as Session | string;
  }

  #covered(day: number): number {
    const { year } = Number.isFinite(day) ? civilDate(day) : { year: Number.NaN };
    if (year >= FIRST_YEAR && year <= LAST_YEAR) return day;
    const given = Number.isFinite(year) ? formatDate(day) : 'the given time';
    throw new DomainError(
      'validation_failed',
      `The ${this.id} calendar covers ${FIRST_YEAR} to ${LAST_YEAR}; ${given} is outside.`,
    );
  }

  #hours(day: number): DayHours | string {
    const hours = this.#rules.day(day);
    const override = this.#overrides.get(day);
    if (override === undefined || typeof hours === 'string') return hours;
    const { closeMinute } = override;
    if (closeMinute === null) return override.reason;
    if (closeMinute <= hours.open || closeMinute >= hours.close) return hours;
    // Trading after hours lasts as long as on other days, as the venues do on their own half days.
    const postClose = Math.min(hours.postClose, closeMinute + hours.postClose - hours.close);
    return { ...hours, close: closeMinute, postClose, halfDay: true };
  }

  #year(year: number): YearTable {
    const known = this.#years.get(year);
    if (known) return known;
    const firstDay = startOfYear(year);
    const days: (Session | string)[] = [];
    const sessions: Session[] = [];
    let openMs = 0;
    for (let day = firstDay; day < startOfYear(year + 1); day++) {
      const hours = this.#hours(day);
      if (typeof hours === 'string') {
        days.push(hours);
        continue;
      }
      const at = (minutes: number) => instantOf(this.timezone, day, minutes);
      const session: Session = {
        date: formatDate(day),
        preOpen: at(hours.preOpen),
        open: at(hours.open),
        close: at(hours.close),
        postClose: at(hours.postClose),
        halfDay: hours.halfDay,
      };
      days.push(session);
      sessions.push(session);
      openMs += session.close - session.open;
    }
    const table: YearTable = { firstDay, days, sessions, openMs };
    this.#years.set(year, table);
    return table;
  }
}
