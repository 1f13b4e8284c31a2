/** What a text of a time turned out to be: an instant (epoch ms), or why it is none. */
export type ReadTime = { readonly at: number } | { readonly code: string; readonly message: string };

const LOCAL = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;
const EPOCH_MS = /^\d{12,13}$/;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Offsets are kept for this many hours of a file. */
const KEPT = 50_000;

/**
 * Reads times of a file. A time without an offset is meant in the zone that was stated; one that the zone's clocks showed
 * twice, or never, is a fault and not a guess.
 */
export class ZonedTimes {
  readonly #format: Intl.DateTimeFormat;
  readonly #offsets = new Map<number, number>();

  /** @throws RangeError when there is no such zone. */
  constructor(zone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  read(text: string): ReadTime {
    if (EPOCH_MS.test(text)) return { at: Number(text) };
    const parts = LOCAL.exec(text);
    if (parts === null) return { code: 'invalid_value', message: 'is no time such as 2026-03-04 14:30:00' };
    const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part ?? 0)) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const millis = Math.floor(Number(`0.${parts[7] ?? '0'}`) * 1_000);
    const local = Date.UTC(year, month - 1, day, hour, minute, second, millis);
    const shown = new Date(local);
    const isReal =
      shown.getUTCMonth() === month - 1 && shown.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
    if (!isReal) return { code: 'invalid_value', message: 'is a day or a time that does not exist' };
    const offset = parts[8];
    return offset === undefined ? this.#inZone(local) : { at: local - offsetMs(offset) };
  }

  #inZone(local: number): ReadTime {
    // The clocks were changed at most once within a day on either side.
    const offsets = new Set([this.#offset(local - DAY_MS), this.#offset(local + DAY_MS)]);
    const instants = [...offsets].map((offset) => local - offset).filter((at) => at + this.#offset(at) === local);
    const [at] = instants;
    if (at === undefined) return { code: 'time_skipped', message: 'was skipped when the clocks went forward' };
    if (instants.length > 1)
      return { code: 'time_ambiguous', message: 'happened twice when the clocks went back; write its offset' };
    return { at };
  }

  /** What the zone's clocks were ahead of UTC at an instant (ms). Zones change on quarters of an hour at the least. */
  #offset(at: number): number {
    const quarter = Math.floor(at / (HOUR_MS / 4));
    const known = this.#offsets.get(quarter);
    if (known !== undefined) return known;
    const moment = quarter * (HOUR_MS / 4);
    const parts = Object.fromEntries(
      this.#format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]),
    );
    const { year, month, day, hour, minute, second } = parts as Record<string, number>;
    const shown = Date.UTC(year as number, (month as number) - 1, day, hour, minute, second);
    if (this.#offsets.size > KEPT) this.#offsets.clear();
    this.#offsets.set(quarter, shown - moment);
    return shown - moment;
  }
}

/** Whether this machine knows a zone by that name. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

function offsetMs(text: string): number {
  if (/^z$/i.test(text)) return 0;
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(text) as unknown as [string, string, string, string];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
