import { MOVER_LISTS } from '@ziggy/contracts';
import type { MoverList } from '@ziggy/contracts';
import { ASSET_CLASSES } from '@ziggy/domain';
import type { AssetClass } from '@ziggy/domain';
import { QUOTE_COLUMNS } from '@ziggy/ui/grid';
import type { QuoteColumn, QuoteSort } from '@ziggy/ui/grid';
import { freeText, oneOf } from '../data/url-state.ts';
import type { UrlField } from '../data/url-state.ts';

/** `column:asc` or `column:desc`; empty is the list's own order. */
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

/** Columns in their order, the symbol always among them; absent: those that fit the window. */
const cols: UrlField<readonly QuoteColumn[] | null> = {
  initial: null,
  read: (text) => {
    if (text === '') return null;
    const names = [...new Set(text.split(','))];
    const known = names.flatMap((name) => QUOTE_COLUMNS.find((column) => column === name) ?? []);
    return known.length === names.length && known.includes('symbol') ? known : undefined;
  },
  write: (value) => value?.join(',') ?? '',
};

/** Id of a watchlist; empty is the tracked universe. */
const list: UrlField<string> = {
  initial: '',
  read: (text) => (/^(wl_[A-Za-z0-9_-]{1,60})?$/.test(text) ? text : undefined),
  write: (value) => value,
};

export const VIEWS = ['grid', 'heatmap', 'movers'] as const;
export type View = (typeof VIEWS)[number];
export const CLASS_FILTERS = ['all', ...ASSET_CLASSES] as const satisfies readonly (AssetClass | 'all')[];
export type ClassFilter = (typeof CLASS_FILTERS)[number];

/** What of the Markets page is in its URL. */
export const MARKETS_URL = {
  view: oneOf(VIEWS, 'grid'),
  list,
  section: freeText(60),
  class: oneOf(CLASS_FILTERS, 'all'),
  q: freeText(40),
  sort,
  cols,
  rank: oneOf<MoverList>(MOVER_LISTS, 'gainers'),
  as: oneOf(['map', 'table'], 'map'),
};
