import { Component, computed, inject } from '@angular/core';
import { QuantityCell, Tile } from '@ziggy/ui';
import { MarketStore } from '../data/market.store.ts';
import { overviewFreshness } from './overview-freshness.ts';

/** How many of the tracked universe rise and fall. */
@Component({
  selector: 'z-breadth-tile',
  imports: [QuantityCell, Tile],
  template: `<z-tile title="Breadth" [freshness]="freshness()">
    @if (breadth(); as breadth) {
      <div class="bar" aria-hidden="true">
        <i class="up" [style.flex-grow]="breadth.advancers"></i>
        <i class="flat" [style.flex-grow]="breadth.unchanged"></i>
        <i class="down" [style.flex-grow]="breadth.decliners"></i>
      </div>
      <dl>
        <div>
          <dt>Up</dt>
          <dd><z-quantity class="gain" field="overview.breadth.advancers" [value]="breadth.advancers" /></dd>
        </div>
        <div>
          <dt>Unchanged</dt>
          <dd><z-quantity field="overview.breadth.unchanged" [value]="breadth.unchanged" /></dd>
        </div>
        <div>
          <dt>Down</dt>
          <dd><z-quantity class="loss" field="overview.breadth.decliners" [value]="breadth.decliners" /></dd>
        </div>
      </dl>
    } @else {
      <p class="muted">
        {{ market.overview() ? 'Fewer than 80 % of the universe have a price.' : 'Not received yet.' }}
      </p>
    }
    @if (breadth(); as breadth) {
      <span zFoot
        ><z-quantity field="overview.breadth.used" [value]="breadth.coverage.used" /> of
        <z-quantity field="overview.breadth.all" [value]="all()"
      /></span>
    }
  </z-tile>`,
  styles: `
    .bar {
      display: flex;
      gap: 2px;
      block-size: 8px;
      margin-block-end: var(--z-space-8);
    }
    i {
      flex: 0 0 0;
      border-radius: 1px;
      forced-color-adjust: none;
    }
    .up {
      background: var(--z-gain);
    }
    .flat {
      background: var(--z-control);
    }
    .down {
      background: var(--z-loss);
    }
    dl {
      display: flex;
      justify-content: space-between;
      font-size: var(--z-font-12);
    }
    dl > div:last-child {
      text-align: end;
    }
    dl > div:nth-child(2) {
      text-align: center;
    }
    dt,
    .muted {
      color: var(--z-muted);
      font-size: var(--z-font-11);
    }
    .gain {
      color: var(--z-gain);
    }
    .loss {
      color: var(--z-loss);
    }
  `,
})
export class BreadthTile {
  protected readonly market = inject(MarketStore);
  protected readonly breadth = computed(() => this.market.overview()?.breadth ?? null);
  protected readonly all = computed(() => {
    const coverage = this.breadth()?.coverage;
    return coverage ? coverage.used + coverage.missing : null;
  });
  protected readonly freshness = overviewFreshness();
}
