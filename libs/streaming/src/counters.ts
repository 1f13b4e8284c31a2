/** Why a value that was queued for a client did not go out. `superseded`: its bar closed, and the closed bar went out. */
export const DROP_REASONS = ['old_version', 'unsubscribed', 'closed', 'superseded'] as const;
export type DropReason = (typeof DROP_REASONS)[number];

/** Why a published frame was not offered to anyone. */
export const REFUSAL_REASONS = ['old_version', 'unchanged', 'topic_limit'] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** What an outbox counts. */
export interface OutboxCounters {
  /** Values written. */
  sent: number;
  /** Frames of ordered lanes written. */
  ordered: number;
  /** Frames put into ordered lanes. */
  orderedOffered: number;
  /** Frames of ordered lanes that a closing client left unsent. */
  orderedLost: number;
  /** Control frames and frames of opening sequences written. */
  control: number;
  bytes: number;
  /** Calls of the outlet's `write`. */
  writes: number;
  /** Flushes that left values waiting because the buffer was above the soft limit. */
  skippedFlushes: number;
  readonly dropped: Record<DropReason, number>;
  /** Called once a flush with the time of the oldest value written (epoch ms). */
  delivered(eventAt: number): void;
}

/**
 * What a hub counts. The books balance at any time:
 * `offered = sent + conflated + the sum of dropped + pending`, and for frames that are never merged
 * `orderedOffered = ordered + orderedLost + waiting`.
 */
export class HubCounters implements OutboxCounters {
  /** Frames that producers published. */
  published = 0;
  /** Frames turned into bytes: at most one per published frame, however many clients there are. */
  encoded = 0;
  /** Values offered to clients: one per published frame and subscriber. */
  offered = 0;
  sent = 0;
  ordered = 0;
  orderedOffered = 0;
  orderedLost = 0;
  control = 0;
  /** Values replaced by a newer one before they were written. */
  conflated = 0;
  /** Positions that clients could go on from, and those that they could not. */
  resumeHits = 0;
  resumeMisses = 0;
  /** Events that retention has let go. */
  pruned = 0;
  bytes = 0;
  writes = 0;
  skippedFlushes = 0;
  readonly dropped: Record<DropReason, number> = { old_version: 0, unsubscribed: 0, closed: 0, superseded: 0 };
  readonly refused: Record<RefusalReason, number> = { old_version: 0, unchanged: 0, topic_limit: 0 };
  /** Clients ended by the hub's verdict, by close name. */
  readonly closes: Record<string, number> = {};
  readonly delivered: (eventAt: number) => void;

  constructor(delivered: (eventAt: number) => void) {
    this.delivered = delivered;
  }
}
