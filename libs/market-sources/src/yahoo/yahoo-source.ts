import type { AssetClass, Bar, Clock, Instrument, QuoteUpdate, Symbol } from '@ziggy/domain';
import { isInterval, parseSymbol } from '@ziggy/domain';
import { EMPTY, Observable } from 'rxjs';
import { checkRange } from '../call.ts';
import { eventsFromActions } from '../events.ts';
import type {
  BarsQuery,
  CalendarEvent,
  CallContext,
  CorporateAction,
  EventsQuery,
  QuotePoll,
  RawNews,
  SourceCapabilities,
  SourceClock,
  SourceHealth,
  WireAnswer,
} from '../port.ts';
import { MarketSource, SourceError } from '../port.ts';
import type { Timers } from '../timers.ts';
import type { DriftNote } from './calls.ts';
import { YahooCalls } from './calls.ts';
import type { SourceLogger } from './client.ts';
import { YahooClient } from './client.ts';
import { YahooFetch } from './fetch.ts';
import { NotFoundMemory } from './not-found-memory.ts';
import { Poller, POLL_DEADLINE_MS } from './poller.ts';
import type { Polled } from './poller.ts';
import { actionsOf } from './read-chart.ts';
import type { QuoteRow } from './read-quote.ts';
import { quoteFromChart, readQuotes } from './read-quote.ts';
import { filterConsoleErrors, Redaction } from './redaction.ts';
import { TokenBucket } from './token-bucket.ts';
import { YAHOO_UNIVERSE } from './venues.ts';
import type { WireRecord, WireTapeLine } from './wire.ts';
import { HISTORY_DAYS, YahooBars } from './yahoo-bars.ts';
import { YahooInstruments } from './yahoo-instruments.ts';

export const YAHOO_LICENCE_NOTE =
  "Market data from Yahoo Finance is for personal use under Yahoo's terms. It must not be redistributed, and whoever runs " +
  'this installation answers for its use.';

const PROBE_SYMBOL = parseSymbol('SPY') as Symbol;
const PROBE_MS = 4_000;
const DAY_MS = 86_400_000;
const INDEX = parseSymbol('^GSPC') as Symbol;
/** Pause between the starts of two requests on the library's own queue (ms). */
const QUEUE_INTERVAL_MS = 250;

export interface YahooSourceOptions {
  /** The platform's `fetch`; everything goes out through it, after the checks of {@link YahooFetch}. */
  readonly fetch: typeof globalThis.fetch;
  readonly wallClock: Clock;
  readonly timers: Timers;
  /** Uniform in [0, 1): jitter of retries, breakers and polls. */
  readonly random: () => number;
  readonly logger?: SourceLogger;
  /** Told after each request, without query, crumb and cookie. */
  readonly onRecord?: (record: WireRecord) => void;
  /** Told each data answer with its body, to write a wire tape. Personal use only. */
  readonly onTape?: (line: WireTapeLine) => void;
  /** Told when an answer did not fit the library's schema. */
  readonly onDrift?: (note: DriftNote) => void;
  /** Pause between requests on the library's queue; it runs on real time, so tests set 0. */
  readonly queueIntervalMs?: number;
}

export type ProbeResult = { readonly ok: true } | { readonly ok: false; readonly error: SourceError };

/** Market data of Yahoo Finance through `yahoo-finance2`: polled quotes, raw bars, search. The market clock is the wall clock. */
export class YahooSource extends MarketSource {
  readonly id = 'yahoo';
  readonly market = 'yahoo';
  readonly clock: SourceClock;
  readonly licenceNote = YAHOO_LICENCE_NOTE;
  readonly indexSymbol = INDEX;
  readonly #options: YahooSourceOptions;
  readonly #bucket: TokenBucket;
  readonly #client: YahooClient;
  readonly #calls: YahooCalls;
  readonly #bars: YahooBars;
  readonly #instruments: YahooInstruments;
  readonly #missing: NotFoundMemory;
  readonly #polls = new WeakMap<readonly QuoteUpdate[], QuotePoll>();
  readonly #pollers = new Set<{ readonly poller: Poller; readonly complete: () => void }>();
  readonly #seq = new Map<Symbol, number>();
  readonly #unfilter: () => void;
  #closed = false;

