import { CURSOR_LIMITS, REPLAY_LIMITS } from '@ziggy/contracts';
import type { EventTail, PartitionTail, TailEntry, TailListener } from './event-tail.ts';
import type { LatestValueHub } from './hub.ts';
import type { OrderedLane } from './lanes.ts';
import type { ClientOutbox, Feeder } from './outbox.ts';
import type { LogPosition, PositionLoss, ResumeLog } from './resume-log.ts';

export interface FollowerParts {
  readonly hub: LatestValueHub;
  readonly client: ClientOutbox;
  readonly log: ResumeLog;
  readonly events: EventTail;
  readonly tail: PartitionTail;
  readonly lane: OrderedLane;
  /** The client's position is lost; nothing more is sent until it resumes or subscribes. */
  readonly onLost: (reason: PositionLoss, head: LogPosition) => void;
  /** The log could not be read for this client; nothing more is sent. */
  readonly onFailed: (error: unknown) => void;
}

/** What a resume comes to: everything after the position, or nothing. */
export type ResumePlan =
  | { readonly recovered: true; readonly entries: readonly TailEntry[]; readonly head: LogPosition }
  | { readonly recovered: false; readonly reason: PositionLoss; readonly head: LogPosition };

/**
 * One client's place in one partition. It pulls events from there into the client's lane while the lane has room: at once
 * for a client that keeps up, and page by page from the log, as it drains, for one that does not (cursor mode).
 * So a slow client costs the same memory however far behind it is.
 */
export class EventFollower implements Feeder, TailListener {
  readonly #parts: FollowerParts;
  /** Events to send before those of the tail. */
  #page: readonly TailEntry[] = [];
  #next = 0;
  #seq = 0;
  #epoch = '';
  #replayTo = 0;
  #following = false;
  #paging = false;
  /** Rises with each start and stop: what was read for an older start is dropped. */
  #turn = 0;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
  }

  get following(): boolean {
    return this.#following;
  }

  /** True while the client is not pushed to, since it has not taken what it was sent. */
  get behind(): boolean {
    return this.#following && this.#seq < this.#parts.tail.position.seq;
  }

  /** Position of the last event handed to the client's lane. */
  get position(): LogPosition {
    return { epoch: this.#epoch, seq: this.#seq };
  }

  /** Looks whether a position can be gone on from, and reads everything after it. */
  async plan(position: LogPosition): Promise<ResumePlan> {
    const { tail, log, events } = this.#parts;
    const known = position.epoch === tail.position.epoch ? tail.since(position.seq) : null;
    // A position ahead of what is known here may be a fresh one, given by another replica: the log decides.
    if (known !== null && position.seq <= tail.position.seq && small(known)) {
      return { recovered: true, entries: known, head: tail.position };
    }
    const page = await log.read(tail.key, position, REPLAY_LIMITS);
    if (page.lost !== null) return { recovered: false, reason: page.lost, head: page.head };
    const last = page.events.at(-1)?.seq ?? position.seq;
    if (last < page.head.seq) return { recovered: false, reason: 'too_far', head: page.head };
    return { recovered: true, entries: page.events.map((event) => events.entry(event)), head: page.head };
  }

  /**
   * Sends what follows a position.
   * @param replay events after it that the client gets again, marked so
   */
  start(position: LogPosition, replay: readonly TailEntry[] = []): void {
    this.#turn++;
    this.#epoch = position.epoch;
    this.#seq = position.seq;
    this.#page = replay;
    this.#next = 0;
    this.#replayTo = replay.at(-1)?.event.seq ?? position.seq;
    this.#following = true;
    this.#paging = false;
    this.#parts.tail.listeners.add(this);
    this.#parts.client.feeder = this;
    this.feed();
  }

  stop(): void {
    this.#turn++;
    this.#following = false;
    this.#page = [];
    this.#parts.tail.listeners.delete(this);
    if (this.#parts.client.feeder === this) this.#parts.client.feeder = null;
  }

  more(): void {
    this.feed();
  }

  lost(reason: PositionLoss): void {
    const { onLost, tail } = this.#parts;
    this.stop();
    onLost(reason, tail.position);
  }

  /** Fills the client's lane as far as it has room. */
  feed(): void {
    const { hub, client, tail, lane } = this.#parts;
    while (this.#following && !this.#paging && !client.closed) {
      const entry = this.#page[this.#next] ?? tail.after(this.#seq);
      if (entry === null) return;
      if (entry === 'behind') {
        if (client.hasRoom(1, CURSOR_LIMITS)) void this.#read();
        return;
      }
      const { event } = entry;
      const bytes = entry.bytes(event.seq <= this.#replayTo);
      if (!client.hasRoom(bytes.length, CURSOR_LIMITS)) return;
      // Moved on first: the hub may close the client, and with it this follower, while it takes the frame.
      this.#seq = event.seq;
      if (this.#next < this.#page.length && ++this.#next === this.#page.length) this.#page = [];
      if (this.#page.length === 0) this.#next = 0;
      hub.queue(client, lane, bytes, event.frame.ts);
    }
  }

  /** The next page of a client that memory does not reach back to. */
  async #read(): Promise<void> {
    const turn = this.#turn;
    const { log, tail, events, onFailed } = this.#parts;
    this.#paging = true;
    try {
      const page = await log.read(tail.key, this.position, {
        events: CURSOR_LIMITS.messages,
        bytes: CURSOR_LIMITS.bytes,
      });
      if (turn !== this.#turn) return;
      this.#paging = false;
      if (page.lost !== null) return this.lost(page.lost);
      this.#page = page.events.map((event) => events.entry(event));
      this.#next = 0;
      this.feed();
    } catch (error) {
      if (turn !== this.#turn) return;
      this.stop();
      onFailed(error);
    }
  }
}

/** Whether so much may be replayed. */
function small(entries: readonly TailEntry[]): boolean {
  let bytes = 0;
  for (const { event } of entries) bytes += event.bytes;
  return entries.length <= REPLAY_LIMITS.events && bytes <= REPLAY_LIMITS.bytes;
}
