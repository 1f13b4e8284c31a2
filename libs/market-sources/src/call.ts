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
