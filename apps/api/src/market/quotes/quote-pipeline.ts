import type { BrainFields, MarketDataFrame } from '@ziggy/contracts';
import type { Clock, Instrument, QuoteUpdate, Symbol } from '@ziggy/domain';
import type { DataIds } from './data-ids.ts';
import type { QuoteGate } from './gate.ts';
import { QuoteRecord, quoteFrame, saysMore } from './quote-record.ts';
import { freshness } from './staleness.ts';
import type { FreshnessRules } from './staleness.ts';
import type { Venues } from '../calendar/venues.ts';

/** The slice of the hub that quotes are published to. */
export interface QuoteOutlet {
  publish(topic: string, key: string, frame: MarketDataFrame): void;
}

/** The slice of the brain that a tick passes through. */
export interface Enricher {
  enrich(symbol: string, priceMicro: number | null, dayVolume: number | null, sessionRatio: number | null): BrainFields;
}

/** Sees each accepted quote after the cache and before the stream; called synchronously, so it must be quick. */
export interface QuoteListener {
  onQuote(record: QuoteRecord): void;
  /** The symbol's quotes broke off; what is built from them has a hole from here. */
  onInterrupted?(symbol: Symbol): void;
  /** The symbol's value was flagged stale, or is fresh again. */
  onFreshness?(symbol: Symbol): void;
}

export interface PipelineOptions {
  readonly gate: QuoteGate;
  readonly enricher: Enricher;
  readonly outlet: QuoteOutlet;
  readonly ids: DataIds;
  readonly venues: Venues;
  readonly market: Clock;
  readonly wall: Clock;
  /** Id of the source, told with each value. */
  readonly sourceId: string;
  readonly rules: FreshnessRules;
  /** Instruments that may be quoted; a tick of another symbol is dropped and counted. */
  readonly instrumentOf: (symbol: Symbol) => Instrument | undefined;
  readonly counts: PipelineCounts;
  /** Runs work after other work had its turn; `setImmediate` in the server. */
  readonly defer: (work: () => void) => void;
}

/** Running totals, read by the metrics. */
export interface PipelineCounts {
  ticks: number;
  published: number;
  unknown: number;
  overflow: number;
}

/** Ticks handled in one turn of the event loop: about 2 ms of work at most. */
export const BATCH_MAX = 256;
/** Ticks that may wait for their turn. Beyond, the oldest batch goes: a newer quote of the symbol follows it. */
const WAITING_MAX = 65_536;

/**
 * The way of a tick: gate, version, brain, cache, listeners, hub; synchronous, no await, nothing allocated but the frame
 * and what the brain returns. The records are the cache that REST and snapshots read.
 */
export class QuotePipeline {
  readonly #options: PipelineOptions;
  readonly #records = new Map<Symbol, QuoteRecord>();
  readonly #listeners: QuoteListener[] = [];
  readonly #waiting: { readonly batch: readonly QuoteUpdate[]; from: number }[] = [];
  #waitingTicks = 0;
  #batchId: number | null = null;
  #deferred = false;
  #silent = false;

  constructor(options: PipelineOptions) {
    this.#options = options;
  }

  listen(listener: QuoteListener): void {
    this.#listeners.push(listener);
  }

  /** Quotes belong to this ingest batch from now on: the subscription that they come with. */
  from(batchId: number | null): void {
    this.#batchId = batchId;
  }

  record(symbol: Symbol): QuoteRecord | undefined {
    return this.#records.get(symbol);
  }

  /** Every known record, in the order of their first quote. */
  records(): IterableIterator<QuoteRecord> {
    return this.#records.values();
  }

  get size(): number {
    return this.#records.size;
  }

  /** Ticks that wait for their turn. */
  get waiting(): number {
    return this.#waitingTicks;
  }

  /** Takes a batch from the source. A small one is handled at once, a large one in turns, in order. */
  intake(batch: readonly QuoteUpdate[]): void {
    if (batch.length === 0) return;
    if (!this.#deferred && batch.length <= BATCH_MAX) {
      this.process(batch, 0, batch.length);
      return;
    }
    this.#waiting.push({ batch, from: 0 });
    this.#waitingTicks += batch.length;
    while (this.#waitingTicks > WAITING_MAX && this.#waiting.length > 1) {
      const oldest = this.#waiting.shift();
      const lost = oldest === undefined ? 0 : oldest.batch.length - oldest.from;
      this.#waitingTicks -= lost;
      this.#options.counts.overflow += lost;
    }
    this.#deferTurn();
  }

  /** Handles the ticks `[from, to)` of a batch, now. */
  process(batch: readonly QuoteUpdate[], from: number, to: number): void {
    const now = this.#options.market.now();
    const wall = this.#options.wall.now();
    for (let i = from; i < to; i++) this.#tick(batch[i] as QuoteUpdate, now, wall);
  }

  /** Puts the value of an earlier run, or of the leader, back; it counts as old until a tick renews it. */
  restore(instrument: Instrument, update: QuoteUpdate, batchId: number | null = null): void {
    const known = this.#records.get(instrument.symbol);
    if (known === undefined) {
      const record = new QuoteRecord(instrument, update, false);
      record.v = this.#options.ids.next();
      record.stale = true;
      record.batchId = batchId;
      this.#records.set(instrument.symbol, record);
      this.#enrich(record);
      return;
    }
    if (known.fresh || !saysMore(update, known.update)) return;
    known.update = update;
    known.batchId = batchId;
    this.#enrich(known);
    this.#publish(known, this.#options.wall.now());
  }

