import { DASH, MISSING } from './reading.ts';
import type { Reading } from './reading.ts';

/** Times of day, dates, ages and durations. All instants are epoch milliseconds; zones are IANA names. */
export type TimeStyle = 'time' | 'minute' | 'date' | 'day' | 'datetime';

const STYLES: Readonly<Record<TimeStyle, Intl.DateTimeFormatOptions>> = {
  time: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  minute: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  date: { year: 'numeric', month: 'short', day: 'numeric' },
  day: { month: 'short', day: 'numeric' },
  datetime: { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
};
const LAST_INSTANT = 8.64e15;
const MAX_FORMATS = 100;
const formats = new Map<string, Intl.DateTimeFormat | null>();

function formatFor(zone: string, style: TimeStyle, locale: string | undefined): Intl.DateTimeFormat | null {
  const key = `${locale ?? ''}|${zone}|${style}`;
  let format = formats.get(key);
  if (format === undefined) {
    if (formats.size >= MAX_FORMATS) formats.clear();
    try {
      format = new Intl.DateTimeFormat(locale, { ...STYLES[style], timeZone: zone });
    } catch {
      // An unknown zone is a fault of the caller's data; showing another zone's time would be a lie.
      format = null;
    }
    formats.set(key, format);
  }
  return format;
}

/** An instant in a zone; a dash when the instant or the zone is unknown. */
export function formatTime(
  at: number | null | undefined,
  zone: string,
  style: TimeStyle = 'time',
  locale?: string,
): Reading {
  if (typeof at !== 'number' || !Number.isFinite(at) || Math.abs(at) > LAST_INSTANT) return MISSING;
  const format = formatFor(zone, style, locale);
  return format ? { text: format.format(at), tone: 'none', missing: false } : MISSING;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * How long ago: `0.4 s` under ten seconds, then whole `42 s`, `3 min`, `2 h 5 min`, `4 d`. A negative age (a clock that is
 * behind) counts as 0.
 */
export function formatAge(ageMs: number | null | undefined): Reading {
  if (typeof ageMs !== 'number' || !Number.isFinite(ageMs)) return MISSING;
  const age = Math.max(0, ageMs);
  return { text: ageText(age), tone: 'none', missing: false };
}

function ageText(age: number): string {
  if (age < 9_950) return `${(Math.round(age / 100) / 10).toFixed(1)} s`;
  if (age < MINUTE) return `${Math.floor(age / SECOND)} s`;
  if (age < HOUR) return `${Math.floor(age / MINUTE)} min`;
  if (age < DAY) {
    const minutes = Math.floor((age % HOUR) / MINUTE);
    return minutes === 0 ? `${Math.floor(age / HOUR)} h` : `${Math.floor(age / HOUR)} h ${minutes} min`;
  }
  return `${Math.floor(age / DAY)} d`;
}

/** Milliseconds of latency: `84 ms`, `1.2 s`. */
export function formatLatency(ms: number | null | undefined): Reading {
  if (typeof ms !== 'number' || !Number.isFinite(ms)) return MISSING;
  const known = Math.max(0, ms);
  const text = known < 999.5 ? `${Math.round(known)} ms` : `${(known / SECOND).toFixed(1)} s`;
  return { text, tone: 'none', missing: false };
}

/** A countdown or elapsed time as a clock: `0:42`, `12:05`, `2:31:07`, `3 d 4:00:00`. Negative counts as 0. */
export function formatDuration(ms: number | null | undefined): Reading {
  if (typeof ms !== 'number' || !Number.isFinite(ms)) return MISSING;
  const total = Math.floor(Math.max(0, ms) / SECOND);
  const days = Math.floor(total / 86_400);
  const hours = Math.floor((total % 86_400) / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = hours > 0 || days > 0 ? `${hours}:${two(minutes)}:${two(total % 60)}` : `${minutes}:${two(total % 60)}`;
  return { text: days > 0 ? `${days} d ${clock}` : clock, tone: 'none', missing: false };
}

/** Name of a zone's place for people: `America/New_York` is `New York`. */
export function zonePlace(zone: string): string {
  return (zone.split('/').at(-1) ?? DASH).replaceAll('_', ' ');
}
