import { INTERVAL_MS } from '@ziggy/domain';
import type { Bar, Instrument, Interval, QuoteUpdate, Symbol } from '@ziggy/domain';
import { BarBuilder } from './bar-builder.ts';
import type { BarSink } from './bar-builder.ts';
import type { BarTick, BarWindows, FormingBar } from './forming-bar.ts';
import type { BarRow } from '../store/bar-rows.ts';
import type { QuoteListener } from '../../market/quotes/quote-pipeline.ts';
import type { QuoteRecord } from '../../market/quotes/quote-record.ts';

/** Marks a bar as the source's own when it came by itself and not with a batch of history. */
export const SOURCE_BAR = 0;

/** Sees bars as they form and close; called synchronously. */
export interface BarListener {
  onForming?(bar: Bar): void;
  /** A bar is complete. The same bar may come again when it was revised. */
  onClosed?(bar: Bar): void;
  /** The symbol's ticks broke off or began anew: bars may be missing. */
  onInterrupted?(symbol: Symbol): void;
}

export interface LiveBarsOptions {
  readonly market: string;
  readonly sourceId: string;
  readonly intervals: readonly Interval[];
  readonly windowsOf: (calendar: Instrument['calendar']) => BarWindows;
  readonly marketNow: () => number;
  /**
   * The source's own bar of a window, complete when the window is over. `null`: it has none. Absent for a source that is
   * polled: there the history is asked when somebody reads it.
   */
  readonly sourceBar:
    ((instrument: Instrument, interval: Interval, openTime: number, closeTime: number) => Promise<Bar | null>) | null;
  /** Whether every tick of a tracked symbol arrives; unless said, when the source is asked for its own bars. */
  readonly ticksAreWhole?: boolean;
  readonly store: (symbol: Symbol, bar: Bar, batchId: BarRow['batchId']) => void;
  readonly onFailed: (error: unknown) => void;
  /** Whether ticks arrive at all; a process that does not lead has none. */
  readonly flows: () => boolean;
}

/** Closed bars that may wait to be compared with the source's own. Beyond, the built ones stand. */
const COMPARE_MAX = 256;
/** Forming bars shorter than this are worth nothing after a restart. */
const STORED_FORMING_MS = 300_000;

interface Tracked {
  readonly instrument: Instrument;
  readonly builder: BarBuilder;
  readonly watchers: Map<Interval, number>;
  /** Market time at which it began to be tracked. */
  readonly since: number;
  /** Whether a quote came since. */
  begun: boolean;
}

