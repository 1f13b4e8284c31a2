import { createHash } from 'node:crypto';
import type { Clock } from '@ziggy/domain';
import { abortable } from '../call.ts';
import type { CallContext, SourceErrorCode, SourceHealth } from '../port.ts';
import { SourceError } from '../port.ts';
import type { Timers } from '../timers.ts';
import { EndpointBreaker, GlobalBreaker } from './breaker.ts';
import { classify, driftOf, isOurDefect } from './errors.ts';
import type { TokenBucket } from './token-bucket.ts';
import type { WireCall } from './wire.ts';
import { WireFailure } from './wire.ts';

export type Endpoint = 'quote' | 'chart' | 'search' | 'summary';

const NEEDS_CRUMB: Readonly<Record<Endpoint, boolean>> = { quote: true, summary: true, chart: false, search: false };
/** Calls in the air at once; the library's own queue has no end. */
const MAX_CALLS = 256;
const TRIES = 2;
const RETRY_FROM_MS = 250;
const RETRY_SPAN_MS = 750;
const LATENCIES = 128;
const RETRIED: ReadonlySet<SourceErrorCode> = new Set(['UpstreamDown', 'Timeout']);
const ENDPOINT_FAILURES: ReadonlySet<SourceErrorCode> = new Set(['UpstreamDown', 'Timeout', 'UpstreamShape']);

/** What the library's schema check rejected, for a quarantine: the value itself stays here, its hash names it. */
export interface DriftNote {
  readonly endpoint: Endpoint;
  readonly paths: readonly string[];
  /** SHA-256 of the rejected value as JSON. */
  readonly sha256: string;
  readonly at: number;
}

export interface CallsDeps {
  readonly wallClock: Clock;
  readonly timers: Timers;
  readonly random: () => number;
  readonly bucket: TokenBucket;
  readonly clearCrumb: () => Promise<void>;
  readonly onDrift?: (note: DriftNote) => void;
}

/** An answer to read. `drifted`: the library's schema check refused it, so only what is checked again may be used. */
export interface Answer {
  readonly value: unknown;
  readonly drifted: boolean;
}

type Ask = (call: WireCall) => Promise<unknown>;

/**
 * Runs calls through the library: breakers before, deadline and cancelling during, retries and bookkeeping after. Every
 * failure leaves as a {@link SourceError}, but for a call that the library refuses to make: that is a defect of ours.
 */
export class YahooCalls {
  readonly #deps: CallsDeps;
  readonly #global: GlobalBreaker;
  readonly #endpoints: Readonly<Record<Endpoint, EndpointBreaker>>;
  readonly #life = new AbortController();
  readonly #latencies: number[] = [];
  #running = 0;
  #lastSuccessAt: number | null = null;
  #lastError: { code: SourceErrorCode; at: number } | null = null;
  #drift = 0;

