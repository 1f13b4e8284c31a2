import type { Clock } from '@ziggy/domain';
import type { Allocate } from './frame-writer.ts';
import type { OrderedLane } from './lanes.ts';
import type { ClientOutbox, OutboxLimits, OutboxVerdict } from './outbox.ts';

export interface HubOptions {
  /** Distance of two frames of one key to one client that asked for no rate of its own, milliseconds. */
  readonly flushMs: number;
  /** Monotonic milliseconds: flushes, rates and deadlines. */
  readonly clock: Clock;
  /** Epoch milliseconds, for the event-to-wire latency. */
  readonly wall: Clock;
  readonly allocate?: Allocate;
  readonly limits?: Partial<OutboxLimits>;
  /** Members of `data` whose change alone is not worth a frame. */
  readonly ignored?: readonly string[];
  /** After this long a client whose buffer was full is tried again, milliseconds. */
  readonly retryMs?: number;
  /** Topics that may ever exist. */
  readonly maxTopics?: number;
  /** Lane of frames published with `once`. */
  readonly onceLane?: OrderedLane;
  /** Something is due before the next slot: call `flushUrgent` at the end of this turn. */
  readonly onUrgent?: () => void;
  /** Something waits in a slot: call `advance` every 10 ms until `scheduled` is 0. */
  readonly onScheduled?: () => void;
  /** A client that the hub has closed and forgotten. */
  readonly onClosed?: (client: ClientOutbox, close: NonNullable<OutboxVerdict>) => void;
}

export interface PublishOptions {
  /** The frame is final for its key (a closed bar): it is queued in order for each client and never merged. */
  readonly once?: boolean;
}
