import { LOSSLESS_CHANNELS } from '@ziggy/contracts';
import type { EventFrame, EventType, LosslessChannel } from '@ziggy/contracts';

/** Whose events these are. */
export interface EventOwner {
  readonly organisationId: string;
  readonly userId: string;
}

/** An ordered line of events: of one channel and one owner, or shared by all who may read the channel (news, signals). */
export interface EventPartition<Channel extends LosslessChannel = LosslessChannel> {
  /** Id of the market that the events belong to; no line mixes two. */
  readonly market: string;
  readonly channel: Channel;
  readonly owner: EventOwner | null;
}

interface EventBody {
  /** Id of the event, the same on REST. At most 128 characters. */
  readonly id: string;
  /** What happened: a plain JSON object of at most 64 KiB. It must not change afterwards. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly symbol?: string;
}

/** An event that a producer wants to append. The type must be one of its channel's. */
export type NewEvent = {
  [Channel in LosslessChannel]: EventBody & {
    readonly partition: EventPartition<Channel>;
    readonly type: EventType<Channel>;
  };
}[LosslessChannel];

/** The partition as one text, as `libs/streaming` names it. */
export function partitionKey({ market, channel, owner }: EventPartition): string {
  return JSON.stringify([channel, market, ...(owner === null ? [] : [owner.organisationId, owner.userId])]);
}

/** Reads {@link partitionKey} back. */
export function parsePartitionKey(key: string): EventPartition {
  const [channel, market, organisationId, userId] = JSON.parse(key) as (string | undefined)[];
  const known = LOSSLESS_CHANNELS.find((name) => name === channel);
  if (known === undefined || market === undefined) throw new Error(`"${key}" names no partition.`);
  const owner = organisationId === undefined || userId === undefined ? null : { organisationId, userId };
  return { market, channel: known, owner };
}

/** A stored row as the frame that goes to clients. */
export interface EventRow {
  readonly channel: LosslessChannel;
  readonly epoch: string;
  readonly seq: number;
  readonly prev: number;
  readonly type: string;
  readonly symbol: string | null;
  readonly id: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Epoch ms. */
  readonly at: number;
}

/** The frame of an event, without `snap` and `replay`. */
export function frameOf(row: EventRow): EventFrame {
  return {
    type: row.type,
    ch: row.channel,
    ts: row.at,
    id: row.id,
    epoch: row.epoch,
    seq: row.seq,
    prev: row.prev,
    ...(row.symbol === null ? {} : { symbol: row.symbol }),
    data: row.data,
  } as EventFrame;
}
