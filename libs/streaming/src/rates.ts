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
