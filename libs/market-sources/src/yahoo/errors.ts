import type { SourceErrorCode } from '../port.ts';
import { SourceError } from '../port.ts';
import type { WireFailureKind, WireOutcome } from './wire.ts';
import { WireFailure } from './wire.ts';

const FAILURES: Readonly<Record<WireFailureKind, SourceErrorCode>> = {
  cancelled: 'Cancelled',
  timeout: 'Timeout',
  network: 'UpstreamDown',
  too_large: 'UpstreamShape',
  forbidden_host: 'UpstreamShape',
  too_many_redirects: 'UpstreamShape',
  overload: 'RateLimited',
  tape_miss: 'TapeMiss',
};

const RETRYABLE: ReadonlySet<SourceErrorCode> = new Set(['RateLimited', 'UpstreamDown', 'Timeout', 'UpstreamShape']);

/** What each failure is called towards the user. Never the library's text: that may hold an address with a crumb. */
const MESSAGES: Readonly<Record<SourceErrorCode, string>> = {
  RateLimited: 'Yahoo refuses more requests for now.',
  CrumbExpired: 'Yahoo no longer accepts the session.',
  NotFound: 'Yahoo does not know the symbol.',
  BadRequest: 'Yahoo refused the request.',
  UpstreamShape: 'Yahoo answered with something else than data.',
  UpstreamDown: 'Yahoo cannot be reached or is failing.',
  Timeout: 'Yahoo did not answer in time.',
  Drift: 'Yahoo changed the form of its data.',
  Unsupported: 'Not offered by Yahoo.',
  Cancelled: 'The call was cancelled.',
  TapeMiss: 'The wire tape has no such answer.',
};

/** A failed call, and whether the session that the crumb stands for was refused on the way. */
export interface Classified {
  readonly error: SourceError;
  /** True when the crumb could not be had; other endpoints may well answer. */
  readonly crumbRefused: boolean;
}

/**
 * Names a failure of the library (table of market-data.md section 3.4). Pure. The recorded outcome on the wire is the
 * first witness; the library's error, whose classes are not exported, is read only where the wire cannot tell.
 * @param outcomes what the call met on the wire, in order; empty when another call fetched the crumb for it.
 */
export function classify(thrown: unknown, outcomes: readonly WireOutcome[]): Classified {
  if (thrown instanceof SourceError) return { error: thrown, crumbRefused: false };
  if (thrown instanceof WireFailure) return named(FAILURES[thrown.kind], thrown, null);
  const last = outcomes.at(-1) ?? null;
  const refused = crumbRefused(thrown, last);
  if (refused !== null) return { ...named(refused, thrown, last), crumbRefused: refused === 'RateLimited' };
  return named(last === null ? byError(thrown) : byOutcome(thrown, last), thrown, last);
}

/** The code when the session could not be had: no cookie, no crumb, or a refusal while fetching them; else null. */
function crumbRefused(thrown: unknown, last: WireOutcome | null): SourceErrorCode | null {
  const text = messageOf(thrown);
  const status = /Failed to get crumb, status (\d{3})/.exec(text)?.[1];
  if (status !== undefined) return Number(status) >= 500 ? 'UpstreamDown' : 'RateLimited';
  if (/No set-cookie|Could not find crumb|consent redirects|collectConsentSubmit|Unexpected redirect/i.test(text)) {
    // A page that fails hands out no cookie either; its status says which of the two it was.
    return last !== null && last.phase !== 'data' && (last.status ?? 0) >= 500 ? 'UpstreamDown' : 'RateLimited';
  }
  return null;
}

function byOutcome(thrown: unknown, last: WireOutcome): SourceErrorCode {
  if (last.failure !== null) return FAILURES[last.failure];
  const status = last.status ?? 0;
  if (status === 429 || status === 403) return 'RateLimited';
  if (status === 401) return 'CrumbExpired';
  if (status === 404) return 'NotFound';
  if (status >= 500) return 'UpstreamDown';
  if (status >= 400) return 'BadRequest';
  return byError(thrown);
}

/** The wire says success, or nothing: the error's name and text decide. */
function byError(thrown: unknown): SourceErrorCode {
  const name = thrown instanceof Error ? thrown.name : '';
  const text = messageOf(thrown);
  if (name === 'FailedYahooValidationError') return 'Drift';
  if (name === 'BadRequestError') return 'BadRequest';
  if (name === 'HTTPError') return 'UpstreamDown';
  if (/Invalid Crumb|Invalid Cookie/i.test(text)) return 'CrumbExpired';
  if (/^No data found|symbol may be delisted|Quote not found/i.test(text)) return 'NotFound';
  if (/^fetch failed/i.test(text)) return 'UpstreamDown';
  return 'UpstreamShape';
}

function named(code: SourceErrorCode, cause: unknown, last: WireOutcome | null): Classified {
  const error = new SourceError(code, MESSAGES[code], {
    cause,
    retryable: RETRYABLE.has(code),
    ...(last?.status === null || last === null ? {} : { upstreamStatus: last.status }),
    ...(last?.retryAfterMs === null || last === null ? {} : { retryAfterMs: last.retryAfterMs }),
  });
  return { error, crumbRefused: false };
}

/** Whether the library refused the options of our own call: a defect of ours, and no failure of the source. */
export function isOurDefect(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'InvalidOptionsError';
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? String(thrown.message) : '';
}

/** What the library's schema check rejected. */
export interface DriftReport {
  /** What came, as far as it was coerced; only fields that are checked again may be used. */
  readonly result: unknown;
  /** Places of the schema that did not fit, without duplicates. */
  readonly paths: readonly string[];
}

/** Reads a schema failure of the library; null for any other error. */
export function driftOf(thrown: unknown): DriftReport | null {
  if (!(thrown instanceof Error) || thrown.name !== 'FailedYahooValidationError') return null;
  const { result, errors } = thrown as Error & { result?: unknown; errors?: unknown };
  const paths = Array.isArray(errors)
    ? errors.map((error: { instancePath?: unknown }) => String(error.instancePath ?? ''))
    : [];
  return { result, paths: [...new Set(paths)].slice(0, 50) };
}
