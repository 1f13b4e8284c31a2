/** What a timer gives back; only ever handed to {@link Timers.clear}. */
export type TimerHandle = unknown;

/** Timers passed in, so that a source runs under real time, and under fake time in tests. Delays are wall milliseconds. */
export interface Timers {
  set(run: () => void, delayMs: number): TimerHandle;
  clear(handle: TimerHandle): void;
}
