import type { CallContext } from '../port.ts';

/** Part of the traffic that a request belongs to; the first three only fetch the crumb. */
export type WirePhase = 'page' | 'consent' | 'crumb' | 'data';

/** Why no answer came back from a request. */
export type WireFailureKind =
  | 'cancelled'
  | 'timeout'
  | 'network'
  | 'too_large'
  | 'forbidden_host'
  | 'too_many_redirects'
  | 'overload'
  | 'tape_miss';

/** Thrown by our fetch; the library passes it on untouched. */
export class WireFailure extends Error {
  override readonly name = 'WireFailure';
  readonly kind: WireFailureKind;
  readonly phase: WirePhase;

  constructor(kind: WireFailureKind, phase: WirePhase, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.phase = phase;
  }
}

/** What came back from one request, in the order asked. The best witness of what went wrong. */
export interface WireOutcome {
  readonly phase: WirePhase;
  /** Status of the answer; null when there was none. A refused crumb counts as 429. */
  readonly status: number | null;
  readonly failure: WireFailureKind | null;
  readonly retryAfterMs: number | null;
}

/** One call of the source on its way through the library: its terms, and what it met on the wire. */
export interface WireCall {
  readonly priority: CallContext['priority'];
  /** Wall time (epoch ms) by which the call ends. */
  readonly deadlineAt: number;
  /** Aborts with a {@link WireFailure} of kind `cancelled` or `timeout`. */
  readonly signal: AbortSignal;
  /** Data requests that are paid from the budget already. */
  prepaid: number;
  /** Requests that went out. A call that never got so far says nothing about Yahoo. */
  sent: number;
  readonly outcomes: WireOutcome[];
  readonly onAnswer?: CallContext['onAnswer'];
}

/** Ledger line of one request. Holds no query, no crumb and no cookie. */
export interface WireRecord {
  readonly key: string;
  readonly host: string;
  readonly path: string;
  readonly status: number | null;
  readonly failure: WireFailureKind | null;
  readonly ms: number;
  readonly bytes: number;
  /** SHA-256 of the body; null when none was read. */
  readonly sha256: string | null;
  /** Wall time of the request (epoch ms). */
  readonly at: number;
}

/** One line of a wire tape: an answer to play back. Requests for the crumb are left out altogether. */
export interface WireTapeLine {
  readonly key: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly recordedAt: number;
}

const DAY_S = 86_400;

/** Name of a request: method, host, path and sorted query, without crumb and `period2`, `period1` cut to its day. */
export function wireKey(method: string, url: URL): string {
  const kept = [...url.searchParams]
    .filter(([name]) => name !== 'crumb' && name !== 'period2')
    .map(([name, value]): [string, string] =>
      name === 'period1' ? [name, String(Math.floor(Number(value) / DAY_S) * DAY_S)] : [name, value],
    )
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const query = new URLSearchParams(kept).toString();
  return `${method.toUpperCase()} ${url.host.toLowerCase()}${url.pathname}${query === '' ? '' : `?${query}`}`;
}

const REGIONAL = /^(?:[a-z0-9-]+\.)*(?:guce|consent)\.yahoo\.com$/;
const EXACT = new Set(['finance.yahoo.com', 'query1.finance.yahoo.com', 'query2.finance.yahoo.com']);

/** Whether a request may go to this address: https, the standard port, and one of Yahoo's hosts that the library needs. */
export function isAllowed(url: URL): boolean {
  if (url.protocol !== 'https:' || url.port !== '' || url.username !== '' || url.password !== '') return false;
  return EXACT.has(url.hostname) || REGIONAL.test(url.hostname);
}

export function phaseOf(url: URL): WirePhase {
  if (REGIONAL.test(url.hostname)) return 'consent';
  if (url.pathname.endsWith('/getcrumb')) return 'crumb';
  return url.hostname === 'finance.yahoo.com' ? 'page' : 'data';
}

/**
 * `Retry-After` in milliseconds from seconds or an HTTP date; null when absent or not understood.
 * @param now wall time, epoch ms.
 */
export function retryAfterMs(header: string | null, now: number): number | null {
  if (header === null) return null;
  const seconds = Number(header);
  if (header.trim() !== '' && Number.isFinite(seconds)) return seconds >= 0 ? seconds * 1_000 : null;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
