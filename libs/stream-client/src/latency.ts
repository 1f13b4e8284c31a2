import { CLIENT_LIMITS } from './deps.ts';

/** Percentiles in milliseconds; `null` without a sample. */
export interface Percentiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  /** Samples these stand on. */
  readonly n: number;
}

/** The newest 512 latency samples of a channel. */
export class LatencyRing {
  readonly #at = new Float64Array(CLIENT_LIMITS.latencySamples);
  readonly #ms = new Float64Array(CLIENT_LIMITS.latencySamples);
  #next = 0;
  #held = 0;

  /** Adds one sample taken at `now`. A clock that is a little off gives a negative one; it is counted as 0. */
  add(now: number, latencyMs: number): void {
    this.#at[this.#next] = now;
    this.#ms[this.#next] = Math.max(0, latencyMs);
    this.#next = (this.#next + 1) % CLIENT_LIMITS.latencySamples;
    this.#held = Math.min(this.#held + 1, CLIENT_LIMITS.latencySamples);
  }

  /** Nearest-rank percentiles over the samples of the last minute before `now`. */
  percentiles(now: number): Percentiles {
    const recent: number[] = [];
    for (let i = 0; i < this.#held; i++) {
      if (now - (this.#at[i] as number) <= CLIENT_LIMITS.latencyWindowMs) recent.push(this.#ms[i] as number);
    }
    recent.sort((a, b) => a - b);
    const rank = (p: number): number | null => recent[Math.max(0, Math.ceil(p * recent.length) - 1)] ?? null;
    return { p50: rank(0.5), p95: rank(0.95), p99: rank(0.99), n: recent.length };
  }

  clear(): void {
    this.#held = 0;
    this.#next = 0;
  }
}

/** Offset of the server's clock, from the ping with the least round trip of the last ten. */
export class ServerOffset {
  readonly #samples: { readonly rttMs: number; readonly offsetMs: number }[] = [];

  /** @param sentAt and `receivedAt` on our clock, `serverTs` on the server's; all epoch ms. */
  add(sentAt: number, receivedAt: number, serverTs: number): void {
    const rttMs = receivedAt - sentAt;
    if (rttMs < 0) return; // our clock was set back between the two
    this.#samples.push({ rttMs, offsetMs: serverTs - (sentAt + receivedAt) / 2 });
    if (this.#samples.length > CLIENT_LIMITS.offsetSamples) this.#samples.shift();
  }

  /** The best sample, or `null` before the first. Add `offsetMs` to our clock to get the server's. */
  best(): { readonly rttMs: number; readonly offsetMs: number } | null {
    let best = this.#samples[0] ?? null;
    for (const sample of this.#samples) if (best === null || sample.rttMs < best.rttMs) best = sample;
    return best;
  }

  clear(): void {
    this.#samples.length = 0;
  }
}
