import { calendarOf } from '@ziggy/domain';
import type { CalendarId } from '@ziggy/domain';
import { minutePrice } from './fake-market.ts';
import type { FakeListing } from './fake-market.ts';

/** The last second at which the venue traded. */
export function lastTradeAt(calendar: CalendarId, now: number): number {
  const session = calendarOf(calendar).lastOpened(now);
  return Math.floor(Math.min(now, session.close) / 1_000) * 1_000;
}

const STATES = { pre: 'PRE', open: 'REGULAR', post: 'POST', closed: 'CLOSED' } as const;

export function quoteRow(listing: FakeListing, now: number): Record<string, unknown> {
  const at = lastTradeAt(listing.calendar, now);
  const price = minutePrice(listing, at);
  return {
    language: 'en-US',
    region: 'US',
    quoteType: listing.quoteType,
    typeDisp: listing.quoteType,
    quoteSourceName: 'Synthetic',
    triggerable: true,
    currency: listing.currency,
    marketState: STATES[calendarOf(listing.calendar).phaseAt(now)],
    tradeable: false,
    exchange: listing.exchange,
    exchangeTimezoneName: 'America/New_York',
    exchangeTimezoneShortName: 'EST',
    gmtOffSetMilliseconds: -18_000_000,
    market: 'us_market',
    esgPopulated: false,
    sourceInterval: 15,
    exchangeDataDelayedBy: listing.delay,
    fullExchangeName: listing.exchange,
    shortName: listing.name,
    longName: listing.name,
    priceHint: 2,
    regularMarketTime: at / 1_000,
    regularMarketPrice: price,
    regularMarketOpen: minutePrice(listing, calendarOf(listing.calendar).lastOpened(now).open),
    regularMarketDayHigh: price + 1,
    regularMarketDayLow: price - 1,
    regularMarketVolume: Math.floor(at / 60_000) % 1_000_000,
    regularMarketPreviousClose: minutePrice(
      listing,
      calendarOf(listing.calendar).previous(calendarOf(listing.calendar).lastOpened(now).date).close,
    ),
    bid: 0,
    ask: Math.round((price + 0.01) * 100) / 100,
    bidSize: 8,
    askSize: 9,
    symbol: listing.symbol,
  };
}

export function searchRow(listing: FakeListing, score: number): Record<string, unknown> {
  const typeDisp: Record<string, string> = {
    EQUITY: 'Equity',
    ETF: 'ETF',
    INDEX: 'Index',
    CRYPTOCURRENCY: 'Cryptocurrency',
    CURRENCY: 'Currency',
  };
  return {
    exchange: listing.exchange,
    shortname: listing.name,
    longname: listing.name,
    quoteType: listing.quoteType,
    symbol: listing.symbol,
    index: 'quotes',
    score,
    typeDisp: typeDisp[listing.quoteType],
    isYahooFinance: true,
    ...(listing.sector === null ? {} : { sector: listing.sector }),
  };
}

export function searchBody(quotes: readonly unknown[]): Record<string, unknown> {
  const times = [
    '',
    'ForQuotes',
    'ForNews',
    'ForAlgowatchlist',
    'ForPredefinedScreener',
    'ForCrunchbase',
    'ForNav',
    'ForResearchReports',
    'ForScreenerField',
    'ForCulturalAssets',
    'ForSearchLists',
  ];
  return {
    explains: [],
    count: quotes.length,
    quotes,
    news: [],
    nav: [],
    lists: [],
    researchReports: [],
    totalTime: 12,
    ...Object.fromEntries(times.slice(1).map((name) => [`timeTaken${name}`, 1])),
  };
}

export function summaryBody(listing: FakeListing, now: number): Record<string, unknown> {
  return {
    price: {
      maxAge: 1,
      priceHint: 2,
      exchange: listing.exchange,
      exchangeName: listing.exchange,
      quoteType: listing.quoteType,
      symbol: listing.symbol,
      underlyingSymbol: null,
      shortName: listing.name,
      longName: listing.name,
      lastMarket: null,
      fromCurrency: null,
      currency: listing.currency,
      regularMarketPrice: minutePrice(listing, lastTradeAt(listing.calendar, now)),
    },
    assetProfile: {
      maxAge: 86_400,
      companyOfficers: [],
      ...(listing.sector === null ? {} : { sector: listing.sector }),
    },
  };
}
