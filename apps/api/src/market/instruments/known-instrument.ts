import { DomainError } from '@ziggy/domain';
import type { Instrument, Symbol } from '@ziggy/domain';
import type { InstrumentDirectory } from './instrument-directory.ts';

const NEAREST = 5;

/**
 * The instrument of a symbol that a path names.
 * @throws DomainError `unknown_symbol` with the nearest known ones; `source_unavailable` when nobody could say.
 */
export async function knownInstrument(
  directory: Pick<InstrumentDirectory, 'resolve' | 'nearest'>,
  symbol: Symbol,
): Promise<Instrument> {
  const found = await directory.resolve(symbol);
  if ('instrument' in found) return found.instrument;
  if (found.missing === 'unavailable') throw unavailable(symbol);
  const nearest = directory.nearest(symbol, NEAREST);
  throw new DomainError('unknown_symbol', `No instrument has the symbol ${symbol}.`, { extra: { nearest } });
}

export function unavailable(symbol: Symbol): DomainError {
  return new DomainError(
    'source_unavailable',
    `The market source does not answer, and nothing of ${symbol} is stored.`,
  );
}
