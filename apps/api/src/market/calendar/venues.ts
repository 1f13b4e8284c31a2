import { calendarOf } from '@ziggy/domain';
import type { CalendarId, Interval, Phase, Session, TradingCalendar } from '@ziggy/domain';
import type { BarWindow, BarWindows } from '../../charts/live/forming-bar.ts';

/** What a venue is doing at an instant. Times are epoch ms. */
export interface VenueState {
  readonly phase: Phase;
  /** When this phase began. */
  readonly phaseSince: number;
  /** When it ends, and this state with it. */
  readonly until: number;
  /** The last close of the regular session at or before the instant. */
  readonly lastClose: number | null;
}

/** Years of the calendars, one week inside their ends: beyond, a venue counts as closed for good. */
const FIRST = Date.UTC(2000, 0, 8);
const LAST = Date.UTC(2050, 11, 24);
const NEVER: VenueState = { phase: 'closed', phaseSince: 0, until: FIRST, lastClose: null };

const covered = (at: number): boolean => at >= FIRST && at < LAST;

/** The venues' hours in the form that ticks need: the answer for "now" is kept until it changes. */
export class Venues {
  readonly #states = new Map<CalendarId, VenueState>();
  readonly #windows = new Map<CalendarId, BarWindows>();

  state(id: CalendarId, at: number): VenueState {
    const known = this.#states.get(id);
    if (known !== undefined && at >= known.phaseSince && at < known.until) return known;
    if (!covered(at)) return NEVER;
    const state = stateAt(calendarOf(id), at);
    this.#states.set(id, state);
    return state;
  }

  /** The calendars changed: what was kept is asked for again. */
  forget(): void {
    this.#states.clear();
  }

  /** True when the venue trades in no phase at the instant. */
  isClosed(id: CalendarId, at: number): boolean {
    return !covered(at) || calendarOf(id).phaseAt(at) === 'closed';
  }

  /** Elapsed share of the regular session, 1 in the hours after it; `null` before it and while the venue is closed. */
  sessionRatio(id: CalendarId, at: number): number | null {
    if (!covered(at)) return null;
    const session = calendarOf(id).sessionAt(at);
    if (session === null || at < session.open) return null;
    return at >= session.close ? 1 : (at - session.open) / (session.close - session.open);
  }

  /** Bounds of the venue's bars. */
  windows(id: CalendarId): BarWindows {
    let windows = this.#windows.get(id);
    if (windows === undefined) {
      const calendar = calendarOf(id);
      windows = {
        bar: (interval: Interval, at: number): BarWindow | null =>
          covered(at) ? calendar.barBounds(interval, at) : null,
        session: (at: number): BarWindow | null => (covered(at) ? windowOf(calendar.lastOpened(at)) : null),
      };
      this.#windows.set(id, windows);
    }
    return windows;
  }

  /** Sessions that overlap `[from, to)`, ascending. */
  sessions(id: CalendarId, from: number, to: number): readonly Session[] {
    const calendar = calendarOf(id);
    const [first, last] = [Math.max(from, FIRST), Math.min(to, LAST)];
    if (first >= last) return [];
    // A session may be named by the day after it began.
    const until = calendar.dateAt(Math.min(last + 86_400_000, LAST));
    return calendar.between(calendar.dateAt(first), until).filter(({ open, close }) => close > from && open < to);
  }
}

function windowOf(session: Session): BarWindow {
  return { openTime: session.open, closeTime: session.close };
}

function stateAt(calendar: TradingCalendar, at: number): VenueState {
  const last = calendar.lastOpened(at);
  const lastClose = last.close <= at ? last.close : calendar.previous(last.date).close;
  const session = calendar.sessionAt(at);
  if (session === null) {
    return {
      phase: 'closed',
      phaseSince: Math.min(at, last.postClose),
      until: calendar.nextOpening(at).preOpen,
      lastClose,
    };
  }
  if (at < session.open) return { phase: 'pre', phaseSince: session.preOpen, until: session.open, lastClose };
  if (at < session.close) return { phase: 'open', phaseSince: session.open, until: session.close, lastClose };
  return { phase: 'post', phaseSince: session.close, until: session.postClose, lastClose };
}
