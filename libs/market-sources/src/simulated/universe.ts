import type { AssetClass, CalendarId, Instrument, Symbol } from '@ziggy/domain';
import { MODEL } from './params.ts';
import { Stream } from './stream.ts';

export const SECTORS = [
  'Technology',
  'Communication Services',
  'Consumer Discretionary',
  'Consumer Staples',
  'Financials',
  'Health Care',
  'Energy',
  'Industrials',
  'Materials',
  'Utilities',
  'Real Estate',
] as const;
export type Sector = (typeof SECTORS)[number];

export const UNIVERSE_DEFAULT = 50;
export const UNIVERSE_MAX = 10_000;
export const INDEX_SYMBOL = '^GSPC' as Symbol;
/** How many of the first symbols tick fast. */
export const LARGEST = 10;

interface Listing {
  readonly symbol: string;
  readonly name: string;
  readonly assetClass: AssetClass;
  readonly mic: string;
  readonly currency: string;
  readonly calendar: CalendarId;
  readonly sector: Sector | null;
  readonly tick: number;
  /** Money traded a day in millions, null where there is no volume. */
  readonly turnover: number | null;
  /** Half spread's double in basis points at base volatility; null where nothing is quoted on two sides. */
  readonly spreadBps: number | null;
  /** Level around which the seed draws the start price; null draws it freely. */
  readonly level: number | null;
  /** Fixed loads of ETFs: market, sector, own volatility a year. */
  readonly fixed: { readonly beta: number; readonly load: number; readonly sigma: number } | null;
}

/** What the generators need to know of a symbol; drawn from the seed and the symbol alone. */
export interface Profile {
  readonly symbol: Symbol;
  readonly instrument: Instrument;
  readonly calendar: CalendarId;
  readonly model: 'equity' | 'etf' | 'index' | 'volatility' | 'crypto' | 'fx';
  readonly sector: Sector | null;
  readonly beta: number;
  readonly load: number;
  /** Own variance a session, before jumps. */
  readonly ownVariance: number;
  readonly jumpSigma: number;
  /** First price, in units of currency. */
  readonly startPrice: number;
  readonly tick: number;
  /** Units a day at base volatility; null where there is no volume. */
  readonly dayVolume: number | null;
  readonly spreadBps: number | null;
  /** Units of the smallest size quoted. */
  readonly lot: number;
  readonly fast: boolean;
}

function equity(symbol: string, name: string, sector: Sector, mic: 'XNYS' | 'XNAS', turnover: number): Listing {
  const spreadBps = turnover > 4000 ? 0.8 : turnover > 1200 ? 1.5 : 2.5;
  return {
    ...{ symbol, name, assetClass: 'equity', mic, currency: 'USD', calendar: 'XNYS', sector, tick: 10_000 },
    ...{ turnover, spreadBps, level: null, fixed: null },
  };
}

function etf(
  symbol: string,
  name: string,
  level: number,
  turnover: number,
  fixed: Listing['fixed'],
  sector: Sector | null = null,
): Listing {
  return {
    ...{
      symbol,
      name,
      assetClass: 'etf',
      mic: symbol === 'QQQ' || symbol === 'TLT' ? 'XNAS' : 'ARCX',
      currency: 'USD',
    },
    ...{ calendar: 'XNYS', sector, tick: 10_000, turnover, spreadBps: 0.4, level, fixed },
  };
}

function index(symbol: string, name: string, level: number): Listing {
  return {
    ...{ symbol, name, assetClass: 'index', mic: 'XNYS', currency: 'USD', calendar: 'XNYS', sector: null },
    ...{ tick: 10_000, turnover: null, spreadBps: null, level, fixed: null },
  };
}

function coin(symbol: string, name: string, level: number, tick: number, turnover: number): Listing {
  return {
    ...{ symbol: `${symbol}-USD`, name: `${name} / US dollar`, assetClass: 'crypto', mic: 'SIMX', currency: 'USD' },
    ...{ calendar: '24x7', sector: null, tick, turnover, spreadBps: 2, level, fixed: null },
  };
}

function pair(symbol: string, name: string, currency: string, level: number, tick: number): Listing {
  return {
    ...{ symbol, name, assetClass: 'fx', mic: 'SIMX', currency, calendar: 'FX24x5', sector: null, tick },
    ...{ turnover: null, spreadBps: 0.8, level, fixed: null },
  };
}

