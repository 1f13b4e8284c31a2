import { Component, DestroyRef, DOCUMENT, computed, effect, inject, signal, untracked, viewChild } from '@angular/core';
import type { Signal } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router } from '@angular/router';
import type { AssetClass } from '@ziggy/domain';
import { Button, EmptyBlock, ErrorBlock, Icon, PageHeader, QuantityCell, Segmented, Skeleton } from '@ziggy/ui';
import type { Choice } from '@ziggy/ui';
import { QuoteGrid } from '@ziggy/ui/grid';
import type { QuoteColumn, QuoteRow, QuoteSort } from '@ziggy/ui/grid';
import { ClockStore } from '../data/clock.store.ts';
import { MarketStore } from '../data/market.store.ts';
import { QuotesStore } from '../data/quotes.store.ts';
import { SessionStore } from '../data/session.store.ts';
import { readUrl, writeUrl } from '../data/url-state.ts';
import type { UrlValues } from '../data/url-state.ts';
import { CopyLink } from '../shell/copy-link.ts';
import { BreadthTile } from './breadth-tile.ts';
import { filterItems, marketRow } from './market-rows.ts';
import { CLASS_FILTERS, MARKETS_URL } from './markets-url.ts';
import type { ClassFilter } from './markets-url.ts';
import { MoversTile } from './movers-tile.ts';

/** Columns by the width of the window, the narrowest first; beyond the last, all. The market's own regime stands in the header. */
const COLUMNS: readonly { readonly query: string; readonly columns: readonly QuoteColumn[] }[] = [
  { query: '(width < 768px)', columns: ['symbol', 'price', 'changePct', 'spark', 'freshness'] },
  {
    query: '(width < 1750px)',
    columns: [
      'symbol',
      'name',
      'price',
      'changePct',
      'spark',
      'bid',
      'ask',
      'volume',
      'relativeVolume',
      'z20',
      'freshness',
    ],
  },
];
const PLURALS: Readonly<Record<AssetClass, string>> = {
  equity: 'Stocks',
  etf: 'ETFs',
  index: 'Indices',
  crypto: 'Crypto',
  fx: 'FX',
  future: 'Futures',
  fund: 'Funds',
};

/** The tape: every symbol of the universe, live; movers and breadth beside it. `markets?class=&q=&sort=` */
@Component({
  selector: 'z-markets-page',
  imports: [
    BreadthTile,
    Button,
    CopyLink,
    EmptyBlock,
    ErrorBlock,
    Icon,
    MoversTile,
    PageHeader,
    QuantityCell,
    QuoteGrid,
    Segmented,
    Skeleton,
  ],
  templateUrl: './markets.page.html',
  styleUrl: './markets.page.scss',
})
export class MarketsPage {
  protected readonly market = inject(MarketStore);
  readonly #quotes = inject(QuotesStore);
  readonly #clock = inject(ClockStore);
  readonly #session = inject(SessionStore);
  readonly #router = inject(Router);
  readonly #route = inject(ActivatedRoute);
  readonly #params = toSignal(this.#route.queryParams, { initialValue: this.#route.snapshot.queryParams });
  private readonly grid = viewChild(QuoteGrid);
  readonly #visible = signal<readonly string[]>([]);
  #painted = 0;

  protected readonly url = computed(() => readUrl(MARKETS_URL, this.#params()));
  protected readonly state = computed(() => this.url().values);
  /** Only the classes that the universe holds. */
  protected readonly classes = computed<readonly Choice<ClassFilter>[]>(() => {
    const held = new Set<string | null>(this.market.items().map((item) => item.assetClass));
    return CLASS_FILTERS.filter((id) => id === 'all' || held.has(id)).map((id) => ({
      id,
      label: id === 'all' ? 'All' : PLURALS[id],
    }));
  });
  protected readonly items = computed(() => filterItems(this.market.items(), this.state().class, this.state().q));
  /** Set anew when the list changes; quotes that come later go to the grid row by row. */
  protected readonly rows = computed<readonly QuoteRow[]>(() => {
    const items = this.items();
    return untracked(() => items.map((item) => marketRow(item, this.#quotes.quote(item.symbol)(), this.#phase())));
  });
  protected readonly now = computed(() => this.#clock.marketNow() ?? this.#clock.now());
  protected readonly columns = columnsThatFit();
  readonly #phase = computed(() => this.#session.answer()?.phase ?? null);

  constructor() {
    this.#quotes.watch(this.#visible);
    effect(() => {
      const grid = this.grid();
      const frame = this.#quotes.frames();
      untracked(() => {
        if (!grid) return;
        const rows = this.#quotes.changedSince(this.#painted).flatMap((quote) => {
          const item = this.market.item(quote.symbol);
          return item ? [marketRow(item, quote, this.#phase())] : [];
        });
        this.#painted = frame;
        grid.update(rows);
      });
    });
  }

  protected showing(symbols: readonly string[]): void {
    this.#visible.set(symbols);
  }

  protected open(symbol: string): void {
    void this.#router.navigate(['/symbols', symbol]);
  }

  protected sorted(sort: QuoteSort | null): void {
    this.go({ sort });
  }

  protected typed(event: Event): void {
    this.go({ q: (event.target as HTMLInputElement).value });
  }

  protected go(change: Partial<UrlValues<typeof MARKETS_URL>>): void {
    void this.#router.navigate([], {
      relativeTo: this.#route,
      queryParams: writeUrl(MARKETS_URL, change),
      queryParamsHandling: 'merge',
      replaceUrl: true,
    });
  }
}

/** The columns that fit the window; null for all. Call in an injection context. */
function columnsThatFit(): Signal<readonly QuoteColumn[] | null> {
  const window = inject(DOCUMENT).defaultView;
  const lists = COLUMNS.flatMap(({ query, columns }) => {
    const list = window?.matchMedia?.(query);
    return list ? [{ list, columns }] : [];
  });
  const fitting = (): readonly QuoteColumn[] | null => lists.find(({ list }) => list.matches)?.columns ?? null;
  const columns = signal(fitting());
  const changed = (): void => columns.set(fitting());
  for (const { list } of lists) list.addEventListener('change', changed);
  inject(DestroyRef).onDestroy(() => {
    for (const { list } of lists) list.removeEventListener('change', changed);
  });
  return columns.asReadonly();
}
