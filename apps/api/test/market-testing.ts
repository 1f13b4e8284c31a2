import type { Bar, Instrument, QuoteUpdate, Symbol } from '@ziggy/domain';
import { MarketSource, SourceError } from '@ziggy/market-sources';
import type {
  BarsQuery,
  CorporateAction,
  RawNews,
  SourceCapabilities,
  SourceClock,
  SourceHealth,
} from '@ziggy/market-sources';
import { Subject } from 'rxjs';
import type { Observable } from 'rxjs';
import { ChartsModule } from '../src/charts/charts.module.ts';
import { MarketModule } from '../src/market/market.module.ts';
import { SourceModule } from '../src/market/source/source.module.ts';

/** A market that a test moves by hand: its clock stands until `at` is set, and it says only what it is told to. */
export class HandSource extends MarketSource {
  readonly id = 'hand';
  readonly market: string = 'hand:1';
  readonly licenceNote = null;
  readonly indexSymbol = null;
  readonly clock: SourceClock = { now: () => this.at, speed: () => 1, state: () => 'running' };
  at: number;
  push = true;
  state: SourceHealth['state'] = 'ok';
  /** Rejects every request from now on. */
  failing = false;
  bars_: Bar[] = [];
  /** `null`: the source knows no corporate actions. */
  actions_: CorporateAction[] | null = null;
  readonly news_ = new Subject<readonly RawNews[]>();
  barsAsked: BarsQuery[] = [];
  wanted: ReadonlySet<Symbol> = new Set();
  readonly #universe: readonly Instrument[];
  readonly #quotes$ = new Subject<readonly QuoteUpdate[]>();
  #seq = 0;

  constructor(
    at: number,
    universe: readonly Instrument[] = [anInstrument('AAA'), anInstrument('BBB'), anInstrument('CCC')],
  ) {
    super();
    this.at = at;
    this.#universe = universe;
  }

  /** Whether somebody listens to the quotes. */
  get observed(): boolean {
    return this.#quotes$.observed;
  }

  /** One quote, as of now unless said otherwise. */
  quote(symbol: string, price: number, more: Partial<QuoteUpdate> = {}): void {
    this.#quotes$.next([aQuoteUpdate(symbol, price, this.at, { seq: ++this.#seq, ...more })]);
  }

  capabilities(): SourceCapabilities {
    return {
      intervals: ['1m', '5m', '15m', '1h', '1d'],
      maxSymbols: 100,
      push: this.push,
      search: false,
      news: true,
      actions: this.actions_ !== null,
      events: [],
      historyDays: { '1m': 30, '5m': 60, '15m': 60, '1h': 365, '1d': null },
      redistributable: true,
      bestKind: 'simulated',
    };
  }

  universe(): readonly Instrument[] {
    return this.#universe;
  }

  quotes$(wanted$: Observable<ReadonlySet<Symbol>>): Observable<readonly QuoteUpdate[]> {
    wanted$.subscribe((wanted) => (this.wanted = wanted));
    return this.#quotes$;
  }

  async bars(query: BarsQuery): Promise<Bar[]> {
    this.barsAsked.push(query);
    if (this.failing) throw new SourceError('UpstreamDown', 'down');
    return this.bars_.filter(
      (bar) =>
        bar.symbol === query.symbol &&
        bar.interval === query.interval &&
        bar.openTime >= query.from &&
        bar.openTime < query.to,
    );
  }

  async search(): Promise<Instrument[]> {
    return [];
  }

  async instrument(symbol: Symbol): Promise<Instrument | null> {
    if (this.failing) throw new SourceError('UpstreamDown', 'down');
    return this.#universe.find((instrument) => instrument.symbol === symbol) ?? null;
  }

  async actions(query: { symbol: Symbol; from: number; to: number }): Promise<CorporateAction[]> {
    if (this.failing) throw new SourceError('UpstreamDown', 'down');
    return (this.actions_ ?? []).filter(
      ({ symbol, exAt, knownAt }) =>
        symbol === query.symbol && exAt >= query.from && exAt < query.to && knownAt <= this.at,
    );
  }

  async events(): Promise<never[]> {
    return [];
  }

  news$(): Observable<readonly RawNews[]> {
    return this.news_;
  }

  health(): SourceHealth {
    return {
      state: this.state,
      lastSuccessAt: null,
      lastError: null,
      breaker: { state: 'closed', until: null },
      budget: null,
      p95Ms: null,
      drift: 0,
    };
  }

  async close(): Promise<void> {
    this.#quotes$.complete();
  }
}

export function anInstrument(symbol: string, more: Partial<Instrument> = {}): Instrument {
  return {
    symbol: symbol as Symbol,
    name: `${symbol} Incorporated`,
    assetClass: 'equity',
    mic: 'XNYS',
    currency: 'USD',
    tick: 10_000,
    calendar: 'XNYS',
    sector: null,
    validFrom: null,
    validTo: null,
    aliases: [],
    ...more,
  };
}

/** A quote; `price` is in units of currency. */
export function aQuoteUpdate(symbol: string, price: number, at: number, more: Partial<QuoteUpdate> = {}): QuoteUpdate {
  return {
    symbol: symbol as Symbol,
    price: Math.round(price * 1_000_000),
    bid: null,
    ask: null,
    bidSize: null,
    askSize: null,
    open: null,
    high: null,
    low: null,
    prevClose: 100_000_000,
    volume: null,
    marketState: 'open',
    exchangeAt: at,
    receivedAt: at,
    delayMinutes: 0,
    kind: 'simulated',
    seq: 1,
    ...more,
  };
}

export function aBar(
  symbol: string,
  interval: Bar['interval'],
  openTime: number,
  closeTime: number,
  close: number,
  more: Partial<Bar> = {},
): Bar {
  const c = Math.round(close * 1_000_000);
  return {
    market: 'hand:1',
    symbol: symbol as Symbol,
    interval,
    openTime,
    closeTime,
    availableAt: closeTime,
    o: c,
    h: c,
    l: c,
    c,
    volume: 100,
    complete: true,
    extended: false,
    flags: [],
    source: 'hand',
    kind: 'simulated',
    ...more,
  };
}

/** The product's features over a hand-driven source. */
export function handDriven(source: MarketSource) {
  return [
    SourceModule.with(async () => ({ adapter: source, chosenBy: 'configuration', reason: 'A test drives it.' })),
    MarketModule,
    ChartsModule,
  ];
}
