import type { Timers } from '../deps.ts';

/** Virtual time: a clock and timers that move only when told to. */
export class FakeTime {
  #now: number;
  #nextId = 1;
  readonly #due = new Map<number, { at: number; run: () => void }>();

  constructor(startMs = 1_700_000_000_000) {
    this.#now = startMs;
  }

  readonly clock = { now: (): number => this.#now };

  readonly timers: Timers = {
    set: (run, delayMs) => {
      const id = this.#nextId++;
      this.#due.set(id, { at: this.#now + Math.max(0, Math.ceil(delayMs)), run });
      return id;
    },
    clear: (handle) => void this.#due.delete(handle as number),
  };

  /** Timers that wait. */
  get pending(): number {
    return this.#due.size;
  }

  /** Lets `ms` pass, running what falls due in order. */
  advance(ms: number): void {
    const end = this.#now + Math.ceil(ms);
    for (;;) {
      let next: [number, { at: number; run: () => void }] | null = null;
      for (const entry of this.#due)
        if (entry[1].at <= end && (next === null || entry[1].at < next[1].at)) next = entry;
      if (next === null) break;
      this.#due.delete(next[0]);
      this.#now = Math.max(this.#now, next[1].at);
      next[1].run();
    }
    this.#now = end;
  }

  /** The same, giving promises a chance to settle after each step. */
  async advanceAsync(ms: number, stepMs = 250): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.advance(Math.min(stepMs, ms - passed));
      for (let i = 0; i < 8; i++) await Promise.resolve();
    }
  }

  /** A laptop asleep: time passes, and no timer ran meanwhile. */
  sleep(ms: number): void {
    this.#now += Math.ceil(ms);
  }
}
