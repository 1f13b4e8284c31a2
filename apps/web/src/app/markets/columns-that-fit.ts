import { DestroyRef, DOCUMENT, inject, signal } from '@angular/core';
import type { Signal } from '@angular/core';
import { QUOTE_COLUMNS } from '@ziggy/ui/grid';
import type { QuoteColumn } from '@ziggy/ui/grid';

/** Columns by the width of the window, the narrowest first; beyond the last, all. The market's own regime stands in the header. */
const COLUMNS: readonly { readonly query: string; readonly columns: readonly QuoteColumn[] }[] = [
  { query: '(width < 768px)', columns: ['symbol', 'price', 'changePct', 'spark', 'freshness'] },
  {
    query: '(width < 1750px)',
    columns: [
      ...(['symbol', 'name', 'price', 'changePct', 'spark', 'bid', 'ask'] as const),
      ...(['volume', 'relativeVolume', 'z20', 'freshness'] as const),
    ],
  },
];

/** The columns that fit the window. Call in an injection context. */
export function columnsThatFit(): Signal<readonly QuoteColumn[]> {
  const window = inject(DOCUMENT).defaultView;
  const lists = COLUMNS.flatMap(({ query, columns }) => {
    const list = window?.matchMedia?.(query);
    return list ? [{ list, columns }] : [];
  });
  const fitting = (): readonly QuoteColumn[] => lists.find(({ list }) => list.matches)?.columns ?? QUOTE_COLUMNS;
  const columns = signal(fitting());
  const changed = (): void => columns.set(fitting());
  for (const { list } of lists) list.addEventListener('change', changed);
  inject(DestroyRef).onDestroy(() => {
    for (const { list } of lists) list.removeEventListener('change', changed);
  });
  return columns.asReadonly();
}
