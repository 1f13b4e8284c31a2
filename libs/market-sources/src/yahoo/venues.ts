import type { AssetClass, CalendarId, Instrument, Symbol } from '@ziggy/domain';
import { parseSymbol } from '@ziggy/domain';

/** What an exchange code of Yahoo stands for. */
export interface Venue {
  readonly mic: string;
  readonly calendar: CalendarId;
  /** Currency of its listings where an answer does not say; null when they differ. */
  readonly currency: string | null;
}

const venue = (mic: string, calendar: CalendarId, currency: string | null): Venue => ({ mic, calendar, currency });
const NASDAQ = venue('XNAS', 'XNYS', 'USD');
const INDEX = venue('XNYS', 'XNYS', 'USD');

/** Venues whose trading calendar is known. Elsewhere bars could not be placed in sessions: such listings are left out. */
const VENUES: Readonly<Record<string, Venue>> = {
  NMS: NASDAQ,
  NGM: NASDAQ,
  NCM: NASDAQ,
  NIM: NASDAQ,
  NAS: NASDAQ,
  NYQ: venue('XNYS', 'XNYS', 'USD'),
  NYS: venue('XNYS', 'XNYS', 'USD'),
  ASE: venue('XASE', 'XNYS', 'USD'),
  PCX: venue('ARCX', 'XNYS', 'USD'),
  BTS: venue('BATS', 'XNYS', 'USD'),
  SNP: INDEX,
  DJI: INDEX,
  WCB: INDEX,
  CXI: INDEX,
  CBO: INDEX,
  LSE: venue('XLON', 'XLON', 'GBp'),
  GER: venue('XETR', 'XETR', 'EUR'),
  CCC: venue('CCCX', '24x7', null),
  CCY: venue('XFX', 'FX24x5', null),
};

export function venueOf(exchange: string | null): Venue | null {
  return exchange !== null && Object.hasOwn(VENUES, exchange) ? (VENUES[exchange] as Venue) : null;
}

const CLASSES: Readonly<Record<string, AssetClass>> = {
  EQUITY: 'equity',
  ETF: 'etf',
  INDEX: 'index',
  CRYPTOCURRENCY: 'crypto',
  CURRENCY: 'fx',
  MUTUALFUND: 'fund',
};

/** Null for kinds that the platform does not hold: options, futures, money markets. */
export function assetClassOf(quoteType: string | null): AssetClass | null {
  return quoteType !== null && Object.hasOwn(CLASSES, quoteType) ? (CLASSES[quoteType] as AssetClass) : null;
}

/** Splits and dividends exist for these alone. */
export function hasActions(assetClass: AssetClass): boolean {
  return assetClass === 'equity' || assetClass === 'etf' || assetClass === 'fund';
}

/** Smallest step in micro-units from the vendor's number of decimals; null below 1e-6, which cannot be held. */
export function tickOf(priceHint: number | null, assetClass: AssetClass): number | null {
  const decimals = priceHint ?? (assetClass === 'fx' ? 4 : 2);
  return Number.isInteger(decimals) && decimals >= 0 && decimals <= 6 ? 10 ** (6 - decimals) : null;
}

/** Currency of a pair such as `BTC-USD`, `EURUSD=X` or `JPY=X` from its symbol. */
export function pairCurrency(symbol: Symbol): string | null {
  return /(?:-|^[A-Z]{3})([A-Z]{3})(?:=X)?$/.exec(symbol)?.[1] ?? /^([A-Z]{3})=X$/.exec(symbol)?.[1] ?? null;
}

type Row = readonly [symbol: string, name: string, sector: string | null];

const row = (assetClass: AssetClass, mic: string, calendar: CalendarId, tick: number, currency = 'USD') => {
  return ([text, name, sector]: Row): Instrument => {
    const symbol = parseSymbol(text) as Symbol;
    return {
      symbol,
      name,
      assetClass,
      mic,
      currency: assetClass === 'fx' || assetClass === 'crypto' ? (pairCurrency(symbol) ?? currency) : currency,
      tick,
      calendar,
      sector,
      validFrom: null,
      validTo: null,
      aliases: [],
    };
  };
};

