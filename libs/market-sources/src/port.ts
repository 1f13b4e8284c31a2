import type { AssetClass, Bar, Instrument, Interval, Kind, QuoteUpdate, Symbol } from '@ziggy/domain';
import type { Observable } from 'rxjs';

/** What a source can do. `null` depths mean: not offered. */
export interface SourceCapabilities {
  readonly intervals: readonly Interval[];
  readonly maxSymbols: number;
  /** True when quotes arrive by themselves, false when they are polled. */
  readonly push: boolean;
  readonly search: boolean;
  readonly news: boolean;
  readonly actions: boolean;
  /** Kinds of calendar events that `events` answers; what is not named here is not known, rather than not there. */
  readonly events: readonly CalendarEventKind[];
  /** Days of history per interval; `null` is unlimited. */
  readonly historyDays: Readonly<Partial<Record<Interval, number | null>>>;
  readonly redistributable: boolean;
  /** The best kind this source ever yields. */
  readonly bestKind: Kind;
}

export type SourceErrorCode =
  | 'RateLimited'
  | 'CrumbExpired'
  | 'NotFound'
  | 'BadRequest'
  | 'UpstreamShape'
  | 'UpstreamDown'
  | 'Timeout'
  | 'Drift'
  | 'Unsupported'
  | 'Cancelled'
  | 'TapeMiss';

/** The only error a source throws or emits. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly code: SourceErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | null;
  readonly upstreamStatus: number | null;

  constructor(
    code: SourceErrorCode,
    message: string,
    more: { retryable?: boolean; retryAfterMs?: number; upstreamStatus?: number; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.retryable = more.retryable ?? false;
    this.retryAfterMs = more.retryAfterMs ?? null;
    this.upstreamStatus = more.upstreamStatus ?? null;
  }
}

/** One answer that came over a wire for a call. */
export interface WireAnswer {
  readonly status: number;
  readonly bytes: number;
  /** SHA-256 of the body, hexadecimal. */
  readonly sha256: string;
}

/** A request for quotes and what came back, behind a batch of quotes. */
export interface QuotePoll {
  /** What was asked: `quotes:` and the symbols. */
  readonly requestKey: string;
  readonly tookMs: number;
  /** Quotes that were readable, changed ones or not. */
  readonly rows: number;
  readonly answers: readonly WireAnswer[];
}

/** Terms of one call. Every call ends by `deadlineAt` (wall-clock epoch ms) or when `signal` aborts. */
export interface CallContext {
  readonly deadlineAt: number;
  readonly signal: AbortSignal;
  readonly priority: 'interactive' | 'poll' | 'backfill';
  /** Told each answer with data that the call got, good or bad, in order. A source without a wire tells none. */
  readonly onAnswer?: (answer: WireAnswer) => void;
}

export interface BarsQuery {
  readonly symbol: Symbol;
  readonly interval: Interval;
  /** First instant, inside the range (epoch ms, market time). */
  readonly from: number;
  /** End of the range, outside it. */
  readonly to: number;
  readonly extended: boolean;
}

export interface CorporateAction {
  readonly symbol: Symbol;
  readonly type: 'split' | 'dividend' | 'symbolChange' | 'delisting';
  /** Epoch ms of the ex-date's session open. */
  readonly exAt: number;
  /** Shares after for one share before (4 for a 4:1 split); null for other types. */
  readonly ratio: number | null;
  /** Cash per share in micro-units, for a share as it is after a split of the same day; null for other types. */
  readonly amount: number | null;
  /** When the market learned of it. */
  readonly knownAt: number;
}

export const CALENDAR_EVENT_KINDS = ['ex_dividend', 'split', 'earnings'] as const;
export type CalendarEventKind = (typeof CALENDAR_EVENT_KINDS)[number];

/** A dated event of a symbol, past or announced. */
export interface CalendarEvent {
  readonly symbol: Symbol;
  readonly kind: CalendarEventKind;
  /** Epoch ms; for ex-dates the open of the session. */
  readonly at: number;
  /** When the market learned of it. */
  readonly knownAt: number;
}

export interface EventsQuery {
  readonly symbols: readonly Symbol[];
  readonly from: number;
  readonly to: number;
  readonly kinds: readonly CalendarEventKind[];
}

/** A headline as the source tells it; texts are untrusted. */
export interface RawNews {
  /** The source's own id of the item, stable across restarts. */
  readonly guid: string;
  readonly title: string;
  readonly summary: string | null;
  readonly url: string | null;
  readonly publisher: string;
  /** Language tag, e.g. `en`; null when not told. */
  readonly language: string | null;
  /** Market time, epoch ms; null when not told or unreadable. */
  readonly publishedAt: number | null;
  readonly receivedAt: number;
  /** The vendor's own tags. They are hints: nobody checked that the text is about them. */
  readonly symbols: readonly Symbol[];
  readonly kind: Kind;
}

export interface SourceHealth {
  readonly state: 'ok' | 'degraded' | 'down' | 'off';
  readonly lastSuccessAt: number | null;
  readonly lastError: { readonly code: SourceErrorCode; readonly at: number } | null;
  readonly breaker: { readonly state: 'closed' | 'open' | 'half_open'; readonly until: number | null };
  readonly budget: { readonly perSecond: number; readonly available: number } | null;
  readonly p95Ms: number | null;
  readonly drift: number;
}

