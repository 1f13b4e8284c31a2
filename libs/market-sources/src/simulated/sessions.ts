import { calendarOf } from '@ziggy/domain';
import type { CalendarId, Session, TradingCalendar } from '@ziggy/domain';
import { MODEL } from './params.ts';

const LAST_YEAR = 2050;

/** The sessions of a calendar numbered from the epoch of the simulated history; index 0 is the first. */
export class SessionTable {
  readonly calendar: TradingCalendar;
  readonly #sessions: Session[] = [];
  #year: number;

  constructor(id: CalendarId) {
    this.calendar = calendarOf(id);
    this.#year = Number(MODEL.epoch.slice(0, 4));
    this.#sessions.push(...this.calendar.between(MODEL.epoch, `${this.#year}-12-31`));
  }

  /** The session of an index, or null beyond the calendar's last year. */
  find(index: number): Session | null {
    while (index >= this.#sessions.length && this.#extend());
    return this.#sessions[index] ?? null;
  }

  /** @throws RangeError beyond the calendar's last year. */
  at(index: number): Session {
    const session = this.find(index);
    if (!session) throw new RangeError(`The simulated ${this.calendar.id} history has no session ${index}.`);
    return session;
  }

  /** Index of the last session that had opened at an instant; -1 before the first. */
  lastOpened(at: number): number {
    while ((this.#sessions.at(-1) as Session).open <= at && this.#extend());
    let low = -1;
    let high = this.#sessions.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#sessions[middle] as Session).open <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #extend(): boolean {
    if (this.#year >= LAST_YEAR) return false;
    this.#year++;
    this.#sessions.push(...this.calendar.between(`${this.#year}-01-01`, `${this.#year}-12-31`));
    return true;
  }
}
