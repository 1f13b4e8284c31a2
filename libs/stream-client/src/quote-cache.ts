import type { QuoteData } from '@ziggy/contracts';

/** How a value reached us. */
export type Via = 'stream' | 'poll';

/** The newest known quote of a symbol. */
export interface QuoteItem {
  readonly symbol: string;
  /** Version; rises per symbol. */
  readonly v: number;
  /** Server time of the frame, epoch ms. */
  readonly ts: number;
  readonly data: QuoteData;
  /** True when the server says so, and for everything held while no stream or poll brings news. */
  readonly stale: boolean;
  readonly via: Via;
}

/** A symbol the server does not serve to us, by stream error code and name. */
export interface Rejection {
  readonly symbol: string;
  readonly code: number;
  readonly name: string;
}

/** One delivery: the newest item per symbol. `reset` says: another market runs now, forget what you hold. */
export interface QuoteBatch {
  readonly reset: boolean;
  readonly items: readonly QuoteItem[];
  readonly rejected: readonly Rejection[];
}

/** Verdict on an offered value. */
export type Verdict = 'applied' | 'flagged' | 'dropped';

/** The newest quote per watched symbol. Bounded by interest: the owner removes keys that nobody watches. */
export class QuoteCache {
  readonly #held = new Map<string, QuoteItem & { readonly attempt: number }>();

  /**
   * @param snapshot a snapshot replaces what an earlier connection left, whatever its version; within one connection, and for
   * live values always, an older version is dropped.
   */
  offer(item: QuoteItem, attempt: number, snapshot: boolean): Verdict {
    const held = this.#held.get(item.symbol);
    if (held && item.v <= held.v) {
      const replaces = snapshot && held.attempt !== attempt;
      if (item.v < held.v && !replaces) return 'dropped';
      if (item.v === held.v) {
        if (held.stale === item.stale && held.via === item.via) return 'dropped';
        this.#held.set(item.symbol, { ...held, stale: item.stale, via: item.via, attempt });
        return 'flagged';
      }
    }
    this.#held.set(item.symbol, { ...item, attempt });
    return 'applied';
  }

  get(symbol: string): QuoteItem | undefined {
    return this.#held.get(symbol);
  }

  /** Marks everything held as stale; returns the symbols that changed. Nothing vanishes. */
  markStale(): string[] {
    const changed: string[] = [];
    for (const [symbol, held] of this.#held) {
      if (held.stale) continue;
      this.#held.set(symbol, { ...held, stale: true });
      changed.push(symbol);
    }
    return changed;
  }

  delete(symbol: string): void {
    this.#held.delete(symbol);
  }

  clear(): void {
    this.#held.clear();
  }

  get size(): number {
    return this.#held.size;
  }
}
