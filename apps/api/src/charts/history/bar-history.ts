import { INTERVAL_MS } from '@ziggy/domain';
import type { Bar, CalendarId, Instrument, Interval, Symbol } from '@ziggy/domain';
import { SourceError } from '@ziggy/market-sources';
import type { CallContext, CorporateAction, MarketSource, WireAnswer } from '@ziggy/market-sources';
import { SingleFlight } from '../../market/source/single-flight.ts';
import type { CallPriority } from '../../market/source/source-call.ts';
import type { BarRow } from '../store/bar-rows.ts';
import type { BarWindows } from '../live/forming-bar.ts';
import type { Coverage, IngestBatch } from '../store/bar.repository.ts';
import { CLOSE_GRACE_MS } from '../live/bar-builder.ts';

/** The store of bars as the history needs it. */
export interface BarStore {
  save(rows: readonly BarRow[]): Promise<number>;
  range(
    symbol: Symbol,
    instrumentId: number,
    interval: Interval,
    from: number,
    to: number,
    limit: number | null,
  ): Promise<Bar[]>;
  coverage(instrumentId: number, interval: Interval): Promise<Coverage | null>;
  saveCoverage(instrumentId: number, interval: Interval, coverage: Coverage): Promise<void>;
  openBatch(batch: IngestBatch): Promise<number>;
}

/** What is known of bars that are not in the store: those being built, and those waiting to be written. */
export interface LiveBars {
  /** Ticks of the symbol arrive without a hole from this market time on; `Infinity` when they do not. */
  seenSince(symbol: Symbol): number;
  /** Complete bars that wait to be written. */
  waiting(instrumentId: number, interval: Interval): readonly Bar[];
  forming(symbol: Symbol, interval: Interval): Bar | null;
}

export interface HistoryOptions {
  readonly source: Pick<MarketSource, 'id' | 'bars' | 'capabilities'>;
  readonly actions: (instrument: Instrument, withinMs: number) => Promise<readonly CorporateAction[]>;
  readonly store: BarStore;
  readonly live: LiveBars;
  readonly windowsOf: (calendar: CalendarId) => BarWindows;
  /** Whether the venue trades at all between two instants. */
  readonly trades: (calendar: CalendarId, from: number, to: number) => boolean;
  readonly instrumentId: (instrument: Instrument) => Promise<number>;
  readonly call: <T>(work: (ctx: CallContext) => Promise<T>, withinMs: number, priority: CallPriority) => Promise<T>;
  readonly marketNow: () => number;
  /** Monotonic milliseconds, to say how long the source took. */
  readonly elapsed: () => number;
  readonly onStoreFailed: (error: unknown) => void;
  /** Whether this process alone extends the coverage; else another does, and what is read of it is soon out of date. */
  readonly leads: () => boolean;
}

export interface BarsAsked {
  readonly instrument: Instrument;
  readonly interval: Interval;
  readonly from: number;
  readonly to: number;
  /** The newest so many of the range; `null` for all. */
  readonly limit: number | null;
  readonly priority: CallPriority;
  /** Longest wait for the source, ms. What is stored is answered when it does not come. */
  readonly withinMs: number;
}

export interface BarSeries {
  /** Ascending; only the last may be incomplete. Raw. */
  readonly bars: readonly Bar[];
  /** The source has nothing before this instant; `null` when it is not known to end. */
  readonly beginsAt: number | null;
  /** Why the source was not asked or did not answer although something was missing; `null` when all is there. */
  readonly failure: SourceError | null;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** How much older than the first bar the range must begin before the source counts as having nothing there (bars). */
const NOTHING_BEFORE_BARS = 10;
const COVERAGE_CACHE = 4_096;
const DAY_MS = 86_400_000;

/**
 * History on demand: what is missing is asked from the source once, stored, and answered from the store. Where the store
 * is away the source answers directly; where the source is away the store does.
 */
export class BarHistory {
  readonly #options: HistoryOptions;
  readonly #coverage = new Map<string, Coverage>();
  readonly #dirty = new Map<string, { instrumentId: number; interval: Interval }>();
  readonly #filling = new SingleFlight<Filled>();

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** Oldest instant that the source offers for an interval; `null` when it does not offer the interval at all. */
  oldest(interval: Interval): number | null {
    const { intervals, historyDays } = this.#options.source.capabilities();
    if (!intervals.includes(interval)) return null;
    const days = historyDays[interval];
    if (days === undefined || days === null) return 0;
    return this.#options.marketNow() - days * DAY_MS;
  }