/** Builds the bars of every wanted symbol, compares closed ones with the source's own, and hands them on. */
export class LiveBars implements QuoteListener {
  readonly #options: LiveBarsOptions;
  readonly #tracked = new Map<Symbol, Tracked>();
  readonly #listeners: BarListener[] = [];
  readonly #comparing: FormingBar[] = [];
  readonly #sink: BarSink = {
    onForming: (bar) => this.#tellForming(bar),
    onPartial: (bar) => this.#ask(bar),
    onClosed: (bar) => this.#compare(bar),
    onRevised: (bar) => this.#compare(bar),
  };
  readonly #ticksAreWhole: boolean;
  /** The source tells its own bars by itself ({@link LiveBars.take}). */
  readonly #toldBars: boolean;
  /** Of each series, the newest bar that the source told by itself, and the newest built one. */
  readonly #told = new Map<string, number>();
  readonly #built = new Map<string, Bar>();
  #working: Promise<void> | null = null;
  #stopped = false;
  /** Closed bars whose built values differed from the source's. */
  differences = 0;

  constructor(options: LiveBarsOptions) {
    this.#options = options;
    this.#ticksAreWhole = options.ticksAreWhole ?? options.sourceBar !== null;
    this.#toldBars = this.#ticksAreWhole && options.sourceBar === null;
  }

  listen(listener: BarListener): void {
    this.#listeners.push(listener);
  }

  /** From now on every tick of the symbol arrives. */
  track(instrument: Instrument): void {
    if (this.#tracked.has(instrument.symbol)) return;
    const { windowsOf, intervals, marketNow } = this.#options;
    const builder = new BarBuilder(
      instrument.symbol,
      windowsOf(instrument.calendar),
      intervals,
      this.#sink,
      marketNow(),
    );
    if (!this.#options.flows()) builder.interrupt();
    this.#tracked.set(instrument.symbol, {
      instrument,
      builder,
      watchers: new Map(),
      since: marketNow(),
      begun: false,
    });
  }

  /** Ticks come to an end here: another process leads. */
  interruptAll(): void {
    for (const symbol of this.#tracked.keys()) this.onInterrupted(symbol);
  }

  /** Goes on from the last quote that another run saw (market-data.md section 12, "leader killed"). */
  takeOver(record: QuoteRecord): void {
    const builder = this.#tracked.get(record.instrument.symbol)?.builder;
    const tick = tickOf(record.update);
    if (tick !== null) builder?.takeOver(tick, this.#options.marketNow());
  }

  /** A venue's hours were corrected. */
  reanchor(): void {
    for (const { builder } of this.#tracked.values()) builder.reanchor();
  }

  /** Nobody wants the symbol any more. What formed is kept as it is. */
  untrack(symbol: Symbol): void {
    const tracked = this.#tracked.get(symbol);
    if (tracked === undefined) return;
    for (const bar of tracked.builder.allForming()) this.#storeForming(bar);
    this.#tracked.delete(symbol);
    for (const listener of this.#listeners) listener.onInterrupted?.(symbol);
  }

  /** Puts back a bar that an earlier run left forming. */
  restore(bar: Bar): void {
    this.#tracked.get(bar.symbol)?.builder.restore(bar);
  }

  /** Takes what the source knows of a bar that still forms and that we saw only a part of. */
  adopt(bar: Bar): void {
    if (!bar.complete) this.#tracked.get(bar.symbol)?.builder.adopt(bar);
  }

  /** Takes a finished bar that the source tells by itself: its word stands, whichever of the two comes first. */
  take(bar: Bar): void {
    const key = seriesKey(bar);
    this.#told.set(key, Math.max(bar.openTime, this.#told.get(key) ?? bar.openTime));
    const built = this.#built.get(key);
    if (built?.openTime === bar.openTime) {
      if (sameValues(bar, built) && bar.flags.length === built.flags.length) return;
      this.differences++;
    }
    this.#finish(bar, SOURCE_BAR);
  }

  watch(symbol: Symbol, interval: Interval): void {
    const tracked = this.#tracked.get(symbol);
    if (tracked === undefined) return;
    tracked.watchers.set(interval, (tracked.watchers.get(interval) ?? 0) + 1);
    tracked.builder.watch(interval);
  }

  unwatch(symbol: Symbol, interval: Interval): void {
    const tracked = this.#tracked.get(symbol);
    const count = tracked?.watchers.get(interval) ?? 0;
    if (tracked === undefined || count === 0) return;
    tracked.watchers.set(interval, count - 1);
    if (count === 1) tracked.builder.unwatch(interval);
  }

  forming(symbol: Symbol, interval: Interval): Bar | null {
    const bar = this.#tracked.get(symbol)?.builder.forming(interval);
    return bar === undefined || bar === null ? null : this.#bar(bar);
  }

  /** Ticks of the symbol arrive without a hole from this market time on; `Infinity` when they do not. */
  seenSince(symbol: Symbol): number {
    // Polls see only a part of the trades: their bars stand in until the source's own are asked for.
    if (!this.#ticksAreWhole) return Number.POSITIVE_INFINITY;
    return this.#tracked.get(symbol)?.builder.seenSince ?? Number.POSITIVE_INFINITY;
  }

  get symbols(): number {
    return this.#tracked.size;
  }

  // ---- ticks ------------------------------------------------------------------------------------

  onQuote({ update, instrument }: QuoteRecord): void {
    const tracked = this.#tracked.get(instrument.symbol);
    // What a tape tells of the time before it began is history, and its bars are recorded.
    if (tracked === undefined || (this.#toldBars && update.receivedAt < tracked.since)) return;
    const tick = tickOf(update);
    if (tick === null) return;
    // A source is asked some time after the symbol is wanted, and says first where it stands. A tape only tells what happened.
    if (!tracked.begun && !this.#toldBars) tracked.builder.begin(Math.max(update.receivedAt, tick.at));
    tracked.begun = true;
    tracked.builder.tick(tick);
  }

  onInterrupted(symbol: Symbol): void {
    this.#tracked.get(symbol)?.builder.interrupt();
    for (const listener of this.#listeners) listener.onInterrupted?.(symbol);
  }

  /** Completes what is over. Call several times a second. */
  advance(): void {
    const now = this.#options.marketNow();
    for (const { builder } of this.#tracked.values()) builder.advance(now);
  }

  /** Hands every longer forming bar to the store, so that a restart finds it. */
  storeForming(): void {
    for (const { builder } of this.#tracked.values()) for (const bar of builder.allForming()) this.#storeForming(bar);
  }

  /** Compares no more; what waited is handed on as it was built. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#working;
    this.storeForming();
  }

  // ---- inside -----------------------------------------------------------------------------------

  #tellForming(bar: FormingBar): void {
    const shown = this.#bar(bar);
    for (const listener of this.#listeners) listener.onForming?.(shown);
  }

  #compare(bar: FormingBar): void {
    if (this.#options.sourceBar === null || this.#stopped || this.#comparing.length >= COMPARE_MAX) {
      this.#finishBuilt(this.#bar(bar));
      return;
    }
    this.#ask(bar);
  }

  /** Queues a bar for the source's word about it. */
  #ask(bar: FormingBar): void {
    if (this.#options.sourceBar === null || this.#stopped || this.#comparing.length >= COMPARE_MAX) return;
    this.#comparing.push(bar);
    this.#working ??= this.#compareAll().finally(() => (this.#working = null));
  }

  async #compareAll(): Promise<void> {
    // Let the turn end first: bars of many symbols close together, and their ticks go first.
    await new Promise<void>((resolve) => setImmediate(resolve));
    for (let bar = this.#comparing.shift(); bar !== undefined; bar = this.#comparing.shift()) {
      const wasClosed = bar.availableAt !== null;
      const own = this.#stopped ? null : await this.#sourceBar(bar);
      if (!wasClosed) {
        // A bar that closed meanwhile waits in the queue behind this.
        if (own !== null) this.adopt(own);
      } else if (own === null || !own.complete) {
        this.#finish(this.#bar(bar), null);
      } else {
        if (!sameValues(own, this.#bar(bar))) this.differences++;
        this.#finish(own, SOURCE_BAR);
      }
    }
  }

  async #sourceBar(bar: FormingBar): Promise<Bar | null> {
    const tracked = this.#tracked.get(bar.symbol);
    if (tracked === undefined || this.#options.sourceBar === null) return null;
    try {
      return await this.#options.sourceBar(tracked.instrument, bar.interval, bar.openTime, bar.closeTime);
    } catch (error) {
      this.#options.onFailed(error);
      return null;
    }
  }

  #finishBuilt(bar: Bar): void {
    if (this.#toldBars) {
      const key = seriesKey(bar);
      // The source was first, and its word stands.
      if ((this.#told.get(key) ?? -Infinity) >= bar.openTime) return;
      this.#built.set(key, bar);
    }
    this.#finish(bar, null);
  }

  #finish(bar: Bar, batchId: BarRow['batchId']): void {
    this.#options.store(bar.symbol, bar, batchId);
    for (const listener of this.#listeners) listener.onClosed?.(bar);
  }

  #storeForming(bar: FormingBar): void {
    if (INTERVAL_MS[bar.interval] >= STORED_FORMING_MS) this.#options.store(bar.symbol, this.#bar(bar), null);
  }

  #bar(bar: FormingBar): Bar {
    return bar.toBar(this.#options.market, this.#options.sourceId);
  }
}

function tickOf(update: QuoteUpdate): BarTick | null {
  if (update.price === null) return null;
  return {
    at: update.exchangeAt,
    price: update.price,
    dayVolume: update.volume,
    dayOpen: update.open,
    dayHigh: update.high,
    dayLow: update.low,
    kind: update.kind,
  };
}

function seriesKey(bar: Bar): string {
  return `${bar.symbol} ${bar.interval}`;
}

function sameValues(a: Bar, b: Bar): boolean {
  return a.o === b.o && a.h === b.h && a.l === b.l && a.c === b.c && a.volume === b.volume;
}
