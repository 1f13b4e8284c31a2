import type { Clock, Interval } from '@ziggy/domain';
import { calendarOf, INTERVAL_MS, isInterval } from '@ziggy/domain';
import { FAKE_LISTINGS, minutePrice, sessionRow, minuteRow, merge } from './fake-market.ts';
import type { FakeListing, FakeRow } from './fake-market.ts';
import { lastTradeAt, quoteRow, searchBody, searchRow, summaryBody } from './fake-yahoo-rows.ts';

/** What answers one request; returning null lets the ordinary answer through. */
export type FakeAnswer = (request: {
  url: URL;
  init: RequestInit;
  signal: AbortSignal;
}) => Response | Promise<Response> | null;

export const FAKE_CRUMB = 'fAkE.Crumb1';
export const FAKE_COOKIE = 'd=synthetic-cookie-value&S=abcdef';
const COOKIE_LINE = `A3=${FAKE_COOKIE}; Domain=.yahoo.com; Path=/; Max-Age=31536000; Secure; HttpOnly`;

/**
 * A Yahoo of our own making, as a `fetch`: synthetic listings with minutes, days, a split, a dividend and half days. It
 * wants a cookie and a crumb where Yahoo does. Faults are put in front of it with {@link FakeYahoo.answer}.
 */
export class FakeYahoo {
  readonly #clock: Clock;
  /** Every address asked, in order. */
  readonly asked: string[] = [];
  /** Requests that are not settled. */
  open = 0;
  crumb = FAKE_CRUMB;
  #overrides: { readonly matches: (url: URL) => boolean; readonly answer: FakeAnswer; left: number }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The next `times` requests whose address holds `part` get this answer instead. */
  answer(part: string, answer: FakeAnswer, times = Infinity): void {
    this.#overrides.push({ matches: (url) => url.href.includes(part), answer, left: times });
  }

  hang(part = ''): void {
    this.answer(part, ({ signal }) => hanging(signal));
  }

  /** Takes all faults away. */
  heal(): void {
    this.#overrides = [];
  }

  count(part: string): number {
    return this.asked.filter((address) => address.includes(part)).length;
  }