/** The market's own clock, owned by the source that defines the market. */
export interface SourceClock {
  /** Market time, epoch ms; never goes back. */
  now(): number;
  /** Market milliseconds per wall millisecond; 1 for a live market, 0 while paused. */
  speed(): number;
  state(): 'live' | 'running' | 'paused' | 'ended';
}

/** Where a replay is. Times are market time, epoch ms. */
export interface ReplayStatus {
  readonly tapeId: string;
  readonly title: string;
  readonly run: number;
  readonly state: 'paused' | 'playing' | 'ended';
  readonly now: number;
  readonly startTs: number;
  readonly endTs: number;
  /** Market milliseconds per wall millisecond now; 0 unless playing. */
  readonly speed: number;
  /** The speed as it was set. */
  readonly setting: number | 'max';
  /** Records played, of how many. */
  readonly played: number;
  readonly records: number;
  readonly seekingTo: number | null;
}

/** The control of a market that is played from a recording, and the queue that its time is. */
export interface Replay {
  status(): ReplayStatus;
  /** A status after each play, pause, step, seek, change of speed, and the end. */
  status$(): Observable<ReplayStatus>;
  play(): void;
  pause(): void;
  /** @throws DomainError `invalid_state` unless paused. */
  step(by: 'record' | 'bar'): Promise<void>;
  /** Everything up to `at` is told, with {@link ReplayStatus.seekingTo} set. @throws DomainError `invalid_state` for the past. */
  seek(at: number): Promise<void>;
  /** @throws DomainError `validation_failed` outside the range. */
  setSpeed(speed: number | 'max'): void;
  /** Runs work at every whole multiple of `stepMs` of market time, moved by `offsetMs`; records of the same time come first. */
  every(stepMs: number, offsetMs: number, run: () => void): () => void;
  /** Runs work once when market time reaches `t`. */
  at(t: number, run: () => void): () => void;
  /** A handler cannot end at once: the next record or timer waits for this work. */
  hold(work: Promise<unknown>): void;
  /** A bar was completed that is no record: a step by bars ends with it. */
  barClosed(): void;
  /** Corporate actions known up to the playhead, at once: what is done with a record must not hang on when somebody asked. */
  actionsOf(symbol: Symbol): readonly CorporateAction[];
  /** Finished bars as they become known; the recording's word about a bar wins over a built one. */
  bars$(): Observable<Bar>;
}

/**
 * Where market data comes from. A process serves exactly one market, so exactly one source is active.
 * Every failure is a {@link SourceError}. All adapters pass the same contract suite (`@ziggy/market-sources/testing`).
 */
export abstract class MarketSource {
  /** Short id of the adapter: `yahoo`, `simulated`, `tape`. */
  abstract readonly id: string;
  /** Identity of the market: `yahoo`, `sim:<seed>:<paramsHash8>`, `tape:<id12>/<run>`. */
  abstract readonly market: string;
  abstract readonly clock: SourceClock;
  /** Shown to people with every figure's source, e.g. terms of use; null when there is nothing to say. */
  abstract readonly licenceNote: string | null;
  abstract capabilities(): SourceCapabilities;
  /** Symbols that the source tracks by itself (its universe), best known first; may be empty for open-ended sources. */
  abstract universe(): readonly Instrument[];
  /** The symbol whose daily bars drive the market regime; null when the source has none. */
  abstract readonly indexSymbol: Symbol | null;
  /** Batches of fresh quotes for the wanted set; ends with its subscription. Wanted-set changes act within 1 s. */
  abstract quotes$(wanted$: Observable<ReadonlySet<Symbol>>): Observable<readonly QuoteUpdate[]>;
  /** The request that a batch of {@link quotes$} came with, while the batch is held; null where quotes come by themselves. */
  pollOf(_batch: readonly QuoteUpdate[]): QuotePoll | null {
    return null;
  }
  /** Raw bars, ascending, inside `[from, to)`; only the newest may be incomplete. */
  abstract bars(query: BarsQuery, ctx: CallContext): Promise<Bar[]>;
  abstract search(
    query: { text: string; limit: number; assetClass?: readonly AssetClass[] },
    ctx: CallContext,
  ): Promise<Instrument[]>;
  abstract instrument(symbol: Symbol, ctx: CallContext): Promise<Instrument | null>;
  abstract actions(query: { symbol: Symbol; from: number; to: number }, ctx: CallContext): Promise<CorporateAction[]>;
  /** Calendar events of the kinds that `capabilities().events` names, ascending; symbols that are not known have none. */
  abstract events(query: EventsQuery, ctx: CallContext): Promise<CalendarEvent[]>;
  /** Batches of headlines, those of the last days first; ends with its subscription. Without news it ends at once. */
  abstract news$(): Observable<readonly RawNews[]>;
  /** True when the newest answer that should have held the symbol's quote did not. Sources that push never miss one. */
  notReturned(_symbol: Symbol): boolean {
    return false;
  }
  /** Cheap; never calls upstream. */
  abstract health(): SourceHealth;
  /** The control of a market that is played; null for one that happens by itself. */
  get replay(): Replay | null {
    return null;
  }
  /** Frees timers, sockets and files. */
  abstract close(): Promise<void>;
}
