import type { AssetClass, Clock, Instrument, Symbol } from '@ziggy/domain';
import { parseSymbol } from '@ziggy/domain';
import type { CallContext, SourceErrorCode } from '../port.ts';
import { SourceError } from '../port.ts';
import { rankInstruments } from '../rank-instruments.ts';
import type { YahooCalls } from './calls.ts';
import type { YahooClient } from './client.ts';
import { fieldsOf, listOf, numberOf, textOf } from './fields.ts';
import { currencyOf } from './read-chart.ts';
import { assetClassOf, pairCurrency, tickOf, venueOf, YAHOO_UNIVERSE } from './venues.ts';
import type { YahooBars } from './yahoo-bars.ts';

const KEPT_MS = 24 * 3_600_000;
const KEPT = 5_000;
const SEARCH_MAX = 50;
/** Failures after which the chart, which needs no session, may still know the instrument. */
const CHART_MAY_KNOW: ReadonlySet<SourceErrorCode> = new Set(['RateLimited', 'CrumbExpired', 'UpstreamShape', 'Drift']);

/** What is known of an instrument from an answer. */
interface Facts {
  readonly exchange: string | null;
  readonly assetClass: AssetClass | null;
  readonly name: string | null;
  readonly currency: string | null;
  readonly priceHint: number | null;
  readonly sector: string | null;
}

/** Instruments of Yahoo: the watched universe from the start, others by search and by symbol, kept for a day. */
export class YahooInstruments {
  readonly #calls: YahooCalls;
  readonly #client: YahooClient;
  readonly #bars: YahooBars;
  readonly #clock: Clock;
  readonly #kept = new Map<Symbol, { readonly instrument: Instrument; readonly at: number }>();
  readonly #universe = new Map(YAHOO_UNIVERSE.map((instrument) => [instrument.symbol, instrument]));

  constructor(calls: YahooCalls, client: YahooClient, bars: YahooBars, clock: Clock) {
    this.#calls = calls;
    this.#client = client;
    this.#bars = bars;
    this.#clock = clock;
  }

  /**
   * @returns null when Yahoo does not know the symbol, or lists it where the platform has no calendar, in a class that
   * it does not hold, or with a step below 1e-6.
   */
  async instrument(symbol: Symbol, ctx: CallContext): Promise<Instrument | null> {
    const known = this.#universe.get(symbol) ?? this.#fresh(symbol);
    if (known) return known;
    const instrument = await this.#ask(symbol, ctx);
    if (instrument !== null) this.#keep(instrument);
    return instrument;
  }

  /** Listings that match, Yahoo's order after the ones known here. Rows of other vendors and unheld classes are left out. */
  async search(
    query: { text: string; limit: number; assetClass?: readonly AssetClass[] },
    ctx: CallContext,
  ): Promise<Instrument[]> {
    const text = query.text.trim().slice(0, 64);
    const limit = query.limit >= 1 ? Math.min(SEARCH_MAX, Math.floor(query.limit)) : 0;
    if (text === '' || limit === 0) return [];
    const local = rankInstruments(YAHOO_UNIVERSE, { ...query, limit });
    const { value } = await this.#calls.run('search', ctx, (call) => this.#client.search(text, limit, call));
    const remote = listOf(fieldsOf(value)?.['quotes']).flatMap((row) => foundInstrument(row) ?? []);
    const found = new Map<Symbol, Instrument>();
    for (const instrument of [...local, ...remote]) {
      if (found.has(instrument.symbol) || query.assetClass?.includes(instrument.assetClass) === false) continue;
      found.set(instrument.symbol, this.#universe.get(instrument.symbol) ?? instrument);
    }
    return [...found.values()].slice(0, limit);
  }

  async #ask(symbol: Symbol, ctx: CallContext): Promise<Instrument | null> {
    try {
      const { value } = await this.#calls.run('summary', ctx, (call) => this.#client.summary(symbol, call));
      const facts = summaryFacts(value);
      if (facts === null) throw this.#calls.unreadable('summary');
      return instrumentOf(symbol, facts);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      if (error.code === 'NotFound') return null;
      if (!CHART_MAY_KNOW.has(error.code)) throw error;
      return this.#fromChart(symbol, ctx, error);
    }
  }

  async #fromChart(symbol: Symbol, ctx: CallContext, first: SourceError): Promise<Instrument | null> {
    try {
      const { venue, assetClass, name, currency, tick } = await this.#bars.head(symbol, ctx);
      if (venue === null || assetClass === null || tick === null) return null;
      return build(symbol, { venue, assetClass, name, currency, tick, sector: null });
    } catch (error) {
      if (error instanceof SourceError && error.code === 'NotFound') return null;
      throw first;
    }
  }

  #fresh(symbol: Symbol): Instrument | null {
    const kept = this.#kept.get(symbol);
    return kept && this.#clock.now() - kept.at < KEPT_MS ? kept.instrument : null;
  }

  #keep(instrument: Instrument): void {
    this.#kept.delete(instrument.symbol);
    this.#kept.set(instrument.symbol, { instrument, at: this.#clock.now() });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(oldest);
    }
  }
}

function summaryFacts(answer: unknown): Facts | null {
  const price = fieldsOf(fieldsOf(answer)?.['price']);
  if (price === null) return null;
  return {
    exchange: textOf(price['exchange']),
    assetClass: assetClassOf(textOf(price['quoteType'])),
    name: textOf(price['longName']) ?? textOf(price['shortName']),
    currency: currencyOf(price['currency']),
    priceHint: numberOf(price['priceHint']),
    sector: textOf(fieldsOf(fieldsOf(answer)?.['assetProfile'])?.['sector'], 64),
  };
}

/** A row of a search answer. It states no currency and no step: those are the venue's usual ones until asked for. */
function foundInstrument(value: unknown): Instrument | null {
  const row = fieldsOf(value);
  const symbol = row?.['isYahooFinance'] === true ? parseSymbol(textOf(row['symbol'], 64) ?? '') : null;
  if (row === null || symbol === null) return null;
  return instrumentOf(symbol, {
    exchange: textOf(row['exchange']),
    assetClass: assetClassOf(textOf(row['quoteType'])),
    name: textOf(row['longname']) ?? textOf(row['shortname']),
    currency: null,
    priceHint: null,
    sector: textOf(row['sector'], 64),
  });
}

function instrumentOf(symbol: Symbol, facts: Facts): Instrument | null {
  const venue = venueOf(facts.exchange);
  const tick = facts.assetClass === null ? null : tickOf(facts.priceHint, facts.assetClass);
  if (venue === null || facts.assetClass === null || tick === null) return null;
  return build(symbol, { ...facts, venue, assetClass: facts.assetClass, tick });
}

function build(
  symbol: Symbol,
  facts: Pick<Facts, 'name' | 'currency' | 'sector'> & {
    venue: { mic: string; calendar: Instrument['calendar']; currency: string | null };
    assetClass: AssetClass;
    tick: number;
  },
): Instrument | null {
  const currency = facts.currency ?? facts.venue.currency ?? pairCurrency(symbol);
  if (currency === null) return null;
  const { assetClass, tick, sector } = facts;
  const { mic, calendar } = facts.venue;
  const name = facts.name ?? symbol;
  return {
    symbol,
    name,
    assetClass,
    mic,
    currency,
    tick,
    calendar,
    sector,
    validFrom: null,
    validTo: null,
    aliases: [],
  };
}
