/** Upper bounds of the latency classes, milliseconds. */
export const LATENCY_BOUNDS_MS = [
  1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90, 100, 120, 150, 200, 300, 500, 1_000, 2_000, 5_000, 10_000,
] as const;

const SLICES = 6;

export interface Percentiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/**
 * Percentiles of the last minute in constant memory: six slices of ten seconds, each a histogram. A percentile is the
 * upper bound of its class, so it is never flattered. Times of `observe` and `read` are milliseconds of one clock.
 */
export class LatencyWindow {
  readonly #slices = Array.from({ length: SLICES }, () => new Uint32Array(LATENCY_BOUNDS_MS.length + 1));
  readonly #sliceMs: number;
  #slice = -1;

  constructor(windowMs = 60_000) {
    this.#sliceMs = windowMs / SLICES;
  }

  observe(milliseconds: number, now: number): void {
    this.#roll(now);
    const slice = this.#slices[this.#slice % SLICES] as Uint32Array;
    const at = bucketOf(milliseconds);
    slice[at] = (slice[at] as number) + 1;
  }

  /** Percentiles over the window; null while it is empty. */
  read(now: number): Percentiles {
    this.#roll(now);
    const sum = new Float64Array(LATENCY_BOUNDS_MS.length + 1);
    let total = 0;
    for (const slice of this.#slices) {
      for (let i = 0; i < slice.length; i++) {
        sum[i] = (sum[i] as number) + (slice[i] as number);
        total += slice[i] as number;
      }
    }
    return { p50: quantile(sum, total, 0.5), p95: quantile(sum, total, 0.95), p99: quantile(sum, total, 0.99) };
  }

  #roll(now: number): void {
    const slice = Math.floor(now / this.#sliceMs);
    if (slice <= this.#slice) return;
    const first = Math.max(this.#slice + 1, slice - SLICES + 1);
    for (let at = Math.max(0, first); at <= slice; at++) (this.#slices[at % SLICES] as Uint32Array).fill(0);
    this.#slice = slice;
  }
}

function bucketOf(milliseconds: number): number {
  let at = 0;
  while (at < LATENCY_BOUNDS_MS.length && milliseconds > (LATENCY_BOUNDS_MS[at] as number)) at++;
  return at;
}

function quantile(counts: Float64Array, total: number, q: number): number | null {
  if (total === 0) return null;
  const rank = Math.ceil(total * q);
  let seen = 0;
  for (let i = 0; i < counts.length; i++) {
    seen += counts[i] as number;
    if (seen >= rank) return LATENCY_BOUNDS_MS[Math.min(i, LATENCY_BOUNDS_MS.length - 1)] as number;
  }
  return LATENCY_BOUNDS_MS[LATENCY_BOUNDS_MS.length - 1] as number;
}
