import { DomainError, parseSymbol } from '@ziggy/domain';
import type { InputFault, Symbol } from '@ziggy/domain';
import type { InputFaultCode } from '@ziggy/contracts';

export const SYMBOL_GRAMMAR =
  'A symbol has 1 to 32 of the characters A-Z 0-9 . - = ^ & _ and begins with a letter, a digit or ^.';

function invalid(value: string, where: 'query' | 'path', path: string): InputFault {
  return {
    in: where,
    path,
    code: 'symbol_invalid' satisfies InputFaultCode,
    message: SYMBOL_GRAMMAR,
    value: value.slice(0, 64),
  };
}

/**
 * Reads the comma list of a query. Each symbol is asked once, in the order of its first mention.
 * @throws DomainError `validation_failed` naming each malformed symbol, or the limit and how many were given.
 */
export function parseSymbolList(text: string, most: number): Symbol[] {
  const parts = text.split(',').filter((part) => part.trim() !== '');
  const faults: InputFault[] = [];
  const symbols = new Set<Symbol>();
  for (const part of parts) {
    const symbol = parseSymbol(part);
    if (symbol === null) faults.push(invalid(part.trim(), 'query', 'symbols'));
    else symbols.add(symbol);
  }
  if (parts.length === 0) {
    const fault = {
      in: 'query',
      path: 'symbols',
      code: 'required' satisfies InputFaultCode,
      message: 'Name at least one symbol.',
    } as const;
    throw new DomainError('validation_failed', 'symbols: name at least one symbol.', { faults: [fault] });
  }
  if (symbols.size > most) faults.unshift(tooMany('symbols', symbols.size, most));
  if (faults.length > 0)
    throw new DomainError('validation_failed', `symbols: ${(faults[0] as InputFault).message}`, {
      faults: faults.slice(0, 50),
      ...limitExtra(symbols.size, most),
    });
  return [...symbols];
}

/** @throws DomainError `validation_failed` with `limit` and `actual` when a count of the query is over its limit. */
export function checkLimit(path: string, actual: number, limit: number): void {
  if (actual <= limit) return;
  const fault = tooMany(path, actual, limit);
  throw new DomainError('validation_failed', `${path}: ${fault.message}`, {
    faults: [fault],
    ...limitExtra(actual, limit),
  });
}

function tooMany(path: string, actual: number, limit: number): InputFault {
  return {
    in: 'query',
    path,
    code: 'limit_exceeded' satisfies InputFaultCode,
    message: `${actual} given, at most ${limit} allowed.`,
    value: String(actual),
    allowed: [`<= ${limit}`],
  };
}

function limitExtra(actual: number, limit: number): { extra: Record<string, unknown> } | Record<never, never> {
  return actual > limit ? { extra: { limit, actual } } : {};
}

/**
 * Reads a comma list of known words.
 * @returns null when the parameter is not there or empty.
 * @throws DomainError `validation_failed` naming each word that is not known, with those that are.
 */
export function parseWords<Word extends string>(
  path: string,
  text: string | undefined,
  known: readonly Word[],
): readonly Word[] | null {
  const given = (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const isKnown = (part: string): part is Word => (known as readonly string[]).includes(part);
  const faults = given
    .filter((part) => !isKnown(part))
    .slice(0, 50)
    .map((value) => ({
      in: 'query' as const,
      path,
      code: 'invalid_value' satisfies InputFaultCode,
      message: 'Not one of the known words.',
      value: value.slice(0, 64),
      allowed: [...known],
    }));
  if (faults.length > 0) throw new DomainError('validation_failed', `${path}: not one of the known words.`, { faults });
  return given.length === 0 ? null : given.filter(isKnown);
}

/** @throws DomainError `validation_failed` when the path segment is not a symbol. */
export function parsePathSymbol(text: string): Symbol {
  const symbol = parseSymbol(text);
  if (symbol !== null) return symbol;
  throw new DomainError('validation_failed', `symbol: ${SYMBOL_GRAMMAR}`, {
    faults: [invalid(text, 'path', 'symbol')],
  });
}
