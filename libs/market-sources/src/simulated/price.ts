import { exp } from './exact-math.ts';
import type { Profile } from './universe.ts';

/** Micro-price of a log price, on the symbol's tick and at least one. */
export function priceOf(profile: Pick<Profile, 'tick'>, log: number): number {
  const ticks = Math.floor((exp(log) * 1e6) / profile.tick + 0.5);
  return (ticks < 1 ? 1 : ticks) * profile.tick;
}
