import { INTERVAL_MS } from '@ziggy/domain';
import type { Bar, Instrument, Interval, Session } from '@ziggy/domain';

/** A run of bars that the calendar expects and that do not exist. Epoch ms. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

export interface CoverageCount {
  readonly expected: number;
  readonly present: number;
  readonly gaps: readonly Gap[];
}

/** Gaps told in one answer; a symbol that hardly trades has one after each trade. */
const GAPS_MAX = 500;

/**
 * Compares bars with what the calendar expects in `[from, to)`. Only windows that are over count.
 * @param bars ascending
 */
export function findGaps(
  bars: readonly Pick<Bar, 'openTime'>[],
  sessions: readonly Pick<Session, 'open' | 'close'>[],
  interval: Interval,
  from: number,
  to: number,
): CoverageCount {
  const present = new Set(bars.map((bar) => bar.openTime));
  const gaps: Gap[] = [];
  let open: { from: number; to: number } | null = null;
  let expected = 0;
  let found = 0;
  for (const session of sessions) {
    for (const window of windowsOf(session, interval)) {
      if (window.from < from || window.to > to) continue;
      expected++;
      if (present.has(window.from)) {
        found++;
        open = null;
      } else if (open !== null) {
        open.to = window.to;
      } else {
        open = { ...window };
        if (gaps.length < GAPS_MAX) gaps.push(open);
      }
    }
  }
  return { expected, present: found, gaps };
}

function* windowsOf(session: Pick<Session, 'open' | 'close'>, interval: Interval): Generator<Gap> {
  if (interval === '1d') {
    yield { from: session.open, to: session.close };
    return;
  }
  const length = INTERVAL_MS[interval];
  for (let at = session.open; at < session.close; at += length)
    yield { from: at, to: Math.min(at + length, session.close) };
}

/** An instant from which on at least `count` bars fit before `to`, by the pace of the venue: nights and holidays included. */
export function reachBack(
  to: number,
  interval: Interval,
  count: number,
  sessionMs: number,
  sessionsPerWeek: number,
): number {
  const perSession = interval === '1d' ? 1 : Math.ceil(sessionMs / INTERVAL_MS[interval]);
  const sessions = Math.ceil(count / perSession) + 2;
  const days = Math.ceil((sessions * 7) / sessionsPerWeek) + Math.ceil(sessions / 50) * 3 + 4;
  return to - days * 86_400_000;
}

/** Sessions of a venue in an ordinary week. */
export function daysAWeek({ calendar }: Pick<Instrument, 'calendar'>): number {
  return calendar === '24x7' ? 7 : 5;
}
