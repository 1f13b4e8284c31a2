import type { AssetClass, Bar, Clock, Instrument, Kind, QuoteUpdate, Symbol } from '@ziggy/domain';
import { DomainError, INTERVALS, isInterval, parseSymbol } from '@ziggy/domain';
import { EMPTY, Observable, Subject } from 'rxjs';
import { asCancelled, checkRange } from '../call.ts';
import type {
  BarsQuery,
  CalendarEvent,
  CallContext,
  CorporateAction,
  EventsQuery,
  RawNews,
  SourceCapabilities,
  SourceClock,
  SourceHealth,
} from '../port.ts';
import { MarketSource, SourceError } from '../port.ts';
import type { Timers } from '../timers.ts';
import { rankInstruments } from '../rank-instruments.ts';
import { TapePlayer } from './tape-player.ts';
import type { PlayerState, TapeSpeed } from './tape-player.ts';
import type { Tape, TapeBar, TapeQuote, TapeRecord } from './tape.ts';

/** Plays a New York session and as long an evening in 2.3 s: open and close of a day, 1.2 s apart. */
export const TAPE_DEFAULT_SPEED = 20_000;
/** Six and a half hours: an evening as long as a session, so that opens and closes come evenly. The rest is skipped. */
const MAX_IDLE_MS = 6.5 * 3_600_000;

export interface TapeSourceOptions {
  readonly tape: Tape;
  readonly wallClock: Clock;
  readonly timers: Timers;
  /** Recorded milliseconds per wall millisecond, 0.1 to 10 000 000, or `max`. Default {@link TAPE_DEFAULT_SPEED}. */
  readonly speed?: TapeSpeed;
  /** Market time to begin at; default: where the tape says. A stored market goes on at its last market time. */
  readonly startAt?: number;
  /** Number of this playing of the tape, from 1; each run is a market of its own. */
  readonly run?: number;
  /** Wait for {@link TapeSource.play}; default: play from the first subscription to quotes on. */
  readonly paused?: boolean;
}

/** What a replay control shows. */
export interface TapeStatus {
  readonly state: PlayerState;
  readonly title: string;
  readonly run: number;
  readonly now: number;
  readonly startTs: number;
  readonly endTs: number;
  readonly speed: number;
  readonly played: number;
  readonly records: number;
}

interface Series {
  readonly bars: Map<string, Bar[]>;
  quote: QuoteUpdate | null;
}

/**
 * Plays a recorded market on its own clock. What lies behind the playhead is history, what lies ahead does not exist
 * yet. Nights and closed days are shortened (see {@link MAX_IDLE_MS}), so that market time jumps over them. At the end
 * the clock stands, the state is `ended`, and the last quotes stay.
 */
export class TapeSource extends MarketSource {
  readonly id = 'tape';
  readonly market: string;
  readonly clock: SourceClock;
  readonly licenceNote: string;
  readonly indexSymbol: Symbol | null;
  readonly #options: TapeSourceOptions;
  readonly #player: TapePlayer;
  readonly #series = new Map<Symbol, Series>();
  readonly #quotes$ = new Subject<QuoteUpdate>();
  readonly #status$ = new Subject<TapeStatus>();
  readonly #capabilities: SourceCapabilities;
  #autoplay: boolean;
  #closed = false;
  #lastSuccessAt: number | null = null;

