import type { Clock } from '@ziggy/domain';
import type { CallContext } from '../port.ts';
import type { TimerHandle, Timers } from '../timers.ts';

interface Share {
  readonly perSecond: number;
  readonly burst: number;
  tokens: number;
}

interface Waiter {
  readonly urgent: boolean;
  readonly go: () => void;
}

/** A share may be a hair short of a whole token after division; without this a waiter would be woken for nothing. */
const WHOLE = 1 - 1e-9;

/**
 * The budget of requests: 1 a second, 4 at once. Polling owns 0.7 a second and a burst of 3; the rest is kept for
 * interactive and backfill calls, which also take what polling leaves unused. So neither can starve the other.
 */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #poll: Share = { perSecond: 0.7, burst: 3, tokens: 3 };
  readonly #urgent: Share = { perSecond: 0.3, burst: 1, tokens: 1 };
  readonly #waiting: Waiter[] = [];
  #filledAt: number;
  #timer: TimerHandle | null = null;

  constructor(clock: Clock, timers: Timers) {
    this.#clock = clock;
    this.#timers = timers;
    this.#filledAt = clock.now();
  }

  /** Requests that may be sent now. */
  available(): number {
    this.#fill();
    return Math.floor(this.#poll.tokens + 1e-9) + Math.floor(this.#urgent.tokens + 1e-9);
  }

  get perSecond(): number {
    return this.#poll.perSecond + this.#urgent.perSecond;
  }

  /** Waits for a token. Rejects with the signal's reason when it is aborted first. */
  take(priority: CallContext['priority'], signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        this.#arm();
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        urgent: priority !== 'poll',
        go: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(waiter);
      this.#serve();
    });
  }

  #fill(): void {
    const now = this.#clock.now();
    const seconds = Math.max(0, now - this.#filledAt) / 1_000;
    this.#filledAt = now;
    for (const share of [this.#poll, this.#urgent]) {
      share.tokens = Math.min(share.burst, share.tokens + seconds * share.perSecond);
    }
  }

  #serve(): void {
    this.#fill();
    for (let i = this.#servable(); i !== -1; i = this.#servable()) {
      const [waiter] = this.#waiting.splice(i, 1) as [Waiter];
      const share = waiter.urgent && this.#urgent.tokens >= WHOLE ? this.#urgent : this.#poll;
      share.tokens = Math.max(0, share.tokens - 1);
      waiter.go();
    }
    this.#arm();
  }

  /** The next waiter that has a token: first of its kind, urgent ones before polls. */
  #servable(): number {
    const urgent = this.#waiting.findIndex((waiter) => waiter.urgent);
    const poll = this.#waiting.findIndex((waiter) => !waiter.urgent);
    const pollReady = this.#poll.tokens >= WHOLE;
    if (urgent !== -1 && (this.#urgent.tokens >= WHOLE || (pollReady && poll === -1))) return urgent;
    return poll !== -1 && pollReady ? poll : -1;
  }

  #arm(): void {
    if (this.#timer !== null) this.#timers.clear(this.#timer);
    this.#timer = null;
    if (this.#waiting.length === 0) return;
    const missing = (share: Share): number => (Math.max(0, 1 - share.tokens) / share.perSecond) * 1_000;
    const urgent = this.#waiting.some((waiter) => waiter.urgent);
    const poll = this.#waiting.some((waiter) => !waiter.urgent);
    const waits = [urgent ? missing(this.#urgent) : Infinity, poll || urgent ? missing(this.#poll) : Infinity];
    // At least a millisecond: a real timer does not resolve less, and a fake one would stand still.
    this.#timer = this.#timers.set(
      () => {
        this.#timer = null;
        this.#serve();
      },
      Math.max(1, Math.ceil(Math.min(...waits))),
    );
  }
}
