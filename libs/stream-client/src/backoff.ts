import { CLIENT_LIMITS } from './deps.ts';

/**
 * Delay before reconnect attempt `n` (0 is the first) in milliseconds: `500 + random(0, min(20 000, 500 * 2^n))`, so
 * 0.5-1.0 s first and 0.5-20.5 s from n = 6. Full jitter spreads 10 000 clients of one dead server.
 */
export function backoffMs(n: number, random: () => number): number {
  const { backoffFloorMs, backoffCapMs } = CLIENT_LIMITS;
  return backoffFloorMs + random() * Math.min(backoffCapMs, backoffFloorMs * 2 ** Math.min(n, 16));
}

/** A delay drawn from the server's own `[from, to]`, which wins over {@link backoffMs}. */
export function serverDelayMs(afterMs: readonly [number, number], random: () => number): number {
  const from = Math.max(0, Math.min(afterMs[0], afterMs[1]));
  const to = Math.max(from, afterMs[1]);
  return from + random() * (to - from);
}
