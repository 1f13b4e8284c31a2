import { ASSET_CLASSES } from '@ziggy/domain';
import type { AssetClass } from '@ziggy/domain';
import { QUOTE_COLUMNS } from '@ziggy/ui/grid';
import type { QuoteSort } from '@ziggy/ui/grid';
import { freeText, oneOf } from '../data/url-state.ts';
import type { UrlField } from '../data/url-state.ts';

/** `column:asc` or `column:desc`; empty is the universe's own order. */
const sort: UrlField<QuoteSort | null> = {
  initial: null,
  read: (text) => {
    if (text === '') return null;
    const [name, direction] = text.split(':');
    const column = QUOTE_COLUMNS.find((known) => known === name);
    return column && (direction === 'asc' || direction === 'desc') ? { column, direction } : undefined;
  },
  write: (value) => (value ? `${value.column}:${value.direction}` : ''),
};

export const CLASS_FILTERS = ['all', ...ASSET_CLASSES] as const satisfies readonly (AssetClass | 'all')[];
export type ClassFilter = (typeof CLASS_FILTERS)[number];

/** What of the Markets page is in its URL. */
export const MARKETS_URL = { class: oneOf(CLASS_FILTERS, 'all'), q: freeText(40), sort };
