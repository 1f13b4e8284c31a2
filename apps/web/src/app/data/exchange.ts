import { RequestProblem, localProblem, problemOf } from './problem.ts';

/** Whatever checks an answer's shape. */
export interface Shape<T> {
  safeParse(body: unknown): { success: true; data: T } | { success: false };
}

/** The answer that has no body. */
export const NOTHING: Shape<null> = {
  safeParse: (body) => (body === null ? { success: true, data: null } : { success: false }),
};

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One request as it goes out. */
export interface HttpRequest {
  readonly url: string;
  readonly method: Method;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What came back: the checked body, or word that it is what the sender of `If-None-Match` holds. */
export type Exchanged<T> =
  { readonly changed: true; readonly data: T; readonly headers: Headers } | { readonly changed: false };

const DEADLINE_MS = 15_000;

/** A request with a JSON body, or with none. */
export function jsonRequest(
  method: Method,
  url: string,
  body: object | null,
  headers: Readonly<Record<string, string>>,
): HttpRequest {
  if (body === null) return { url, method, headers };
  return { url, method, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

/**
 * Sends once and checks the answer against its shape, within 15 s.
 * @throws RequestProblem for whatever goes wrong; an abort by the caller is passed on as it is
 */
export async function exchange<T>(
  fetcher: typeof fetch,
  request: HttpRequest,
  shape: Shape<T>,
  signal?: AbortSignal,
): Promise<Exchanged<T>> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  let answer: Response;
  let body: unknown;
  try {
    answer = await fetcher(request.url, {
      method: request.method,
      headers: { accept: 'application/json', ...request.headers },
      ...(request.body === undefined ? {} : { body: request.body }),
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    });
    if (answer.status === 304) return { changed: false };
    if (!answer.ok) throw await problemOf(answer);
    body = answer.status === 204 ? null : await answer.json();
  } catch (error) {
    if (signal?.aborted || error instanceof RequestProblem) throw error;
    throw localProblem(deadline.aborted ? 'timeout' : error instanceof SyntaxError ? 'bad_answer' : 'network');
  }
  const checked = shape.safeParse(body);
  if (!checked.success) throw localProblem('bad_answer');
  return { changed: true, data: checked.data, headers: answer.headers };
}

const RETRY_AFTER_MS = [300, 900] as const;
const RETRY_STATUS: ReadonlySet<number> = new Set([502, 503, 504]);

function retryable(problem: RequestProblem): boolean {
  return problem.code === 'network' || (problem.status !== null && RETRY_STATUS.has(problem.status));
}

/** Tries again twice, after 300 ms and 900 ms, when no answer came or it was 502, 503 or 504. Only for what may be sent twice. */
export async function patiently<T>(run: () => Promise<T>, chance: () => number, signal?: AbortSignal): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      const wait = RETRY_AFTER_MS[attempt];
      if (signal?.aborted || wait === undefined || !(error instanceof RequestProblem) || !retryable(error)) throw error;
      await pause(wait * (0.75 + chance() / 2), signal);
    }
  }
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', abort, { once: true });
  });
}
