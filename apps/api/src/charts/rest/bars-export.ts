import type { BarsAnswer } from '@ziggy/contracts';
import { provenanceCells, PROVENANCE_COLUMNS } from '../../platform/csv.ts';
import type { CsvView } from '../../platform/csv.ts';

/** Bars as rows; the provenance of the series stands in each. Indicators are left out: their columns would differ by query. */
export const barsCsv: CsvView<BarsAnswer> = {
  columns: [
    ...['symbol', 'interval', 'adjust', 'openTime', 'closeTime', 'open', 'high', 'low', 'close', 'volume'],
    ...['closed', 'flags', ...PROVENANCE_COLUMNS],
  ],
  name: ({ symbol, interval }) => `bars-${symbol}-${interval}`,
  kind: ({ kind }) => kind,
  rows: (answer) => {
    const provenance = provenanceCells(answer);
    const { symbol, interval, adjust } = answer;
    return answer.items.map((bar) => [
      ...[symbol, interval, adjust, bar.openTime, bar.closeTime, bar.open, bar.high, bar.low, bar.close, bar.volume],
      ...[bar.closed, bar.flags.join(' '), ...provenance],
    ]);
  },
};

/** Bars that are all closed, of a range that is over, may be kept for five minutes; else the client asks each time. */
export function barsCache(
  answer: BarsAnswer,
  query: { readonly to?: string; readonly cursor?: string },
): string | null {
  const over = query.cursor !== undefined || isPast(query.to, answer);
  return over && answer.items.length > 0 && answer.items.every(({ closed }) => closed) ? 'private, max-age=300' : null;
}

/** The market's own time is when the answer was received and its age since. */
function isPast(to: string | undefined, { receivedAt, ageMs }: BarsAnswer): boolean {
  if (to === undefined || receivedAt === null || ageMs === null) return false;
  return Date.parse(to) <= Date.parse(receivedAt) + ageMs;
}
