import { TAB_LIMITS } from './deps.ts';
import type { InterestMessage, Watch } from './messages.ts';

interface Peer {
  readonly visible: boolean;
  readonly watches: readonly Watch[];
  readonly heardAt: number;
}

/** The other tabs, as they said of themselves. One that is silent for 15 s is gone. */
export class Peers {
  readonly #peers = new Map<string, Peer>();

  /** @returns whether the tab is new to us. */
  heard({ tab, visible, watches }: InterestMessage, now: number): boolean {
    const isNew = !this.#peers.has(tab);
    this.#peers.set(tab, { visible, watches, heardAt: now });
    return isNew;
  }

  gone(tab: string): void {
    this.#peers.delete(tab);
  }

  /** Forgets who is silent. */
  expire(now: number): void {
    for (const [tab, peer] of this.#peers) if (now - peer.heardAt > TAB_LIMITS.goneAfterMs) this.#peers.delete(tab);
  }

  /** Every watch of every other tab, with the tab that holds it. */
  *watches(): Iterable<{ readonly tab: string; readonly watch: Watch }> {
    for (const [tab, { watches }] of this.#peers) for (const watch of watches) yield { tab, watch };
  }

  /** A tab that somebody sees; the one heard of last, since it has most likely just been opened. */
  visible(): string | null {
    let best: [string, Peer] | null = null;
    for (const entry of this.#peers)
      if (entry[1].visible && (best === null || entry[1].heardAt >= best[1].heardAt)) best = entry;
    return best === null ? null : best[0];
  }

  get size(): number {
    return this.#peers.size;
  }
}
