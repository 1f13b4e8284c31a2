import type { EventType, LosslessChannel } from '@ziggy/contracts';
import type { EventItem } from './event-memory.ts';
import type { ConditionalGet } from './poller.ts';

/** A REST route that stands in for a lossless channel while its socket is away. */
interface EventPoll {
  readonly everyMs: number;
  readonly path: string;
  readonly type: EventType;
}

/** Channels without a line have no route that could stand in yet; they wait for their socket. */
export const EVENT_POLLS: Partial<Record<LosslessChannel, EventPoll>> = {
  news: { everyMs: 30_000, path: '/news/headlines?limit=50', type: 'news_update' },
};

/** The newest items of a channel over REST, oldest first; nothing when nothing changed. */
export async function pollEvents(
  get: ConditionalGet,
  channel: LosslessChannel,
  signal: AbortSignal,
): Promise<EventItem[]> {
  const poll = EVENT_POLLS[channel];
  const body = poll === undefined ? null : await get.json(poll.path, signal);
  if (poll === undefined || body === null) return [];
  const items = (body as { readonly items?: unknown }).items;
  return (Array.isArray(items) ? items : []).flatMap((item) => eventItem(item, poll.type)).reverse();
}

function eventItem(item: unknown, type: EventType): EventItem[] {
  if (typeof item !== 'object' || item === null) return [];
  const data = item as Record<string, unknown>;
  const { id, firstSeenAt } = data;
  const ts = typeof firstSeenAt === 'string' ? Date.parse(firstSeenAt) : Number.NaN;
  if (typeof id !== 'string' || !Number.isFinite(ts)) return [];
  return [{ id, seq: null, type, ts, data, snap: false, replay: false, via: 'poll' }];
}
