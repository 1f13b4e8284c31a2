import { Injectable } from '@nestjs/common';
import { OVERVIEW_MAX_SYMBOLS, QUOTES_MAX_SYMBOLS } from '@ziggy/contracts';
import type {
  NullReason,
  OverviewAnswer,
  OverviewQuery,
  QuoteEntry,
  QuotesAnswer,
  QuotesQuery,
  SearchAnswer,
  SearchHit,
  SearchQuery,
  SessionAnswer,
  SessionQuery,
  SourcesAnswer,
} from '@ziggy/contracts';
import { ASSET_CLASSES } from '@ziggy/domain';
import type { AssetClass, Instrument, Symbol } from '@ziggy/domain';
import { Brain } from '../brain/brain.service.ts';
import { DailyBars } from '../charts/daily-bars.ts';
import type { Caller } from '../identity/caller.ts';
import { WallClock } from '../platform/clock.ts';
import type { JsonText } from '../platform/json-text.ts';
import { Lifecycle } from '../platform/lifecycle.ts';
import { WatchlistsService } from '../watchlists/watchlists.service.ts';
import { ActiveMarket } from './active-market.ts';
import { Demand } from './demand.ts';
import { InstrumentDirectory, searchInstruments } from './instrument-directory.ts';
import { overview } from './overview.ts';
import type { OverviewRow } from './overview.ts';
import { QuotePipeline } from './quote-pipeline.ts';
import { QuoteTexts } from './quote-text.ts';
import { quoteEntry } from './quote-view.ts';
import type { AskedQuote, QuoteViewContext } from './quote-view.ts';
import { sessionView } from './session-view.ts';
import { callSource } from './source-call.ts';
import { sourcesView } from './sources-view.ts';
import { parseSymbolList, parseWords } from './symbols-query.ts';
import { trackedEquities, trackedInstruments } from './tracked.ts';
import { Venues } from './venues.ts';

/** An interactive miss waits so long for the source's first value, then it is null with `source_timeout`. */
const FIRST_VALUE_MS = 2_500;
const LOOK_EVERY_MS = 25;
const REMOTE_SEARCH_MS = 1_500;
/** History of the overview beyond the asked period, so that 20 sessions are there in any case. */
const SPARE_DAYS = 40;
const HISTORY_WITHIN_MS = 2_500;
/** Symbols of the caller's own watchlist that the overview shows unless asked for others. */
const OWN_MAX = 20;
const NONE_MISSING: ReadonlyMap<Symbol, NullReason> = new Map();

/** What the REST routes of the market answer. */
@Injectable()
export class MarketService {
  readonly #texts = new QuoteTexts();

  constructor(
    private readonly market: ActiveMarket,
    private readonly directory: InstrumentDirectory,
    private readonly demand: Demand,
    private readonly pipeline: QuotePipeline,
    private readonly venues: Venues,
    private readonly daily: DailyBars,
    private readonly brain: Brain,
    private readonly wall: WallClock,
    private readonly lifecycle: Lifecycle,
    private readonly watchlists: WatchlistsService,
  ) {}

  async quotes(query: QuotesQuery): Promise<JsonText<QuotesAnswer>> {
    const asked = await this.#asked(parseSymbolList(query.symbols, QUOTES_MAX_SYMBOLS));
    return this.#texts.answer(asked, query.include === 'brain', this.#context());
  }

  /** The newest quote of each symbol, in order, or why there is none. Waits a moment for those that have none yet. */
  async entries(symbols: readonly Symbol[], withBrain: boolean): Promise<QuoteEntry[]> {
    const asked = await this.#asked(symbols);
    const context = this.#context();
    return asked.map((one) => quoteEntry(one, withBrain, context));
  }

  async overview(query: OverviewQuery, caller: Caller): Promise<OverviewAnswer> {
    const symbols =
      query.symbols === undefined
        ? await this.#defaultSymbols(query, caller)
        : parseSymbolList(query.symbols, OVERVIEW_MAX_SYMBOLS);
    const missing = await this.#await(symbols);
    const days = query.periodDays + SPARE_DAYS;
    const rows: OverviewRow[] = await Promise.all(
      symbols.map(async (symbol) => {
        const instrument = this.directory.get(symbol) ?? null;
        const daily =
          instrument === null ? [] : await this.daily.get(instrument, days, 'interactive', HISTORY_WITHIN_MS);
        return {
          symbol,
          instrument,
          record: this.pipeline.record(symbol),
          missing: missing.get(symbol) ?? 'no_data',
          daily,
        };
      }),
    );
    const context = this.#context();
    return overview({
      rows,
      query,
      context,
      kind: this.market.kind,
      members: trackedEquities(this.market.adapter),
      recordOf: (symbol) => this.pipeline.record(symbol),
      session: sessionView({ exchange: 'XNYS' }, context.marketNow),
      regime: this.brain.state.regime,
    });
  }

  async search(query: SearchQuery): Promise<SearchAnswer> {
    const assetClasses = parseWords('assetClass', query.assetClass, ASSET_CLASSES);
    const local = searchInstruments(this.directory.all(), query.q, { limit: query.limit, assetClasses });
    const { remote, instruments } = await this.#searchRemote(query, assetClasses);
    const items: SearchHit[] = local.map(({ instrument, matched, score }) => ({
      ...hitOf(instrument),
      matched,
      score,
    }));
    const known = new Set(items.map(({ symbol }) => symbol));
    for (const [rank, instrument] of instruments.entries()) {
      if (items.length >= query.limit || known.has(instrument.symbol)) continue;
      const matched = instrument.symbol.startsWith(query.q.trim().toUpperCase()) ? 'symbol' : 'name';
      items.push({ ...hitOf(instrument), matched, score: 0.25 / (rank + 1) });
    }
    return { items, sources: { local: 'ok', remote }, nextCursor: null };
  }

