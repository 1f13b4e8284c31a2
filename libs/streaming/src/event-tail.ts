import type { EventFrame, ServerFrame } from '@ziggy/contracts';
import { REPLAY_LIMITS } from '@ziggy/contracts';
import type { LogPosition, LoggedEvent, PositionLoss, ResumeLog } from './resume-log.ts';

/** An event as it waits in memory: encoded once for all who get it live, and once for all who get it again. */
export class TailEntry {
  readonly event: LoggedEvent;
  readonly #encode: (frame: ServerFrame) => Uint8Array;
  #live: Uint8Array | null = null;
  #replayed: Uint8Array | null = null;

  constructor(event: LoggedEvent, encode: (frame: ServerFrame) => Uint8Array) {
    this.event = event;
    this.#encode = encode;
  }

  bytes(replay: boolean): Uint8Array {
    if (!replay) return (this.#live ??= this.#encode(this.event.frame));
    return (this.#replayed ??= this.#encode({ ...this.event.frame, replay: true } as EventFrame));
  }
}

/** Somebody who wants to hear of a partition. */
export interface TailListener {
  /** There is more after the position that the listener holds. */
  more(): void;
  /** Positions held so far are worth nothing any more. */
  lost(reason: PositionLoss): void;
}

export interface TailOptions {
  readonly encode: (frame: ServerFrame) => Uint8Array;
  /** Newest events of a partition that are kept in memory. */
  readonly ringEvents?: number;
  readonly ringBytes?: number;
  /** Partitions that nobody listens to or holds and that are remembered. */
  readonly idlePartitions?: number;
  /** Told of a read that failed; the next poll tries again. */
  readonly onError?: (error: unknown) => void;
}

const RING_EVENTS = 512;
const RING_BYTES = 512 * 1024;
const IDLE_PARTITIONS = 500;

/** The newest end of one partition: its position, and the events before it that are still in memory. */
export class PartitionTail {
  readonly key: string;
  readonly listeners = new Set<TailListener>();
  /** Who may come to listen: a tail that somebody holds is not forgotten, since nobody would tell it anything any more. */
  readonly holders = new Set<object>();
  readonly #maxEvents: number;
  readonly #maxBytes: number;
  #position: LogPosition;
  #ring: TailEntry[] = [];
  #bytes = 0;

  constructor(key: string, position: LogPosition, limits: { events: number; bytes: number }) {
    this.key = key;
    this.#position = position;
    this.#maxEvents = limits.events;
    this.#maxBytes = limits.bytes;
  }

  /** Newest position known here. The log may be ahead of it by what was committed a moment ago. */
  get position(): LogPosition {
    return this.#position;
  }

  get inUse(): boolean {
    return this.listeners.size + this.holders.size > 0;
  }

  /** The event after a position; `null` when that is the newest, `behind` when memory does not reach back so far. */
  after(seq: number): TailEntry | null | 'behind' {
    if (seq >= this.#position.seq) return null;
    const first = this.#ring[0];
    if (first === undefined || seq < first.event.prev) return 'behind';
    return this.#ring[seq - first.event.prev] ?? 'behind';
  }

  /** Every event after a position, when memory holds them all. */
  since(seq: number): readonly TailEntry[] | null {
    const first = this.#ring[0];
    if (seq >= this.#position.seq) return [];
    if (first === undefined || seq < first.event.prev) return null;
    return this.#ring.slice(seq - first.event.prev);
  }

  /** Adds events that follow the newest directly. */
  push(entries: readonly TailEntry[]): void {
    const last = entries.at(-1);
    if (last === undefined) return;
    for (const entry of entries) {
      this.#ring.push(entry);
      this.#bytes += entry.event.bytes;
    }
    this.#position = { epoch: this.#position.epoch, seq: last.event.seq };
    let out = 0;
    while (this.#ring.length - out > 1 && (this.#ring.length - out > this.#maxEvents || this.#bytes > this.#maxBytes)) {
      this.#bytes -= (this.#ring[out++] as TailEntry).event.bytes;
    }
    if (out > 0) this.#ring = this.#ring.slice(out);
    for (const listener of [...this.listeners]) listener.more();
  }

  /** The log begins anew, or goes on where memory cannot follow. */
  reset(position: LogPosition, reason: PositionLoss): void {
    this.#position = position;
    this.#ring = [];
    this.#bytes = 0;
    for (const listener of [...this.listeners]) listener.lost(reason);
  }
}

interface Opened {
  readonly tail: PartitionTail;
  reading: boolean;
  /** More was heard of while a read was under way. */
  again: boolean;
}

/**
 * Follows the ends of the partitions that somebody listens to. Commits of this process are told to it, those of others are
 * found by `poll`; whatever comes out of order or is missing is read from the log, so listeners see every event
 * once and in order. It owns no clock and no timer.
 */
export class EventTail {
  readonly #log: ResumeLog;
  readonly #options: TailOptions;
  readonly #open = new Map<string, Opened>();
  readonly #opening = new Map<string, Promise<PartitionTail>>();
  #wanted: { key: string; resolve: (tail: PartitionTail) => void; reject: (error: unknown) => void }[] = [];
  #asking = false;

  constructor(log: ResumeLog, options: TailOptions) {
    this.#log = log;
    this.#options = options;
  }

  /** Partitions in memory. */
  get size(): number {
    return this.#open.size;
  }

  /** The end of a partition. Many that are opened at once cost one question to the log. */
  open(key: string): Promise<PartitionTail> {
    const known = this.#open.get(key);
    if (known !== undefined) return Promise.resolve(known.tail);
    let opening = this.#opening.get(key);
    if (opening === undefined) {
      opening = new Promise<PartitionTail>((resolve, reject) => this.#wanted.push({ key, resolve, reject }));
      this.#opening.set(key, opening);
      void this.#ask();
    }
    return opening;
  }

  /** Events that were committed, in order; an empty list says that there is something. */
  accept(key: string, events: readonly LoggedEvent[]): void {
    const opened = this.#open.get(key);
    if (opened === undefined) return;
    const { tail } = opened;
    const fresh = events.filter(({ seq }) => seq > tail.position.seq);
    if (events.length > 0 && fresh.length === 0) return;
    const [first] = fresh;
    const fits =
      first?.prev === tail.position.seq &&
      first.frame.epoch === tail.position.epoch &&
      fresh.every((event, i) => i === 0 || event.prev === fresh[i - 1]?.seq);
    if (opened.reading || !fits) void this.#catchUp(opened);
    else tail.push(fresh.map((event) => this.entry(event)));
  }

  entry(event: LoggedEvent): TailEntry {
    return new TailEntry(event, this.#options.encode);
  }

  /** Looks for events of other processes, and for what got lost on the way. To be called about once a second. */
  async poll(): Promise<void> {
    this.#forgetIdle();
    const opened = [...this.#open.values()];
    if (opened.length === 0) return;
    try {
      const heads = await this.#log.heads(opened.map(({ tail }) => tail.key));
      opened.forEach((one, i) => {
        const head = heads[i];
        const { epoch, seq } = one.tail.position;
        if (head !== undefined && (head.epoch !== epoch || head.seq > seq)) void this.#catchUp(one);
      });
    } catch (error) {
      this.#options.onError?.(error);
    }
  }

  // ---- inside -----------------------------------------------------------------------------------

  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    await Promise.resolve();
    while (this.#wanted.length > 0) {
      const wanted = this.#wanted;
      this.#wanted = [];
      try {
        const heads = await this.#log.heads(wanted.map(({ key }) => key));
        wanted.forEach(({ key, resolve }, i) => resolve(this.#opened(key, heads[i] as LogPosition)));
      } catch (error) {
        for (const { key, reject } of wanted) {
          this.#opening.delete(key);
          reject(error);
        }
      }
    }
    this.#asking = false;
  }

  #opened(key: string, position: LogPosition): PartitionTail {
    const { ringEvents = RING_EVENTS, ringBytes = RING_BYTES } = this.#options;
    const tail = new PartitionTail(key, position, { events: ringEvents, bytes: ringBytes });
    this.#open.set(key, { tail, reading: false, again: false });
    this.#opening.delete(key);
    return tail;
  }

  async #catchUp(opened: Opened): Promise<void> {
    opened.again = true;
    if (opened.reading) return;
    opened.reading = true;
    const { tail } = opened;
    try {
      while (opened.again) {
        opened.again = false;
        const page = await this.#log.read(tail.key, tail.position, REPLAY_LIMITS);
        if (page.lost !== null) tail.reset(page.head, page.lost);
        else tail.push(page.events.map((event) => this.entry(event)));
        if (page.lost === null && page.events.length > 0 && tail.position.seq < page.head.seq) opened.again = true;
      }
    } catch (error) {
      this.#options.onError?.(error);
    } finally {
      opened.reading = false;
    }
  }

  /** The partitions that were opened first go first. */
  #forgetIdle(): void {
    const idle = [...this.#open.values()].filter(({ tail, reading }) => !tail.inUse && !reading);
    const surplus = idle.length - (this.#options.idlePartitions ?? IDLE_PARTITIONS);
    for (const { tail } of idle.slice(0, Math.max(0, surplus))) this.#open.delete(tail.key);
  }
}
