import { FLUSH_SLOT_MS, FlushWheel } from './flush-wheel.ts';
import type { HubOptions } from './hub-options.ts';
import { Fifo } from './lanes.ts';
import type { LatestEntry, PendingValue } from './latest-value.ts';
import type { ClientOutbox } from './outbox.ts';
import { aheadMs } from './rates.ts';

/** A quiet time longer than a client's period by this much lets its next change go at once. */
const QUIET_MARGIN_MS = 100;
/** Clients flushed early in one turn; more wait for the next, so that other work gets in between. */
const URGENT_PER_TURN = 48;
const RETRY_MS = 50;
/** A key whose frames lie this part of its client's interval apart is no faster than the client, only uneven. */
const STEADY_SHARE = 0.7;

/** Flushes one client. @param at the instant that the rate of each key counts from @param now the present time */
type Flush = (client: ClientOutbox, at: number, now: number) => void;

/** When each client of a hub is flushed: in its slot, at once after a quiet time, again when its buffer was full. */
export class FlushPlan {
  readonly #options: HubOptions;
  readonly #flush: Flush;
  readonly #wheel: FlushWheel;
  readonly #urgent = new Fifo<ClientOutbox>();
  readonly #slipping: PendingValue[] = [];

  constructor(options: HubOptions, flush: Flush) {
    this.#options = options;
    this.#flush = flush;
    this.#wheel = new FlushWheel(options.clock.now());
  }

  /** Clients that wait for their slot. */
  get scheduled(): number {
    return this.#wheel.size;
  }

  /** Flushes every client whose slot has come. */
  advance(now: number): void {
    this.#wheel.advance(now, (client, at) => {
      if (!client.closed) this.#flush(client, at, now);
    });
  }

  /** Flushes clients that need not wait for their slot; true when more are left for the next turn. */
  flushUrgent(now: number): boolean {
    for (let n = 0; n < URGENT_PER_TURN; n++) {
      const client = this.#urgent.shift();
      if (client === undefined) return false;
      client.urgent = false;
      if (!client.closed) this.#flush(client, now, now);
    }
    return this.#urgent.length > 0;
  }

  /** Plans the flush of a client that has a first change: at once after a quiet time, in its slot otherwise. */
  plan(client: ClientOutbox): void {
    if (client.plannedSlot !== -1 || client.urgent) return;
    const now = this.#options.clock.now();
    if (now - client.flushedAt >= client.periodMs + QUIET_MARGIN_MS) this.hurry(client);
    else this.schedule(client, now);
  }

  /** Flushes the client in the next slot of its phase. */
  schedule(client: ClientOutbox, now: number): void {
    if (client.plannedSlot !== -1) return;
    const wasEmpty = this.#wheel.size === 0;
    this.#wheel.add(client, now);
    if (wasEmpty) this.#options.onScheduled?.();
  }

  /** Flushes the client at the end of this turn. */
  hurry(client: ClientOutbox): void {
    if (client.urgent) return;
    client.urgent = true;
    this.#urgent.push(client);
    if (this.#urgent.length === 1) this.#options.onUrgent?.();
  }

  /** A full buffer is looked at again soon, also to notice that it never drains. */
  retry(client: ClientOutbox, now: number): void {
    if (client.plannedSlot !== -1) return;
    const wasEmpty = this.#wheel.size === 0;
    this.#wheel.addAt(client, now + (this.#options.retryMs ?? RETRY_MS));
    if (wasEmpty) this.#options.onScheduled?.();
  }

  /**
   * To be called before a key's frame is replaced. Source and slots keep time apart: a value that came just after its
   * client's slot would be replaced by one that comes just before the next, though the source is no faster than the
   * client's rate. Such clients are flushed a moment early, in place of their slot. A key that is faster than its
   * client's rate is conflated as ever.
   */
  beforeReplacing(entry: LatestEntry, now: number): void {
    const age = now - entry.since;
    for (const value of entry.values) {
      if (value.pending && this.#slips(value, now, age)) this.#slipping.push(value);
    }
    if (this.#slipping.length === 0) return;
    for (const value of this.#slipping.splice(0)) {
      const { client } = value;
      if (client.closed) continue;
      const aside = client.waitsMostlySince(now - client.periodMs * STEADY_SHARE);
      this.#flush(client, now, now);
      if (!client.closed && !client.paused)
        this.#wheel.move(client, now + (aside ? untilDue(value, now) : client.periodMs));
    }
  }

  /** @param age since when the value that is about to be replaced is the newest, ms */
  #slips({ client, subscription: { intervalMs }, nextAt }: PendingValue, now: number, age: number): boolean {
    return age >= intervalMs * STEADY_SHARE && client.plannedSlot !== -1 && nextAt - aheadMs(intervalMs) <= now;
  }
}

/**
 * How soon a key may be sent again. A client whose keys change all at one moment would stand just before that moment from
 * now on, and show each value at its oldest; so its slot goes behind the moment, at the price of one write. Where the keys
 * are spread over the period no slot is better than another.
 */
function untilDue({ client, nextAt, subscription: { intervalMs } }: PendingValue, now: number): number {
  return Math.min(client.periodMs, Math.max(FLUSH_SLOT_MS, nextAt - aheadMs(intervalMs) - now));
}
