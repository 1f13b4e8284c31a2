import type { ServerFrame } from '@ziggy/contracts';
import type { ClientOutbox } from './outbox.ts';

/** A frame of a latest-value channel: it carries a version that rises per key. */
export type VersionedFrame = ServerFrame & { readonly v: number };

/** The newest frame of one key, encoded when the first client needs it and then shared by all. */
export class LatestEntry {
  readonly key: string;
  frame: VersionedFrame;
  v: number;
  /** Since when this is the newest frame, ms of the hub's clock. */
  since: number;
  /** One per subscription of the topic, at the same index. */
  readonly values: PendingValue[] = [];
  readonly #encode: (frame: ServerFrame) => Uint8Array;
  #bytes: Uint8Array | null = null;

  constructor(key: string, frame: VersionedFrame, now: number, encode: (frame: ServerFrame) => Uint8Array) {
    this.key = key;
    this.frame = frame;
    this.v = frame.v;
    this.since = now;
    this.#encode = encode;
  }

  replace(frame: VersionedFrame, now: number): void {
    this.frame = frame;
    this.v = frame.v;
    this.since = now;
    this.#bytes = null;
  }

  bytes(): Uint8Array {
    return (this.#bytes ??= this.#encode(this.frame));
  }
}

/** What one client holds of one key. */
export interface PendingValue {
  /** The subscription's, here once more: each tick asks for it. */
  readonly client: ClientOutbox;
  readonly subscription: Subscription;
  readonly entry: LatestEntry;
  /** Version that this client got last; nothing at or below it is sent. */
  lastV: number;
  /** Not sent before this instant: the key's rate. */
  nextAt: number;
  pending: boolean;
  /** True when the subscription or the key is gone; the outbox drops it when it meets it. */
  dead: boolean;
}

/** One client's interest in one topic. */
export interface Subscription {
  readonly client: ClientOutbox;
  readonly topic: string;
  /** Rate asked for this subscription, or `null` for the channel's own. */
  askedHz: number | null;
  /** Shortest distance of two frames of one key. */
  intervalMs: number;
  /** Place in the topic's list. */
  index: number;
}

/**
 * Whether two frames say the same: equal in all but version, frame time and the named members of `data`.
 * Most ticks differ in the first member compared, so this costs far less than comparing encoded text.
 */
export function sameValue(a: VersionedFrame, b: VersionedFrame, ignored: ReadonlySet<string>): boolean {
  if (a.type !== b.type || ('stale' in a && a.stale) !== ('stale' in b && b.stale)) return false;
  if (!('data' in a) || !('data' in b)) return 'data' in a === 'data' in b;
  return equal(a.data, b.data, ignored);
}

const NONE: ReadonlySet<string> = new Set();

function equal(a: unknown, b: unknown, ignored: ReadonlySet<string>): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, i) => equal(item, b[i], NONE));
  }
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  for (const name in left) if (!ignored.has(name) && !equal(left[name], right[name], NONE)) return false;
  for (const name in right) if (!(name in left) && !ignored.has(name)) return false;
  return true;
}
