import { RequestProblem } from './problem.ts';
import type { Shape } from './exchange.ts';

/** What is stored by now, when an error says that it was changed since it was read; else null. */
export function storedByNow<T>(error: unknown, shape: Shape<T>): T | null {
  if (!(error instanceof RequestProblem) || error.code !== 'version_conflict') return null;
  const parsed = shape.safeParse((error.body as { current?: unknown } | null)?.current);
  return parsed.success ? parsed.data : null;
}