  /** Ticks come to an end here: another process leads. What is known is of the past, and says so. */
  standBack(): void {
    const wall = this.#options.wall.now();
    for (const record of this.#records.values()) {
      record.fresh = false;
      this.#options.gate.forget(record.instrument.symbol);
      if (record.stale) continue;
      record.stale = true;
      this.#tellBroken(record.instrument.symbol);
      this.#publish(record, wall);
    }
  }

  /** Computes the brain fields of a symbol again (its history or the regime became known) and publishes them. */
  refresh(symbol: Symbol): void {
    const record = this.#records.get(symbol);
    if (record === undefined) return;
    this.#enrich(record);
    this.#publish(record, this.#options.wall.now());
  }

  /**
   * Flags values that have grown too old, each once, and un-flags none: only a tick does that. O(records); call it about
   * once a second.
   */
  sweep(): void {
    const now = this.#options.market.now();
    const wall = this.#options.wall.now();
    for (const record of this.#records.values()) {
      const venue = this.#options.venues.state(record.instrument.calendar, now);
      const { receivedAt, exchangeAt } = record.update;
      const aged = { receivedAt, exchangeAt, meanGapMs: record.meanGapMs };
      const next = freshness(this.#options.rules, aged, now, venue.phase, venue.phaseSince, venue.lastClose);
      const stale = next.stale || !record.fresh;
      if (stale === record.stale && next.expired === record.expired) continue;
      if (record.stale && !stale) continue;
      const turned = stale !== record.stale;
      record.stale = stale;
      record.expired = next.expired;
      if (turned) this.#tellBroken(record.instrument.symbol);
      if (record.expired) this.#enrich(record);
      this.#publish(record, wall);
    }
  }

  /** The newest image of a symbol, for a new subscriber; `null` when nothing is known. */
  image(symbol: Symbol): MarketDataFrame | null {
    const record = this.#records.get(symbol);
    if (record === undefined) return null;
    return { ...quoteFrame(record, this.#options.sourceId, this.#options.wall.now(), true), snap: true };
  }

  /** While silent nothing is published, as under a seek; listeners and cache see everything. Then each value is told once. */
  setSilent(silent: boolean): void {
    if (this.#silent === silent) return;
    this.#silent = silent;
    if (silent) return;
    const wall = this.#options.wall.now();
    for (const record of this.#records.values()) this.#publish(record, wall);
  }

  /** Drops a symbol that nobody wants any more. */
  forget(symbol: Symbol): void {
    this.#records.delete(symbol);
    this.#options.gate.forget(symbol);
  }

  #tick(update: QuoteUpdate, now: number, wall: number): void {
    const { counts, gate } = this.#options;
    counts.ticks++;
    const passed = gate.judge(update, now);
    if (passed === null) {
      // The same value once more is still a sign of life: it keeps the old one fresh, and says nothing new.
      this.#stillThere(update);
      return;
    }
    let record = this.#records.get(passed.symbol);
    let news = true;
    let back = false;
    if (record === undefined) {
      const instrument = this.#options.instrumentOf(passed.symbol);
      if (instrument === undefined) {
        counts.unknown++;
        return;
      }
      record = new QuoteRecord(instrument, passed, true);
      this.#records.set(passed.symbol, record);
    } else {
      back = record.stale;
      news = back || saysMore(passed, record.update);
      record.take(passed);
    }
    record.batchId = this.#batchId;
    if (news) {
      record.stale = false;
      record.expired = false;
      this.#enrich(record);
      record.v = this.#options.ids.next();
    }
    for (const listener of this.#listeners) listener.onQuote(record);
    if (!news) return;
    if (back) for (const listener of this.#listeners) listener.onFreshness?.(passed.symbol);
    if (this.#silent) return;
    counts.published++;
    this.#options.outlet.publish(passed.symbol, passed.symbol, quoteFrame(record, this.#options.sourceId, wall));
  }

  #tellBroken(symbol: Symbol): void {
    for (const listener of this.#listeners) {
      listener.onInterrupted?.(symbol);
      listener.onFreshness?.(symbol);
    }
  }

  #stillThere(update: QuoteUpdate): void {
    const record = this.#records.get(update.symbol);
    if (record === undefined || !record.fresh || record.stale) return;
    const last = record.update;
    if (update.price === last.price && update.seq === last.seq && update.receivedAt > last.receivedAt) {
      record.update = { ...last, receivedAt: update.receivedAt };
    }
  }

  #enrich(record: QuoteRecord): void {
    const { update, instrument } = record;
    const ratio = this.#options.venues.sessionRatio(instrument.calendar, update.exchangeAt);
    record.brain = this.#options.enricher.enrich(update.symbol, record.price, update.volume, ratio);
  }

  #publish(record: QuoteRecord, wall: number): void {
    record.v = this.#options.ids.next();
    if (this.#silent) return;
    this.#options.counts.published++;
    const { symbol } = record.instrument;
    this.#options.outlet.publish(symbol, symbol, quoteFrame(record, this.#options.sourceId, wall));
  }

  #deferTurn(): void {
    if (this.#deferred) return;
    this.#deferred = true;
    this.#options.defer(() => {
      this.#deferred = false;
      this.#turn();
    });
  }

  #turn(): void {
    const next = this.#waiting[0];
    if (next === undefined) return;
    const to = Math.min(next.from + BATCH_MAX, next.batch.length);
    this.#waitingTicks -= to - next.from;
    this.process(next.batch, next.from, to);
    next.from = to;
    if (to >= next.batch.length) this.#waiting.shift();
    if (this.#waiting.length > 0) this.#deferTurn();
  }
}
