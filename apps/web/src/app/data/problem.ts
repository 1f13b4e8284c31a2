import { PROBLEMS, problem } from '@ziggy/contracts';
import type { ProblemCode } from '@ziggy/contracts';

/** A request that did not give what was asked for, in words for people and a code for machines. */
export class RequestProblem extends Error {
  readonly code: string;
  readonly status: number | null;
  readonly requestId: string | null;
  /** Trying again may help. */
  readonly temporary: boolean;
  readonly retryAfterMs: number | null;
  /** What to do about it. */
  readonly remedy: string;
  /** The whole problem as it came, for members that only some codes have. */
  readonly body: unknown;

  constructor(facts: {
    code: string;
    status: number | null;
    sentence: string;
    remedy: string;
    requestId?: string | null;
    temporary: boolean;
    retryAfterMs?: number | null;
    body?: unknown;
  }) {
    super(facts.sentence);
    this.name = 'RequestProblem';
    this.code = facts.code;
    this.status = facts.status;
    this.remedy = facts.remedy;
    this.requestId = facts.requestId ?? null;
    this.temporary = facts.temporary;
    this.retryAfterMs = facts.retryAfterMs ?? null;
    this.body = facts.body ?? null;
  }

  /** The shape the error block of `@ziggy/ui` shows. */
  get shown(): { code: string; sentence: string; requestId: string | null } {
    return { code: this.code, sentence: `${this.message}. ${this.remedy}`, requestId: this.requestId };
  }
}

/** Codes that only the portal knows: what went wrong before or after an answer. */
export const LOCAL_PROBLEMS = {
  network: { title: 'The server cannot be reached', remedy: 'It is tried again by itself.', temporary: true },
  timeout: { title: 'The server did not answer in time', remedy: 'Try again.', temporary: true },
  gone: { title: 'It is not there any more', remedy: 'Another window may have removed it.', temporary: false },
  not_proven: { title: 'It was not done', remedy: 'Your password was not given again.', temporary: false },
  bad_answer: {
    title: 'The answer was not understood',
    remedy: 'Reload the page; the server may be newer than it.',
    temporary: false,
  },
} as const;
export type LocalCode = keyof typeof LOCAL_PROBLEMS;

export function localProblem(code: LocalCode): RequestProblem {
  const { title, remedy, temporary } = LOCAL_PROBLEMS[code];
  return new RequestProblem({ code, status: null, sentence: title, remedy, temporary });
}

/** Words for any code: the registry's own for those it holds, the answer's title for newer ones. */
export function problemWords(
  code: string,
  title: string | null,
  status: number,
): { sentence: string; remedy: string; temporary: boolean } {
  const known = code in PROBLEMS ? PROBLEMS[code as ProblemCode] : null;
  if (known) return { sentence: known.title, remedy: known.remedy, temporary: known.temporary };
  return {
    sentence: title ?? `The server answered ${status}`,
    remedy: 'Try again.',
    temporary: status >= 500 || status === 429,
  };
}

/** Reads a failed answer, problem+json or not. */
export async function problemOf(answer: Response): Promise<RequestProblem> {
  const { status } = answer;
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : null;
  const body: unknown = await answer.json().catch(() => null);
  const parsed = problem.safeParse(body);
  const code = parsed.success ? parsed.data.code : `http_${status}`;
  const words = problemWords(code, parsed.success ? parsed.data.title : null, status);
  const requestId = parsed.success ? parsed.data.requestId : answer.headers.get('x-request-id');
  return new RequestProblem({ code, status, ...words, requestId, retryAfterMs, body });
}
