import { calendarOf, worseKind } from '@ziggy/domain';
import type { Bar, Instrument, Kind, Symbol } from '@ziggy/domain';
import type { BarListener } from '../../charts/live/live-bars.ts';

/** Sessions kept of each member: the longest answer, the longest window before it, and a few to spare. */
const SESSIONS_MAX = 365 + 252 + 8;
const SHORT_MEAN = 50;
const LONG_MEAN = 200;
const YEAR = 252;

/** Where one close stands among those before it; `null` before there are enough of them. */
export interface Standing {
  readonly above50: boolean | null;
  readonly above200: boolean | null;
  readonly high252: boolean | null;
  readonly low252: boolean | null;
}

const UNKNOWN: Standing = { above50: null, above200: null, high252: null, low252: null };

/** One session of one member. */
export interface MemberSession {
  readonly date: string;
  /** Micro-units, adjusted for splits. */
  readonly close: number;
  readonly prevClose: number | null;
  readonly volume: number | null;
  readonly standing: Standing;
}

/** Closes of one member, ascending by session. */
class Member {
  readonly instrument: Instrument;
  readonly closes: number[] = [];
  readonly sessions: MemberSession[] = [];
  kind: Kind;

  constructor(instrument: Instrument, kind: Kind) {
    this.instrument = instrument;
    this.kind = kind;
  }

  add(bar: Bar): void {
    const date = calendarOf(this.instrument.calendar).dateAt(bar.openTime);
    const last = this.sessions.at(-1);
    if (last !== undefined && date < last.date) return;
    if (last?.date === date) {
      this.closes.pop();
      this.sessions.pop();
    }
    this.sessions.push({
      date,
      close: bar.c,
      prevClose: this.closes.at(-1) ?? null,
      volume: bar.volume,
      standing: standing(this.closes, this.closes.length, bar.c),
    });
    this.closes.push(bar.c);
    this.kind = worseKind(this.kind, bar.kind);
    if (this.closes.length <= SESSIONS_MAX) return;
    this.closes.shift();
    this.sessions.shift();
  }
}

/**
 * The daily closes that breadth is computed from: seeded once when a member's history is read, and carried on by each
 * session's close. In memory: a request reads nothing.
 */
export class BreadthHistory implements BarListener {
  readonly #members = new Map<Symbol, Member>();

  /** @param bars complete daily bars, adjusted for splits, ascending. */
  take(instrument: Instrument, bars: readonly Bar[]): void {
    if (instrument.assetClass !== 'equity' || bars.length === 0) return;
    const kept = bars.slice(-SESSIONS_MAX);
    const member = new Member(instrument, (kept[0] as Bar).kind);
    for (const bar of kept) member.add(bar);
    this.#members.set(instrument.symbol, member);
  }

  onClosed(bar: Bar): void {
    if (bar.interval === '1d') this.#members.get(bar.symbol)?.add(bar);
  }

  /** Sessions of a member, ascending; empty when its history is not known. */
  sessions(symbol: Symbol): readonly MemberSession[] {
    return this.#members.get(symbol)?.sessions ?? [];
  }

  kind(symbol: Symbol): Kind | null {
    return this.#members.get(symbol)?.kind ?? null;
  }

  /** Where a price stands that belongs to the session `date`, which may be closed already. */
  standing(symbol: Symbol, date: string, price: number): Standing {
    const member = this.#members.get(symbol);
    if (member === undefined) return UNKNOWN;
    let end = member.sessions.length;
    while (end > 0 && (member.sessions[end - 1] as MemberSession).date >= date) end--;
    return standing(member.closes, end, price);
  }
}

/** The value against the `end` closes before it; it is the newest member of its own windows. */
function standing(closes: readonly number[], end: number, value: number): Standing {
  return {
    above50: aboveMean(closes, end, value, SHORT_MEAN),
    above200: aboveMean(closes, end, value, LONG_MEAN),
    ...extremes(closes, end, value),
  };
}

function aboveMean(closes: readonly number[], end: number, value: number, count: number): boolean | null {
  if (end < count - 1) return null;
  let sum = value;
  for (let i = end - count + 1; i < end; i++) sum += closes[i] as number;
  return value > sum / count;
}

function extremes(closes: readonly number[], end: number, value: number): Pick<Standing, 'high252' | 'low252'> {
  if (end < YEAR - 1) return { high252: null, low252: null };
  let [high, low] = [-Infinity, Infinity];
  for (let i = end - YEAR + 1; i < end; i++) {
    const close = closes[i] as number;
    if (close > high) high = close;
    if (close < low) low = close;
  }
  return { high252: value > high, low252: value < low };
}