/** Best known first: the first {@link LARGEST} tick fast. */
const LISTINGS: readonly Listing[] = [
  etf('SPY', 'S&P 500 ETF', 270, 30_000, { beta: 1, load: 0, sigma: 0.004 }),
  equity('AAPL', 'Apple', 'Technology', 'XNAS', 12_000),
  equity('MSFT', 'Microsoft', 'Technology', 'XNAS', 9000),
  equity('NVDA', 'Nvidia', 'Technology', 'XNAS', 20_000),
  equity('AMZN', 'Amazon', 'Consumer Discretionary', 'XNAS', 8000),
  equity('GOOGL', 'Alphabet', 'Communication Services', 'XNAS', 5000),
  equity('META', 'Meta Platforms', 'Communication Services', 'XNAS', 6000),
  equity('TSLA', 'Tesla', 'Consumer Discretionary', 'XNAS', 18_000),
  coin('BTC', 'Bitcoin', 30_000, 10_000, 20_000),
  index('^GSPC', 'S&P 500 index', 2700),
  etf('QQQ', 'Nasdaq 100 ETF', 160, 15_000, { beta: 1.12, load: 0.55, sigma: 0.02 }, 'Technology'),
  etf('IWM', 'Russell 2000 ETF', 150, 5000, { beta: 1.1, load: 0, sigma: 0.07 }),
  etf('TLT', '20+ year Treasury ETF', 125, 3000, { beta: -0.2, load: 0, sigma: 0.12 }),
  index('^VIX', 'Volatility index', 1),
  coin('ETH', 'Ethereum', 1800, 10_000, 10_000),
  coin('SOL', 'Solana', 60, 10_000, 2500),
  coin('XRP', 'XRP', 0.6, 10, 1500),
  coin('ADA', 'Cardano', 0.5, 10, 500),
  coin('DOGE', 'Dogecoin', 0.1, 1, 900),
  pair('EURUSD=X', 'Euro / US dollar', 'USD', 1.12, 10),
  pair('USDJPY=X', 'US dollar / Japanese yen', 'JPY', 125, 1000),
  equity('AVGO', 'Broadcom', 'Technology', 'XNAS', 3500),
  equity('AMD', 'Advanced Micro Devices', 'Technology', 'XNAS', 6000),
  equity('ORCL', 'Oracle', 'Technology', 'XNYS', 1400),
  equity('CRM', 'Salesforce', 'Technology', 'XNYS', 1500),
  equity('NFLX', 'Netflix', 'Communication Services', 'XNAS', 2500),
  equity('DIS', 'Walt Disney', 'Communication Services', 'XNYS', 1100),
  equity('HD', 'Home Depot', 'Consumer Discretionary', 'XNYS', 1300),
  equity('MCD', "McDonald's", 'Consumer Discretionary', 'XNYS', 900),
  equity('WMT', 'Walmart', 'Consumer Staples', 'XNYS', 1200),
  equity('PG', 'Procter & Gamble', 'Consumer Staples', 'XNYS', 1000),
  equity('KO', 'Coca-Cola', 'Consumer Staples', 'XNYS', 900),
  equity('COST', 'Costco', 'Consumer Staples', 'XNAS', 1400),
  equity('JPM', 'JPMorgan Chase', 'Financials', 'XNYS', 1800),
  equity('BAC', 'Bank of America', 'Financials', 'XNYS', 1500),
  equity('V', 'Visa', 'Financials', 'XNYS', 1600),
  equity('GS', 'Goldman Sachs', 'Financials', 'XNYS', 900),
  equity('UNH', 'UnitedHealth', 'Health Care', 'XNYS', 1700),
  equity('JNJ', 'Johnson & Johnson', 'Health Care', 'XNYS', 1100),
  equity('LLY', 'Eli Lilly', 'Health Care', 'XNYS', 2200),
  equity('PFE', 'Pfizer', 'Health Care', 'XNYS', 1200),
  equity('XOM', 'Exxon Mobil', 'Energy', 'XNYS', 1700),
  equity('CVX', 'Chevron', 'Energy', 'XNYS', 1300),
  equity('CAT', 'Caterpillar', 'Industrials', 'XNYS', 900),
  equity('BA', 'Boeing', 'Industrials', 'XNYS', 1500),
  equity('GE', 'GE Aerospace', 'Industrials', 'XNYS', 800),
  equity('LIN', 'Linde', 'Materials', 'XNAS', 700),
  equity('FCX', 'Freeport-McMoRan', 'Materials', 'XNYS', 600),
  equity('NEE', 'NextEra Energy', 'Utilities', 'XNYS', 700),
  equity('AMT', 'American Tower', 'Real Estate', 'XNYS', 500),
];

