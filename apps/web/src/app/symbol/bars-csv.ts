import type { IndicatorColumns, SeriesOrigin } from '@ziggy/stream-client';
import type { ChartImage } from '../data/bars.store.ts';
import { csvText } from '../data/csv.ts';
import type { CsvCell } from '../data/csv.ts';

/** All bars that are held, oldest first, times in UTC. A missing value is an empty cell and is named in `reasons`. */
export function barsCsv(
  { subject, bars, indicators }: ChartImage,
  ids: readonly string[],
  origin: SeriesOrigin | null,
  market: string,
): string {
  const outputs = ids.flatMap((id) => Object.keys(indicators[id] ?? {}).map((name) => ({ id, name })));
  const header = [
    ...['symbol', 'interval', 'adjust', 'openTime', 'closeTime', 'open', 'high', 'low', 'close', 'volume', 'state'],
    ...['flags', ...outputs.map(({ id, name }) => `${id}.${name}`)],
    ...['reasons', 'source', 'kind', 'asOf', 'market'],
  ];
  const asOf = iso(origin?.asOf ?? null);
  const rows = bars.map((bar, index): CsvCell[] => {
    const values = outputs.map(({ id, name }) => valueAt(indicators, id, name, index));
    const why = bar.closed ? 'warm_up' : 'pending';
    const reasons = [
      ...(bar.volume === null ? ['volume: no_data'] : []),
      ...outputs.flatMap(({ id, name }, at) => (values[at] === null ? [`${id}.${name}: ${why}`] : [])),
    ];
    return [
      ...[subject.symbol, subject.timeframe, subject.adjust, iso(bar.openTime), iso(bar.closeTime)],
      ...[bar.open, bar.high, bar.low, bar.close, bar.volume, bar.closed ? 'closed' : 'forming'],
      ...[(bar.flags ?? []).join(' '), ...values],
      ...[reasons.join('; '), origin?.source, origin?.kind, asOf, market],
    ];
  });
  return csvText(header, rows);
}

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
const valueAt = (columns: IndicatorColumns, id: string, name: string, index: number): number | null =>
  columns[id]?.[name]?.[index] ?? null;
