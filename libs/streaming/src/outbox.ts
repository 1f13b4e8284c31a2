import type { CloseName } from '@ziggy/contracts';
import type { OutboxCounters } from './counters.ts';
import { Fifo, ORDERED_LANES } from './lanes.ts';
import type { OrderedLane } from './lanes.ts';
import type { PendingValue, Subscription } from './latest-value.ts';
import { aheadMs } from './rates.ts';

/** The slice of a socket that the outbox needs. `write` takes ready WebSocket frames and puts them into one write. */
export interface Outlet {
  /** Bytes accepted by `write` that the operating system has not taken yet. */
  readonly bufferedAmount: number;
  write(frames: readonly Uint8Array[]): void;
  close(code: number, reason: string): void;
}

/** Fills a client's lanes by itself, as far as there is room. */
export interface Feeder {
  /** There is room again. */
  feed(): void;
}

export interface OutboxLimits {
  /** Above this many buffered bytes, only control frames are written; values wait and conflate. */
  readonly softBytes: number;
  /** Above this many buffered bytes the client is closed with 4003. */
  readonly hardBytes: number;
  /** A client whose buffer has not moved for this long is closed with 4003. */
  readonly stallMs: number;
  /** Frames that may wait in one ordered lane. */
  readonly laneFrames: number;
  /** Bytes that may wait in all ordered lanes together. */
  readonly laneBytes: number;
}

export const OUTBOX_LIMITS: OutboxLimits = {
  softBytes: 64 * 1024,
  hardBytes: 1024 * 1024,
  stallMs: 10_000,
  laneFrames: 1_024,
  laneBytes: 256 * 1024,
};

/** Why a client must be closed; `null` while all is well. A verdict, not an exception: the hot loop never throws. */
export type OutboxVerdict = { readonly close: CloseName; readonly reason: string } | null;

/**
 * One step of a client's opening sequence: bytes, or a function that makes them when there is room for them. A large
 * snapshot is thus built only when it can be written, and a client that does not read holds no snapshots.
 */
export type SequenceStep = Uint8Array | (() => readonly Uint8Array[]);

const NONE: ReadonlyMap<string, Subscription> = new Map();
const FULL: OutboxVerdict = { close: 'slow_consumer', reason: 'queue full' };
const OVER: OutboxVerdict = { close: 'slow_consumer', reason: 'buffer over limit' };
const STALLED: OutboxVerdict = { close: 'slow_consumer', reason: 'not draining' };

/**
 * Everything that waits for one client, and the order in which it leaves: control frames, the opening sequence (acks'
 * snapshots), ordered lanes, then the newest value of each changed key. Values hold one place per key however often
 * they change, so the memory of a client that does not read is bounded by its subscriptions.
 */
export class ClientOutbox {
  readonly outlet: Outlet;
  /** Cap of the whole connection, set by the client; `null` until it sets one. */
  capHz: number | null = null;
  /** Distance of this client's flushes, milliseconds. */
  periodMs: number;
  /** Interval of every subscription where all have the same, else 0: most clients, and it is asked for with each tick. */
  evenMs = 0;
  /** Which slot of the period is this client's, so that clients do not flush all at once. */
  phase: number;
  /** Time of the last flush that wrote something. */
  flushedAt = Number.NEGATIVE_INFINITY;
  /** Wheel slot that the next flush waits in, or -1. */
  plannedSlot = -1;
  urgent = false;
  closed = false;
  /** Who fills the lanes of this client; told after each flush that there may be room. */
  feeder: Feeder | null = null;
  /** True while the last flush found the buffer above the soft limit. */
  paused = false;

  readonly #limits: OutboxLimits;
  readonly #counters: OutboxCounters;
  #subscriptions: Map<string, Subscription> | null = null;
  #control: Fifo<Uint8Array> | null = null;
  #sequence: Fifo<SequenceStep> | null = null;
  #lanes: (Fifo<Uint8Array> | undefined)[] | null = null;
  #queuedFrames = 0;
  #queuedBytes = 0;
  #controlFrames = 0;
  /** When the oldest event in the lanes happened, epoch ms. */
  #oldestEventAt = Number.NaN;
  #values: PendingValue[] = [];
  #written = 0;
  #drained = 0;
  #stalledAt = Number.NaN;

  constructor(
    outlet: Outlet,
    options: { limits: OutboxLimits; counters: OutboxCounters; periodMs: number; phase: number },
  ) {
    this.outlet = outlet;
    this.#limits = options.limits;
    this.#counters = options.counters;
    this.periodMs = options.periodMs;
    this.phase = options.phase;
  }