  /** Bars that open in `[from, to)`. Never throws for what the source or the store does. */
  async bars(asked: BarsAsked): Promise<BarSeries> {
    const { instrument, interval } = asked;
    const now = this.#options.marketNow();
    const from = Math.max(asked.from, this.oldest(interval) ?? now);
    const to = Math.min(asked.to, now + INTERVAL_MS[interval]);
    if (from >= to) return { bars: [], beginsAt: this.oldest(interval), failure: null };
    const span = { from, to };
    let instrumentId: number;
    try {
      instrumentId = await this.#options.instrumentId(instrument);
      await this.#knowCoverage(instrumentId, interval);
    } catch (error) {
      this.#options.onStoreFailed(error);
      return this.#withoutStore(asked, span);
    }
    const filled = await this.#fill(asked, instrumentId, span);
    try {
      const stored = await this.#options.store.range(instrument.symbol, instrumentId, interval, from, to, asked.limit);
      const bars = this.#withLive(stored, filled.fresh, asked, instrumentId, span);
      return { bars, beginsAt: this.#beginsAt(instrumentId, interval), failure: filled.failure };
    } catch (error) {
      this.#options.onStoreFailed(error);
      return this.#withoutStore(asked, span);
    }
  }

  /** Splits, dividends and the like of a symbol since ever; empty when the source has none or does not answer. */
  actions(instrument: Instrument, withinMs: number): Promise<readonly CorporateAction[]> {
    return this.#options.actions(instrument, withinMs);
  }

  /** Stores how far the coverage of built bars has come. */
  async saveCoverage(): Promise<void> {
    for (const [key, { instrumentId, interval }] of [...this.#dirty]) {
      const coverage = this.#coverage.get(key);
      if (coverage !== undefined) await this.#options.store.saveCoverage(instrumentId, interval, coverage);
      // What could not be stored, or moved on meanwhile, is stored the next time.
      if (this.#coverage.get(key) === coverage) this.#dirty.delete(key);
    }
  }

  /** The coverage changed elsewhere: another process led, or old bars were dropped. It is read again. */
  forgetCoverage(): void {
    this.#coverage.clear();
    this.#dirty.clear();
  }

  // ---- filling ----------------------------------------------------------------------------------

  async #fill(asked: BarsAsked, instrumentId: number, span: Span): Promise<Filled> {
    const key = coverageKey(instrumentId, asked.interval);
    const missing = this.#missing(asked, instrumentId, span);
    if (missing.length === 0) return NOTHING;
    let result = NOTHING;
    for (const part of missing) {
      if (this.#ruledOut(asked.instrument, part)) {
        this.#settleEmpty(asked, instrumentId, part);
        continue;
      }
      const flight = `${key}|${part.from}|${part.to}`;
      const filled = await this.#filling.run(flight, () => this.#ask(asked, instrumentId, part));
      result = { fresh: [...result.fresh, ...filled.fresh], failure: result.failure ?? filled.failure };
    }
    return result;
  }

  /** The calendar knows of no trading there: nobody needs to be asked. */
  #ruledOut({ calendar }: Instrument, { from, to }: Span): boolean {
    return from < to && !this.#options.trades(calendar, from, to);
  }

  #settleEmpty({ instrument, interval }: BarsAsked, instrumentId: number, part: Span): void {
    const known = this.#coverage.get(coverageKey(instrumentId, interval));
    // Alone it says nothing: a coverage begins with an answer.
    if (known === undefined) return;
    const next = {
      ...known,
      from: Math.min(known.from, part.from),
      to: Math.max(known.to, Math.min(part.to, this.#settled(instrument, interval))),
    };
    if (next.from !== known.from || next.to !== known.to) this.#extend(instrumentId, interval, next);
  }

  /** What of the range neither was asked before nor is being built: at most a part before and a part behind. */
  #missing(asked: BarsAsked, instrumentId: number, span: Span): Span[] {
    const { interval, instrument } = asked;
    const settled = this.#settled(instrument, interval);
    const to = Math.min(span.to, this.#options.marketNow());
    const known = this.#coverage.get(coverageKey(instrumentId, interval));
    if (known === undefined) return [{ from: span.from, to }];
    const parts: Span[] = [];
    if (span.from < known.from && !known.exhausted) parts.push({ from: span.from, to: known.from });
    const builtFrom = this.#builtFrom(instrument, interval);
    if (to > known.to) {
      if (builtFrom <= known.to) this.#extend(instrumentId, interval, { ...known, to: Math.max(known.to, settled) });
      else if (settled > known.to) parts.push({ from: known.to, to });
    }
    return parts;
  }

  async #ask(asked: BarsAsked, instrumentId: number, part: Span): Promise<Filled> {
    const { instrument, interval } = asked;
    const query = { symbol: instrument.symbol, interval, from: part.from, to: part.to, extended: false };
    const began = this.#options.elapsed();
    const answers: WireAnswer[] = [];
    const batch = (status: IngestBatch['status'], rows: number): IngestBatch => ({
      requestKey: `bars:${instrument.symbol}:${interval}:${part.from}:${part.to}`,
      ...{ status, rows, answers, tookMs: this.#options.elapsed() - began },
    });
    let bars: Bar[];
    try {
      const ask = (ctx: CallContext): Promise<Bar[]> =>
        this.#options.source.bars(query, { ...ctx, onAnswer: (answer) => answers.push(answer) });
      bars = await this.#options.call(ask, asked.withinMs, asked.priority);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      // What was answered is noted, also when it was of no use; silence is not.
      if (answers.length > 0)
        await this.#options.store.openBatch(batch(error.code, 0)).catch(this.#options.onStoreFailed);
      return { fresh: [], failure: error };
    }
    try {
      const complete = bars.filter((bar) => bar.complete);
      const batchId = await this.#options.store.openBatch(batch('ok', bars.length));
      await this.#options.store.save(complete.map((bar) => ({ instrumentId, bar, batchId })));
      const known = this.#coverage.get(coverageKey(instrumentId, interval));
      const next = this.#cover(known, part, bars, instrument, interval);
      this.#extend(instrumentId, interval, next);
      await this.#options.store.saveCoverage(instrumentId, interval, next);
    } catch (error) {
      this.#options.onStoreFailed(error);
    }
    return { fresh: bars, failure: null };
  }

  #cover(
    known: Coverage | undefined,
    part: Span,
    bars: readonly Bar[],
    instrument: Instrument,
    interval: Interval,
  ): Coverage {
    const settled = this.#settled(instrument, interval);
    const to = Math.min(part.to, settled);
    const first = bars[0]?.openTime ?? part.to;
    const backwards = known === undefined || part.from < known.from;
    const nothingBefore = backwards && first - part.from > NOTHING_BEFORE_BARS * this.#spacing(interval);
    const end = Math.max(known?.to ?? to, to);
    return {
      from: Math.min(nothingBefore ? first : Math.min(known?.from ?? part.from, part.from), end),
      to: end,
      exhausted: (known?.exhausted ?? false) || nothingBefore,
    };
  }

  /** Distance of two bars at worst: nights, weekends and holidays lie between. */
  #spacing(interval: Interval): number {
    return Math.max(INTERVAL_MS[interval], DAY_MS);
  }

