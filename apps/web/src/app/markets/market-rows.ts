import type { OverviewItem } from '@ziggy/contracts';
import type { AssetClass, Phase } from '@ziggy/domain';
import type { QuoteItem } from '@ziggy/stream-client';
import type { QuoteRow } from '@ziggy/ui/grid';
import { decimalsFor } from '../symbol/instrument-facts.ts';
import type { ClassFilter } from './markets-url.ts';

/** Classes that keep a venue's hours; the others trade round the clock. */
const KEEPS_HOURS: ReadonlySet<AssetClass> = new Set(['equity', 'etf', 'index', 'fund', 'future']);

/** Items of a class whose symbol or name holds the text. */
export function filterItems(items: readonly OverviewItem[], filter: ClassFilter, text: string): OverviewItem[] {
  const wanted = text.trim().toLowerCase();
  return items.filter(
    (item) =>
      (filter === 'all' || item.assetClass === filter) &&
      (wanted === '' || item.symbol.toLowerCase().includes(wanted) || (item.name ?? '').toLowerCase().includes(wanted)),
  );
}

/**
 * A row of the grid: the live quote where there is one, else what the overview knows. Nothing is computed but shape.
 * @param cutOff the server cannot be reached: what the overview said is old from then on; a live quote says so itself
 */
export function marketRow(item: OverviewItem, live: QuoteItem | null, phase: Phase | null, cutOff: boolean): QuoteRow {
  const brain = live?.data.brain ?? item.brain;
  const common = {
    symbol: item.symbol,
    name: item.name ?? item.symbol,
    decimals: decimalsFor(item.assetClass, live?.data.price ?? item.price),
    delayMinutes: item.delayMinutes,
    phase: item.assetClass !== null && KEEPS_HOURS.has(item.assetClass) ? phase : null,
    regime: brain?.regime ?? null,
    regimeConfidence: brain?.regimeConfidence ?? null,
    volatility: brain?.volatility ?? null,
    z20: brain?.z20 ?? null,
    relativeVolume: brain?.relativeVolume ?? null,
    why: brain?.why ?? item.reason,
    spark: item.spark.length > 0 ? item.spark : null,
  };
  if (live) {
    const { price, change, changePct, bid, ask, volume, kind, asOf } = live.data;
    return { ...common, price, change, changePct, bid, ask, volume, kind, asOf, stale: live.stale, via: live.via };
  }
  return {
    ...common,
    price: item.price,
    change: null,
    changePct: item.change1dPct,
    bid: null,
    ask: null,
    volume: null,
    kind: item.kind,
    asOf: item.asOf === null ? null : Date.parse(item.asOf),
    stale: item.stale || cutOff,
    via: 'poll',
  };
}