  constructor(options: TapeSourceOptions) {
    super();
    const { tape } = options;
    this.#options = options;
    this.#autoplay = options.paused !== true;
    this.market = `tape:${tape.id.slice(0, 12)}/${options.run ?? 1}`;
    this.licenceNote = tape.header.licence;
    this.indexSymbol = tape.header.instruments.find((instrument) => instrument.assetClass === 'index')?.symbol ?? null;
    this.#capabilities = capabilitiesOf(tape);
    for (const { symbol } of tape.header.instruments) this.#series.set(symbol, { bars: new Map(), quote: null });
    this.#player = new TapePlayer({
      records: tape.records,
      startAt: options.startAt ?? tape.playFrom,
      speed: options.speed ?? TAPE_DEFAULT_SPEED,
      maxIdleMs: MAX_IDLE_MS,
      wallClock: options.wallClock,
      timers: options.timers,
      onRecord: (record, silent) => this.#take(record, silent),
      onChange: () => this.#status$.next(this.status()),
    });
    this.clock = clockOf(this.#player);
  }

  // ---- replay control ---------------------------------------------------------------------------
  /** Goes on playing; nothing happens unless paused. */
  play(): void {
    this.#autoplay = false;
    this.#player.play();
  }

  /** Stops market time. */
  pause(): void {
    this.#autoplay = false;
    this.#player.pause();
  }

  /**
   * Plays one record (a quote or a bar).
   * @throws DomainError `invalid_state` unless paused.
   */
  step(): void {
    this.#autoplay = false;
    this.#player.step();
  }

  /**
   * Goes forward to `at` (epoch ms of market time) without publishing what lies between; then the last quote of each
   * symbol is published once.
   * @throws DomainError `invalid_state` for a time that has passed; see {@link TapeSource.nextRun}.
   */
  seek(at: number): void {
    this.#player.seek(at);
    for (const { quote } of this.#series.values()) if (quote !== null) this.#quotes$.next(quote);
  }

  /** @throws DomainError `validation_failed` outside 0.1 to 10 000 000. */
  setSpeed(speed: TapeSpeed): void {
    this.#player.setSpeed(speed);
  }

  /** The next run of the same tape, from `at` on: a market of its own. This run should be closed. */
  nextRun(at: number): TapeSource {
    return new TapeSource({ ...this.#options, run: (this.#options.run ?? 1) + 1, startAt: at });
  }

  status(): TapeStatus {
    const { header, records } = this.#options.tape;
    return {
      state: this.#player.state(),
      title: header.title,
      run: this.#options.run ?? 1,
      now: this.#player.now(),
      startTs: header.startTs,
      endTs: header.endTs,
      speed: this.#player.speed(),
      played: this.#player.played(),
      records: records.length,
    };
  }

  /** A status after each play, pause, step, seek, change of speed, and the end. */
  status$(): Observable<TapeStatus> {
    return this.#status$.asObservable();
  }

  // ---- market source ----------------------------------------------------------------------------
  capabilities(): SourceCapabilities {
    return this.#capabilities;
  }

  universe(): readonly Instrument[] {
    return this.#options.tape.header.instruments;
  }

  quotes$(wanted$: Observable<ReadonlySet<Symbol>>): Observable<readonly QuoteUpdate[]> {
    return new Observable<readonly QuoteUpdate[]>((subscriber) => {
      let wanted: ReadonlySet<Symbol> = new Set();
      /** Last number told per symbol: nothing is told twice while a symbol stays wanted. */
      const told = new Map<Symbol, number>();
      const tell = (quote: QuoteUpdate): void => {
        if (!wanted.has(quote.symbol) || (told.get(quote.symbol) ?? -1) >= quote.seq) return;
        told.set(quote.symbol, quote.seq);
        subscriber.next([quote]);
      };
      let waiting = false;
      const apply = (): void => {
        waiting = false;
        if (subscriber.closed) return;
        for (const symbol of told.keys()) if (!wanted.has(symbol)) told.delete(symbol);
        for (const symbol of wanted) {
          const quote = this.#series.get(symbol)?.quote;
          if (quote) tell(quote);
        }
      };
      subscriber.add(this.#quotes$.subscribe({ next: tell, complete: () => subscriber.complete() }));
      subscriber.add(
        wanted$.subscribe((next) => {
          wanted = next;
          // Once per turn, so that a symbol that is taken away and put back at once is not told anew.
          if (!waiting) queueMicrotask(apply);
          waiting = true;
        }),
      );
      if (this.#autoplay && !this.#closed) this.play();
    });
  }

  async bars(query: BarsQuery, ctx: CallContext): Promise<Bar[]> {
    this.#enter(ctx);
    const series = this.#seriesOf(query.symbol);
    checkRange(query.from, query.to);
    if (!isInterval(query.interval) || !this.#capabilities.intervals.includes(query.interval)) {
      throw new SourceError('Unsupported', `The tape holds no ${String(query.interval)} bars.`);
    }
    const bars = series.bars.get(query.interval) ?? [];
    return bars.filter(
      (bar) => bar.openTime >= query.from && bar.openTime < query.to && (query.extended || !bar.extended),
    );
  }

  async search(
    query: { text: string; limit: number; assetClass?: readonly AssetClass[] },
    ctx: CallContext,
  ): Promise<Instrument[]> {
    this.#enter(ctx);
    return rankInstruments(this.universe(), query);
  }

  async instrument(symbol: Symbol, ctx: CallContext): Promise<Instrument | null> {
    this.#enter(ctx);
    return this.universe().find((instrument) => instrument.symbol === symbol) ?? null;
  }

  async actions(query: { symbol: Symbol; from: number; to: number }, ctx: CallContext): Promise<CorporateAction[]> {
    this.#enter(ctx);
    this.#seriesOf(query.symbol);
    checkRange(query.from, query.to);
    return [];
  }

  async events(query: EventsQuery, ctx: CallContext): Promise<CalendarEvent[]> {
    this.#enter(ctx);
    checkRange(query.from, query.to);
    return [];
  }

  news$(): Observable<readonly RawNews[]> {
    return EMPTY;
  }

  health(): SourceHealth {
    return {
      state: this.#closed ? 'off' : 'ok',
      lastSuccessAt: this.#lastSuccessAt,
      lastError: null,
      breaker: { state: 'closed', until: null },
      budget: null,
      p95Ms: null,
      drift: 0,
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#player.close();
    this.#quotes$.complete();
    this.#status$.complete();
  }

  #take(record: TapeRecord, silent: boolean): void {
    if (record.k === 'b') return this.#keepBar(record.bar);
    const quote = playedQuote(record.quote, record.t, record.n);
    const series = this.#series.get(quote.symbol);
    if (!series) throw new DomainError('invalid_state', `The tape quotes ${quote.symbol}, which it does not list.`);
    series.quote = quote;
    if (silent) return;
    this.#lastSuccessAt = this.#options.wallClock.now();
    this.#quotes$.next(quote);
  }

  #keepBar(recorded: TapeBar): void {
    const bars = this.#series.get(recorded.symbol)?.bars;
    if (!bars)
      throw new DomainError('invalid_state', `The tape has bars of ${recorded.symbol}, which it does not list.`);
    const bar: Bar = { market: this.market, ...recorded, source: this.id, kind: 'recorded' };
    const kept = bars.get(bar.interval);
    if (kept) kept.push(bar);
    else bars.set(bar.interval, [bar]);
  }

  #enter(ctx: CallContext): void {
    if (this.#closed) throw new SourceError('Cancelled', 'The tape is closed.');
    if (ctx.signal.aborted) throw asCancelled(ctx.signal);
    if (ctx.deadlineAt <= this.#options.wallClock.now()) throw new SourceError('Timeout', 'The deadline has passed.');
  }

  #seriesOf(text: Symbol): Series {
    const symbol = parseSymbol(text);
    if (symbol === null || symbol !== text) throw new SourceError('BadRequest', 'Not a symbol.');
    const series = this.#series.get(symbol);
    if (!series) throw new SourceError('NotFound', `The tape has no ${symbol}.`);
    return series;
  }
}

function capabilitiesOf(tape: Tape): SourceCapabilities {
  const recorded = new Set(tape.records.flatMap((record) => (record.k === 'b' ? [record.bar.interval] : [])));
  const intervals = INTERVALS.filter((interval) => recorded.has(interval));
  return {
    intervals,
    maxSymbols: tape.header.instruments.length,
    push: true,
    search: true,
    news: false,
    actions: false,
    events: [],
    historyDays: Object.fromEntries(intervals.map((interval) => [interval, null])),
    redistributable: tape.header.redistributable,
    bestKind: 'recorded',
  };
}

function playedQuote(quote: TapeQuote, t: number, n: number): QuoteUpdate {
  const kind: Kind = 'recorded';
  return { ...quote, receivedAt: t, kind, seq: n };
}

function clockOf(player: TapePlayer): SourceClock {
  return {
    now: () => player.now(),
    speed: () => player.speed(),
    state: () => (player.state() === 'playing' ? 'running' : (player.state() as 'paused' | 'ended')),
  };
}
