import type { CalendarId, Clock, Phase, QuoteUpdate, Symbol } from '@ziggy/domain';
import { calendarOf, parseSymbol } from '@ziggy/domain';
import type { QuotePoll } from '../port.ts';
import type { TimerHandle, Timers } from '../timers.ts';
import type { QuoteRow } from './read-quote.ts';

/** Symbols in one request. */
export const BATCH = 100;
/** A request is given this long, its wait for the budget and for a new session included. */
export const POLL_DEADLINE_MS = 20_000;
const REFRESH_MS: Readonly<Record<Exclude<Phase, 'open'>, number>> = { pre: 60_000, post: 60_000, closed: 300_000 };
const OPEN_FLOOR_MS = 5_000;
/** Requests a second that polling may make (the share of the budget that is its own). */
const POLL_PER_SECOND = 0.7;
/** A symbol that did not come back is asked again in every third round. */
const MISSING_ROUNDS = 3;
/** New symbols wait this long for company, so that a page of them is one request. */
const GATHER_MS = 20;
/** Symbols that are due within this share of their interval join a request that goes out anyway. */
const EARLY_SHARE = 0.25;
const JITTER = 0.1;
/** While quotes are refused: symbols that a chart is asked for, and how often each. */
const FALLBACK_SYMBOLS = 20;
const FALLBACK_MS = 30_000;

/** What a request brought, and the request itself. */
export interface Polled<T> {
  readonly value: T;
  readonly poll: QuotePoll;
}

export interface PollerDeps {
  readonly wallClock: Clock;
  readonly timers: Timers;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** One request for quotes, at most {@link BATCH} symbols; symbols that did not come back are absent. */
  readonly fetchQuotes: (symbols: readonly Symbol[]) => Promise<Polled<ReadonlyMap<Symbol, QuoteRow>>>;
  /** One chart in place of a quote. */
  readonly fetchFromChart: (symbol: Symbol) => Promise<Polled<QuoteRow | null>>;
  /** Wall time before which quotes need not be asked for; null when they may be. */
  readonly blockedUntil: () => number | null;
  /** True while quotes are refused and charts are not. */
  readonly useCharts: () => boolean;
  /** True when one chart should be asked to find out whether Yahoo answers again. */
  readonly wantsTrial: () => boolean;
  readonly nextSeq: (symbol: Symbol) => number;
  readonly publish: (batch: readonly QuoteUpdate[], poll: QuotePoll) => void;
}

interface Watched {
  dueAt: number;
  calendar: CalendarId | null;
  /** Phase that the vendor gave last, where the calendar is not known. */
  phase: Phase;
  last: QuoteRow['quote'] | null;
  chartedAt: number;
  /** The newest answer did not hold it. */
  missing: boolean;
}

/** Seconds between two quotes of a symbol while its venue is open, for so many watched symbols, in ms. */
export function openCadenceMs(symbols: number): number {
  return Math.max(OPEN_FLOOR_MS, (Math.ceil(symbols / BATCH) / POLL_PER_SECOND) * 1_000);
}

/**
 * Polls the wanted symbols: in batches by due time, one request at a time, as often as each symbol's venue is worth it.
 * Publishes changed quotes only. It never fails: what goes wrong is seen in the source's health and in old quotes.
 */
export class Poller {
  readonly #deps: PollerDeps;
  readonly #watched = new Map<Symbol, Watched>();
  #timer: TimerHandle | null = null;
  #busy = false;
  #stopped = false;

  constructor(deps: PollerDeps) {
    this.#deps = deps;
  }

  /** Replaces the wanted set. Symbols that break the grammar are left out: they never reach an address. */
  want(symbols: ReadonlySet<Symbol>): void {
    for (const symbol of this.#watched.keys()) if (!symbols.has(symbol)) this.#watched.delete(symbol);
    const now = this.#deps.wallClock.now();
    for (const symbol of symbols) {
      if (this.#watched.has(symbol) || parseSymbol(symbol) !== symbol) continue;
      this.#watched.set(symbol, {
        dueAt: now,
        calendar: null,
        phase: 'open',
        last: null,
        chartedAt: -Infinity,
        missing: false,
      });
    }
    this.#schedule();
  }

  /** True when the newest answer did not hold the symbol that it was asked for. */
  notReturned(symbol: Symbol): boolean {
    return this.#watched.get(symbol)?.missing ?? false;
  }

  stop(): void {
    this.#stopped = true;
    this.#watched.clear();
    this.#clear();
  }

  #clear(): void {
    if (this.#timer !== null) this.#deps.timers.clear(this.#timer);
    this.#timer = null;
  }