  session(query: SessionQuery): SessionAnswer {
    return sessionView(query, this.market.now());
  }

  sources(): SourcesAnswer {
    return sourcesView({
      market: this.market,
      wallNow: this.wall.now(),
      leader: this.market.leadership.row,
      demand: { symbols: this.demand.size, byReason: this.demand.byReason() },
    });
  }

  // ---- inside -----------------------------------------------------------------------------------

  async #asked(symbols: readonly Symbol[]): Promise<AskedQuote[]> {
    const missing = await this.#await(symbols);
    const expired = this.market.adapter.health().state === 'down' ? 'source_unavailable' : 'stale';
    return symbols.map((symbol) => ({
      symbol,
      record: this.pipeline.record(symbol),
      missing: missing.get(symbol) ?? 'no_data',
      expired,
    }));
  }

  /**
   * Sees to it that the symbols are known and asked for, and waits a moment for the first value of those that have none.
   * @returns why a symbol has no value, for those that have none.
   */
  async #await(symbols: readonly Symbol[]): Promise<ReadonlyMap<Symbol, NullReason>> {
    const open = symbols.filter((symbol) => !this.#isAtHand(symbol));
    return open.length === 0 ? NONE_MISSING : this.#awaitOpen(open);
  }

  /** True, and asked for again, when the symbol has a value already: so it is nearly always. */
  #isAtHand(symbol: Symbol): boolean {
    if (this.pipeline.record(symbol) === undefined || this.directory.get(symbol) === undefined) return false;
    this.demand.ask(symbol);
    return true;
  }

  async #awaitOpen(symbols: readonly Symbol[]): Promise<Map<Symbol, NullReason>> {
    const missing = new Map<Symbol, NullReason>();
    await Promise.all(
      symbols.map(async (symbol) => {
        const reason = await this.#ask(symbol);
        if (reason !== null) missing.set(symbol, reason);
      }),
    );
    const waitFor = symbols.filter((symbol) => !missing.has(symbol) && this.pipeline.record(symbol) === undefined);
    const endsAt = this.wall.now() + FIRST_VALUE_MS;
    // Taken out once: the adapter is a proxy, and this is asked often.
    const { notReturned } = this.market.adapter;
    const pending = (symbol: Symbol): boolean => this.pipeline.record(symbol) === undefined && !notReturned(symbol);
    while (waitFor.some(pending) && this.wall.now() < endsAt && !this.#silent()) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    const why = this.#silent() ? 'source_unavailable' : 'source_timeout';
    for (const symbol of waitFor) missing.set(symbol, notReturned(symbol) ? 'not_returned' : why);
    return missing;
  }

  async #ask(symbol: Symbol): Promise<NullReason | null> {
    if (this.pipeline.record(symbol) === undefined || this.directory.get(symbol) === undefined) {
      const found = await this.directory.resolve(symbol);
      if (!('instrument' in found)) return found.missing === 'unknown' ? 'unknown_symbol' : 'source_unavailable';
    }
    return this.demand.ask(symbol) || this.pipeline.record(symbol) !== undefined ? null : 'not_configured';
  }

  /** True when waiting for the source is in vain. */
  #silent(): boolean {
    return (
      this.lifecycle.draining.aborted ||
      ['down', 'off'].includes(this.market.adapter.health().state) ||
      this.market.adapter.clock.state() === 'ended'
    );
  }

  async #searchRemote(
    query: SearchQuery,
    assetClasses: readonly AssetClass[] | null,
  ): Promise<{ remote: SearchAnswer['sources']['remote']; instruments: readonly Instrument[] }> {
    const { adapter } = this.market;
    const { search, push } = adapter.capabilities();
    // A source that makes its own ticks has no symbols beyond its universe, and that was searched already.
    if (!search || push) return { remote: 'off', instruments: [] };
    try {
      const asked = {
        text: query.q,
        limit: query.limit,
        ...(assetClasses === null ? {} : { assetClass: assetClasses }),
      };
      const instruments = await callSource((ctx) => adapter.search(asked, ctx), {
        withinMs: REMOTE_SEARCH_MS,
        priority: 'interactive',
        wallNow: this.wall.now(),
        stop: this.lifecycle.draining,
      });
      for (const instrument of instruments) this.directory.learn(instrument);
      return { remote: 'ok', instruments };
    } catch {
      return { remote: 'degraded', instruments: [] };
    }
  }

  /** The caller's own watchlist; the index set of those who have none, and while the database is away. */
  async #defaultSymbols({ universe }: OverviewQuery, caller: Caller): Promise<Symbol[]> {
    const own = universe === undefined ? await this.watchlists.firstSymbols(caller, OWN_MAX).catch(() => []) : [];
    if (own.length > 0) return own;
    return trackedInstruments(this.market.adapter)
      .slice(0, OVERVIEW_MAX_SYMBOLS)
      .map(({ symbol }) => symbol);
  }

  #context(): QuoteViewContext {
    return { market: this.market.id, sourceId: this.market.source, venues: this.venues, marketNow: this.market.now() };
  }
}

function hitOf(instrument: Instrument): Pick<SearchHit, 'symbol' | 'name' | 'mic' | 'assetClass' | 'currency'> {
  const { symbol, name, mic, assetClass, currency } = instrument;
  return { symbol, name, mic, assetClass, currency };
}
