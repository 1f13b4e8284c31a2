import type { ClosedBar } from '../src/bars.ts';
import type { IndicatorBar } from '../src/indicators/definition.ts';

export const DAY_MS = 86_400_000;

// Looked up once: a global costs a microsecond inside Jest's sandbox, and the simulations draw millions.
const { imul, sqrt, log, cos, exp, round, max, min, PI } = Math;

/** Seeded uniform numbers in [0, 1): mulberry32. */
export function uniform(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = imul(a ^ (a >>> 15), 1 | a);
    t = (t + imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Seeded standard normal numbers (Box–Muller). */
export function normal(seed: number): () => number {
  const next = uniform(seed);
  return () => sqrt(-2 * log(1 - next())) * cos(2 * PI * next());
}

export function closedBar(session: number, closeMicro: number, volume: number | null = 1_000): ClosedBar {
  const openTime = session * DAY_MS;
  return {
    openTime,
    closeTime: openTime + 23_400_000,
    o: closeMicro,
    h: closeMicro,
    l: closeMicro,
    c: closeMicro,
    volume,
  };
}

/** Daily closes of a driftless walk, in whole micro-units. */
export function walk(seed: number, length: number, options: { start?: number; sigma?: number } = {}): ClosedBar[] {
  const gauss = normal(seed);
  let x = log((options.start ?? 100) * 1e6);
  return Array.from({ length }, (_, session) => {
    x += (options.sigma ?? 0.01) * gauss();
    return closedBar(session, max(1, round(exp(x))));
  });
}

/** Decimal bars with a range and volume around a driftless walk. */
export function candles(seed: number, length: number, start = 100): IndicatorBar[] {
  const gauss = normal(seed);
  const next = uniform(seed + 1);
  let c = start;
  return Array.from({ length }, () => {
    const o = c * exp(0.002 * gauss());
    c = o * exp(0.01 * gauss());
    const h = max(o, c) * (1 + 0.008 * next());
    const l = min(o, c) * (1 - 0.008 * next());
    return { o, h, l, c, v: round(1_000 + 9_000 * next()) };
  });
}
