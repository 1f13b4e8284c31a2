import type { Clock } from '@ziggy/domain';
import type { TimerHandle, Timers } from '../timers.ts';

interface Waiting {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/**
 * Wall clock and timers of a test: time stands still until {@link VirtualTime.advance}. Promises and sockets of the
 * code under test still run for real, so every step lets the event loop turn a few times before time goes on.
 */
export class VirtualTime implements Clock, Timers {
  #now: number;
  #order = 0;
  readonly #waiting = new Map<number, Waiting>();

  constructor(startAt: number) {
    this.#now = startAt;
  }

  now(): number {
    return this.#now;
  }

  set(run: () => void, delayMs: number): TimerHandle {
    const order = ++this.#order;
    this.#waiting.set(order, { at: this.#now + Math.max(0, delayMs), order, run });
    return order;
  }

  clear(handle: TimerHandle): void {
    this.#waiting.delete(handle as number);
  }

  /** Timers that are set and have not run. */
  pending(): number {
    return this.#waiting.size;
  }

  /** Lets wall time go by inside a handler, as busy work does: timers that fall due meanwhile run late. */
  spend(ms: number): void {
    this.#now += ms;
  }

  /** Moves time on by `ms`, running every timer that falls due at its own time, in order. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await turns();
    for (let next = this.#next(end); next !== null; next = this.#next(end)) {
      this.#waiting.delete(next.order);
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await turns();
    }
    this.#now = Math.max(this.#now, end);
    await turns();
  }

  /** Moves time on in steps until `done` says so; fails after `withinMs` of virtual time. */
  async until(done: () => boolean, withinMs: number, stepMs = 50): Promise<void> {
    await turns();
    for (let spent = 0; !done(); spent += stepMs) {
      if (spent >= withinMs) throw new Error(`It did not happen within ${withinMs} ms of virtual time.`);
      await this.advance(stepMs);
    }
  }

  #next(end: number): Waiting | null {
    let first: Waiting | null = null;
    for (const timer of this.#waiting.values()) {
      if (timer.at > end) continue;
      if (first === null || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) first = timer;
    }
    return first;
  }
}

/** Lets promise chains and callbacks that are ready run to their next wait. */
export async function turns(count = 4): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}