  #schedule(): void {
    this.#clear();
    if (this.#stopped || this.#busy || this.#watched.size === 0) return;
    const now = this.#deps.wallClock.now();
    let dueAt = Infinity;
    for (const watched of this.#watched.values()) dueAt = Math.min(dueAt, watched.dueAt);
    this.#timer = this.#deps.timers.set(() => void this.#round(), Math.max(GATHER_MS, dueAt - now));
  }

  async #round(): Promise<void> {
    this.#timer = null;
    this.#busy = true;
    try {
      if (this.#deps.useCharts() || this.#deps.wantsTrial()) await this.#chartRound();
      else await this.#quoteRound();
    } finally {
      this.#busy = false;
      this.#schedule();
    }
  }

  async #quoteRound(): Promise<void> {
    const now = this.#deps.wallClock.now();
    const blocked = this.#deps.blockedUntil();
    if (blocked !== null && blocked > now) return this.#postpone([...this.#watched.keys()], blocked);
    const batch = this.#due(now);
    if (batch.length === 0) return;
    try {
      this.#take(batch, await this.#deps.fetchQuotes(batch), now);
    } catch {
      this.#postpone(batch, this.#deps.wallClock.now() + openCadenceMs(this.#watched.size) * this.#jitter());
    }
  }

  /** Watched symbols that are due, or soon would be, earliest first. */
  #due(now: number): Symbol[] {
    const due: [Symbol, number][] = [];
    for (const [symbol, watched] of this.#watched) {
      const early = watched.last === null ? 0 : this.#intervalMs(watched, now) * EARLY_SHARE;
      if (watched.dueAt <= now + early) due.push([symbol, watched.dueAt]);
    }
    return due
      .sort((a, b) => a[1] - b[1])
      .slice(0, BATCH)
      .map(([symbol]) => symbol);
  }

  #take(batch: readonly Symbol[], { value: rows, poll }: Polled<ReadonlyMap<Symbol, QuoteRow>>, askedAt: number): void {
    const jitter = this.#jitter();
    const fresh: QuoteUpdate[] = [];
    for (const symbol of batch) {
      const watched = this.#watched.get(symbol);
      if (!watched) continue;
      const row = rows.get(symbol);
      watched.missing = row === undefined;
      if (row) this.#accept(watched, row, fresh);
      const interval = this.#intervalMs(watched, askedAt) * (row ? 1 : MISSING_ROUNDS);
      watched.dueAt = askedAt + interval * jitter;
    }
    if (fresh.length > 0) this.#deps.publish(fresh, poll);
  }

  #accept(watched: Watched, row: QuoteRow, fresh: QuoteUpdate[]): void {
    const { quote, calendar } = row;
    watched.calendar = calendar;
    watched.phase = quote.marketState;
    // An older trade than the one told already is a vendor's stale copy.
    if (watched.last !== null && (quote.exchangeAt < watched.last.exchangeAt || same(quote, watched.last))) return;
    watched.last = quote;
    fresh.push({ ...quote, receivedAt: this.#deps.wallClock.now(), seq: this.#deps.nextSeq(quote.symbol) });
  }

  /** One chart in place of a quote, for the first symbols; the others grow old and say so. */
  async #chartRound(): Promise<void> {
    const now = this.#deps.wallClock.now();
    const first = [...this.#watched].slice(0, FALLBACK_SYMBOLS);
    const next = first
      .filter(([, watched]) => watched.chartedAt + FALLBACK_MS <= now)
      .sort((a, b) => a[1].chartedAt - b[1].chartedAt)[0];
    if (!next) {
      const soonest = Math.min(...first.map(([, watched]) => watched.chartedAt + FALLBACK_MS));
      return this.#postpone([...this.#watched.keys()], soonest);
    }
    const [symbol, watched] = next;
    watched.chartedAt = now;
    const trial = this.#deps.wantsTrial();
    try {
      const { value: row, poll } = await this.#deps.fetchFromChart(symbol);
      const fresh: QuoteUpdate[] = [];
      if (row && this.#watched.get(symbol) === watched) this.#accept(watched, row, fresh);
      if (fresh.length > 0) this.#deps.publish(fresh, poll);
    } catch {
      // Seen in the source's health; the next round decides by the breaker.
    }
    // After a trial that went well everything is due; otherwise the next chart is asked as soon as the budget allows.
    const wait = trial && !this.#deps.wantsTrial() && !this.#deps.useCharts() ? 0 : 1_000;
    this.#postpone([...this.#watched.keys()], this.#deps.wallClock.now() + wait);
  }

  #postpone(symbols: readonly Symbol[], until: number): void {
    for (const symbol of symbols) {
      const watched = this.#watched.get(symbol);
      if (watched) watched.dueAt = until;
    }
  }

  #intervalMs(watched: Watched, now: number): number {
    const phase = watched.calendar === null ? watched.phase : calendarOf(watched.calendar).phaseAt(now);
    return phase === 'open' ? openCadenceMs(this.#watched.size) : REFRESH_MS[phase];
  }

  /** One factor per batch, so that symbols asked together stay together. */
  #jitter(): number {
    return 1 + JITTER * (2 * this.#deps.random() - 1);
  }
}

function same(a: QuoteRow['quote'], b: QuoteRow['quote']): boolean {
  return (
    a.price === b.price &&
    a.exchangeAt === b.exchangeAt &&
    a.volume === b.volume &&
    a.bid === b.bid &&
    a.ask === b.ask &&
    a.high === b.high &&
    a.low === b.low &&
    a.open === b.open &&
    a.prevClose === b.prevClose &&
    a.marketState === b.marketState &&
    a.kind === b.kind
  );
}