  constructor(deps: CallsDeps) {
    const now = (): number => deps.wallClock.now();
    this.#deps = deps;
    this.#global = new GlobalBreaker({ now, random: deps.random });
    this.#endpoints = {
      quote: new EndpointBreaker(now),
      chart: new EndpointBreaker(now),
      search: new EndpointBreaker(now),
      summary: new EndpointBreaker(now),
    };
  }

  /** Runs one call. Its deadline covers waiting, retries and the crumb. */
  async run(endpoint: Endpoint, ctx: CallContext, ask: Ask): Promise<Answer> {
    if (this.#life.signal.aborted) throw new SourceError('Cancelled', 'The source is closed.');
    if (this.#running >= MAX_CALLS) throw overload();
    this.#running += 1;
    const { signal, end } = this.#scope(ctx);
    try {
      return await this.#tries(endpoint, ctx, signal, ask);
    } finally {
      end();
      this.#running -= 1;
    }
  }

  /** True while quotes cannot be had but charts can: the poller then asks charts instead. */
  crumbBlocked(): boolean {
    return this.#global.onlyCrumb() && this.#global.state() !== 'closed';
  }

  /** True when the next call should be one of a chart, to find out whether Yahoo answers again. */
  wantsTrial(): boolean {
    return this.#global.state() === 'half_open';
  }

  /** Wall time before which asking an endpoint is pointless; null when it may be asked. */
  blockedUntil(endpoint: Endpoint): number | null {
    const passes = this.#global.onlyCrumb() && !NEEDS_CRUMB[endpoint];
    const global = this.#global.state() === 'open' && !passes ? this.#global.until() : null;
    const own = this.#endpoints[endpoint].state() === 'open' ? this.#endpoints[endpoint].until() : null;
    return global === null || own === null ? (global ?? own) : Math.max(global, own);
  }

  health(budget: SourceHealth['budget']): SourceHealth {
    const endpoints = Object.values(this.#endpoints);
    const open = endpoints.filter((breaker) => breaker.state() !== 'closed');
    const global = this.#global.state();
    const refused = global !== 'closed' && !this.#global.onlyCrumb();
    const failing = this.#lastError !== null && this.#lastError.at >= (this.#lastSuccessAt ?? -Infinity);
    const down = refused || this.#endpoints.chart.state() !== 'closed';
    const degraded = global !== 'closed' || open.length > 0 || failing;
    const worst = global !== 'closed' ? this.#global : (open[0] ?? null);
    return {
      state: this.#life.signal.aborted ? 'off' : down ? 'down' : degraded ? 'degraded' : 'ok',
      lastSuccessAt: this.#lastSuccessAt,
      lastError: this.#lastError,
      breaker: { state: worst?.state() ?? 'closed', until: worst?.until() ?? null },
      budget,
      p95Ms: percentile(this.#latencies, 0.95),
      drift: this.#drift,
    };
  }

  close(): void {
    this.#life.abort(new WireFailure('cancelled', 'data', 'The source is closed.'));
  }

  async #tries(endpoint: Endpoint, ctx: CallContext, signal: AbortSignal, ask: Ask): Promise<Answer> {
    let renewed = false;
    for (let tried = 1; ; tried++) {
      this.#admit(endpoint);
      const call: WireCall = {
        priority: ctx.priority,
        deadlineAt: ctx.deadlineAt,
        signal,
        prepaid: 0,
        sent: 0,
        outcomes: [],
        ...(ctx.onAnswer === undefined ? {} : { onAnswer: ctx.onAnswer }),
      };
      const began = this.#deps.wallClock.now();
      try {
        // Paid before the library queues the call: there, first come is first served, and polls would hold up people.
        await this.#deps.bucket.take(ctx.priority, signal);
        call.prepaid = 1;
        const value = await abortable(ask(call), signal);
        this.#succeeded(endpoint, began);
        return { value, drifted: false };
      } catch (thrown) {
        const drift = driftOf(thrown);
        if (drift !== null) {
          this.#noteDrift(endpoint, drift.paths, drift.result);
          this.#succeeded(endpoint, began);
          return { value: drift.result, drifted: true };
        }
        if (isOurDefect(thrown)) {
          this.#endpoints[endpoint].undecided();
          this.#global.failedOtherwise();
          throw new Error(`yahoo-finance2 refuses the options of our ${endpoint} call.`, { cause: thrown });
        }
        const { error, crumbRefused } = classify(thrown, call.outcomes);
        if (error.code === 'CrumbExpired' && !renewed && !signal.aborted) {
          renewed = true;
          tried -= 1;
          this.#endpoints[endpoint].undecided();
          await this.#deps.clearCrumb();
          continue;
        }
        // A call that shared a crumb request with one that was cancelled is innocent: it asks for itself.
        const innocent = error.code === 'Cancelled' && !signal.aborted;
        this.#failed(endpoint, error, crumbRefused, call, began);
        const again = innocent || RETRIED.has(error.code);
        if (!again || tried >= TRIES || signal.aborted) throw error;
        await this.#pause(innocent ? 0 : RETRY_FROM_MS + RETRY_SPAN_MS * this.#deps.random(), signal);
      }
    }
  }

  #admit(endpoint: Endpoint): void {
    const now = this.#deps.wallClock.now();
    const call = { needsCrumb: NEEDS_CRUMB[endpoint], isChart: endpoint === 'chart' };
    if (this.#endpoints[endpoint].state() === 'open') throw blocked('UpstreamDown', this.blockedUntil(endpoint), now);
    if (!this.#global.allows(call)) throw blocked('RateLimited', this.#global.until(), now);
    if (this.#endpoints[endpoint].allows()) return;
    this.#global.failedOtherwise();
    throw blocked('UpstreamDown', this.#endpoints[endpoint].until(), now);
  }

  #succeeded(endpoint: Endpoint, began: number): void {
    const now = this.#deps.wallClock.now();
    this.#lastSuccessAt = now;
    this.#latencies.push(now - began);
    if (this.#latencies.length > LATENCIES) this.#latencies.shift();
    this.#endpoints[endpoint].succeeded();
    this.#global.succeeded({ needsCrumb: NEEDS_CRUMB[endpoint] });
  }

  #failed(endpoint: Endpoint, error: SourceError, crumbRefused: boolean, call: WireCall, began: number): void {
    const { code } = error;
    // A symbol that does not exist is an answer: the endpoint works.
    if (code === 'NotFound' || code === 'BadRequest') return this.#succeeded(endpoint, began);
    const met = call.sent > 0 || crumbRefused;
    // Our own budget or queue kept the call from the wire: that says nothing about Yahoo.
    if (code === 'Cancelled' || !met) {
      this.#endpoints[endpoint].undecided();
      this.#global.failedOtherwise();
      return;
    }
    this.#lastError = { code, at: this.#deps.wallClock.now() };
    if (code === 'RateLimited' || code === 'CrumbExpired') {
      this.#endpoints[endpoint].undecided();
      const session = crumbRefused || (code === 'CrumbExpired' && NEEDS_CRUMB[endpoint]);
      this.#global.open(session ? 'crumb' : 'wire', error.retryAfterMs);
      return;
    }
    this.#global.failedOtherwise();
    if (ENDPOINT_FAILURES.has(code)) this.#endpoints[endpoint].failed(code);
  }

  /** Called by readers too, when an answer passed the library's check but holds nothing usable. */
  unreadable(endpoint: Endpoint): SourceError {
    this.#lastError = { code: 'Drift', at: this.#deps.wallClock.now() };
    return new SourceError('Drift', `The ${endpoint} answer of Yahoo holds nothing that can be used.`);
  }

  #noteDrift(endpoint: Endpoint, paths: readonly string[], value: unknown): void {
    this.#drift += 1;
    const { onDrift, wallClock } = this.#deps;
    if (!onDrift) return;
    const sha256 = createHash('sha256')
      .update(JSON.stringify(value) ?? '')
      .digest('hex');
    onDrift({ endpoint, paths, sha256, at: wallClock.now() });
  }

  /** One signal for everything that may end a call: its caller, its deadline, the source's end. */
  #scope(ctx: CallContext): { signal: AbortSignal; end: () => void } {
    const control = new AbortController();
    const cancel = (): void => control.abort(new WireFailure('cancelled', 'data', 'The call was cancelled.'));
    const expire = (): void =>
      control.abort(new WireFailure('timeout', 'data', 'The deadline of the call has passed.'));
    const left = ctx.deadlineAt - this.#deps.wallClock.now();
    if (ctx.signal.aborted) cancel();
    else if (!(left > 0)) expire();
    ctx.signal.addEventListener('abort', cancel, { once: true });
    this.#life.signal.addEventListener('abort', cancel, { once: true });
    const timer = this.#deps.timers.set(expire, Math.min(Math.max(0, left), 2 ** 31 - 1));
    return {
      signal: control.signal,
      end: () => {
        this.#deps.timers.clear(timer);
        ctx.signal.removeEventListener('abort', cancel);
        this.#life.signal.removeEventListener('abort', cancel);
        // What is still on the wire for this call has no reader any more.
        cancel();
      },
    };
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    let timer: unknown = null;
    const wait = new Promise<void>((resolve) => (timer = this.#deps.timers.set(resolve, ms)));
    try {
      await abortable(wait, signal);
    } catch (thrown) {
      throw classify(thrown, []).error;
    } finally {
      this.#deps.timers.clear(timer);
    }
  }
}

function overload(): SourceError {
  return new SourceError('RateLimited', `More than ${MAX_CALLS} calls wait for Yahoo.`, {
    retryable: true,
    retryAfterMs: 1_000,
  });
}

function blocked(code: SourceErrorCode, until: number | null, now: number): SourceError {
  const wait = Math.max(0, (until ?? now) - now);
  return new SourceError(code, 'Yahoo is left alone for a while after its last failures.', {
    retryable: true,
    retryAfterMs: wait,
  });
}

function percentile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
}