  readonly fetch: typeof globalThis.fetch = async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    this.asked.push(url.href);
    this.open += 1;
    try {
      return await this.#answered(url, init);
    } finally {
      this.open -= 1;
    }
  };

  async #answered(url: URL, init: RequestInit): Promise<Response> {
    const signal = init.signal ?? new AbortController().signal;
    for (const override of this.#overrides) {
      if (override.left <= 0 || !override.matches(url)) continue;
      override.left -= 1;
      const answer = override.answer({ url, init, signal });
      if (answer !== null) return answer;
    }
    return this.#ordinary(url, init);
  }

  #ordinary(url: URL, init: RequestInit): Response {
    if (url.hostname === 'finance.yahoo.com') return page();
    if (url.pathname.endsWith('/getcrumb')) return new Response(this.crumb);
    const name = decodeURIComponent(url.pathname.split('/').at(-1) ?? '');
    if (url.pathname.startsWith('/v8/finance/chart/')) return this.#chart(name, url.searchParams);
    if (url.pathname.startsWith('/v1/finance/search')) return this.#search(url.searchParams);
    const cookie = new Headers(init.headers).get('cookie') ?? '';
    if (url.searchParams.get('crumb') !== this.crumb || !cookie.includes(FAKE_COOKIE)) return invalidCrumb();
    if (url.pathname === '/v7/finance/quote') return this.#quotes(url.searchParams);
    if (url.pathname.startsWith('/v10/finance/quoteSummary/')) return this.#summary(name);
    return json({ finance: { result: null, error: { code: 'Not Found', description: 'No such path' } } }, 404);
  }

  #quotes(query: URLSearchParams): Response {
    const symbols = (query.get('symbols') ?? '').split(',');
    const result = symbols.flatMap((symbol) => {
      const listing = FAKE_LISTINGS.get(symbol);
      return listing ? [quoteRow(listing, this.#clock.now())] : [];
    });
    return json({ quoteResponse: { result, error: null } });
  }

  #chart(symbol: string, query: URLSearchParams): Response {
    const listing = FAKE_LISTINGS.get(symbol);
    if (!listing) return notFound();
    const now = this.#clock.now();
    const interval = query.get('interval') ?? '1d';
    const from = Number(query.get('period1')) * 1_000;
    const to = Math.min(Number(query.get('period2')) * 1_000, now + 1);
    const oldest = HISTORY_MS[interval];
    if (oldest !== undefined && from < now - oldest) return tooFarBack(interval);
    const rows = chartRows(listing, interval, { from, to, extended: query.get('includePrePost') === 'true', now });
    if (rows.length === 0 && oldest !== undefined) return noData(from, to);
    const events = chartEvents(listing, from, Number(query.get('period2')) * 1_000);
    return json({ chart: { result: [chartBody(listing, rows, events, now)], error: null } });
  }

  #search(query: URLSearchParams): Response {
    const text = (query.get('q') ?? '').toUpperCase();
    const quotes = [...FAKE_LISTINGS.values()]
      .filter((listing) => listing.symbol.includes(text) || listing.name.toUpperCase().includes(text))
      .slice(0, Number(query.get('quotesCount')))
      .map((listing, i) => searchRow(listing, 20_000 - i));
    const stranger = { index: 'x', name: 'Some start-up', permalink: 'some', isYahooFinance: false };
    return json(searchBody([...quotes, stranger]));
  }

  #summary(symbol: string): Response {
    const listing = FAKE_LISTINGS.get(symbol);
    if (!listing) {
      const error = { code: 'Not Found', description: `Quote not found for symbol: ${symbol}` };
      return json({ quoteSummary: { result: null, error } }, 404);
    }
    return json({ quoteSummary: { result: [summaryBody(listing, this.#clock.now())], error: null } });
  }
}

const DAY_MS = 86_400_000;
const HISTORY_MS: Readonly<Record<string, number>> = {
  '1m': 30 * DAY_MS,
  '5m': 60 * DAY_MS,
  '15m': 60 * DAY_MS,
  '1h': 730 * DAY_MS,
};

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
}

export function page(): Response {
  return new Response('<html></html>', { headers: { 'content-type': 'text/html', 'set-cookie': COOKIE_LINE } });
}

/** Never answers; fails as the platform's fetch does when it is aborted. */
export function hanging(signal: AbortSignal): Promise<Response> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new DOMException('This operation was aborted', 'AbortError')), {
      once: true,
    });
  });
}

export function notFound(): Response {
  const error = { code: 'Not Found', description: 'No data found, symbol may be delisted' };
  return json({ chart: { result: null, error } }, 404);
}

export function invalidCrumb(): Response {
  return json({ finance: { result: null, error: { code: 'Unauthorized', description: 'Invalid Crumb' } } }, 401);
}

function tooFarBack(interval: string): Response {
  const description = `${interval} data not available for the asked start. The requested range must be within the last days.`;
  return json({ chart: { result: null, error: { code: 'Unprocessable Entity', description } } }, 422);
}

function noData(from: number, to: number): Response {
  const description = `Data doesn't exist for startDate = ${from / 1_000}, endDate = ${to / 1_000}`;
  return json({ chart: { result: null, error: { code: 'Bad Request', description } } }, 400);
}

interface ChartRange {
  readonly from: number;
  readonly to: number;
  readonly extended: boolean;
  readonly now: number;
}

