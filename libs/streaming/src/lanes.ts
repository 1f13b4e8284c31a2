/**
 * What goes first when a client can take only some of its frames. One socket carries one channel, yet the order is the
 * same everywhere: a notice of trouble is never stuck behind prices.
 */
export const LANES = ['control', 'alerts', 'signals', 'news', 'portfolio', 'bars', 'quotes'] as const;
export type Lane = (typeof LANES)[number];

/** Lanes whose frames are all delivered, in order. Quotes are conflated and have no queue of frames. */
export type OrderedLane = Exclude<Lane, 'quotes'>;
export const ORDERED_LANES = LANES.slice(0, -1) as readonly OrderedLane[];

/** First in, first out, without shifting the array at every read. */
export class Fifo<T> {
  #items: T[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  peek(): T | undefined {
    return this.#items[this.#head];
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#head++;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head > 64 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
  }
}
