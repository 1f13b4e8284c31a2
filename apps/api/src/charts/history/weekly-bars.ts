import { worseKind } from '@ziggy/domain';
import type { Bar, BarFlag, Session, TradingCalendar } from '@ziggy/domain';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** 1970-01-05, a Monday. */
const MONDAY_MS = 4 * DAY_MS;
/** Whole weeks inside the years of the calendars. */
const FIRST = Date.UTC(2000, 0, 3);
const LAST = Date.UTC(2050, 11, 23);

/** A week of a venue: from the open of its first session to the close of its last. Epoch ms. */
export interface Week {
  readonly open: number;
  readonly close: number;
  readonly sessions: readonly Session[];
}

/** A bar of a series that is shown, whatever its interval. */
export type SeriesBar = Omit<Bar, 'interval'>;

/** The venue's weeks, Monday to Sunday by the dates of their sessions, that overlap `[from, to)`; a week without any session is none. */
export function weeksOf(calendar: TradingCalendar, from: number, to: number): Week[] {
  const monday = mondayBefore(Math.max(from - DAY_MS, FIRST));
  const sunday = mondayBefore(Math.min(to + DAY_MS, LAST)) + 6 * DAY_MS;
  if (monday >= sunday) return [];
  const groups = new Map<number, Session[]>();
  for (const session of calendar.between(dateOf(monday), dateOf(sunday))) {
    const week = Math.floor((Date.parse(session.date) - MONDAY_MS) / WEEK_MS);
    const group = groups.get(week);
    if (group === undefined) groups.set(week, [session]);
    else group.push(session);
  }
  return [...groups.values()]
    .map((sessions) => ({
      open: (sessions[0] as Session).open,
      close: (sessions.at(-1) as Session).close,
      sessions,
    }))
    .filter(({ open, close }) => close > from && open < to);
}

/**
 * Weekly bars of daily ones: first open, highest high, lowest low, last close, the sum of the volumes (null where one is).
 * `partial` where a session that is over has no bar.
 * @param daily ascending; adjusted, if the weeks are to be: a split in the middle of a week would tear it
 * @param now market time as of which the bars speak: a week that is not over by then still forms
 */
export function weeklyBars(daily: readonly Bar[], weeks: readonly Week[], now: number): SeriesBar[] {
  const bars: SeriesBar[] = [];
  let at = 0;
  for (const week of weeks) {
    while (at < daily.length && (daily[at] as Bar).openTime < week.open) at++;
    const from = at;
    while (at < daily.length && (daily[at] as Bar).openTime < week.close) at++;
    if (at > from) bars.push(weekBar(daily.slice(from, at), week, now));
  }
  return bars;
}

function weekBar(days: readonly Bar[], { open, close, sessions }: Week, now: number): SeriesBar {
  const [first, last] = [days[0] as Bar, days.at(-1) as Bar];
  const { market, symbol, source } = first;
  const over = sessions.filter((session) => session.close <= now).length;
  const flags = new Set<BarFlag>(days.flatMap((day) => day.flags));
  if (days.filter(({ complete }) => complete).length < over) flags.add('partial');
  return {
    ...{ market, symbol, source, openTime: open, closeTime: close },
    availableAt: Math.max(...days.map(({ availableAt }) => availableAt)),
    o: first.o,
    h: Math.max(...days.map(({ h }) => h)),
    l: Math.min(...days.map(({ l }) => l)),
    c: last.c,
    volume: days.reduce<number | null>(
      (sum, day) => (sum === null || day.volume === null ? null : sum + day.volume),
      0,
    ),
    complete: close <= now && last.complete,
    extended: false,
    flags: [...flags],
    kind: days.reduce((worst, { kind }) => worseKind(worst, kind), first.kind),
  };
}

/** The Monday at or before an instant, as UTC midnight. A day's margin around it makes up for the venue's own zone. */
function mondayBefore(at: number): number {
  return Math.floor((at - MONDAY_MS) / WEEK_MS) * WEEK_MS + MONDAY_MS;
}

function dateOf(day: number): string {
  return new Date(day).toISOString().slice(0, 10);
}
