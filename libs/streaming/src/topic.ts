import type { ServerFrame } from '@ziggy/contracts';
import { LatestEntry } from './latest-value.ts';
import type { PendingValue, Subscription, VersionedFrame } from './latest-value.ts';

/** Keys that a topic holds at once: the forming bar, and its next while the first is still late. */
const ENTRIES_MAX = 4;
const FINISHED_MAX = 32;

/** What can be seen of a topic. */
export interface TopicView {
  readonly name: string;
  readonly subscribers: number;
}

/** Told of each value that leaves its client's queue unsent because its key or subscription is gone. */
export type OnLost = (value: PendingValue) => void;

/** One topic: its subscriptions, and for each of its keys the newest frame and what every client holds of it. */
export class Topic implements TopicView {
  readonly name: string;
  readonly subscriptions: Subscription[] = [];
  readonly #entries = new Map<string, LatestEntry>();
  /** Last versions of keys that are finished, newest last: a late frame of a closed bar is known as late. */
  readonly #finished = new Map<string, number>();

  constructor(name: string) {
    this.name = name;
  }

  get subscribers(): number {
    return this.subscriptions.length;
  }

  entry(key: string): LatestEntry | undefined {
    return this.#entries.get(key);
  }

  /** The newest version of a key that was ever published here. */
  versionOf(key: string): number {
    return this.#entries.get(key)?.v ?? this.#finished.get(key) ?? Number.NEGATIVE_INFINITY;
  }

  /** Adds a key, finishing the oldest when there are too many. @param now the hub's time, ms */
  add(
    key: string,
    frame: VersionedFrame,
    now: number,
    encode: (frame: ServerFrame) => Uint8Array,
    onLost: OnLost,
  ): LatestEntry {
    const [oldest] = this.#entries.keys();
    if (this.#entries.size >= ENTRIES_MAX && oldest !== undefined) this.finish(oldest, this.versionOf(oldest), onLost);
    const entry = new LatestEntry(key, frame, now, encode);
    for (const subscription of this.subscriptions) entry.values.push(newValue(subscription, entry, -1));
    this.#entries.set(key, entry);
    return entry;
  }

  /** Ends a key at version `v`; what clients still had queued of it is lost. */
  finish(key: string, v: number, onLost: OnLost): void {
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    this.#finished.set(key, v);
    if (this.#finished.size > FINISHED_MAX) this.#finished.delete(this.#finished.keys().next().value as string);
    if (entry !== undefined) for (const value of entry.values) kill(value, onLost);
  }

  /** @param v version that the client has been shown already */
  subscribe(subscription: Subscription, v: number): void {
    subscription.index = this.subscriptions.length;
    this.subscriptions.push(subscription);
    for (const entry of this.#entries.values()) entry.values.push(newValue(subscription, entry, v));
  }

  /** Notes that a subscribed client has been shown version `v`. */
  shown(subscription: Subscription, v: number): void {
    for (const entry of this.#entries.values()) {
      const value = entry.values[subscription.index] as PendingValue;
      value.lastV = Math.max(value.lastV, v);
    }
  }

  unsubscribe({ index }: Subscription, onLost: OnLost): void {
    removeAt(this.subscriptions, index);
    const moved = this.subscriptions[index];
    if (moved !== undefined) moved.index = index;
    for (const entry of this.#entries.values()) kill(removeAt(entry.values, index), onLost);
  }
}

function newValue(subscription: Subscription, entry: LatestEntry, lastV: number): PendingValue {
  return { client: subscription.client, subscription, entry, lastV, nextAt: 0, pending: false, dead: false };
}

function kill(value: PendingValue | undefined, onLost: OnLost): void {
  if (value === undefined || value.dead) return;
  value.dead = true;
  if (value.pending) onLost(value);
}

/** Removes by moving the last item into the hole. */
function removeAt<T>(list: T[], index: number): T | undefined {
  const removed = list[index];
  const last = list.pop() as T;
  if (index < list.length) list[index] = last;
  return removed;
}
