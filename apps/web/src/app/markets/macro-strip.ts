import { Component, computed, inject } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { OverviewItem } from '@ziggy/contracts';
import type { AssetClass } from '@ziggy/domain';
import { FlashCell, FreshnessBadge, PercentCell, PriceCell } from '@ziggy/ui';
import { MarketStore } from '../data/market.store.ts';
import { QuotesStore } from '../data/quotes.store.ts';
import { SessionStore } from '../data/session.store.ts';
import { StreamStore } from '../data/stream.store.ts';
import { overviewFreshness } from './answer-freshness.ts';
import { marketRow } from './market-rows.ts';

/** What moves the rest, in reading order, with how many of each class the strip has room for. */
const SHARES: readonly (readonly [AssetClass, number])[] = [
  ['index', 3],
  ['future', 2],
  ['fx', 2],
  ['crypto', 2],
];

/** The tracked indices, futures, currencies and coins, a few of each class, in the order of the universe. */
export function macroItems<Item extends Pick<OverviewItem, 'assetClass'>>(items: readonly Item[]): Item[] {
  return SHARES.flatMap(([assetClass, most]) => items.filter((item) => item.assetClass === assetClass).slice(0, most));
}

/** One line over the tape: what the market as a whole does, live. Absent where the universe holds stocks alone. */
@Component({
  selector: 'z-macro-strip',
  imports: [FlashCell, FreshnessBadge, PercentCell, PriceCell, RouterLink],
  template: `@if (rows().length > 0) {
    <section aria-label="Macro strip">
      <ul>
        @for (row of rows(); track row.symbol) {
          <li>
            <a [routerLink]="['/symbols', row.symbol]" [title]="row.name">{{ row.symbol }}</a>
            <span class="price" [zFlash]="row.price" [zFlashKey]="row.symbol">
              <z-price
                [field]="'macro.' + row.symbol + '.price'"
                [value]="row.price"
                [decimals]="row.decimals"
                [stale]="row.stale"
                [reason]="row.why"
              />
            </span>
            <z-percent
              [field]="'macro.' + row.symbol + '.changePct'"
              [value]="row.changePct"
              of="pct"
              [stale]="row.stale"
              [reason]="row.why"
            />
          </li>
        }
      </ul>
      <z-freshness [value]="freshness()" />
    </section>
  }`,
  styles: `
    :host {
      display: block;
      flex: none;
    }
    section {
      display: flex;
      align-items: center;
      gap: var(--z-space-12);
      padding-inline: var(--z-space-12);
      border-block-end: 1px solid var(--z-separator);
    }
    ul {
      display: flex;
      flex: 1;
      gap: var(--z-space-24);
      min-inline-size: 0;
      overflow-x: auto;
      scrollbar-width: none;
    }
    li {
      display: inline-flex;
      flex: none;
      align-items: center;
      gap: var(--z-space-8);
      min-block-size: 32px;
      font-size: var(--z-font-12);
    }
    a {
      color: var(--z-text);
      font-weight: 600;
      line-height: 24px;
      text-decoration: none;
    }
    a:hover {
      text-decoration: underline;
    }
    .price {
      padding-inline: var(--z-space-2);
      border-radius: var(--z-radius-4);
    }
    z-freshness {
      flex: none;
    }
    @media (width < 768px) {
      z-freshness {
        display: none;
      }
    }
  `,
})
export class MacroStrip {
  readonly #market = inject(MarketStore);
  readonly #quotes = inject(QuotesStore);
  readonly #session = inject(SessionStore);
  readonly #streams = inject(StreamStore);
  readonly #items = computed(() => macroItems(this.#market.items()));
  protected readonly freshness = overviewFreshness();
  protected readonly rows = computed(() =>
    this.#items().map((item) =>
      marketRow(item, this.#quotes.quote(item.symbol)(), this.#session.answer()?.phase ?? null, this.#streams.cutOff()),
    ),
  );

  constructor() {
    this.#quotes.watch(computed(() => this.#items().map(({ symbol }) => symbol)));
  }
}
