import { Injectable } from '@nestjs/common';
import { CRYPTO_OHLC_MAX, CRYPTO_QUOTES_MAX } from '@ziggy/contracts';
import type {
  CryptoOhlcAnswer,
  CryptoOhlcQuery,
  CryptoQuotesAnswer,
  CryptoQuotesQuery,
  NullReason,
  QuoteEntry,
} from '@ziggy/contracts';
import { toMicro } from '@ziggy/domain';
import type { Instrument, Interval, Symbol } from '@ziggy/domain';
import { BarHistory } from '../charts/history/bar-history.ts';
import { checkInterval } from '../charts/rest/check-interval.ts';
import { seriesProvenance, wireBar } from '../charts/rest/series-view.ts';
import { ActiveMarket } from '../market/source/active-market.ts';
import { InstrumentDirectory } from '../market/instruments/instrument-directory.ts';
import { MarketService } from '../market/market.service.ts';
import { changePctOf } from '../market/quotes/quote-record.ts';
import { parseSymbolList } from '../market/instruments/symbols-query.ts';
import { Venues } from '../market/calendar/venues.ts';
import { wireProvenance } from '../market/quotes/wire-provenance.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** The price of yesterday is the close of the last bar of this length that ended 24 hours ago or before. */
const REFERENCE_INTERVAL: Interval = '5m';
const REFERENCE_MS = 5 * MINUTE_MS;
/** A coin that did not trade for so long has no price of 24 hours ago. */
const REFERENCE_REACH_MS = 12 * REFERENCE_MS;
const REFERENCES_MAX = 500;
const WITHIN_MS = 2_500;

type CryptoItem = CryptoQuotesAnswer['items'][number];
type OhlcItem = CryptoOhlcAnswer['items'][number];

/** Quotes and bars of instruments that trade round the clock. */
@Injectable()
export class CryptoService {
  readonly #references = new Map<Symbol, { readonly endsAt: number; readonly close: number | null }>();

  constructor(
    private readonly market: ActiveMarket,
    private readonly quotesOf: MarketService,
    private readonly directory: InstrumentDirectory,
    private readonly history: BarHistory,
    private readonly venues: Venues,
  ) {}

  async quotes(query: CryptoQuotesQuery): Promise<CryptoQuotesAnswer> {
    const symbols = parseSymbolList(query.symbols, CRYPTO_QUOTES_MAX);
    const coins = await this.#coins(symbols);
    const asked = symbols.filter((symbol) => typeof coins.get(symbol) === 'object');
    const entries = new Map((await this.quotesOf.entries(asked, false)).map((entry) => [entry.symbol, entry]));
    const items = await Promise.all(
      symbols.map(async (symbol): Promise<CryptoItem> => {
        const coin = coins.get(symbol) as Instrument | NullReason;
        if (typeof coin === 'string') return { symbol, quote: null, reason: coin };
        return this.#item(coin, entries.get(symbol) as QuoteEntry);
      }),
    );
    return { items, nextCursor: null };
  }

  async ohlc({ symbols: list, interval, minutes }: CryptoOhlcQuery): Promise<CryptoOhlcAnswer> {
    const symbols = parseSymbolList(list, CRYPTO_OHLC_MAX);
    checkInterval(this.market.adapter, interval);
    const coins = await this.#coins(symbols);
    const items = await Promise.all(
      symbols.map((symbol) => this.#series(symbol, coins.get(symbol) as Instrument | NullReason, interval, minutes)),
    );
    return { items, nextCursor: null };
  }

  /** The coin of each symbol, or why it is none. */
  async #coins(symbols: readonly Symbol[]): Promise<Map<Symbol, Instrument | NullReason>> {
    const found = await Promise.all(symbols.map((symbol) => this.directory.resolve(symbol)));
    return new Map(
      symbols.map((symbol, i): [Symbol, Instrument | NullReason] => {
        const resolution = found[i] as (typeof found)[number];
        if ('missing' in resolution)
          return [symbol, resolution.missing === 'unknown' ? 'unknown_symbol' : 'source_unavailable'];
        const { instrument } = resolution;
        return [symbol, instrument.assetClass === 'crypto' ? instrument : 'wrong_class'];
      }),
    );
  }

  async #item(coin: Instrument, { symbol, quote, reason }: QuoteEntry): Promise<CryptoItem> {
    if (quote === null) return { symbol, quote, reason };
    const reference = await this.#reference(coin);
    const change24hPct = quote.price === null ? null : changePctOf(toMicro(quote.price), reference);
    const reasons: Record<string, NullReason> = change24hPct === null ? { change24hPct: 'no_data' } : {};
    return { symbol, quote: { ...quote, change24hPct, reasons }, reason: null };
  }

  /** Price of 24 hours ago in micro-units; read once for each bar. */
  async #reference(coin: Instrument): Promise<number | null> {
    if (this.history.oldest(REFERENCE_INTERVAL) === null) return null;
    const endsAt = Math.floor((this.market.now() - DAY_MS) / REFERENCE_MS) * REFERENCE_MS;
    const known = this.#references.get(coin.symbol);
    if (known?.endsAt === endsAt) return known.close;
    const { bars, failure } = await this.history.bars({
      instrument: coin,
      interval: REFERENCE_INTERVAL,
      from: endsAt - REFERENCE_REACH_MS,
      // To the present, so that the store need not ask the source again for each bar that becomes a day old.
      to: this.market.now(),
      limit: null,
      priority: 'interactive',
      withinMs: WITHIN_MS,
    });
    const close = bars.findLast((bar) => bar.complete && bar.closeTime <= endsAt)?.c ?? null;
    if (failure === null) {
      if (this.#references.size >= REFERENCES_MAX)
        this.#references.delete(this.#references.keys().next().value as Symbol);
      this.#references.set(coin.symbol, { endsAt, close });
    }
    return close;
  }

  async #series(symbol: Symbol, coin: Instrument | NullReason, interval: Interval, minutes: number): Promise<OhlcItem> {
    const now = this.market.now();
    if (typeof coin === 'string') {
      const nothing = { market: this.market.id, source: this.market.source, kind: this.market.kind };
      const unknown = { asOf: null, receivedAt: null, stale: false, delayMinutes: null, lineageId: null };
      return { symbol, interval, bars: null, reason: coin, ...wireProvenance({ ...nothing, ...unknown }, now) };
    }
    const series = await this.history.bars({
      instrument: coin,
      interval,
      from: now - minutes * MINUTE_MS,
      to: now,
      limit: null,
      priority: 'interactive',
      withinMs: WITHIN_MS,
    });
    const empty = series.bars.length === 0;
    return {
      symbol,
      interval,
      bars: empty && series.failure !== null ? null : series.bars.map(wireBar),
      reason: empty ? (series.failure === null ? 'no_data' : 'source_unavailable') : null,
      ...wireProvenance(seriesProvenance(this.market, this.venues, coin, interval, series.bars), now),
    };
  }
}