  constructor(options: YahooSourceOptions) {
    super();
    const { wallClock, timers, random } = options;
    const redaction = new Redaction();
    this.#options = options;
    this.#unfilter = filterConsoleErrors(redaction);
    this.clock = { now: () => wallClock.now(), speed: () => 1, state: () => 'live' };
    this.#bucket = new TokenBucket(wallClock, timers);
    const fetch = new YahooFetch({ ...options, bucket: this.#bucket, redaction });
    this.#client = new YahooClient({
      fetch,
      redaction,
      logger: options.logger ?? { warn: () => undefined },
      queueIntervalMs: options.queueIntervalMs ?? QUEUE_INTERVAL_MS,
    });
    this.#calls = new YahooCalls({
      wallClock,
      timers,
      random,
      bucket: this.#bucket,
      clearCrumb: () => this.#client.clearCrumb(),
      ...(options.onDrift ? { onDrift: options.onDrift } : {}),
    });
    this.#bars = new YahooBars(this.#calls, this.#client, wallClock);
    this.#instruments = new YahooInstruments(this.#calls, this.#client, this.#bars, wallClock);
    this.#missing = new NotFoundMemory(wallClock);
  }

  capabilities(): SourceCapabilities {
    return {
      intervals: ['1m', '5m', '15m', '1h', '1d'],
      maxSymbols: 5_000,
      push: false,
      search: true,
      news: false,
      actions: true,
      // Of what has been: announcements come with the instruments' calendar.
      events: ['ex_dividend', 'split'],
      historyDays: HISTORY_DAYS,
      redistributable: false,
      bestKind: 'live',
    };
  }

  universe(): readonly Instrument[] {
    return YAHOO_UNIVERSE;
  }

  quotes$(wanted$: Observable<ReadonlySet<Symbol>>): Observable<readonly QuoteUpdate[]> {
    return new Observable((subscriber) => {
      if (this.#closed) return subscriber.complete();
      const life = new AbortController();
      const poller = new Poller({
        ...this.#options,
        fetchQuotes: (symbols) =>
          this.#polled(
            `quotes:${symbols.join(',')}`,
            life.signal,
            (ctx) => this.#quotes(symbols, ctx),
            ({ size }) => size,
          ),
        fetchFromChart: (symbol) =>
          this.#polled(
            `quotes:chart:${symbol}`,
            life.signal,
            (ctx) => this.#quoteFromChart(symbol, ctx),
            (row) => Number(row !== null),
          ),
        blockedUntil: () => this.#calls.blockedUntil('quote'),
        useCharts: () => this.#calls.crumbBlocked(),
        wantsTrial: () => this.#calls.wantsTrial(),
        nextSeq: (symbol) => this.#nextSeq(symbol),
        publish: (batch, poll) => {
          this.#polls.set(batch, poll);
          subscriber.next(batch);
        },
      });
      const entry = { poller, complete: () => subscriber.complete() };
      this.#pollers.add(entry);
      let wanted: ReadonlySet<Symbol> = new Set();
      let waiting = false;
      const apply = (): void => {
        waiting = false;
        if (!subscriber.closed) poller.want(wanted);
      };
      subscriber.add(
        wanted$.subscribe((next) => {
          wanted = next;
          // Once per turn, so that a symbol that is taken away and put back at once stays where it is.
          if (!waiting) queueMicrotask(apply);
          waiting = true;
        }),
      );
      subscriber.add(() => {
        poller.stop();
        life.abort();
        this.#pollers.delete(entry);
      });
    });
  }

  async bars(query: BarsQuery, ctx: CallContext): Promise<Bar[]> {
    const symbol = checkedSymbol(query.symbol);
    checkRange(query.from, query.to);
    if (!isInterval(query.interval)) throw new SourceError('Unsupported', 'Yahoo offers no such interval.');
    return this.#missing.guard(symbol, () => this.#bars.bars(query, ctx));
  }

  async search(
    query: { text: string; limit: number; assetClass?: readonly AssetClass[] },
    ctx: CallContext,
  ): Promise<Instrument[]> {
    return this.#instruments.search(query, ctx);
  }

  async instrument(symbol: Symbol, ctx: CallContext): Promise<Instrument | null> {
    checkedSymbol(symbol);
    return this.#instruments.instrument(symbol, ctx);
  }

  async actions(query: { symbol: Symbol; from: number; to: number }, ctx: CallContext): Promise<CorporateAction[]> {
    const symbol = checkedSymbol(query.symbol);
    checkRange(query.from, query.to);
    const chart = await this.#missing.guard(symbol, () => this.#bars.actions(symbol, ctx));
    return actionsOf(symbol, chart).filter((action) => action.exAt >= query.from && action.exAt < query.to);
  }

  async events(query: EventsQuery, ctx: CallContext): Promise<CalendarEvent[]> {
    checkRange(query.from, query.to);
    return eventsFromActions(query, (symbol) => this.actions({ symbol, from: query.from, to: query.to }, ctx));
  }

  /** Headlines of this market come from feeds and searches, not from here. */
  news$(): Observable<readonly RawNews[]> {
    return EMPTY;
  }

  override pollOf(batch: readonly QuoteUpdate[]): QuotePoll | null {
    return this.#polls.get(batch) ?? null;
  }

  override notReturned(symbol: Symbol): boolean {
    return [...this.#pollers].some(({ poller }) => poller.notReturned(symbol));
  }

  health(): SourceHealth {
    return this.#calls.health({ perSecond: this.#bucket.perSecond, available: this.#bucket.available() });
  }

  /** Asks for one chart, within 4 s, the way every other call goes: whether Yahoo can be the market of this process. */
  async probe(): Promise<ProbeResult> {
    const now = this.#options.wallClock.now();
    const ctx: CallContext = {
      deadlineAt: now + PROBE_MS,
      signal: new AbortController().signal,
      priority: 'interactive',
    };
    try {
      const chart = await this.#bars.head(PROBE_SYMBOL, ctx);
      const { price, at } = chart.last;
      const valid = !chart.drifted && chart.venue !== null && price !== null && at !== null && now - at < 30 * DAY_MS;
      return valid ? { ok: true } : { ok: false, error: this.#calls.unreadable('chart') };
    } catch (error) {
      return { ok: false, error: error as SourceError };
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const { poller, complete } of [...this.#pollers]) {
      poller.stop();
      complete();
    }
    this.#calls.close();
    this.#unfilter();
  }

  async #quotes(symbols: readonly Symbol[], ctx: CallContext): Promise<Map<Symbol, QuoteRow>> {
    const { value, drifted } = await this.#calls.run('quote', ctx, (call) => this.#client.quote(symbols, call));
    const rows = readQuotes(value, new Set(symbols));
    if (rows.size === 0 && drifted) throw this.#calls.unreadable('quote');
    return rows;
  }

  async #quoteFromChart(symbol: Symbol, ctx: CallContext): Promise<QuoteRow | null> {
    const chart = await this.#bars.head(symbol, ctx);
    return quoteFromChart(symbol, chart, this.#options.wallClock.now());
  }

  /** Runs a poll and keeps what came over the wire for it. */
  async #polled<T>(
    requestKey: string,
    signal: AbortSignal,
    ask: (ctx: CallContext) => Promise<T>,
    rowsOf: (value: T) => number,
  ): Promise<Polled<T>> {
    const { wallClock } = this.#options;
    const began = wallClock.now();
    const answers: WireAnswer[] = [];
    const onAnswer = (answer: WireAnswer): void => void answers.push(answer);
    const value = await ask({ deadlineAt: began + POLL_DEADLINE_MS, signal, priority: 'poll', onAnswer });
    return { value, poll: { requestKey, tookMs: wallClock.now() - began, rows: rowsOf(value), answers } };
  }

  #nextSeq(symbol: Symbol): number {
    const seq = (this.#seq.get(symbol) ?? 0) + 1;
    this.#seq.set(symbol, seq);
    return seq;
  }
}

/** The library puts symbols into addresses as they are: the grammar is the protection, so it is checked here again. */
function checkedSymbol(text: Symbol): Symbol {
  const symbol = parseSymbol(text);
  if (symbol === null || symbol !== text) throw new SourceError('BadRequest', 'Not a symbol.');
  return symbol;
}
