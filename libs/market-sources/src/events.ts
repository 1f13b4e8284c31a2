import type { Symbol } from '@ziggy/domain';
import { SourceError } from './port.ts';
import type { CalendarEvent, CorporateAction, EventsQuery } from './port.ts';

/** Symbols of one question about events. */
export const EVENT_SYMBOLS_MAX = 200;

/**
 * The ex-dates of a source that knows corporate actions, as calendar events, ascending. Symbols that the source does not
 * know have none.
 * @throws SourceError `BadRequest` for more than {@link EVENT_SYMBOLS_MAX} symbols, and what `actionsOf` throws besides NotFound.
 */
export async function eventsFromActions(
  query: EventsQuery,
  actionsOf: (symbol: Symbol) => Promise<readonly CorporateAction[]>,
): Promise<CalendarEvent[]> {
  const symbols = new Set(query.symbols);
  if (symbols.size > EVENT_SYMBOLS_MAX) {
    throw new SourceError('BadRequest', `Events are asked of at most ${EVENT_SYMBOLS_MAX} symbols at once.`);
  }
  const found: CalendarEvent[] = [];
  for (const symbol of symbols) {
    for (const { type, exAt, knownAt } of await known(symbol, actionsOf)) {
      if (type !== 'split' && type !== 'dividend') continue;
      const kind = type === 'split' ? 'split' : 'ex_dividend';
      if (query.kinds.includes(kind)) found.push({ symbol, kind, at: exAt, knownAt });
    }
  }
  return found.sort((a, b) => a.at - b.at || (a.symbol < b.symbol ? -1 : 1));
}

async function known(
  symbol: Symbol,
  actionsOf: (symbol: Symbol) => Promise<readonly CorporateAction[]>,
): Promise<readonly CorporateAction[]> {
  try {
    return await actionsOf(symbol);
  } catch (error) {
    if (error instanceof SourceError && error.code === 'NotFound') return [];
    throw error;
  }
}
