import { STREAM_LIMITS } from '@ziggy/contracts';
import { FLUSH_SLOT_MS } from './flush-wheel.ts';

/** Whole slots, rounded up, so that a rate is never exceeded and a due key is not missed by a fraction of a slot. */
export function intervalOf(hz: number): number {
  return Math.ceil(1_000 / hz / FLUSH_SLOT_MS - 1e-9) * FLUSH_SLOT_MS;
}

/** A rate within what a client may ask for, Hz. */
export function clampHz(hz: number): number {
  return Math.min(STREAM_LIMITS.maxHz, Math.max(STREAM_LIMITS.minHz, hz));
}

const AHEAD_MS = 80;
const AHEAD_SHARE = 0.8;

/**
 * How far a key may be ahead of its rate. What it takes early it gives back, and as this is less than an interval, no second has
 * more than one frame above the rate. @param intervalMs mean distance of two frames of the key at its rate
 */
export function aheadMs(intervalMs: number): number {
  return Math.min(AHEAD_MS, intervalMs * AHEAD_SHARE);
}
