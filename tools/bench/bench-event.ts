import { EVENT_TYPES } from '@ziggy/contracts';
import type { EventFrame, LosslessChannel } from '@ziggy/contracts';
import { setTimeout as pause } from 'node:timers/promises';
import type { EventLog } from '../../apps/api/src/persistence/event-log.ts';
import type { NewEvent } from '../../apps/api/src/persistence/event-partition.ts';
import { BENCH_MARKET, type ProductApp } from './fanout-product.ts';

const BEAT_MS = 10;
const OWED_MAX_MS = 100;

/** Who speaks into which line of the log. */
export interface Line {
  readonly log: EventLog;
  readonly channel: LosslessChannel;
  /** The person whose alerts and portfolio they are; news and signals are everybody's. */
  readonly owner: ProductApp['owner'];
}

let made = 0;

export async function say({ log, channel, owner }: Line): Promise<EventFrame> {
  const owned = channel === 'alerts' || channel === 'portfolio';
  const stored = await log.record({
    partition: { market: BENCH_MARKET, channel, owner: owned ? owner : null },
    type: EVENT_TYPES[channel][0],
    id: `${channel}-${++made}`,
    data: { said: Date.now() },
  } as NewEvent);
  return stored.frame;
}

/** Says so many events at a pace, and waits while `mayGoOn` says no. What was said is in `said`, in order. */
export class Speaker {
  readonly said: EventFrame[] = [];
  readonly done: Promise<void>;
  #on = true;

  constructor(line: Line, times: number, perSecond: number, mayGoOn: (said: number) => boolean = () => true) {
    this.done = this.#speak(line, times, perSecond / 1_000, mayGoOn);
  }

  stop(): Promise<void> {
    this.#on = false;
    return this.done;
  }

  async #speak(line: Line, times: number, perMs: number, mayGoOn: (said: number) => boolean): Promise<void> {
    let last = performance.now();
    let due = 0;
    for (let left = times; left > 0 && this.#on;) {
      await pause(BEAT_MS);
      const now = performance.now();
      // What a late beat owes is caught up, what a pause owes is not.
      due = Math.min(due + (now - last) * perMs, OWED_MAX_MS * perMs);
      last = now;
      const batch = mayGoOn(this.said.length) ? Math.min(left, Math.floor(due)) : 0;
      due -= batch;
      left -= batch;
      this.said.push(...(await Promise.all(Array.from({ length: batch }, () => say(line)))));
    }
  }
}