const NYSE: readonly Row[] = [
  ['BRK-B', 'Berkshire Hathaway', 'Financials'],
  ['JPM', 'JPMorgan Chase', 'Financials'],
  ['V', 'Visa', 'Financials'],
  ['MA', 'Mastercard', 'Financials'],
  ['BAC', 'Bank of America', 'Financials'],
  ['LLY', 'Eli Lilly', 'Health Care'],
  ['UNH', 'UnitedHealth', 'Health Care'],
  ['JNJ', 'Johnson & Johnson', 'Health Care'],
  ['MRK', 'Merck', 'Health Care'],
  ['XOM', 'Exxon Mobil', 'Energy'],
  ['CVX', 'Chevron', 'Energy'],
  ['PG', 'Procter & Gamble', 'Consumer Staples'],
  ['KO', 'Coca-Cola', 'Consumer Staples'],
  ['HD', 'Home Depot', 'Consumer Discretionary'],
  ['MCD', "McDonald's", 'Consumer Discretionary'],
  ['NKE', 'Nike', 'Consumer Discretionary'],
  ['DIS', 'Walt Disney', 'Communication Services'],
  ['CAT', 'Caterpillar', 'Industrials'],
  ['GE', 'GE Aerospace', 'Industrials'],
  ['NEE', 'NextEra Energy', 'Utilities'],
  ['PLD', 'Prologis', 'Real Estate'],
  ['CRM', 'Salesforce', 'Information Technology'],
];

const NASDAQ_LISTED: readonly Row[] = [
  ['AAPL', 'Apple', 'Information Technology'],
  ['MSFT', 'Microsoft', 'Information Technology'],
  ['NVDA', 'NVIDIA', 'Information Technology'],
  ['AMZN', 'Amazon', 'Consumer Discretionary'],
  ['GOOGL', 'Alphabet', 'Communication Services'],
  ['META', 'Meta Platforms', 'Communication Services'],
  ['AVGO', 'Broadcom', 'Information Technology'],
  ['TSLA', 'Tesla', 'Consumer Discretionary'],
  ['NFLX', 'Netflix', 'Communication Services'],
  ['COST', 'Costco', 'Consumer Staples'],
  ['PEP', 'PepsiCo', 'Consumer Staples'],
  ['AMD', 'Advanced Micro Devices', 'Information Technology'],
  ['INTC', 'Intel', 'Information Technology'],
  ['LIN', 'Linde', 'Materials'],
];

/** What is watched before anybody asked for anything: large listings of New York, funds, indices, coins and currencies. */
export const YAHOO_UNIVERSE: readonly Instrument[] = [
  ...NASDAQ_LISTED.map(row('equity', 'XNAS', 'XNYS', 10_000)),
  ...NYSE.map(row('equity', 'XNYS', 'XNYS', 10_000)),
  ...(
    [
      ['SPY', 'SPDR S&P 500', null],
      ['IWM', 'iShares Russell 2000', null],
    ] as const
  ).map(row('etf', 'ARCX', 'XNYS', 10_000)),
  ...(
    [
      ['QQQ', 'Invesco QQQ', null],
      ['TLT', 'iShares 20+ Year Treasury Bond', null],
    ] as const
  ).map(row('etf', 'XNAS', 'XNYS', 10_000)),
  ...(
    [
      ['^GSPC', 'S&P 500', null],
      ['^VIX', 'CBOE Volatility Index', null],
    ] as const
  ).map(row('index', 'XNYS', 'XNYS', 10_000)),
  ...(
    [
      ['BTC-USD', 'Bitcoin', null],
      ['ETH-USD', 'Ether', null],
      ['SOL-USD', 'Solana', null],
    ] as const
  ).map(row('crypto', 'CCCX', '24x7', 10_000)),
  ...(
    [
      ['EURUSD=X', 'Euro / US dollar', null],
      ['GBPUSD=X', 'Pound sterling / US dollar', null],
    ] as const
  ).map(row('fx', 'XFX', 'FX24x5', 100)),
];
