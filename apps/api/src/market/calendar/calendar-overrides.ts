import { CALENDAR_IDS, calendarOf } from '@ziggy/domain';
import type { CalendarId, CalendarOverride } from '@ziggy/domain';
import type { DataSource } from 'typeorm';
import type { Logger } from '../../platform/logger.ts';

interface OverrideRow extends CalendarOverride {
  readonly calendar: string;
}

/** Closures and early closes that operators add to the calendars at run time: table `calendar_override`. */
export class CalendarOverrides {
  readonly #db: Pick<DataSource, 'query'>;
  readonly #log: Logger;
  readonly #listeners: (() => void)[] = [];
  #applied = '[]';

  constructor(db: Pick<DataSource, 'query'>, log: Logger) {
    this.#db = db;
    this.#log = log;
  }

  /** Told after the calendars have changed: kept answers are out of date. */
  onChanged(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Reads the table and applies what changed. Call at the start and at least once a minute; never throws. */
  async load(): Promise<void> {
    try {
      const rows: OverrideRow[] = await this.#db.query(
        `SELECT calendar, to_char(date, 'YYYY-MM-DD') AS date, close_minute AS "closeMinute", reason
         FROM calendar_override ORDER BY calendar, date`,
      );
      const text = JSON.stringify(rows);
      if (text === this.#applied) return;
      for (const id of CALENDAR_IDS) this.#apply(id, rows);
      this.#applied = text;
      this.#log.warn({ overrides: rows.length }, 'the trading calendars follow other overrides now');
      for (const listener of this.#listeners) listener();
    } catch (error) {
      this.#log.warn({ err: error }, 'the overrides of the calendars were not read; the last ones hold');
    }
  }

  /** One impossible row must not take the others with it. */
  #apply(id: CalendarId, rows: readonly OverrideRow[]): void {
    const own = rows.filter(({ calendar }) => calendar === id || (id === 'XNYS' && calendar === 'XNAS'));
    try {
      calendarOf(id).override(own);
    } catch (error) {
      this.#log.error({ err: error, calendar: id }, 'the overrides of a calendar were refused; its rules hold');
    }
  }
}