/** The listings of a universe of `size` symbols; beyond the named ones come `SIM0001`, `SIM0002` and so on. */
export function profilesOf(seed: string, size: number): Profile[] {
  const profiles: Profile[] = [];
  for (let i = 0; i < size; i++) {
    profiles.push(profileOf(seed, LISTINGS[i] ?? extraListing(seed, i - LISTINGS.length + 1), i < LARGEST));
  }
  return profiles;
}

function extraListing(seed: string, number: number): Listing {
  const symbol = `SIM${String(number).padStart(4, '0')}`;
  const stream = new Stream(`${seed}|listing|${symbol}|`);
  const sector = SECTORS[Math.floor(stream.uniform() * SECTORS.length)] as Sector;
  const turnover = 5 + 600 * stream.uniform() * stream.uniform() * stream.uniform();
  return equity(symbol, `Company ${String(number).padStart(4, '0')}`, sector, 'XNYS', turnover);
}

function profileOf(seed: string, listing: Listing, fast: boolean): Profile {
  const stream = new Stream(`${seed}|profile|${listing.symbol}|`);
  const draws = {
    level: stream.uniform(),
    beta: stream.normal(),
    load: stream.uniform(),
    sigma: stream.uniform() * stream.uniform(),
  };
  const { market, own, model } = loadsOf(listing, draws);
  const start = listing.level === null ? freePrice(draws.level) : listing.level * (0.85 + 0.3 * draws.level);
  const perYear = MODEL.sessionsPerYear[listing.calendar as 'XNYS' | '24x7' | 'FX24x5'];
  const symbol = listing.symbol as Symbol;
  return {
    symbol,
    instrument: {
      symbol,
      name: `${listing.name} (simulated)`,
      assetClass: listing.assetClass,
      mic: listing.mic,
      currency: listing.currency,
      tick: listing.tick,
      calendar: listing.calendar,
      sector: listing.sector,
      validFrom: null,
      validTo: null,
      aliases: [],
    },
    calendar: listing.calendar,
    model,
    sector: listing.sector,
    beta: market,
    load: listing.fixed
      ? listing.fixed.load
      : MODEL.equity.load.min + (MODEL.equity.load.max - MODEL.equity.load.min) * draws.load,
    ownVariance: (own * own) / perYear,
    jumpSigma: model === 'equity' ? (MODEL.equity.jumps.sigma * own) / MODEL.equity.jumps.atSigma : 0,
    startPrice: model === 'volatility' ? 1 : start,
    tick: listing.tick,
    dayVolume: listing.turnover === null ? null : Math.max(1000, Math.floor((listing.turnover * 1e6) / start)),
    spreadBps: listing.spreadBps,
    lot: Math.max(1, Math.floor((listing.assetClass === 'crypto' ? 2000 : 5000) / start)),
    fast,
  };
}

function freePrice(u: number): number {
  return MODEL.equity.startPrice.min + MODEL.equity.startPrice.range * u * u;
}

function loadsOf(
  listing: Listing,
  draws: { beta: number; load: number; sigma: number },
): { market: number; own: number; model: Profile['model'] } {
  if (listing.fixed) return { market: listing.fixed.beta, own: listing.fixed.sigma, model: 'etf' };
  if (listing.symbol === '^VIX') return { market: MODEL.volatilityIndex.marketLoad, own: 0, model: 'volatility' };
  if (listing.assetClass === 'index') return { market: 1, own: 0, model: 'index' };
  if (listing.assetClass === 'fx') return { market: 0, own: MODEL.fx.sigmaYear, model: 'fx' };
  if (listing.assetClass === 'crypto') {
    const { min, max } = MODEL.crypto.load;
    return { market: min + (max - min) * draws.load, own: MODEL.crypto.ownSigmaYear, model: 'crypto' };
  }
  const { mean, sigma, min, max } = MODEL.equity.beta;
  const beta = mean + sigma * draws.beta;
  const { base, range } = MODEL.equity.sigmaYear;
  return { market: beta < min ? min : beta > max ? max : beta, own: base + range * draws.sigma, model: 'equity' };
}
