import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { LOSSLESS_CHANNELS } from '@ziggy/contracts';
import type { LosslessChannel as LosslessChannelName } from '@ziggy/contracts';
import { EventTail } from '@ziggy/streaming';
import { STREAM_CONFIG } from '../config/stream.config.ts';
import type { StreamConfig } from '../config/stream.config.ts';
import { EventLog } from '../persistence/event-log.ts';
import { parsePartitionKey } from '../persistence/event-partition.ts';
import { EventReader } from '../persistence/event-reader.ts';
import { EventRetention } from '../persistence/event-retention.ts';
import { RunningMarket } from '../platform/running-market.ts';
import { LosslessChannel } from '../stream/lossless-channel.ts';
import { LosslessFeeds } from '../stream/lossless-feed.ts';
import { StreamAccess } from '../stream/stream-access.ts';
import { StreamCore } from '../stream/stream-core.ts';

/** How soon events of another process are seen without a word from it, and what got lost on the way is healed. */
const POLL_MS = 1_000;
const OWNED: readonly LosslessChannelName[] = ['alerts', 'portfolio'];

/** The lossless channels between the event log and their gateways. */
@Injectable()
export class EventStreams implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #channels: ReadonlyMap<LosslessChannelName, { channel: LosslessChannel; tail: EventTail }>;
  #timer: NodeJS.Timeout | null = null;

  constructor(
    @Inject(STREAM_CONFIG) config: StreamConfig,
    core: StreamCore,
    access: StreamAccess,
    market: RunningMarket,
    events: EventLog,
    reader: EventReader,
    retention: EventRetention,
    feeds: LosslessFeeds,
  ) {
    const parts = { core, access, market, log: reader, feeds, take: events.take.bind(events) };
    this.#channels = new Map(
      LOSSLESS_CHANNELS.map((channel) => {
        const hub = core.pulse.hub(channel, {
          flushMs: 100,
          wall: core.wall,
          retryMs: config.enqueueTimeoutMs,
          limits: { softBytes: config.softBufferBytes, hardBytes: config.hardBufferBytes, stallMs: config.stallMs },
        });
        const tail = new EventTail(reader, {
          encode: (frame) => hub.encode(frame),
          onError: (error) =>
            core.log.warn({ err: error, channel }, 'the event log could not be read; it is tried again'),
        });
        const owned = OWNED.includes(channel);
        return [channel, { channel: new LosslessChannel({ ...parts, channel, events: tail, owned }), tail }];
      }),
    );
    events.onCommitted((key, committed) => {
      const { channel } = parsePartitionKey(key);
      this.#channels.get(channel)?.tail.accept(key, committed);
      const hub = core.pulse.hubs.get(channel);
      if (hub !== undefined) hub.counters.published += committed.length;
    });
    retention.onPruned((channel, count) => {
      const hub = core.pulse.hubs.get(channel);
      if (hub !== undefined) hub.counters.pruned += count;
    });
  }

  /** What a gateway serves. */
  channel(name: LosslessChannelName): LosslessChannel {
    return (this.#channels.get(name) as { channel: LosslessChannel }).channel;
  }

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => {
      for (const { tail } of this.#channels.values()) void tail.poll();
    }, POLL_MS);
    this.#timer.unref();
  }

  onApplicationShutdown(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }
}