  #extend(instrumentId: number, interval: Interval, coverage: Coverage): void {
    const key = coverageKey(instrumentId, interval);
    bound(this.#coverage, COVERAGE_CACHE);
    this.#coverage.set(key, coverage);
    this.#dirty.set(key, { instrumentId, interval });
  }

  async #knowCoverage(instrumentId: number, interval: Interval): Promise<void> {
    const key = coverageKey(instrumentId, interval);
    if (this.#coverage.has(key) && this.#options.leads()) return;
    const stored = await this.#options.store.coverage(instrumentId, interval);
    if (stored === null || (this.#coverage.has(key) && this.#options.leads())) return;
    bound(this.#coverage, COVERAGE_CACHE);
    this.#coverage.set(key, stored);
  }

  #beginsAt(instrumentId: number, interval: Interval): number | null {
    const known = this.#coverage.get(coverageKey(instrumentId, interval));
    if (known?.exhausted === true) return known.from;
    const oldest = this.oldest(interval);
    return oldest === 0 ? null : oldest;
  }

  /** Bars that opened before this instant are complete or will never come. */
  #settled(instrument: Instrument, interval: Interval): number {
    const at = this.#options.marketNow() - CLOSE_GRACE_MS;
    const window = this.#options.windowsOf(instrument.calendar).bar(interval, at);
    return window === null ? at : window.openTime;
  }

  /** Bars that open at or after this instant are built whole from ticks. */
  #builtFrom(instrument: Instrument, interval: Interval): number {
    const since = this.#options.live.seenSince(instrument.symbol);
    if (!Number.isFinite(since)) return since;
    const window = this.#options.windowsOf(instrument.calendar).bar(interval, since);
    return window === null || window.openTime === since ? since : window.closeTime;
  }

