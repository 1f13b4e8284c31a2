import type { MoversAnswer } from '@ziggy/contracts';
import type { CsvCell } from '../data/csv.ts';

/** A ranked list as a table: what is seen, with where it came from. */
export function moversRows({ list, items }: MoversAnswer): {
  readonly header: readonly string[];
  readonly rows: readonly (readonly CsvCell[])[];
} {
  const header = [
    ...['list', 'rank', 'symbol', 'name', 'value', 'unit', 'price', 'currency', 'changePct', 'volume', 'reasons'],
    ...['source', 'kind', 'asOf', 'stale', 'market'],
  ];
  const rows = items.map(({ rank, symbol, value, unit, quote }): CsvCell[] => {
    const { name, price, currency, changePct, volume, source, kind, asOf, stale, market } = quote;
    const missing = Object.entries({ price, changePct, volume }).filter(([, figure]) => figure === null);
    return [
      ...[list, rank, symbol, name, value, unit, price, currency, changePct, volume],
      ...[missing.map(([field]) => `${field}: no_data`).join('; '), source, kind, asOf, stale, market],
    ];
  });
  return { header, rows };
}
