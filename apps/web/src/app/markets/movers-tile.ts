import { Component, computed, inject } from '@angular/core';
import { RouterLink } from '@angular/router';
import { PercentCell, Tile } from '@ziggy/ui';
import { MarketStore } from '../data/market.store.ts';
import { overviewFreshness } from './answer-freshness.ts';

/** The three greatest gains and losses of the tracked universe one day. */
@Component({
  selector: 'z-movers-tile',
  imports: [PercentCell, RouterLink, Tile],
  template: `<z-tile title="Movers" [freshness]="freshness()">
    @if (unknown(); as why) {
      <p class="muted">{{ why }}</p>
    }
    @for (group of groups(); track group.name) {
      <h3>{{ group.name }}</h3>
      @if (group.movers.length === 0) {
        <p class="muted">None.</p>
      }
      <ul>
        @for (mover of group.movers; track mover.symbol) {
          <li>
            <a [routerLink]="['/symbols', mover.symbol]">{{ mover.symbol }}</a>
            <span class="name">{{ mover.name }}</span>
            <z-percent [field]="'overview.movers.' + mover.symbol" [value]="mover.changePct" of="pct" />
          </li>
        }
      </ul>
    }
    <span zFoot>one day</span>
  </z-tile>`,
  styles: `
    h3 {
      color: var(--z-muted);
      font-size: var(--z-font-11);
      font-weight: 500;
    }
    ul {
      margin-block-end: var(--z-space-8);
    }
    ul:last-of-type {
      margin-block-end: 0;
    }
    li {
      display: grid;
      grid-template-columns: 7ch minmax(0, 1fr) auto;
      gap: var(--z-space-8);
      align-items: center;
      min-block-size: 24px;
      font-size: var(--z-font-12);
    }
    a {
      color: var(--z-text);
      font-weight: 600;
      text-decoration: none;
      line-height: 24px;
    }
    a:hover {
      text-decoration: underline;
    }
    .muted {
      color: var(--z-muted);
      font-size: var(--z-font-12);
    }
    .name {
      overflow: hidden;
      color: var(--z-muted);
      text-overflow: ellipsis;
      white-space: nowrap;
    }
  `,
})
export class MoversTile {
  readonly #market = inject(MarketStore);
  protected readonly freshness = overviewFreshness();
  /** Nothing rose or fell only when the server said so. */
  protected readonly groups = computed(() => {
    const movers = this.#market.overview()?.movers;
    return movers
      ? [
          { name: 'Gains', movers: movers.gainers },
          { name: 'Losses', movers: movers.losers },
        ]
      : [];
  });
  protected readonly unknown = computed(() => {
    const problem = this.#market.problem();
    if (this.#market.overview()) return null;
    return problem ? `${problem.message}. ${problem.remedy}` : 'Not received yet.';
  });
}
