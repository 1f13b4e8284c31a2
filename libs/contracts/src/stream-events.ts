import { epochMs, symbol } from './shared.ts';
import { z } from './zod.ts';

/** Channels whose events are kept in the log and resumed by position. */
export const LOSSLESS_CHANNELS = ['news', 'alerts', 'signals', 'portfolio'] as const;
export type LosslessChannel = (typeof LOSSLESS_CHANNELS)[number];

/** What may happen on each lossless channel. */
export const EVENT_TYPES = {
  news: ['news_update'],
  alerts: ['alert_triggered', 'alert_changed', 'notification'],
  signals: ['signal_generated'],
  portfolio: ['portfolio_update'],
} as const satisfies Record<LosslessChannel, readonly string[]>;
export type EventType<Channel extends LosslessChannel = LosslessChannel> = (typeof EVENT_TYPES)[Channel][number];

/** How a lossless channel recovers: at most this much is replayed after a position. */
export const REPLAY_LIMITS = { events: 500, bytes: 1_048_576 } as const;
/** Beyond this much unread, a slow client is no longer pushed to: the log is paged for it as it drains. */
export const CURSOR_LIMITS = { messages: 256, bytes: 262_144 } as const;
export const HISTORY_MAX = 200;
/** Largest `data` of one event, bytes of JSON. */
export const EVENT_MAX_BYTES = 65_536;

const seq = z.int().min(0);
const epoch = z.string().min(1).max(64).meta({
  description: 'Life of the log. Positions of different epochs cannot be compared.',
});
/** A place in the log: everything up to and including `seq` was seen. */
export const streamPosition = z.object({ epoch, seq });
export type StreamPosition = z.infer<typeof streamPosition>;

const eventEnvelope = {
  ts: epochMs,
  id: z.string().meta({ description: 'Id of the event itself, the same on REST.' }),
  epoch,
  seq: seq.meta({ description: 'Position of the event in its partition.' }),
  prev: seq.meta({ description: 'Position before it; a hole exists exactly when it is not the last position seen.' }),
  symbol: symbol.optional(),
  snap: z.literal(true).optional().meta({ description: 'Part of the image at subscription.' }),
  replay: z.literal(true).optional().meta({ description: 'Sent again after a resume.' }),
};
/** Body of an event; the module that owns the channel says what is in it. */
const eventData = z.record(z.string(), z.unknown());

export const newsUpdateFrame = z.object({
  type: z.literal('news_update'),
  ch: z.literal('news'),
  ...eventEnvelope,
  data: eventData,
});
export const alertTriggeredFrame = z.object({
  type: z.literal('alert_triggered'),
  ch: z.literal('alerts'),
  ...eventEnvelope,
  data: eventData,
});
export const alertChangedFrame = z.object({
  type: z.literal('alert_changed'),
  ch: z.literal('alerts'),
  ...eventEnvelope,
  data: eventData,
});
export const notificationFrame = z.object({
  type: z.literal('notification'),
  ch: z.literal('alerts'),
  ...eventEnvelope,
  data: eventData,
});
export const signalGeneratedFrame = z.object({
  type: z.literal('signal_generated'),
  ch: z.literal('signals'),
  ...eventEnvelope,
  data: eventData,
});
export const portfolioUpdateFrame = z.object({
  type: z.literal('portfolio_update'),
  ch: z.literal('portfolio'),
  ...eventEnvelope,
  data: eventData,
});

/** One event of a lossless channel. */
export const eventFrame = z.discriminatedUnion('type', [
  newsUpdateFrame,
  alertTriggeredFrame,
  alertChangedFrame,
  notificationFrame,
  signalGeneratedFrame,
  portfolioUpdateFrame,
]);
export type EventFrame = z.infer<typeof eventFrame>;

const commandId = z.union([z.string().min(1).max(64), z.int()]).optional();
const losslessEnvelope = { ch: z.enum(LOSSLESS_CHANNELS), ts: epochMs };

/** Answer to a resume: all of it was recovered, or nothing. */
export const resumeAckFrame = z.object({
  type: z.literal('resume_ack'),
  ...losslessEnvelope,
  id: commandId,
  epoch,
  seq: seq.meta({ description: 'Position up to which the log was read; what follows is live.' }),
  data: z.object({
    recovered: z.boolean(),
    replayed: z.int().min(0).meta({ description: 'Events that follow with `replay: true`.' }),
    reason: z.enum(['trimmed', 'epoch', 'too_far']).optional(),
  }),
});
/** The position is lost: load the state over REST, then resume from the position given. */
export const resyncFrame = z.object({
  type: z.literal('resync'),
  ...losslessEnvelope,
  epoch,
  seq,
  data: z.object({ reason: z.enum(['trimmed', 'epoch', 'too_far']) }),
});
/** Answer to `history`: older events, ascending. */
export const historyFrame = z.object({
  type: z.literal('history'),
  ...losslessEnvelope,
  id: commandId,
  epoch,
  data: z.object({
    events: z.array(eventFrame).max(HISTORY_MAX),
    more: z.boolean().meta({ description: 'Older events exist; ask with `beforeSeq` of the first one.' }),
  }),
});
export type ResumeAckFrame = z.infer<typeof resumeAckFrame>;
export type ResyncFrame = z.infer<typeof resyncFrame>;
export type HistoryFrame = z.infer<typeof historyFrame>;