function chartRows(listing: FakeListing, interval: string, range: ChartRange): FakeRow[] {
  const { from, to, extended, now } = range;
  // The quarterly chart is asked for its events alone.
  if (!isInterval(interval)) return [];
  const calendar = calendarOf(listing.calendar);
  const date = (at: number): string => calendar.dateAt(Math.max(at, Date.UTC(2000, 0, 3)));
  const rows: FakeRow[] = [];
  for (const session of calendar.between(date(from - DAY_MS), date(to + DAY_MS))) {
    if (session.open > now || session.open >= to + DAY_MS || session.postClose < from) continue;
    if (interval === '1d') {
      const row = sessionRow(listing, session, now);
      if (row.at >= from && row.at < to) rows.push(row);
      continue;
    }
    const [first, last] = extended ? [session.preOpen, session.postClose] : [session.open, session.close];
    rows.push(
      ...intraday(listing, interval, first, Math.min(last, now), session.open).filter(
        (row) => row.at >= from && row.at < to,
      ),
    );
  }
  return rows;
}

/** Rows of a session's minutes, merged to the interval; rows are anchored at the open, in both directions. */
function intraday(listing: FakeListing, interval: Interval, first: number, last: number, anchor: number): FakeRow[] {
  const length = INTERVAL_MS[interval];
  const rows = new Map<number, FakeRow>();
  for (let at = first; at < last; at += 60_000) {
    const start = anchor + Math.floor((at - anchor) / length) * length;
    const row = minuteRow(listing, at);
    const before = rows.get(start);
    rows.set(start, before ? merge(before, row) : { ...row, at: start });
  }
  return [...rows.values()];
}

function chartEvents(listing: FakeListing, from: number, to: number): Record<string, Record<string, unknown>> {
  const inside = (at: number): boolean => at >= from && at < to;
  const events: Record<string, Record<string, unknown>> = {};
  for (const { at, numerator, denominator } of listing.splits.filter((split) => inside(split.at))) {
    events['splits'] ??= {};
    events['splits'][String(at / 1_000)] = {
      date: at / 1_000,
      numerator,
      denominator,
      splitRatio: `${numerator}:${denominator}`,
    };
  }
  for (const { at, amount } of listing.dividends.filter((dividend) => inside(dividend.at))) {
    events['dividends'] ??= {};
    events['dividends'][String(at / 1_000)] = { amount, date: at / 1_000 };
  }
  return events;
}

export function chartBody(
  listing: FakeListing,
  rows: readonly FakeRow[],
  events: Record<string, unknown>,
  now: number,
): Record<string, unknown> {
  const period = { timezone: 'EST', start: 1_700_000_000, end: 1_700_023_400, gmtoffset: -18_000 };
  const quote = {
    high: rows.map((row) => row.high),
    low: rows.map((row) => row.low),
    open: rows.map((row) => row.open),
    close: rows.map((row) => row.close),
    volume: rows.map((row) => row.volume),
  };
  return {
    meta: {
      currency: listing.currency,
      symbol: listing.symbol,
      exchangeName: listing.exchange,
      fullExchangeName: listing.exchange,
      instrumentType: listing.quoteType,
      firstTradeDate: 1_000_000_000,
      regularMarketTime: Math.floor(lastTradeAt(listing.calendar, now) / 1_000),
      hasPrePostMarketData: true,
      gmtoffset: -18_000,
      timezone: 'EST',
      exchangeTimezoneName: 'America/New_York',
      regularMarketPrice: minutePrice(listing, lastTradeAt(listing.calendar, now)),
      regularMarketDayHigh: 0,
      regularMarketVolume: 1_234_567,
      longName: listing.name,
      shortName: listing.name,
      priceHint: 2,
      currentTradingPeriod: { pre: period, regular: period, post: period },
      dataGranularity: '1d',
      range: '',
      validRanges: ['1d', '5d', '1mo', 'max'],
    },
    ...(rows.length > 0 ? { timestamp: rows.map((row) => row.at / 1_000) } : {}),
    ...(Object.keys(events).length > 0 ? { events } : {}),
    indicators: { quote: [rows.length > 0 ? quote : {}] },
  };
}
