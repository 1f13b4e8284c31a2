import type { Timeframe } from '@ziggy/domain';
import { CLIENT_LIMITS } from './deps.ts';

/** What somebody watches: a symbol on the market channel, a symbol and timeframe on charts. */
export interface Interest {
  readonly symbol: string;
  readonly timeframe: Timeframe | null;
}

/** Text key of an interest. `|` is not in the grammar of symbols. */
export function interestKey(symbol: string, timeframe: Timeframe | null): string {
  return timeframe === null ? symbol : `${symbol}|${timeframe}`;
}

interface Entry {
  readonly interest: Interest;
  count: number;
  /** Epoch ms at which an entry without watchers is dropped. */
  lingerUntil: number;
  /** Newer calls rank first, and within a call the given order. */
  rank: number;
}

/** The ref-counted set of everything that is watched on one channel. An entry lingers 5 s after its last watcher. */
export class Intents {
  readonly #entries = new Map<string, Entry>();
  #calls = 0;

  /** Counts one more watcher for each; the earlier in the list, the longer it keeps a place under the server's limit. */
  retain(interests: readonly Interest[]): void {
    const call = ++this.#calls;
    interests.forEach((interest, index) => {
      const key = interestKey(interest.symbol, interest.timeframe);
      const rank = call * 1e5 - index;
      const entry = this.#entries.get(key);
      if (entry) {
        entry.count++;
        entry.rank = Math.max(entry.rank, rank);
      } else {
        this.#entries.set(key, { interest, count: 1, lingerUntil: Infinity, rank });
      }
    });
  }

  /** Gives one watcher back for each. */
  release(interests: readonly Interest[], now: number): void {
    for (const interest of interests) {
      const entry = this.#entries.get(interestKey(interest.symbol, interest.timeframe));
      if (!entry) continue;
      entry.count--;
      if (entry.count === 0) entry.lingerUntil = now + CLIENT_LIMITS.lingerMs;
    }
  }

  /** Drops what lingered long enough; returns the dropped keys. */
  expire(now: number): string[] {
    const dropped: string[] = [];
    for (const [key, entry] of this.#entries) {
      if (entry.count === 0 && now >= entry.lingerUntil) {
        this.#entries.delete(key);
        dropped.push(key);
      }
    }
    return dropped;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Whether anybody watches now; lingering entries do not count. */
  watched(): boolean {
    for (const entry of this.#entries.values()) if (entry.count > 0) return true;
    return false;
  }

  /** All interests, most wanted first, split where the server's limit ends. */
  split(limit: number): { streamed: Map<string, Interest>; polled: Map<string, Interest> } {
    const all = [...this.#entries];
    if (all.length > limit) {
      all.sort(([, a], [, b]) => Number(b.count > 0) - Number(a.count > 0) || b.rank - a.rank);
    }
    const plain = (entries: [string, Entry][]) => new Map(entries.map(([key, entry]) => [key, entry.interest]));
    return { streamed: plain(all.slice(0, limit)), polled: plain(all.slice(limit)) };
  }

  clear(): void {
    this.#entries.clear();
  }
}
