import { PROBLEMS } from '@ziggy/contracts';
import type { Problem, ProblemCode } from '@ziggy/contracts';
import { DomainError } from '@ziggy/domain';
import type { InputFault } from '@ziggy/domain';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json; charset=utf-8';
const FAULTS_MAX = 50;
const RETRY_AFTER_SEC = 2;

/** A failure of the HTTP edge. Engines and services throw `DomainError` instead, which knows no status. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly faults: readonly InputFault[];
  readonly extra: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    detail: string,
    more: {
      faults?: readonly InputFault[];
      extra?: Record<string, unknown>;
      headers?: Record<string, string>;
      cause?: unknown;
    } = {},
  ) {
    super(detail, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.faults = more.faults ?? [];
    this.extra = more.extra ?? {};
    this.headers = more.headers ?? {};
  }
}

/** An answer ready to be sent: status, body (RFC 9457) and the headers that belong to it. */
export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Problem;
}

/** Builds the answer of a registered code. `detail` is for people and must hold no stack, path, SQL, vendor text or secret. */
export function problemAnswer(error: ProblemError | DomainError, requestId: string): ProblemAnswer {
  const definition = PROBLEMS[error.code];
  const body: Problem = {
    ...error.extra,
    type: `/docs/errors/${error.code}`,
    title: definition.title,
    status: definition.status,
    detail: error.message,
    code: error.code,
    requestId,
    errors: error.faults.slice(0, FAULTS_MAX).map((fault) => ({
      in: fault.in,
      path: fault.path,
      code: fault.code,
      message: fault.message,
      ...(fault.value === undefined ? {} : { value: fault.value.slice(0, 64) }),
      ...(fault.allowed === undefined ? {} : { allowed: [...fault.allowed] }),
    })),
  };
  const headers = error instanceof ProblemError ? error.headers : {};
  return {
    status: definition.status,
    headers: {
      'content-type': PROBLEM_MEDIA_TYPE,
      'cache-control': 'no-store',
      ...(definition.temporary ? { 'retry-after': String(RETRY_AFTER_SEC) } : {}),
      ...headers,
    },
    body,
  };
}
