import type { ColDef, ValueGetterParams } from 'ag-grid-community';
import { formatCompact, formatNumber, formatPercent, formatPrice } from '../format/numbers.ts';
import type { Reading } from '../format/reading.ts';
import type { QuoteRow } from './quote-row.ts';
import { FreshnessRenderer, RegimeRenderer, SparkRenderer, SymbolRenderer, figureRenderer } from './renderers.ts';

/** Ids of all columns, in their usual order. */
export const QUOTE_COLUMNS = [
  'symbol',
  'name',
  'price',
  'change',
  'changePct',
  'spark',
  'bid',
  'ask',
  'volume',
  'relativeVolume',
  'z20',
  'volatility',
  'regime',
  'freshness',
] as const;
export type QuoteColumn = (typeof QUOTE_COLUMNS)[number];

/** Names of the columns, as their headings say them. */
export const COLUMN_TITLES: Readonly<Record<QuoteColumn, string>> = {
  symbol: 'Symbol',
  name: 'Name',
  price: 'Last',
  change: 'Change',
  changePct: 'Change %',
  spark: 'Trend',
  bid: 'Bid',
  ask: 'Ask',
  volume: 'Volume',
  relativeVolume: 'Rel. vol.',
  z20: 'z20',
  volatility: 'Volatility',
  regime: 'Regime',
  freshness: 'Freshness',
};

/** Orders figures with the missing ones last, whichever way the column is sorted. */
export function missingLast(a: unknown, b: unknown, _rowA: unknown, _rowB: unknown, descending: boolean): number {
  const knownA = typeof a === 'number' && Number.isFinite(a);
  const knownB = typeof b === 'number' && Number.isFinite(b);
  if (knownA && knownB) return (a as number) - (b as number);
  if (knownA === knownB) return 0;
  return knownA === descending ? 1 : -1;
}

interface FigureShape {
  readonly width: number;
  readonly format: string;
  read(row: QuoteRow): Reading;
  readonly toned?: boolean;
  readonly flashes?: boolean;
}

function figure(field: keyof QuoteRow & QuoteColumn, shape: FigureShape): ColDef<QuoteRow> {
  const { width, format, read, toned = false, flashes = false } = shape;
  return {
    colId: field,
    field,
    headerName: COLUMN_TITLES[field],
    width,
    type: 'rightAligned',
    comparator: missingLast,
    cellRenderer: figureRenderer({ field, format, read, toned, flashes }),
  };
}

const price = (field: 'price' | 'bid' | 'ask'): ColDef<QuoteRow> =>
  figure(field, {
    width: field === 'price' ? 92 : 88,
    format: 'price',
    flashes: field === 'price',
    read: (row) => formatPrice(row[field], row.decimals),
  });

/** All columns of the quote grid. */
export function quoteColumns(): ColDef<QuoteRow>[] {
  return [
    {
      colId: 'symbol',
      field: 'symbol',
      headerName: COLUMN_TITLES.symbol,
      width: 96,
      pinned: 'left',
      lockPinned: true,
      cellRenderer: SymbolRenderer,
    },
    {
      colId: 'name',
      field: 'name',
      headerName: COLUMN_TITLES.name,
      width: 160,
      minWidth: 120,
      flex: 1,
      cellClass: 'z-grid-name',
    },
    price('price'),
    figure('change', {
      width: 84,
      format: 'number',
      read: (row) => formatNumber(row.change, { decimals: row.decimals, sign: 'always' }),
    }),
    figure('changePct', {
      width: 100,
      format: 'percent:pct:2',
      toned: true,
      read: (row) => formatPercent(row.changePct, 'pct'),
    }),
    {
      colId: 'spark',
      field: 'spark',
      headerName: COLUMN_TITLES.spark,
      width: 102,
      sortable: false,
      cellRenderer: SparkRenderer,
    },
    price('bid'),
    price('ask'),
    figure('volume', { width: 80, format: 'compact', read: (row) => formatCompact(row.volume) }),
    figure('relativeVolume', {
      width: 80,
      format: 'number:2',
      read: (row) => formatNumber(row.relativeVolume, { decimals: 2 }),
    }),
    figure('z20', {
      width: 68,
      format: 'number:2',
      read: (row) => formatNumber(row.z20, { decimals: 2, sign: 'always' }),
    }),
    figure('volatility', {
      width: 84,
      format: 'percent:ratio:1',
      read: (row) => ({ ...formatPercent(row.volatility, 'ratio', { decimals: 1, sign: 'negative' }), tone: 'none' }),
    }),
    {
      colId: 'regime',
      headerName: COLUMN_TITLES.regime,
      width: 112,
      valueGetter: ({ data }: ValueGetterParams<QuoteRow>) =>
        data ? `${data.regime ?? ''}|${data.regimeConfidence ?? ''}` : '',
      cellRenderer: RegimeRenderer,
    },
    {
      colId: 'freshness',
      headerName: COLUMN_TITLES.freshness,
      width: 140,
      valueGetter: ({ data }: ValueGetterParams<QuoteRow>) =>
        data ? `${data.kind ?? ''}|${data.stale}|${data.asOf ?? ''}|${data.via ?? ''}|${data.phase ?? ''}` : '',
      comparator: (_a, _b, rowA, rowB, descending) =>
        missingLast(rowA.data?.asOf, rowB.data?.asOf, rowA, rowB, descending),
      cellRenderer: FreshnessRenderer,
    },
  ];
}
