import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { Lifecycle } from './lifecycle.ts';

const TICK_MS = 500;
const STALL_MS = 5_000;
/** For how long after a stall `/livez` still tells of it: longer than the interval of a usual probe. */
const REMEMBER_MS = 15_000;

/** Notices when the event loop stood still, which nobody can report while it lasts. */
@Injectable()
export class EventLoopWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  #lastTick = performance.now();
  #lastStall = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  readonly #lifecycle: Lifecycle;

  constructor(lifecycle: Lifecycle) {
    this.#lifecycle = lifecycle;
  }

  onApplicationBootstrap(): void {
    this.#lastTick = performance.now();
    this.#timer = setInterval(() => this.look(), TICK_MS);
    this.#timer.unref();
  }

  /** True when the loop stood still for 5 s and that is less than 15 s ago. */
  stalled(): boolean {
    this.look();
    return performance.now() - this.#lastStall < REMEMBER_MS;
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  /** Notes that the loop turns. */
  look(): void {
    const now = performance.now();
    // A start may compute for long: nobody waits for an answer yet, and `/readyz` tells of it.
    if (now - this.#lastTick > STALL_MS && this.#lifecycle.phase !== 'starting') this.#lastStall = now;
    this.#lastTick = now;
  }
}