  // ---- joining ----------------------------------------------------------------------------------

  #withLive(
    stored: readonly Bar[],
    fresh: readonly Bar[],
    asked: BarsAsked,
    instrumentId: number,
    span: Span,
  ): readonly Bar[] {
    const { instrument, interval } = asked;
    const tail: Bar[] = [];
    const incomplete = fresh.at(-1);
    if (incomplete !== undefined && !incomplete.complete) tail.push(incomplete);
    tail.push(...this.#options.live.waiting(instrumentId, interval));
    const forming = this.#options.live.forming(instrument.symbol, interval);
    if (forming !== null) tail.push(forming);
    return joined(stored, tail, span, asked.limit);
  }

  /** The database is away: what the source says, with what is being built. */
  async #withoutStore(asked: BarsAsked, span: Span): Promise<BarSeries> {
    const { instrument, interval } = asked;
    const query = { symbol: instrument.symbol, interval, ...span, extended: false };
    const forming = this.#options.live.forming(instrument.symbol, interval);
    const tail = forming === null ? [] : [forming];
    try {
      const bars = await this.#options.call(
        (ctx) => this.#options.source.bars(query, ctx),
        asked.withinMs,
        asked.priority,
      );
      return { bars: joined(bars, tail, span, asked.limit), beginsAt: null, failure: null };
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      return { bars: joined([], tail, span, asked.limit), beginsAt: null, failure: error };
    }
  }
}

interface Filled {
  readonly fresh: readonly Bar[];
  readonly failure: SourceError | null;
}

const NOTHING: Filled = { fresh: [], failure: null };

function coverageKey(instrumentId: number, interval: Interval): string {
  return `${instrumentId}|${interval}`;
}

/** Stored bars with newer ones over them: a complete bar beats a forming one, else the later in the list wins. */
function joined(stored: readonly Bar[], tail: readonly Bar[], span: Span, limit: number | null): readonly Bar[] {
  const byTime = new Map<number, Bar>(stored.map((bar) => [bar.openTime, bar]));
  for (const bar of tail) {
    if (bar.openTime < span.from || bar.openTime >= span.to) continue;
    const known = byTime.get(bar.openTime);
    if (known === undefined || bar.complete) byTime.set(bar.openTime, bar);
    else if (!known.complete) byTime.set(bar.openTime, bar.flags.includes('partial') ? completed(bar, known) : bar);
  }
  const bars = [...byTime.values()].sort((a, b) => a.openTime - b.openTime);
  // A bar that an earlier run left forming is not a bar of the past: the newest alone may be incomplete.
  const newest = bars.at(-1);
  const whole = bars.filter((bar) => bar.complete || bar === newest);
  return limit === null || whole.length <= limit ? whole : whole.slice(whole.length - limit);
}

/** A forming bar of which we saw only a part, with what the source knows of the part before. */
function completed(built: Bar, known: Bar): Bar {
  return {
    ...built,
    o: known.o,
    h: Math.max(built.h, known.h),
    l: Math.min(built.l, known.l),
    volume:
      built.volume === null || known.volume === null
        ? (built.volume ?? known.volume)
        : Math.max(built.volume, known.volume),
    flags: known.flags,
  };
}

/** Makes room for one more by dropping the oldest. */
function bound<K, V>(map: Map<K, V>, most: number): void {
  if (map.size >= most) map.delete(map.keys().next().value as K);
}