  /** By topic. Made at the first subscription: most of what an idle connection would otherwise weigh is empty maps. */
  get subscriptions(): ReadonlyMap<string, Subscription> {
    return this.#subscriptions ?? NONE;
  }

  subscribed(subscription: Subscription): void {
    (this.#subscriptions ??= new Map()).set(subscription.topic, subscription);
  }

  unsubscribed(topic: string): void {
    this.#subscriptions?.delete(topic);
  }

  /** Frames and steps that wait, values not counted. */
  get queueDepth(): number {
    return this.#queuedFrames + (this.#sequence?.length ?? 0);
  }

  /** Keys whose newest value waits. A value that died while waiting is counted as dropped and is no longer one of them. */
  get pendingValues(): number {
    let living = 0;
    for (const value of this.#values) if (!value.dead) living++;
    return living;
  }

  /** Whether more than half of the waiting values are from before an instant. */
  waitsMostlySince(at: number): boolean {
    let old = 0;
    for (const { entry } of this.#values) if (entry.since <= at) old++;
    return old * 2 > this.#values.length;
  }

  get idle(): boolean {
    return this.#values.length === 0 && this.queueDepth === 0;
  }

  /** Bytes handed to the outlet so far. */
  get bytesWritten(): number {
    return this.#written;
  }

  /** True when something waits for room; the host wakes the client when its socket drains. */
  get hasBacklog(): boolean {
    return this.feeder !== null || this.hasSequence;
  }

  /** True when steps of the opening sequence wait. */
  get hasSequence(): boolean {
    return (this.#sequence?.length ?? 0) > 0;
  }

  /** Whether the lanes take a frame of so many bytes without more waiting than `limits`; an empty one takes any. */
  hasRoom(bytes: number, limits: { readonly messages: number; readonly bytes: number }): boolean {
    const frames = this.#queuedFrames - this.#controlFrames;
    return frames === 0 || (frames < limits.messages && this.#queuedBytes + bytes <= limits.bytes);
  }

  /** Notes when an event that goes into a lane happened, for the latency of the lane. */
  noteEvent(at: number): void {
    if (Number.isNaN(this.#oldestEventAt)) this.#oldestEventAt = at;
  }

  /** Queues a frame that must arrive, in its lane's order. */
  offer(lane: OrderedLane, frame: Uint8Array): OutboxVerdict {
    const queue = this.#laneOf(lane);
    if (queue.length >= this.#limits.laneFrames || this.#queuedBytes + frame.length > this.#limits.laneBytes) {
      // One frame may be larger than the byte limit when nothing else waits.
      if (this.#queuedFrames > 0) return FULL;
    }
    queue.push(frame);
    if (lane === 'control') this.#controlFrames++;
    else this.#counters.orderedOffered++;
    this.#queuedFrames++;
    this.#queuedBytes += frame.length;
    return null;
  }

  /** Queues a step of the opening sequence. Steps leave in order, before any value. */
  follow(step: SequenceStep): OutboxVerdict {
    this.#sequence ??= new Fifo();
    if (this.#sequence.length >= this.#limits.laneFrames) return FULL;
    this.#sequence.push(step);
    return null;
  }

  /** Queues a changed key. The caller has checked that it is not pending already. */
  mark(value: PendingValue): void {
    value.pending = true;
    this.#values.push(value);
  }

  /** Forgets everything that waits; returns how many pending values were lost. */
  discard(): number {
    let lost = 0;
    for (const value of this.#values) {
      value.pending = false;
      if (!value.dead) lost++;
    }
    this.#values = [];
    this.#counters.orderedLost += this.#queuedFrames - this.#controlFrames;
    this.#control?.clear();
    this.#sequence?.clear();
    this.#lanes = null;
    this.#controlFrames = 0;
    this.#queuedFrames = 0;
    this.#queuedBytes = 0;
    return lost;
  }

  /**
   * Writes what may leave now, in one call of the outlet.
   * @param at the instant that the rate of each key counts from: the planned slot, or now for an early flush
   * @param now the present time, same clock
   * @param batch an empty scratch list, emptied again before the return
   */
  flush(at: number, now: number, batch: Uint8Array[]): OutboxVerdict {
    const buffered = this.outlet.bufferedAmount;
    const verdict = this.#watch(buffered, now);
    if (verdict !== null) return verdict;
    let bytes = this.#takeAll(this.#control, batch);
    const room = this.#limits.softBytes - buffered;
    this.paused = room <= 0;
    if (room > 0) {
      bytes = this.#takeSequence(batch, bytes, room);
      bytes = this.#takeLanes(batch, bytes, room);
      if (bytes < room && !this.hasSequence) bytes += this.#takeValues(at, batch);
    } else if (this.#values.length > 0) {
      this.#counters.skippedFlushes++;
    }
    if (batch.length > 0) {
      this.flushedAt = now;
      this.#written += bytes;
      this.#counters.bytes += bytes;
      this.#counters.writes++;
      this.outlet.write(batch);
      batch.length = 0;
    }
    return null;
  }

  /** Writes the control frames only, whatever the buffer holds. */
  flushControl(batch: Uint8Array[]): void {
    const bytes = this.#takeAll(this.#control, batch);
    if (batch.length === 0) return;
    this.#written += bytes;
    this.#counters.bytes += bytes;
    this.#counters.writes++;
    this.outlet.write(batch);
    batch.length = 0;
  }

  #laneOf(lane: OrderedLane): Fifo<Uint8Array> {
    if (lane === 'control') return (this.#control ??= new Fifo());
    const lanes = (this.#lanes ??= []);
    const index = ORDERED_LANES.indexOf(lane);
    return (lanes[index] ??= new Fifo());
  }

  /** A buffer over the hard limit, or one that has not moved for too long, ends the client. */
  #watch(buffered: number, now: number): OutboxVerdict {
    if (buffered === 0) {
      this.#stalledAt = Number.NaN;
      return null;
    }
    if (buffered > this.#limits.hardBytes) return OVER;
    const drained = this.#written - buffered;
    if (drained > this.#drained || Number.isNaN(this.#stalledAt)) {
      this.#drained = drained;
      this.#stalledAt = now;
      return null;
    }
    return now - this.#stalledAt >= this.#limits.stallMs ? STALLED : null;
  }

  #takeAll(queue: Fifo<Uint8Array> | null, batch: Uint8Array[]): number {
    if (queue === null) return 0;
    let bytes = 0;
    for (let frame = queue.shift(); frame !== undefined; frame = queue.shift()) {
      batch.push(frame);
      bytes += frame.length;
      this.#queuedFrames--;
      this.#controlFrames--;
      this.#counters.control++;
    }
    this.#queuedBytes -= bytes;
    return bytes;
  }

  #takeSequence(batch: Uint8Array[], already: number, room: number): number {
    let bytes = already;
    const sequence = this.#sequence;
    if (sequence === null) return bytes;
    while (bytes < room) {
      const step = sequence.shift();
      if (step === undefined) break;
      for (const frame of typeof step === 'function' ? step() : [step]) {
        batch.push(frame);
        bytes += frame.length;
        this.#counters.control++;
      }
    }
    return bytes;
  }

  #takeLanes(batch: Uint8Array[], already: number, room: number): number {
    let bytes = already;
    if (this.#lanes === null || this.hasSequence) return bytes;
    for (const queue of this.#lanes) {
      while (queue !== undefined && bytes < room) {
        const frame = queue.shift();
        if (frame === undefined) break;
        batch.push(frame);
        bytes += frame.length;
        this.#queuedFrames--;
        this.#queuedBytes -= frame.length;
        this.#counters.ordered++;
      }
    }
    if (bytes > already && !Number.isNaN(this.#oldestEventAt)) {
      this.#counters.delivered(this.#oldestEventAt);
      this.#oldestEventAt = Number.NaN;
    }
    return bytes;
  }

  /** Takes each key whose turn has come; the others stay, in their places. */
  #takeValues(at: number, batch: Uint8Array[]): number {
    const values = this.#values;
    let bytes = 0;
    let kept = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as PendingValue;
      const intervalMs = this.evenMs > 0 ? this.evenMs : value.subscription.intervalMs;
      if (at < value.nextAt && !value.dead && at < value.nextAt - aheadMs(intervalMs)) {
        values[kept++] = value;
        continue;
      }
      value.pending = false;
      const { entry } = value;
      if (value.dead || entry.v <= value.lastV) {
        // A dead value was counted when it died.
        if (!value.dead) this.#counters.dropped.old_version++;
        continue;
      }
      const frame = entry.bytes();
      value.lastV = entry.v;
      value.nextAt = Math.max(at, value.nextAt) + intervalMs;
      batch.push(frame);
      bytes += frame.length;
      this.#counters.sent++;
      if (i === 0) this.#counters.delivered(entry.frame.ts);
    }
    values.length = kept;
    return bytes;
  }
}
