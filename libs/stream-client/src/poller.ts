import { CLIENT_LIMITS } from './deps.ts';
import type { StreamClientDeps, TimerHandle } from './deps.ts';

/** An HTTP answer that was not a success. */
export class PollError extends Error {
  readonly status: number;
  readonly retryAfterMs: number | null;

  constructor(status: number, retryAfterMs: number | null) {
    super(`the poll was answered with ${status}`);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * Asks REST for what a stream should have said. One round in flight at a time; errors double the wait up to 60 s, a 429
 * sets it to `Retry-After`; each wait is spread by 10 %.
 */
export class Poller {
  /** Epoch ms of the last round that succeeded. */
  lastSuccessAt: number | null = null;
  readonly #deps: StreamClientDeps;
  readonly #everyMs: number;
  readonly #round: (signal: AbortSignal) => Promise<void>;
  readonly #changed: () => void;
  #timer: TimerHandle | null = null;
  #abort: AbortController | null = null;
  #errors = 0;
  #running = false;

  constructor(
    deps: StreamClientDeps,
    everyMs: number,
    round: (signal: AbortSignal) => Promise<void>,
    changed: () => void,
  ) {
    this.#deps = deps;
    this.#everyMs = everyMs;
    this.#round = round;
    this.#changed = changed;
  }

  get running(): boolean {
    return this.#running;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#errors = 0;
    void this.#run();
  }

  /** Stops, and drops the answer that is on its way. */
  stop(): void {
    if (!this.#running) return;
    this.#running = false;
    this.lastSuccessAt = null;
    if (this.#timer !== null) this.#deps.timers.clear(this.#timer);
    this.#timer = null;
    this.#abort?.abort();
    this.#abort = null;
  }

  async #run(): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    const deadline = this.#deps.timers.set(() => abort.abort(), CLIENT_LIMITS.fetchMs);
    let retryAfterMs: number | null = null;
    try {
      await this.#round(abort.signal);
      if (this.#abort !== abort) return;
      this.#errors = 0;
      this.lastSuccessAt = this.#deps.clock.now();
    } catch (error) {
      if (this.#abort !== abort) return;
      this.#errors++;
      this.lastSuccessAt = null;
      if (error instanceof PollError) retryAfterMs = error.retryAfterMs;
    } finally {
      this.#deps.timers.clear(deadline);
    }
    this.#changed();
    const wait = retryAfterMs ?? Math.min(CLIENT_LIMITS.pollMaxMs, this.#everyMs * 2 ** Math.min(this.#errors, 8));
    const spread = 1 + (this.#deps.random() * 2 - 1) * CLIENT_LIMITS.pollJitterRatio;
    if (!this.#running || this.#abort !== abort) return;
    this.#timer = this.#deps.timers.set(() => {
      this.#timer = null;
      if (this.#running) void this.#run();
    }, wait * spread);
  }
}

/** GET of JSON with `If-None-Match`; `null` is "not changed". */
export class ConditionalGet {
  readonly #deps: StreamClientDeps;
  readonly #tags = new Map<string, string>();

  constructor(deps: StreamClientDeps) {
    this.#deps = deps;
  }

  async json(path: string, signal: AbortSignal): Promise<unknown> {
    const tag = this.#tags.get(path);
    const headers: Record<string, string> = { accept: 'application/json' };
    if (tag !== undefined) headers['if-none-match'] = tag;
    const answer = await this.#deps.fetch(this.#deps.restBase + path, { headers, signal });
    if (answer.status === 304) return null;
    if (!answer.ok) {
      const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
      throw new PollError(answer.status, Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null);
    }
    const next = answer.headers.get('etag');
    if (next !== null) this.#remember(path, next);
    return answer.json();
  }

  clear(): void {
    this.#tags.clear();
  }

  #remember(path: string, tag: string): void {
    this.#tags.delete(path);
    this.#tags.set(path, tag);
    if (this.#tags.size > 64) this.#tags.delete(this.#tags.keys().next().value as string);
  }
}
