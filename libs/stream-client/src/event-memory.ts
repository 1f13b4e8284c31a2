import type { EventType, LosslessChannel, ResyncFrame, StreamPosition } from '@ziggy/contracts';
import { CLIENT_LIMITS } from './deps.ts';
import type { Via } from './quote-cache.ts';

/** One event of a lossless channel. */
export interface EventItem {
  /** Id of the event itself, the same over REST. */
  readonly id: string;
  /** Position in its partition; `null` when REST stood in for the stream and the position is not known. */
  readonly seq: number | null;
  readonly type: EventType;
  /** When it happened, epoch ms. */
  readonly ts: number;
  readonly data: Readonly<Record<string, unknown>>;
  /** Part of an image: nothing that has just happened. */
  readonly snap: boolean;
  /** Sent again after a reconnect: it updates lists, and is no news to shout about. */
  readonly replay: boolean;
  readonly via: Via;
}

/** The position was lost: the state has to be read over REST; events go on after `position`. */
export interface Resync {
  readonly reason: ResyncFrame['data']['reason'];
  readonly position: StreamPosition;
}

/** One delivery, in order and without repeats. `reset` says that `items` are a whole image: forget what you hold. */
export interface EventBatch {
  readonly channel: LosslessChannel;
  readonly reset: boolean;
  readonly resync: Resync | null;
  readonly items: readonly EventItem[];
  /** Everything up to here has been delivered; `null` before the first image. */
  readonly position: StreamPosition | null;
}

/** What has been delivered of one channel: the last events, and the place to go on from. */
export class EventMemory {
  position: StreamPosition | null = null;
  /** Whether `items` began with an image, so that a newcomer can start from them. */
  complete = false;
  items: EventItem[] = [];

  /** Takes a batch in. */
  apply(batch: EventBatch): void {
    if (batch.reset) {
      this.items = [];
      this.complete = true;
    }
    if (batch.resync !== null) this.complete = false;
    const known = new Set(this.items.map(({ id }) => id));
    const fresh = batch.items.filter(({ id }) => !known.has(id));
    this.items = [...this.items, ...fresh].slice(-CLIENT_LIMITS.eventsHeld);
    this.position = batch.position;
  }

  /** The same, on its own from here on. */
  copy(): EventMemory {
    const copy = new EventMemory();
    copy.position = this.position;
    copy.complete = this.complete;
    copy.items = this.items;
    return copy;
  }

  forget(): void {
    this.position = null;
    this.complete = false;
    this.items = [];
  }
}
