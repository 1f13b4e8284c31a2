import type { ListCoverage, MoverList, MoversAnswer, MoversQuery, RankedMover } from '@ziggy/contracts';
import { combine, fromMicro } from '@ziggy/domain';
import { changePctOf } from '../quotes/quote-record.ts';
import type { QuoteRecord } from '../quotes/quote-record.ts';
import { provenanceOf, quoteView } from '../quotes/quote-view.ts';
import { noProvenance, SessionJudge } from './tracked.ts';
import type { UniverseParts } from './tracked.ts';
import { wireProvenance } from '../quotes/wire-provenance.ts';

interface Ranking {
  readonly unit: RankedMover['unit'];
  /** What is ranked by; `null` when the quote does not say. */
  readonly value: (record: QuoteRecord) => number | null;
  /** Whether a known value belongs into the list at all. */
  readonly belongs: (value: number) => boolean;
  /** The larger, the further up. */
  readonly weight: (value: number) => number;
}

const change = (record: QuoteRecord): number | null => changePctOf(record.price, record.update.prevClose);

const RANKINGS: Readonly<Record<MoverList, Ranking>> = {
  gainers: { unit: 'percent', value: change, belongs: (value) => value > 0, weight: (value) => value },
  losers: { unit: 'percent', value: change, belongs: (value) => value < 0, weight: (value) => -value },
  active: {
    unit: 'units',
    value: ({ update }) => update.volume,
    belongs: (value) => value > 0,
    weight: (value) => value,
  },
  unusual: {
    unit: 'ratio',
    value: ({ brain }) => brain?.relativeVolume ?? null,
    belongs: (value) => value > 1,
    weight: (value) => value,
  },
  gaps: {
    unit: 'percent',
    value: ({ update }) => changePctOf(update.open, update.prevClose),
    belongs: (value) => value !== 0,
    weight: (value) => Math.abs(value),
  },
};

/**
 * The members of the universe that lead a list, from fresh quotes of the session that is on or was last. Coverage counts
 * all members, whatever the filters leave out.
 */
export function movers(query: MoversQuery, parts: UniverseParts): MoversAnswer {
  const ranking = RANKINGS[query.list];
  const judge = new SessionJudge(parts.context.marketNow);
  const coverage: ListCoverage = { used: 0, stale: 0, missing: 0 };
  const used: QuoteRecord[] = [];
  const ranked: { record: QuoteRecord; value: number; weight: number }[] = [];
  for (const { symbol } of parts.members) {
    const record = parts.recordOf(symbol);
    const verdict = judge.judge(record);
    const value = record === undefined || verdict !== 'used' ? null : ranking.value(record);
    coverage[verdict === 'used' && value === null ? 'missing' : verdict]++;
    if (record === undefined || value === null) continue;
    used.push(record);
    if (ranking.belongs(value) && passes(record, query)) ranked.push({ record, value, weight: ranking.weight(value) });
  }
  ranked.sort((a, b) => b.weight - a.weight || (a.record.instrument.symbol < b.record.instrument.symbol ? -1 : 1));
  const { context } = parts;
  const inputs = used.map((record) => provenanceOf(record, context));
  return {
    list: query.list,
    universe: { id: query.universe, count: parts.members.length },
    coverage,
    items: ranked.slice(0, query.limit).map(({ record, value }, i) => ({
      rank: i + 1,
      symbol: record.instrument.symbol,
      value,
      unit: ranking.unit,
      quote: quoteView(record, false, context),
    })),
    nextCursor: null,
    ...wireProvenance(inputs.length === 0 ? noProvenance(context, parts.kind) : combine(inputs), context.marketNow),
  };
}

function passes(record: QuoteRecord, { minPrice, minDollarVolume }: MoversQuery): boolean {
  const { price, update, instrument } = record;
  if (minPrice !== undefined && (price === null || fromMicro(price) < minPrice)) return false;
  if (minDollarVolume === undefined) return true;
  if (price === null || update.volume === null || instrument.currency !== 'USD') return false;
  return fromMicro(price) * update.volume >= minDollarVolume;
}
