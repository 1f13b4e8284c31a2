import type { AssetClass, Bar, Clock, Instrument, QuoteUpdate, Symbol } from '@ziggy/domain';
import { INTERVALS, isInterval, parseSymbol } from '@ziggy/domain';
import type { Observable } from 'rxjs';
import { EMPTY, Subject, takeUntil } from 'rxjs';
import { asCancelled, checkRange } from '../call.ts';
import { eventsFromActions } from '../events.ts';
import { MarketSource, SourceError } from '../port.ts';
import type {
  BarsQuery,
  CalendarEvent,
  CallContext,
  CorporateAction,
  EventsQuery,
  RawNews,
  SourceCapabilities,
  SourceHealth,
} from '../port.ts';
import { rankInstruments } from '../rank-instruments.ts';
import type { Timers } from '../timers.ts';
import { FaultInjector, faultsText, parseFaults } from './faults.ts';
import { Headlines, NEWS_LEADS } from './headlines.ts';
import type { NewsLead } from './headlines.ts';
import { newsOf } from './news-feed.ts';
import { cappedRate, quotesOf } from './quote-feed.ts';
import { SimBars } from './sim-bars.ts';
import { SimClock } from './sim-clock.ts';
import { SimulatedMarket } from './sim-market.ts';
import type { Profile } from './universe.ts';
import { INDEX_SYMBOL, LARGEST, UNIVERSE_DEFAULT, UNIVERSE_MAX } from './universe.ts';

/** Taken at load, so that a test's fake timers cannot hold up a long answer. */
const turn = setImmediate;
/** Sessions made between two turns of the event loop: about 10 ms of minutes, 5 ms of days. */
const SESSIONS_PER_TURN = { minutes: 64, days: 1024 } as const;
const TICK_HZ_MIN = 0.01;
const TICK_HZ_MAX = 5_000;
const SEED = /^[A-Za-z0-9_-]{1,32}$/;

const REAL_TIMERS: Timers = {
  set: (run, delayMs) => setTimeout(run, delayMs),
  clear: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
};

export interface SimulatedSourceOptions {
  /** 1 to 32 letters, digits, `-` or `_`; equal seeds are equal markets. */
  readonly seed: string | number;
  readonly wallClock: Clock;
  readonly timers?: Timers;
  /** Market milliseconds per wall millisecond, 0.1 to 1000; default 1. */
  readonly speed?: number;
  /** Market time to begin at (epoch ms), 2019 to 2050; default: see `startOf`. */
  readonly start?: number | null;
  /** Market time that this market had reached when it was last served; the clock begins at or after it. */
  readonly resumeAt?: number | null;
  /**
   * Quotes per market second of each of the ten largest symbols, 0.01 to 5 000; the others have a fifth, and a universe
   * has at most 50 000 in total. Default 1.
   */
  readonly tickHz?: number;
  /** Listed symbols, 10 to 10 000; default 50. Beyond the named ones come `SIM0001` and so on. */
  readonly universeSize?: number;
  /** Whether headlines are put before the moves that they tell; default `none`. */
  readonly newsLead?: NewsLead;
  /** Faults to inject, see `parseFaults`; default none. Their seconds count from `faultsFrom`. */
  readonly faults?: string;
  /** Market time from which the faults' seconds count (epoch ms); default where the clock begins. */
  readonly faultsFrom?: number;
}

/**
 * A market made of arithmetic: every price is a function of seed, symbol and market time, with the habits of real ones
 * (fat tails, clustered volatility, a shared market, busy opens and closes). Nothing is stored; history is made on
 * request. Injected faults and planted headlines make another market, with a name of its own.
 */
