import type { CalendarId, Session } from '@ziggy/domain';
import { calendarOf } from '@ziggy/domain';

/** One synthetic listing. Prices are invented by a formula and say nothing about any company. */
export interface FakeListing {
  readonly symbol: string;
  readonly name: string;
  readonly quoteType: 'EQUITY' | 'ETF' | 'INDEX' | 'CRYPTOCURRENCY' | 'CURRENCY';
  readonly exchange: string;
  readonly calendar: CalendarId;
  readonly currency: string;
  readonly sector: string | null;
  /** Stated delay in minutes. */
  readonly delay: number;
  /** Price around which the formula swings. */
  readonly level: number;
  readonly splits: readonly { readonly at: number; readonly numerator: number; readonly denominator: number }[];
  readonly dividends: readonly { readonly at: number; readonly amount: number }[];
}

/** A row of a synthetic chart; `at` in epoch ms. */
export interface FakeRow {
  readonly at: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

const openOf = (date: string): number => calendarOf('XNYS').session(date)?.open ?? 0;

const equity = (symbol: string, level: number, more: Partial<FakeListing> = {}): FakeListing => ({
  symbol,
  name: `Synthetic ${symbol}`,
  quoteType: 'EQUITY',
  exchange: 'NMS',
  calendar: 'XNYS',
  currency: 'USD',
  sector: 'Industrials',
  delay: 0,
  level,
  splits: [],
  dividends: [],
  ...more,
});

const LISTINGS: readonly FakeListing[] = [
  equity('SPY', 500, { quoteType: 'ETF', exchange: 'PCX', sector: null }),
  ...Array.from({ length: 12 }, (_, i) => equity(`ZZ${String.fromCharCode(65 + i)}`, 20 + 35 * i)),
  equity('ZSPLIT', 120, {
    splits: [{ at: openOf('2025-11-12'), numerator: 4, denominator: 1 }],
    dividends: [
      { at: openOf('2025-10-01'), amount: 0.125 },
      { at: openOf('2026-01-05'), amount: 0.15 },
    ],
  }),
  equity('ZLATE', 60, { exchange: 'NYQ', delay: 15 }),
  equity('^ZIDX', 4_000, { quoteType: 'INDEX', exchange: 'SNP', sector: null }),
  equity('ZED-USD', 30_000, { quoteType: 'CRYPTOCURRENCY', exchange: 'CCC', calendar: '24x7', sector: null }),
  equity('ZAUZBU=X', 1.1, { quoteType: 'CURRENCY', exchange: 'CCY', calendar: 'FX24x5', sector: null }),
  equity('ZOSAKA', 900, { exchange: 'JPX', currency: 'JPY' }),
];

export const FAKE_LISTINGS: ReadonlyMap<string, FakeListing> = new Map(
  LISTINGS.map((listing) => [listing.symbol, listing]),
);

const round = (value: number): number => Math.round(value * 100) / 100;

/** Price at an instant: a slow swing with small steps, the same each time. */
export function minutePrice(listing: FakeListing, at: number): number {
  const second = Math.floor(at / 1_000);
  const swing = 0.03 * Math.sin(second / 90_000 + listing.level) + 0.004 * Math.sin(second / 700);
  const step = ((Math.imul(second, 2_654_435_761) >>> 16) % 21) - 10;
  return Math.max(0.01, round(listing.level * (1 + swing) + step / 100));
}

export function minuteRow(listing: FakeListing, at: number): FakeRow {
  const open = minutePrice(listing, at);
  const close = minutePrice(listing, at + 59_000);
  return {
    at,
    open,
    close,
    high: round(Math.max(open, close) + 0.03),
    low: Math.max(0.01, round(Math.min(open, close) - 0.02)),
    volume: 100 + (Math.floor(at / 60_000) % 900),
  };
}

/** A day's row: at its open when it is over, at the last trade while it runs, as Yahoo does. */
export function sessionRow(listing: FakeListing, session: Session, now: number): FakeRow {
  const last = Math.floor(Math.min(now, session.close - 1_000) / 1_000) * 1_000;
  const open = minutePrice(listing, session.open);
  const close = minutePrice(listing, last);
  return {
    at: now < session.close ? last : session.open,
    open,
    close,
    high: round(Math.max(open, close) + 0.5),
    low: Math.max(0.01, round(Math.min(open, close) - 0.5)),
    volume: 1_000_000 + (Math.floor(session.open / 86_400_000) % 1_000) * 1_000,
  };
}

export function merge(first: FakeRow, second: FakeRow): FakeRow {
  return {
    at: first.at,
    open: first.open,
    close: second.close,
    high: Math.max(first.high, second.high),
    low: Math.min(first.low, second.low),
    volume: first.volume + second.volume,
  };
}
