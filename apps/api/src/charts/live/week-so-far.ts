import type { Bar, TradingCalendar } from '@ziggy/domain';
import { weeklyBars, weeksOf } from '../history/weekly-bars.ts';
import type { SeriesBar, Week } from '../history/weekly-bars.ts';

/** Days that are kept: a week and what may still be corrected of the one before. */
const DAYS_KEPT = 14;

/** Makes the bar of a week of its days, one by one as they form and close. Days are adjusted for splits. */
export class WeekSoFar {
  readonly #calendar: TradingCalendar;
  /** Ascending by open time; the last may be forming. */
  #days: Bar[];
  /** The week asked for last: nearly every tick is of the same. */
  #week: Week | null = null;

  /** @param days daily bars, ascending; the newest are kept */
  constructor(calendar: TradingCalendar, days: readonly Bar[]) {
    this.#calendar = calendar;
    this.#days = days.slice(-DAYS_KEPT);
  }

  /**
   * The bar of the week that a day belongs to, with that day in it.
   * @param now market time: a week is complete once its last session is over and has its bar
   * @returns null for a day of no week of the calendar, or older than what is kept
   */
  take(day: Bar, now: number): SeriesBar | null {
    const week = this.#weekOf(day.openTime);
    const first = this.#days[0];
    if (week === null || (first !== undefined && day.openTime < first.openTime)) return null;
    const at = this.#days.findIndex(({ openTime }) => openTime >= day.openTime);
    if (at < 0) this.#days.push(day);
    else this.#days.splice(at, this.#days[at]?.openTime === day.openTime ? 1 : 0, day);
    if (this.#days.length > DAYS_KEPT) this.#days.shift();
    return weeklyBars(this.#days, [week], Math.max(now, day.availableAt))[0] ?? null;
  }

  #weekOf(openTime: number): Week | null {
    if (this.#week !== null && openTime >= this.#week.open && openTime < this.#week.close) return this.#week;
    this.#week = weeksOf(this.#calendar, openTime, openTime + 1)[0] ?? null;
    return this.#week;
  }
}