export class SimulatedSource extends MarketSource {
  readonly id = 'simulated';
  readonly market: string;
  readonly clock: SimClock;
  readonly licenceNote = 'Simulated prices. No figure here is, or is taken from, a real quotation.';
  readonly indexSymbol: Symbol = INDEX_SYMBOL;
  readonly #wallClock: Clock;
  readonly #timers: Timers;
  readonly #tickHz: number;
  readonly #simulated: SimulatedMarket;
  readonly #bars: SimBars;
  readonly #headlines: Headlines;
  readonly #faults: FaultInjector;
  readonly #instruments: readonly Instrument[];
  readonly #sequences = new Map<Symbol, number>();
  readonly #closed$ = new Subject<void>();
  #closed = false;

  /** @throws SourceError `BadRequest` for an option outside its range. */
  constructor(options: SimulatedSourceOptions) {
    super();
    const { tickHz = 1, universeSize = UNIVERSE_DEFAULT } = options;
    const seed = String(options.seed);
    if (!SEED.test(seed)) throw new SourceError('BadRequest', 'A seed is 1 to 32 letters, digits, - or _.');
    within('tickHz', tickHz, TICK_HZ_MIN, TICK_HZ_MAX);
    within('universeSize', universeSize, LARGEST, UNIVERSE_MAX);
    const { newsLead = 'none', faults: faultText = '' } = options;
    if (!NEWS_LEADS.includes(newsLead)) throw new SourceError('BadRequest', 'newsLead is none or planted.');
    const faults = parseFaults(faultText);
    this.#wallClock = options.wallClock;
    this.#timers = options.timers ?? REAL_TIMERS;
    this.#tickHz = cappedRate(tickHz, Math.floor(universeSize));
    this.clock = new SimClock({
      wallClock: options.wallClock,
      speed: options.speed ?? 1,
      start: options.start ?? null,
      resumeAt: options.resumeAt ?? null,
    });
    const variant = faults.length === 0 && newsLead === 'none' ? '' : `${newsLead}|${faultsText(faults)}`;
    this.#simulated = new SimulatedMarket(seed, Math.floor(universeSize), variant);
    this.#faults = new FaultInjector(faults, options.faultsFrom ?? this.clock.now());
    const halts = faults.some(({ kind }) => kind === 'halt');
    this.#bars = new SimBars(
      this.#simulated,
      halts ? (symbol, minute) => this.#faults.is('halt', symbol, minute) : null,
    );
    this.#headlines = new Headlines(this.#simulated, newsLead);
    this.market = this.#simulated.key;
    this.#instruments = this.#simulated.profiles.map((profile) => profile.instrument);
  }

  capabilities(): SourceCapabilities {
    return {
      intervals: INTERVALS,
      maxSymbols: this.#instruments.length,
      push: true,
      search: true,
      news: true,
      actions: true,
      // Nobody reports earnings in this model: their dates are unknown, not absent.
      events: ['ex_dividend', 'split'],
      historyDays: { '1m': 30, '5m': 60, '15m': 120, '1h': 365, '1d': 1096 },
      redistributable: true,
      bestKind: 'simulated',
    };
  }

  universe(): readonly Instrument[] {
    return this.#instruments;
  }

  quotes$(wanted$: Observable<ReadonlySet<Symbol>>): Observable<readonly QuoteUpdate[]> {
    if (this.#closed) return EMPTY;
    const feed = {
      market: this.#simulated,
      clock: this.clock,
      timers: this.#timers,
      tickHz: this.#tickHz,
      sequence: (profile: Profile) => this.#nextSequence(profile.symbol),
      faults: this.#faults,
    };
    return quotesOf(feed, wanted$).pipe(takeUntil(this.#closed$));
  }

  async bars(query: BarsQuery, ctx: CallContext): Promise<Bar[]> {
    this.#enter(ctx);
    const profile = this.#listed(query.symbol);
    checkRange(query.from, query.to);
    if (!isInterval(query.interval)) {
      throw new SourceError('Unsupported', `There are no bars of "${String(query.interval).slice(0, 16)}".`);
    }
    const now = this.clock.now();
    const sessions = this.#bars.sessionsOf(profile, query, now);
    const bars: Bar[] = [];
    if (sessions === null) return bars;
    const perTurn = query.interval === '1d' ? SESSIONS_PER_TURN.days : SESSIONS_PER_TURN.minutes;
    const [first, last] = sessions;
    for (let index = first; index <= last; index++) {
      if (index > first && (index - first) % perTurn === 0) {
        await new Promise<void>((resolve) => turn(resolve));
        this.#enter(ctx);
      }
      this.#bars.session(profile, index, query, now, bars);
    }
    return bars;
  }

  async search(
    query: { text: string; limit: number; assetClass?: readonly AssetClass[] },
    ctx: CallContext,
  ): Promise<Instrument[]> {
    this.#enter(ctx);
    return rankInstruments(this.#instruments, query);
  }

  async instrument(symbol: Symbol, ctx: CallContext): Promise<Instrument | null> {
    this.#enter(ctx);
    return this.#simulated.profile(symbol)?.instrument ?? null;
  }

  async actions(query: { symbol: Symbol; from: number; to: number }, ctx: CallContext): Promise<CorporateAction[]> {
    this.#enter(ctx);
    const profile = this.#listed(query.symbol);
    checkRange(query.from, query.to);
    return this.#known(profile, query.from, query.to);
  }

  async events(query: EventsQuery, ctx: CallContext): Promise<CalendarEvent[]> {
    checkRange(query.from, query.to);
    return eventsFromActions(query, (symbol) => this.actions({ symbol, from: query.from, to: query.to }, ctx));
  }

  news$(): Observable<readonly RawNews[]> {
    if (this.#closed) return EMPTY;
    const feed = {
      market: this.#simulated,
      headlines: this.#headlines,
      clock: this.clock,
      timers: this.#timers,
      silent: (now: number) => this.#faults.down(now),
    };
    return newsOf(feed).pipe(takeUntil(this.#closed$));
  }

  health(): SourceHealth {
    const down = this.#faults.down(this.clock.now());
    return {
      state: this.#closed ? 'off' : down ? 'down' : 'ok',
      lastSuccessAt: this.#closed || down ? null : this.#wallClock.now(),
      lastError: down ? { code: 'UpstreamDown', at: this.#wallClock.now() } : null,
      breaker: { state: 'closed', until: null },
      budget: null,
      p95Ms: null,
      drift: 0,
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#closed$.next();
    this.#closed$.complete();
  }

  #known(profile: Profile, from: number, to: number): CorporateAction[] {
    const now = this.clock.now();
    const index = this.#simulated.sessions(profile.calendar).lastOpened(now);
    return this.#simulated.actions(profile, index, from, to).filter(({ knownAt }) => knownAt <= now);
  }

  #nextSequence(symbol: Symbol): number {
    const next = (this.#sequences.get(symbol) ?? 0) + 1;
    this.#sequences.set(symbol, next);
    return next;
  }

  #enter(ctx: CallContext): void {
    if (this.#closed) throw new SourceError('Cancelled', 'The simulated market is closed.');
    if (ctx.signal.aborted) throw asCancelled(ctx.signal);
    if (ctx.deadlineAt <= this.#wallClock.now()) throw new SourceError('Timeout', 'The deadline has passed.');
    if (this.#faults.down(this.clock.now())) {
      throw new SourceError('UpstreamDown', 'The simulated source is down on purpose.', { retryable: true });
    }
  }

  #listed(text: string): Profile {
    const symbol = parseSymbol(text);
    if (symbol === null || symbol !== text) throw new SourceError('BadRequest', 'Not a symbol.');
    const profile = this.#simulated.profile(symbol);
    if (!profile) throw new SourceError('NotFound', `The simulated market does not list ${symbol}.`);
    return profile;
  }
}

function within(name: string, value: number, least: number, most: number): void {
  if (!(value >= least && value <= most)) {
    throw new SourceError('BadRequest', `${name} of a simulated market lies between ${least} and ${most}.`);
  }
}
