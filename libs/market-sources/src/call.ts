import { SourceError } from './port.ts';

/** Beyond these instants (epoch ms, years 1900 and 2100) a question about bars is a mistake. */
const EARLIEST = Date.UTC(1900, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);

/**
 * Checks a range `[from, to)` of epoch milliseconds.
 * @throws SourceError `BadRequest` when it is not finite, is empty, or lies outside 1900 to 2100.
 */
export function checkRange(from: number, to: number): void {
  if (!(from < to) || !(from >= EARLIEST) || !(to <= LATEST)) {
    throw new SourceError('BadRequest', 'The range must begin before it ends, between the years 1900 and 2100.');
  }
}

/** The error of a call whose signal was aborted. */
export function asCancelled(signal: AbortSignal): SourceError {
  return new SourceError('Cancelled', 'The call was cancelled.', { cause: signal.reason });
}

/** Settles as `work` does, or rejects with the signal's reason as soon as it is aborted. Leaves no listener behind. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    const settle = (): void => signal.removeEventListener('abort', onAbort);
    work.then(
      (value) => {
        settle();
        resolve(value);
      },
      (error: unknown) => {
        settle();
        reject(error as Error);
      },
    );
  });
}
