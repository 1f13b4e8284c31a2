import type { BreadthRow, OverviewItem } from '@ziggy/contracts';
import type { TreemapGroup, TreemapLeaf } from '@ziggy/ui/analytics';
import { DASH, formatPercent, formatPrice } from '@ziggy/ui';
import { decimalsFor } from '../symbol/instrument-facts.ts';

/** How the server calls the sector of stocks that have none. */
const UNCLASSIFIED = 'unclassified';

export interface SectorView extends TreemapGroup {
  readonly breadth: BreadthRow | null;
  readonly items: readonly OverviewItem[];
}

/** The stocks of the overview under their sectors, the largest sector first; a sector's change is the server's median. */
export function sectorViews(items: readonly OverviewItem[], breadth: readonly BreadthRow[]): SectorView[] {
  const bySector = new Map<string, OverviewItem[]>();
  for (const item of items) {
    if (item.assetClass !== 'equity') continue;
    const sector = item.sector ?? UNCLASSIFIED;
    bySector.set(sector, [...(bySector.get(sector) ?? []), item]);
  }
  return [...bySector]
    .map(([sector, members]) => {
      const row = breadth.find(({ key }) => key === sector) ?? null;
      const changePct = row?.medianChangePct ?? null;
      return {
        id: sector,
        label: sector === UNCLASSIFIED ? 'No sector told' : sector,
        detail: `${sector}: median ${percent(changePct)}`,
        weight: members.length,
        changePct,
        breadth: row,
        items: members,
        leaves: members.map(leaf),
      };
    })
    .toSorted((a, b) => b.weight - a.weight || a.label.localeCompare(b.label));
}

function leaf(item: OverviewItem): TreemapLeaf {
  const price = formatPrice(item.price, decimalsFor(item.assetClass, item.price)).text;
  return {
    id: item.symbol,
    label: item.symbol,
    detail: `${item.symbol} ${item.name ?? ''}\n${price}  ${percent(item.change1dPct)}${item.stale ? '  stale' : ''}`,
    weight: 1,
    changePct: item.change1dPct,
  };
}

const percent = (value: number | null): string => (value === null ? DASH : formatPercent(value, 'pct').text);
