export { QuoteGrid } from './quote-grid.ts';
export type { QuoteSort } from './quote-grid.ts';
export { COLUMN_TITLES, QUOTE_COLUMNS } from './columns.ts';
export type { QuoteColumn } from './columns.ts';
export type { QuoteRow } from './quote-row.ts';
