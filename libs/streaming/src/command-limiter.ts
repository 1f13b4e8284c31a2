import type { CloseName } from '@ziggy/contracts';

export interface CommandLimits {
  /** Commands a second that are served for good. */
  readonly perSecond: number;
  /** Commands served at once after a quiet time. */
  readonly burst: number;
  /** This many errors within `errorWindowMs` end the connection as abuse. */
  readonly errors: number;
  readonly errorWindowMs: number;
  /** This many refused commands within `errorWindowMs` end the connection for its rate. */
  readonly refusals: number;
}

export const COMMAND_LIMITS: CommandLimits = {
  perSecond: 10,
  burst: 20,
  errors: 20,
  errorWindowMs: 5_000,
  refusals: 50,
};

export type CommandVerdict =
  | { readonly kind: 'serve' }
  | { readonly kind: 'refuse'; readonly retryAfterMs: number }
  | { readonly kind: 'close'; readonly close: CloseName };

const SERVE: CommandVerdict = { kind: 'serve' };

/**
 * What one connection may ask: a token bucket for commands, and fixed windows that count errors and refusals. A burst
 * is refused and forgiven; a flood ends the connection with 4007, a stream of faulty commands with 4501.
 * Times are milliseconds of one monotonic clock.
 */
export class CommandLimiter {
  readonly #limits: CommandLimits;
  #tokens: number;
  #filledAt: number;
  #windowAt: number;
  #errors = 0;
  #refusals = 0;

  constructor(limits: CommandLimits, now: number) {
    this.#limits = limits;
    this.#tokens = limits.burst;
    this.#filledAt = now;
    this.#windowAt = now;
  }

  /** Takes one token for a frame that arrived at `now`. */
  take(now: number): CommandVerdict {
    const { perSecond, burst } = this.#limits;
    this.#tokens = Math.min(burst, this.#tokens + (Math.max(0, now - this.#filledAt) * perSecond) / 1_000);
    this.#filledAt = now;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return SERVE;
    }
    this.#roll(now);
    if (++this.#refusals >= this.#limits.refusals) return { kind: 'close', close: 'command_rate' };
    return { kind: 'refuse', retryAfterMs: Math.ceil(((1 - this.#tokens) * 1_000) / perSecond) };
  }

  /** Counts one error answered to the client; a verdict to close when there were too many. */
  error(now: number): CloseName | null {
    this.#roll(now);
    return ++this.#errors >= this.#limits.errors ? 'protocol_abuse' : null;
  }

  #roll(now: number): void {
    if (now - this.#windowAt < this.#limits.errorWindowMs) return;
    this.#windowAt = now;
    this.#errors = 0;
    this.#refusals = 0;
  }
}
