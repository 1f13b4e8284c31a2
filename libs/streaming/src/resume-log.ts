import type { EventFrame, ResumeAckFrame, StreamPosition } from '@ziggy/contracts';

/** A place in one partition: everything up to and including `seq` was seen. */
export type LogPosition = StreamPosition;

/** Why a position cannot be continued from. */
export type PositionLoss = NonNullable<ResumeAckFrame['data']['reason']>;

/** One event as the log holds it. `frame` is ready to send and never changes. */
export interface LoggedEvent {
  readonly seq: number;
  readonly prev: number;
  /** Size of the event's data as JSON, bytes. */
  readonly bytes: number;
  readonly frame: EventFrame;
}

export interface PageLimits {
  readonly events: number;
  /** The first event of a page may be larger. */
  readonly bytes: number;
}

/** A run of events without a hole, directly after a position, and the newest position at the time of the read. */
export type LogPage =
  | { readonly lost: null; readonly events: readonly LoggedEvent[]; readonly head: LogPosition }
  | { readonly lost: 'trimmed' | 'epoch'; readonly events: readonly []; readonly head: LogPosition };

/**
 * The append-only log behind the lossless channels, as reading it needs it. A partition is named by a text that the log
 * understands. Its events have positions that rise by one; an event is there for readers only with all before it.
 */
export abstract class ResumeLog {
  /** Newest position of each partition, in the order asked. A partition without events has `seq` 0 of its epoch. */
  abstract heads(partitions: readonly string[]): Promise<LogPosition[]>;
  /** Events after a position, oldest first, as many as the limits allow. */
  abstract read(partition: string, after: LogPosition, limits: PageLimits): Promise<LogPage>;
  /** At most so many events before `seq` (the newest when `null`), ascending, with the newest position. */
  abstract before(
    partition: string,
    seq: number | null,
    limits: PageLimits,
  ): Promise<{ readonly events: readonly LoggedEvent[]; readonly head: LogPosition }>;
}
