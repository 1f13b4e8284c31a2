import { createHash } from 'node:crypto';
import type { Clock } from '@ziggy/domain';
import { abortable } from '../call.ts';
import type { Timers } from '../timers.ts';
import type { Redaction } from './redaction.ts';
import type { TokenBucket } from './token-bucket.ts';
import type { WireCall, WireOutcome, WirePhase, WireRecord, WireTapeLine } from './wire.ts';
import { isAllowed, phaseOf, retryAfterMs, WireFailure, wireKey } from './wire.ts';

/** Time for headers and body of one answer (ms). */
export const ANSWER_MS = 8_000;
/** Largest body read (bytes). */
export const MAX_BODY_BYTES = 10 * 1_024 * 1_024;
const MAX_REDIRECTS = 5;
const MAX_CRUMB_LENGTH = 32;
/** Statuses that must not have a body in a `Response`. */
const BODILESS = new Set([101, 204, 205, 304]);

export interface YahooFetchDeps {
  /** The platform's fetch. */
  readonly fetch: typeof globalThis.fetch;
  readonly wallClock: Clock;
  readonly timers: Timers;
  readonly bucket: TokenBucket;
  readonly redaction: Redaction;
  /** Told after each request. */
  readonly onRecord?: (record: WireRecord) => void;
  /** Told each answer with its body, to write a wire tape. */
  readonly onTape?: (line: WireTapeLine) => void;
}

/** Terms of one request. Requests for the crumb serve several calls, so they do not end with the call that began them. */
interface Terms {
  readonly signal: AbortSignal;
  readonly deadlineAt: number;
  /** Waits for the budget, and counts the request. */
  readonly pay: () => Promise<void>;
  readonly onAnswer: WireCall['onAnswer'];
}

/**
 * The only way to the network of the Yahoo source: https to listed hosts, every redirect checked again, a deadline over
 * headers and body, a cap on the body while it is read, a request budget, and a record without secrets of each request.
 */
export class YahooFetch {
  readonly #deps: YahooFetchDeps;

  constructor(deps: YahooFetchDeps) {
    this.#deps = deps;
  }

