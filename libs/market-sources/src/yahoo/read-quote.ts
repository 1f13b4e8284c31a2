import type { CalendarId, Kind, Phase, QuoteUpdate, Symbol } from '@ziggy/domain';
import { calendarOf, parseSymbol } from '@ziggy/domain';
import { countOf, fieldsOf, instantOf, listOf, numberOf, priceOf, textOf } from './fields.ts';
import type { Fields } from './fields.ts';
import { sessionOf } from './read-bars.ts';
import type { Chart } from './read-chart.ts';
import { venueOf } from './venues.ts';

/** A quote as read, before it has a number. */
export type QuoteRead = Omit<QuoteUpdate, 'seq' | 'receivedAt'>;

export interface QuoteRow {
  readonly quote: QuoteRead;
  /** Null when the venue's calendar is not known. */
  readonly calendar: CalendarId | null;
}

const PHASE_OF: Readonly<Record<string, Phase>> = {
  PRE: 'pre',
  REGULAR: 'open',
  POST: 'post',
  PREPRE: 'closed',
  POSTPOST: 'closed',
  CLOSED: 'closed',
};

/**
 * Reads the rows of a quote answer. A row that is not understood is left out, and so is one that nobody asked for.
 * @param asked symbols of the request.
 */
export function readQuotes(answer: unknown, asked: ReadonlySet<Symbol>): Map<Symbol, QuoteRow> {
  const rows = new Map<Symbol, QuoteRow>();
  for (const value of listOf(answer)) {
    const row = fieldsOf(value);
    const symbol = row === null ? null : parseSymbol(textOf(row['symbol']) ?? '');
    if (row === null || symbol === null || !asked.has(symbol) || rows.has(symbol)) continue;
    const quote = readQuote(symbol, row);
    if (quote !== null) rows.set(symbol, { quote, calendar: venueOf(textOf(row['exchange']))?.calendar ?? null });
  }
  return rows;
}

interface Trade {
  readonly price: number;
  readonly at: number;
  /** Close that a change is measured from. */
  readonly before: number | null;
}

function readQuote(symbol: Symbol, row: Fields): QuoteRead | null {
  const trade = newestTrade(row);
  if (trade === null) return null;
  const delay = numberOf(row['exchangeDataDelayedBy']);
  const delayMinutes = delay !== null && delay >= 0 ? delay : null;
  return {
    symbol,
    price: trade.price,
    bid: priceOf(row['bid']),
    ask: priceOf(row['ask']),
    // Sizes come in lots or in shares, and no field says which: unknown is null.
    bidSize: null,
    askSize: null,
    open: priceOf(row['regularMarketOpen']),
    high: priceOf(row['regularMarketDayHigh']),
    low: priceOf(row['regularMarketDayLow']),
    prevClose: trade.before,
    volume: countOf(row['regularMarketVolume']),
    marketState: PHASE_OF[textOf(row['marketState']) ?? ''] ?? 'closed',
    exchangeAt: trade.at,
    delayMinutes,
    kind: kindOf(delayMinutes),
  };
}

/**
 * The last trade of the regular, pre or post session. Before the open the last regular price is yesterday's close, and
 * that is what a price of this morning is measured from.
 */
function newestTrade(row: Fields): Trade | null {
  const regular = tradeOf(row, 'regularMarket', priceOf(row['regularMarketPreviousClose']));
  const pre = tradeOf(row, 'preMarket', regular?.price ?? null);
  const post = tradeOf(row, 'postMarket', priceOf(row['regularMarketPreviousClose']));
  return [pre, post].reduce((newest, trade) => {
    return trade !== null && (newest === null || trade.at > newest.at) ? trade : newest;
  }, regular);
}

function tradeOf(row: Fields, prefix: string, before: number | null): Trade | null {
  const price = priceOf(row[`${prefix}Price`]);
  const at = instantOf(row[`${prefix}Time`]);
  return price === null || at === null ? null : { price, at, before };
}

function kindOf(delayMinutes: number | null): Kind {
  return delayMinutes === 0 ? 'live' : 'delayed';
}

/** A quote out of a chart's head, for the time when quotes are refused. Its delay is not stated. */
export function quoteFromChart(symbol: Symbol, chart: Chart, now: number): QuoteRow | null {
  const { price, at, high, low, volume, previousClose } = chart.last;
  if (price === null || at === null) return null;
  const calendar = chart.venue?.calendar ?? null;
  const session = calendar === null ? null : sessionOf(calendarOf(calendar), at);
  const before = session === null ? undefined : chart.rows.filter((row) => row.at < session.open).at(-1);
  return {
    calendar,
    quote: {
      symbol,
      price,
      bid: null,
      ask: null,
      bidSize: null,
      askSize: null,
      open: null,
      high,
      low,
      prevClose: previousClose ?? priceOf(before?.close),
      volume,
      marketState: calendar === null ? 'closed' : calendarOf(calendar).phaseAt(now),
      exchangeAt: at,
      delayMinutes: null,
      kind: 'delayed',
    },
  };
}
