import type { AssetClass, Bar, Clock, Instrument, QuoteUpdate, Symbol } from '@ziggy/domain';
import { isInterval, parseSymbol } from '@ziggy/domain';
import { EMPTY, Observable, Subject, concatWith, defer, of } from 'rxjs';
import { asCancelled, checkRange } from '../call.ts';
import type {
  BarsQuery,
  CalendarEvent,
  CallContext,
  CorporateAction,
  EventsQuery,
  RawNews,
  Replay,
  ReplayStatus,
  SourceCapabilities,
  SourceClock,
  SourceHealth,
} from '../port.ts';
import { MarketSource, SourceError } from '../port.ts';
import type { Timers } from '../timers.ts';
import { rankInstruments } from '../rank-instruments.ts';
import { capabilitiesOf, clockOf, playedQuote, seriesKey } from './played.ts';
import { TapeFacts } from './tape-facts.ts';
import { TapePlayer } from './tape-player.ts';
import type { Handing } from './tape-player-options.ts';
import type { TapeSpeed } from './tape-speed.ts';
import type { NumberedBar, Tape, TapeBar, TapeCheckpoint, TapeHeadline, TapeHealth, TapeRecord } from './tape.ts';

/** Plays a New York session and as long an evening in 2.3 s: open and close of a day, 1.2 s apart. */
export const TAPE_DAILY_SPEED = 20_000;
/** Six and a half hours: an evening as long as a session, so that opens and closes come evenly. The rest is skipped. */
const MAX_IDLE_MS = 6.5 * 3_600_000;
/** Headlines of before that a subscriber is told first. */
const NEWS_KEPT = 1_000;

export interface TapeSourceOptions {
  readonly tape: Tape;
  readonly wallClock: Clock;
  /** Measures elapsed time and is never set back; default: the wall clock. */
  readonly monotonic?: Clock;
  readonly timers: Timers;
  /** Recorded milliseconds per wall millisecond, 0.1 to 10 000 000, or `max`. Default: 1, and of a tape of days 20 000. */
  readonly speed?: TapeSpeed;
  /** Market time to begin at; default: where the tape says. A stored market goes on at its last market time. */
  readonly startAt?: number;
  /** Number of this playing of the tape, from 1; each run is a market of its own. */
  readonly run?: number;
  /** Wait for {@link TapeSource.play}; default: play from the first subscription to quotes on. */
  readonly paused?: boolean;
}

/** Name of a run of a tape. */
export function tapeMarket(tapeId: string, run: number): string {
  return `tape:${tapeId.slice(0, 12)}/${run}`;
}

/**
 * Plays a recorded market on its own clock. What lies behind the playhead is history, what lies ahead does not exist
 * yet. Nights and closed days are shortened (see {@link MAX_IDLE_MS}), so that market time jumps over them. At the end
 * the clock stands, the state is `ended`, and the last quotes stay.
 */
export class TapeSource extends MarketSource implements Replay {
  readonly id = 'tape';
  readonly market: string;
  readonly clock: SourceClock;
  readonly licenceNote: string;
  readonly indexSymbol: Symbol | null;
  readonly #options: TapeSourceOptions;
  readonly #player: TapePlayer;
  readonly #facts: TapeFacts;
  /** The last quote of each symbol. */
  readonly #last = new Map<Symbol, QuoteUpdate>();
  readonly #bars = new Map<string, NumberedBar[]>();
  readonly #quotes$ = new Subject<QuoteUpdate>();
  readonly #bars$ = new Subject<Bar>();
  readonly #news$ = new Subject<readonly RawNews[]>();
  /** Number of the last headline that a subscriber was told. */
  #newsTold = 0;
  readonly #status$ = new Subject<ReplayStatus>();
  readonly #capabilities: SourceCapabilities;
  #health: TapeHealth = { state: 'ok', reason: null };
  #failed: SourceHealth['lastError'] = null;
  #barsClosed = 0;
  #autoplay: boolean;
  #closed = false;
  #lastSuccessAt: number | null = null;

