import type { Bar, BarFlag, Session, TradingCalendar } from '@ziggy/domain';
import { calendarOf, INTERVAL_MS, toMicro } from '@ziggy/domain';
import type { BarsQuery } from '../port.ts';
import type { Chart, ChartRow, ChartSplit } from './read-chart.ts';
import { splitFactor } from './read-chart.ts';
import type { Venue } from './venues.ts';

/** The closing print comes up to this long after the bell and belongs to the last bar. */
const CLOSING_PRINT_MS = 60_000;
/** A bar is taken as finished this long after its close, when no later trade proves it: longer than any stated delay. */
const SURE_AFTER_MS = 20 * 60_000;
/** Days that every calendar covers, whatever its zone. */
const FIRST = Date.UTC(2000, 0, 2);
const LAST = Date.UTC(2050, 11, 30);
/** Ticks of a bar may come this late (market-data.md section 6.2). */
const FORMING_MS = 2_000;

export interface BarsFrame {
  readonly query: BarsQuery;
  readonly venue: Venue;
  /** Splits up to now. */
  readonly splits: readonly ChartSplit[];
  /** Epoch ms. */
  readonly now: number;
}

interface Slot {
  readonly openTime: number;
  readonly closeTime: number;
  readonly extended: boolean;
}

/**
 * Makes bars of chart rows: placed in the venue's sessions, merged where the vendor's running row falls into the same
 * bar, and brought back to the prices and volumes of their day (flag `derived_raw`), since the vendor adjusts for splits.
 */
export function readBars(chart: Chart, frame: BarsFrame): Bar[] {
  const { query, venue } = frame;
  const calendar = calendarOf(venue.calendar);
  const merged: { slot: Slot; row: ChartRow }[] = [];
  for (const row of chart.rows) {
    const slot = slotOf(calendar, query, row.at);
    if (slot === null || (slot.extended && !query.extended)) continue;
    const last = merged.at(-1);
    if (last && last.slot.openTime === slot.openTime) last.row = joined(last.row, row);
    else merged.push({ slot, row });
  }
  const wanted = merged.filter(({ slot }) => slot.openTime >= query.from && slot.openTime < query.to);
  const lastTradeAt = chart.last.at;
  return wanted.flatMap(({ slot, row }, i) => {
    const newest = i === wanted.length - 1;
    const bar = barOf(slot, row, frame, !newest || isComplete(slot, lastTradeAt, frame.now));
    return bar === null ? [] : [bar];
  });
}

function slotOf(calendar: TradingCalendar, { interval, extended }: BarsQuery, at: number): Slot | null {
  const session = sessionOf(calendar, at);
  if (session === null) return null;
  if (interval === '1d') return { openTime: session.open, closeTime: session.close, extended: false };
  // With post trading asked for, a row at the bell is the first of that.
  const closing = !extended && at >= session.close && at < session.close + CLOSING_PRINT_MS;
  const inside = closing ? session.close - 1 : at;
  const bounds = calendar.barBounds(interval, inside);
  return bounds === null ? extendedSlot(session, INTERVAL_MS[interval], at) : { ...bounds, extended: false };
}

/** The session that a row belongs to: the one it lies in, else the one of its date; null when the venue was closed. */
export function sessionOf(calendar: TradingCalendar, at: number): Session | null {
  if (at < FIRST || at > LAST) return null;
  return calendar.sessionAt(at) ?? calendar.session(calendar.dateAt(at));
}

/** Bars before the open count from the pre-opening, bars after the close from the close. */
function extendedSlot(session: Session, length: number, at: number): Slot | null {
  if (at < session.preOpen || at >= session.postClose) return null;
  const [from, to] = at < session.open ? [session.preOpen, session.open] : [session.close, session.postClose];
  const openTime = from + Math.floor((at - from) / length) * length;
  return { openTime, closeTime: Math.min(openTime + length, to), extended: true };
}

function joined(first: ChartRow, second: ChartRow): ChartRow {
  return {
    at: first.at,
    open: first.open,
    high: Math.max(first.high, second.high),
    low: Math.min(first.low, second.low),
    close: second.close,
    volume:
      first.volume === null || second.volume === null ? (first.volume ?? second.volume) : first.volume + second.volume,
  };
}

function isComplete(slot: Slot, lastTradeAt: number | null, now: number): boolean {
  if (now < slot.closeTime + FORMING_MS) return false;
  return now >= slot.closeTime + SURE_AFTER_MS || (lastTradeAt !== null && lastTradeAt >= slot.closeTime);
}

function barOf(slot: Slot, row: ChartRow, frame: BarsFrame, complete: boolean): Bar | null {
  const { query, splits } = frame;
  const factor = splitFactor(splits, slot.openTime);
  const [o, h, l, c] = [row.open, row.high, row.low, row.close].map((price) => toMicro(price * factor));
  if (!o || !h || !l || !c) return null;
  const flags: BarFlag[] = factor === 1 ? [] : ['derived_raw'];
  return {
    market: 'yahoo',
    symbol: query.symbol,
    interval: query.interval,
    openTime: slot.openTime,
    closeTime: slot.closeTime,
    availableAt: slot.closeTime,
    o,
    h,
    l,
    c,
    volume: row.volume === null ? null : row.volume / factor,
    complete,
    extended: slot.extended,
    flags,
    source: 'yahoo',
    kind: query.interval === '1d' && complete ? 'end_of_day' : 'delayed',
  };
}
