import { SourceError } from '@ziggy/market-sources';
import type { CallContext } from '@ziggy/market-sources';

export type CallPriority = CallContext['priority'];

/**
 * Calls a source within a time: the source is told the deadline and its signal aborts then, and the caller has an answer
 * by then even when the adapter does not keep it.
 * @throws SourceError `Timeout` at the deadline, `Cancelled` when `stop` aborts, else the source's own.
 */
export async function callSource<T>(
  work: (ctx: CallContext) => Promise<T>,
  options: { withinMs: number; priority: CallPriority; wallNow: number; stop?: AbortSignal },
): Promise<T> {
  const over = new AbortController();
  const { stop } = options;
  let end: (error: SourceError) => void = () => undefined;
  const ended = new Promise<never>((_, reject) => (end = reject));
  const timer = setTimeout(
    () => end(new SourceError('Timeout', `No answer within ${options.withinMs} ms.`, { retryable: true })),
    options.withinMs,
  );
  const onStop = (): void => end(new SourceError('Cancelled', 'The server is stopping.'));
  if (stop?.aborted === true) onStop();
  stop?.addEventListener('abort', onStop, { once: true });
  try {
    const ctx = { deadlineAt: options.wallNow + options.withinMs, signal: over.signal, priority: options.priority };
    return await Promise.race([work(ctx), ended]);
  } finally {
    clearTimeout(timer);
    stop?.removeEventListener('abort', onStop);
    over.abort();
  }
}