  constructor(options: TapeSourceOptions) {
    super();
    const { tape, timers } = options;
    const { instruments, endTs, licence } = tape.header;
    this.#options = options;
    this.#autoplay = options.paused !== true;
    this.market = tapeMarket(tape.id, options.run ?? 1);
    this.licenceNote = licence;
    this.indexSymbol = instruments.find((instrument) => instrument.assetClass === 'index')?.symbol ?? null;
    this.#capabilities = capabilitiesOf(tape);
    this.#facts = new TapeFacts(tape);
    for (const numbered of tape.bars) this.#index(numbered);
    this.#player = new TapePlayer({
      feed: tape.feed(),
      endAt: endTs,
      startAt: options.startAt ?? tape.playFrom,
      speed: options.speed ?? (tape.intraday ? 1 : TAPE_DAILY_SPEED),
      maxIdleMs: MAX_IDLE_MS,
      wallClock: options.monotonic ?? options.wallClock,
      timers,
      onRecord: (record, how) => this.#take(record, how),
      onCheckpoint: (checkpoint) => this.#restore(checkpoint),
      onChange: () => this.#status$.next(this.status()),
      onFailed: () => this.#fail(),
    });
    this.clock = clockOf(this.#player);
  }

  override get replay(): Replay {
    return this;
  }

  /** Settles when history has been read and nothing is sought: from then on time goes on. */
  ready(): Promise<void> {
    return this.#player.settled();
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

  async step(by: 'record' | 'bar' = 'record'): Promise<void> {
    this.#autoplay = false;
    const closed = this.#barsClosed;
    await this.#player.step((record) =>
      by === 'record' ? record !== null : record?.k === 'b' || this.#barsClosed > closed,
    );
  }

  /**
   * Goes forward to `at` (epoch ms of market time). Whoever has subscribed to quotes is told all that lies between;
   * without a subscriber a checkpoint makes it short.
   * @throws DomainError `invalid_state` for a time that has passed: that begins the next run.
   */
  async seek(at: number): Promise<void> {
    await this.#player.seek(at, this.#quotes$.observed);
  }

  setSpeed(speed: TapeSpeed): void {
    this.#player.setSpeed(speed);
  }

  every(stepMs: number, offsetMs: number, run: () => void): () => void {
    return this.#player.marketTimers.every(stepMs, offsetMs, this.#player.now(), run);
  }

  at(t: number, run: () => void): () => void {
    return this.#player.marketTimers.at(t, run);
  }

  hold(work: Promise<unknown>): void {
    this.#player.hold(work);
  }

  barClosed(): void {
    this.#barsClosed += 1;
  }

  actionsOf(symbol: Symbol): readonly CorporateAction[] {
    return this.#facts.actions(symbol, this.clock.now());
  }

  bars$(): Observable<Bar> {
    return this.#bars$.asObservable();
  }

  status(): ReplayStatus {
    const { id, header, recordCount } = this.#options.tape;
    return {
      tapeId: id,
      title: header.title,
      run: this.#options.run ?? 1,
      state: this.#player.state(),
      now: this.#player.now(),
      startTs: header.startTs,
      endTs: header.endTs,
      speed: this.#player.speed(),
      setting: this.#player.setting(),
      played: this.#player.played(),
      records: recordCount,
      seekingTo: this.#player.seekingTo(),
    };
  }

  status$(): Observable<ReplayStatus> {
    return this.#status$.asObservable();
  }

  // ---- market source ----------------------------------------------------------------------------
  capabilities(): SourceCapabilities {
    return this.#capabilities;
  }

  universe(): readonly Instrument[] {
    return this.#facts.instruments();
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
          const quote = this.#last.get(symbol);
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
    this.#known(query.symbol);
    checkRange(query.from, query.to);
    if (!isInterval(query.interval) || !this.#capabilities.intervals.includes(query.interval)) {
      throw new SourceError('Unsupported', `The tape holds no ${String(query.interval)} bars.`);
    }
    const played = this.#player.played();
    // The last word about a bar is the one that counts.
    const found = new Map<number, TapeBar>();
    for (const { n, bar } of this.#bars.get(seriesKey(query.symbol, query.interval)) ?? []) {
      if (n > played) break;
      if (bar.openTime < query.from || bar.openTime >= query.to || (bar.extended && !query.extended)) continue;
      found.set(bar.openTime, bar);
    }
    return [...found.values()].sort((a, b) => a.openTime - b.openTime).map((bar) => this.#played(bar));
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
    return this.#facts.listed(symbol);
  }

  async actions(query: { symbol: Symbol; from: number; to: number }, ctx: CallContext): Promise<CorporateAction[]> {
    this.#enter(ctx);
    this.#known(query.symbol);
    checkRange(query.from, query.to);
    const now = this.clock.now();
    return this.#facts.actions(query.symbol, now).filter(({ exAt }) => exAt >= query.from && exAt < query.to);
  }

  async events(query: EventsQuery, ctx: CallContext): Promise<CalendarEvent[]> {
    this.#enter(ctx);
    checkRange(query.from, query.to);
    return [];
  }

  news$(): Observable<readonly RawNews[]> {
    if (this.#options.tape.headlines.length === 0) return EMPTY;
    return defer(() => {
      // Wherever playing began, what was told before is known.
      const before = this.#headlines(0, this.#player.played()).slice(-NEWS_KEPT);
      return before.length === 0 ? EMPTY : of(before);
    }).pipe(concatWith(this.#news$));
  }

  health(): SourceHealth {
    return {
      state: this.#closed ? 'off' : this.#failed === null ? this.#health.state : 'down',
      lastSuccessAt: this.#lastSuccessAt,
      lastError: this.#failed,
      breaker: { state: 'closed', until: null },
      budget: null,
      p95Ms: null,
      drift: 0,
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const closing = this.#player.close();
    this.#quotes$.complete();
    this.#bars$.complete();
    this.#news$.complete();
    this.#status$.complete();
    await closing;
  }

  #take(record: TapeRecord, how: Handing): void {
    // What lies under a seek is told to whoever listens: their state must be the one that playing would have made.
    const told = how !== 'history';
    switch (record.k) {
      case 'q': {
        const quote = playedQuote(record.quote, record.t, record.n);
        this.#last.set(quote.symbol, quote);
        if (!told) return;
        this.#lastSuccessAt = this.#options.wallClock.now();
        return this.#quotes$.next(quote);
      }
      case 'b':
        if (told && this.#bars$.observed) this.#bars$.next(this.#played(record.bar));
        return;
      case 'c':
      case 'i':
        return this.#facts.reach(record.n);
      case 'h':
        this.#health = record.health;
        return;
      case 'n':
        this.#newsTold = record.n;
        // Of before the start as well: who listens while history is read missed it otherwise.
        this.#news$.next([playedNews(record)]);
    }
  }

  /** Headlines behind one record up to another. */
  #headlines(after: number, to: number): RawNews[] {
    return this.#options.tape.headlines.filter(({ n }) => n > after && n <= to).map(playedNews);
  }

  #restore({ n, quotes, health }: TapeCheckpoint): void {
    this.#facts.reach(n);
    for (const [symbol, { quote, t, n }] of quotes) this.#last.set(symbol, playedQuote(quote, t, n));
    if (health !== null) this.#health = health;
    const missed = this.#headlines(this.#newsTold, n);
    this.#newsTold = n;
    if (missed.length > 0) this.#news$.next(missed);
  }

  #fail(): void {
    this.#failed = { code: 'UpstreamShape', at: this.#options.wallClock.now() };
    this.#status$.next(this.status());
  }

  #index(numbered: NumberedBar): void {
    const key = seriesKey(numbered.bar.symbol, numbered.bar.interval);
    const kept = this.#bars.get(key);
    if (kept) kept.push(numbered);
    else this.#bars.set(key, [numbered]);
  }

  #played(bar: TapeBar): Bar {
    return { market: this.market, ...bar, source: this.id, kind: 'recorded' };
  }

  #enter(ctx: CallContext): void {
    if (this.#closed) throw new SourceError('Cancelled', 'The tape is closed.');
    if (ctx.signal.aborted) throw asCancelled(ctx.signal);
    if (ctx.deadlineAt <= this.#options.wallClock.now()) throw new SourceError('Timeout', 'The deadline has passed.');
  }

  #known(text: Symbol): void {
    const symbol = parseSymbol(text);
    if (symbol === null || symbol !== text) throw new SourceError('BadRequest', 'Not a symbol.');
    if (this.#facts.listed(symbol) === null) throw new SourceError('NotFound', `The tape has no ${symbol}.`);
  }
}

function playedNews({ news, t }: TapeHeadline): RawNews {
  return { ...news, receivedAt: t, kind: 'recorded' };
}
