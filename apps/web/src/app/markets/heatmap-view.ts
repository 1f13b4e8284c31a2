import { Component, computed, inject, input, output } from '@angular/core';
import { Router, RouterLink } from '@angular/router';
import {
  EmptyBlock,
  ErrorBlock,
  FreshnessBadge,
  KindWatermark,
  PercentCell,
  PriceCell,
  QuantityCell,
  Segmented,
  Skeleton,
} from '@ziggy/ui';
import type { Choice } from '@ziggy/ui';
import { Treemap } from '@ziggy/ui/analytics';
import { BreadthStore } from '../data/breadth.store.ts';
import { MarketStore } from '../data/market.store.ts';
import { PrefsStore } from '../data/prefs.store.ts';
import { decimalsFor } from '../symbol/instrument-facts.ts';
import { overviewFreshness } from './answer-freshness.ts';
import { sectorViews } from './heatmap-model.ts';

const SHAPES: readonly Choice<'map' | 'table'>[] = [
  { id: 'map', label: 'Map' },
  { id: 'table', label: 'Table' },
];

/** The stocks of the universe by sector: as a map, or the same as a table. */
@Component({
  selector: 'z-heatmap-view',
  imports: [
    EmptyBlock,
    ErrorBlock,
    FreshnessBadge,
    KindWatermark,
    PercentCell,
    PriceCell,
    QuantityCell,
    RouterLink,
    Segmented,
    Skeleton,
    Treemap,
  ],
  templateUrl: './heatmap-view.html',
  styleUrl: './table-view.scss',
})
export class HeatmapView {
  readonly shape = input.required<'map' | 'table'>();
  readonly shapeChange = output<'map' | 'table'>();
  protected readonly shapes = SHAPES;
  protected readonly market = inject(MarketStore);
  protected readonly breadth = inject(BreadthStore);
  protected readonly prefs = inject(PrefsStore);
  readonly #router = inject(Router);
  protected readonly freshness = overviewFreshness();
  protected readonly sectors = computed(() =>
    sectorViews(this.market.items(), this.breadth.sectors()?.items ?? []).map((sector) => ({
      ...sector,
      rows: sector.items.map((item) => ({ ...item, decimals: decimalsFor(item.assetClass, item.price) })),
    })),
  );
  protected readonly count = computed(() => this.sectors().reduce((sum, { weight }) => sum + weight, 0));

  protected open(symbol: string): void {
    void this.#router.navigate(['/symbols', symbol]);
  }
}