  /**
   * A `fetch` for one call. It notes every outcome on the call.
   * @param crumbSignal ends requests for the crumb, which may outlive this call.
   */
  forCall(call: WireCall, crumbSignal: AbortSignal): typeof globalThis.fetch {
    return async (input, init = {}) => {
      const url = new URL(input instanceof Request ? input.url : input);
      const phase = phaseOf(url);
      const data = phase === 'data';
      const signal = data ? call.signal : crumbSignal;
      const priority = data ? call.priority : 'interactive';
      const pay = async (): Promise<void> => {
        if (data && call.prepaid > 0) call.prepaid -= 1;
        else await this.#deps.bucket.take(priority, signal);
        call.sent += 1;
      };
      const onAnswer = data ? call.onAnswer : undefined;
      const terms: Terms = { signal, deadlineAt: data ? call.deadlineAt : Infinity, pay, onAnswer };
      try {
        const answer = await this.#request(url, init, phase, terms);
        call.outcomes.push(this.#outcome(answer, phase));
        return answer;
      } catch (error) {
        const failure = error instanceof WireFailure ? error : networkFailure(error, phase);
        call.outcomes.push({ phase, status: null, failure: failure.kind, retryAfterMs: null });
        throw failure;
      }
    };
  }

  async #request(first: URL, init: RequestInit, phase: WirePhase, terms: Terms): Promise<Response> {
    let url = first;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      if (!isAllowed(url)) {
        throw new WireFailure('forbidden_host', phase, `Requests to ${url.protocol}//${url.host} are not allowed.`);
      }
      await terms.pay();
      const answer = await this.#exchange(url, init, phase, terms);
      const location = answer.headers.get('location');
      const redirected = answer.status >= 300 && answer.status < 400 && location !== null;
      if (!redirected || init.redirect === 'manual') return answer;
      url = new URL(location, url);
    }
    throw new WireFailure('too_many_redirects', phase, `More than ${MAX_REDIRECTS} redirects.`);
  }

  /** One request and its whole answer, recorded whatever happens. */
  async #exchange(url: URL, init: RequestInit, phase: WirePhase, terms: Terms): Promise<Response> {
    const { wallClock, timers } = this.#deps;
    const at = wallClock.now();
    const control = new AbortController();
    const onAbort = (): void => control.abort(terms.signal.reason);
    terms.signal.addEventListener('abort', onAbort, { once: true });
    const timer = timers.set(
      () => control.abort(new WireFailure('timeout', phase, 'Yahoo did not answer in time.')),
      Math.min(ANSWER_MS, terms.deadlineAt - at),
    );
    let bytes: Uint8Array<ArrayBuffer> | null = null;
    let status: number | null = null;
    let failure: WireFailure | null = null;
    try {
      const work = this.#deps.fetch(url, { ...init, redirect: 'manual', signal: control.signal });
      const answer = await abortable(work, control.signal);
      this.#learnCookies(answer);
      bytes = await readBody(answer, control.signal, phase);
      const whole = phase === 'crumb' ? this.#checkedCrumb(answer, bytes) : answered(answer, bytes);
      status = whole.status;
      this.#tape(url, init, phase, whole, bytes);
      return whole;
    } catch (error) {
      failure = error instanceof WireFailure ? error : networkFailure(error, phase);
      // Frees the socket when we stopped listening before the answer ended.
      control.abort(failure);
      throw failure;
    } finally {
      timers.clear(timer);
      terms.signal.removeEventListener('abort', onAbort);
      const sha256 = bytes === null ? null : createHash('sha256').update(bytes).digest('hex');
      this.#record(url, init, { at, status, failure: failure?.kind ?? null, bytes: bytes?.byteLength ?? 0, sha256 });
      if (status !== null && bytes !== null && sha256 !== null)
        terms.onAnswer?.({ status, bytes: bytes.byteLength, sha256 });
    }
  }

  /** Any body of 200 would become the crumb, so what cannot be one is answered as the refusal that it is. */
  #checkedCrumb(answer: Response, bytes: Uint8Array<ArrayBuffer>): Response {
    const crumb = new TextDecoder().decode(bytes);
    if (answer.status === 200 && (crumb === '' || crumb.length > MAX_CRUMB_LENGTH || /[\s<]/.test(crumb))) {
      return new Response(null, { status: 429, statusText: 'No crumb' });
    }
    if (answer.status === 200) this.#deps.redaction.learn(crumb);
    return answered(answer, bytes);
  }

  #learnCookies(answer: Response): void {
    for (const line of answer.headers.getSetCookie()) this.#deps.redaction.learnCookie(line);
  }

  #outcome(answer: Response, phase: WirePhase): WireOutcome {
    const wait = retryAfterMs(answer.headers.get('retry-after'), this.#deps.wallClock.now());
    return { phase, status: answer.status, failure: null, retryAfterMs: wait };
  }

  #record(url: URL, init: RequestInit, seen: Pick<WireRecord, 'at' | 'status' | 'failure' | 'bytes' | 'sha256'>): void {
    const { onRecord, wallClock } = this.#deps;
    if (!onRecord) return;
    onRecord({
      ...seen,
      key: wireKey(init.method ?? 'GET', url),
      host: url.host,
      path: url.pathname,
      ms: wallClock.now() - seen.at,
    });
  }

  #tape(url: URL, init: RequestInit, phase: WirePhase, answer: Response, bytes: Uint8Array): void {
    const { onTape, wallClock, redaction } = this.#deps;
    if (!onTape || phase !== 'data') return;
    const type = answer.headers.get('content-type');
    onTape({
      key: wireKey(init.method ?? 'GET', url),
      status: answer.status,
      headers: type === null ? {} : { 'content-type': type },
      body: redaction.redact(new TextDecoder().decode(bytes)),
      recordedAt: wallClock.now(),
    });
  }
}

/** An answer whose body is read already; the library reads it again from memory. */
function answered(answer: Response, bytes: Uint8Array<ArrayBuffer>): Response {
  const { status, statusText } = answer;
  return new Response(BODILESS.has(status) ? null : bytes, { status, statusText, headers: answer.headers });
}

async function readBody(answer: Response, signal: AbortSignal, phase: WirePhase): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = (): WireFailure =>
    new WireFailure('too_large', phase, `The answer exceeds ${MAX_BODY_BYTES} bytes.`);
  if (Number(answer.headers.get('content-length')) > MAX_BODY_BYTES) throw tooLarge();
  const reader = answer.body?.getReader();
  if (!reader) return new Uint8Array(0);
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await abortable(reader.read(), signal);
      if (done) break;
      length += value.byteLength;
      if (length > MAX_BODY_BYTES) throw tooLarge();
      parts.push(value);
    }
  } catch (error) {
    // Not awaited: a peer that hangs would hang the cancel too.
    reader.cancel(error).catch(() => undefined);
    throw error;
  }
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}

function networkFailure(error: unknown, phase: WirePhase): WireFailure {
  return new WireFailure('network', phase, 'The connection to Yahoo failed.', error);
}
