import type { EventFrame, LosslessChannel } from '@ziggy/contracts';
import type { LogPosition, PartitionTail, ResumeLog } from '@ziggy/streaming';
import type { EventPartition } from '../persistence/event-partition.ts';

/** What a fresh client is shown, and the position up to which it is true: events after it follow. */
export interface EventImage {
  /**
   * Each with `snap: true`. Where an image is a state and no list of events, `seq` and `prev` of its frames are the
   * position of the image.
   */
  readonly frames: readonly EventFrame[];
  readonly position: LogPosition;
}

/** What a lossless channel asks of the module that owns its events, beside the log itself. */
export abstract class LosslessFeed {
  /** The image of a partition. It has 3 s. `tail` tells the newest position and the newest events at no cost. */
  abstract image(partition: EventPartition, tail: PartitionTail): Promise<EventImage>;
  /** Everything up to a position was acknowledged by its owner; the log has noted it already. */
  acknowledge(_partition: EventPartition, _seq: number): Promise<void> {
    return Promise.resolve();
  }
}

/** The image of a channel whose module does not exist yet: nothing, and true. */
export class EmptyFeed extends LosslessFeed {
  override image(_partition: EventPartition, { position }: PartitionTail): Promise<EventImage> {
    return Promise.resolve({ frames: [], position });
  }
}

const IMAGE_BYTES = 256 * 1024;
const REMEMBERED = 16;

/** An image made of the newest events themselves. It is read once and then kept up with the tail, so clients cost no query. */
export class NewestEventsFeed extends LosslessFeed {
  readonly #log: ResumeLog;
  readonly #count: number;
  readonly #known = new Map<string, Promise<EventImage>>();

  constructor(log: ResumeLog, count: number) {
    super();
    this.#log = log;
    this.#count = count;
  }

  override async image(_partition: EventPartition, tail: PartitionTail): Promise<EventImage> {
    const image = this.#known.get(tail.key);
    const next = this.#renewed(image, tail);
    this.#known.set(tail.key, next);
    if (this.#known.size > REMEMBERED) this.#known.delete(this.#known.keys().next().value as string);
    try {
      return await next;
    } catch (error) {
      if (this.#known.get(tail.key) === next) this.#known.delete(tail.key);
      throw error;
    }
  }

  async #renewed(known: Promise<EventImage> | undefined, tail: PartitionTail): Promise<EventImage> {
    const image = known === undefined ? null : await known.catch(() => null);
    if (image !== null && image.position.epoch === tail.position.epoch) {
      const newer = tail.since(image.position.seq);
      if (newer !== null && newer.length === 0) return image;
      if (newer !== null) {
        const frames = [...image.frames, ...newer.map(({ event }) => shown(event.frame))].slice(-this.#count);
        return { frames, position: tail.position };
      }
    }
    const { events, head } = await this.#log.before(tail.key, null, { events: this.#count, bytes: IMAGE_BYTES });
    return { frames: events.map(({ frame }) => shown(frame)), position: head };
  }
}

function shown(frame: EventFrame): EventFrame {
  return { ...frame, snap: true };
}

/** Which feed serves which channel. A module replaces the one that stands in for it: `feeds.provide('alerts', this)`. */
export class LosslessFeeds {
  readonly #feeds: Map<LosslessChannel, LosslessFeed>;

  constructor(feeds: Readonly<Record<LosslessChannel, LosslessFeed>>) {
    this.#feeds = new Map(Object.entries(feeds) as [LosslessChannel, LosslessFeed][]);
  }

  provide(channel: LosslessChannel, feed: LosslessFeed): void {
    this.#feeds.set(channel, feed);
  }

  of(channel: LosslessChannel): LosslessFeed {
    return this.#feeds.get(channel) as LosslessFeed;
  }
}
