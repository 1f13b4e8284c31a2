import { Component, computed, effect, inject, signal, untracked } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router } from '@angular/router';
import type { AssetClass } from '@ziggy/domain';
import {
  Button,
  EmptyBlock,
  ErrorBlock,
  Icon,
  KindWatermark,
  PageHeader,
  QuantityCell,
  Segmented,
  Skeleton,
} from '@ziggy/ui';
import type { Choice } from '@ziggy/ui';
import type { QuoteColumn } from '@ziggy/ui/grid';
import { BreadthStore } from '../data/breadth.store.ts';
import { ListItemsStore } from '../data/list-items.store.ts';
import { MarketStore } from '../data/market.store.ts';
import { MoversStore } from '../data/movers.store.ts';
import { readUrl, writeUrl } from '../data/url-state.ts';
import type { UrlValues } from '../data/url-state.ts';
import { WatchlistsStore } from '../data/watchlists.store.ts';
import { CopyLink } from '../shell/copy-link.ts';
import { BreadthTile } from './breadth-tile.ts';
import { ColumnChooser } from './column-chooser.ts';
import { columnsThatFit } from './columns-that-fit.ts';
import { HeatmapView } from './heatmap-view.ts';
import { MacroStrip } from './macro-strip.ts';
import { filterItems } from './market-rows.ts';
import { CLASS_FILTERS, MARKETS_URL } from './markets-url.ts';
import type { ClassFilter, View } from './markets-url.ts';
import { MoversTile } from './movers-tile.ts';
import { MoversView } from './movers-view.ts';
import { QuotesView } from './quotes-view.ts';
import { WatchlistBar } from './watchlist-bar.ts';

const PLURALS: Readonly<Record<AssetClass, string>> = {
  equity: 'Stocks',
  etf: 'ETFs',
  index: 'Indices',
  crypto: 'Crypto',
  fx: 'FX',
  future: 'Futures',
  fund: 'Funds',
};
const VIEW_CHOICES: readonly Choice<View>[] = [
  { id: 'grid', label: 'Grid', icon: 'table' },
  { id: 'heatmap', label: 'Heatmap', icon: 'desk' },
  { id: 'movers', label: 'Movers', icon: 'markets' },
];

/** The tape: the universe or a watchlist, live; as a grid, a map of sectors, or ranked. `markets?view=&list=&class=&sort=&cols=` */
@Component({
  selector: 'z-markets-page',
  imports: [
    BreadthTile,
    Button,
    ColumnChooser,
    CopyLink,
    EmptyBlock,
    ErrorBlock,
    HeatmapView,
    Icon,
    KindWatermark,
    MacroStrip,
    MoversTile,
    MoversView,
    PageHeader,
    QuantityCell,
    QuotesView,
    Segmented,
    Skeleton,
    WatchlistBar,
  ],
  providers: [BreadthStore, ListItemsStore, MoversStore],
  templateUrl: './markets.page.html',
  styleUrl: './markets.page.scss',
})
export class MarketsPage {
  readonly #market = inject(MarketStore);
  readonly #lists = inject(WatchlistsStore);
  readonly #listItems = inject(ListItemsStore);
  readonly #router = inject(Router);
  readonly #route = inject(ActivatedRoute);
  readonly #params = toSignal(this.#route.queryParams, { initialValue: this.#route.snapshot.queryParams });
  protected readonly views = VIEW_CHOICES;
  protected readonly choosing = signal(false);

  protected readonly url = computed(() => readUrl(MARKETS_URL, this.#params()));
  protected readonly state = computed(() => this.url().values);
  readonly #fitting = columnsThatFit();
  protected readonly columns = computed(() => this.state().cols ?? this.#fitting());
  protected readonly list = computed(() => {
    const { list } = this.state();
    return list === '' ? null : (this.#lists.lists()?.find(({ id }) => id === list) ?? null);
  });
  /** The address names a list that is not there (any more). */
  protected readonly lost = computed(
    () => this.state().list !== '' && this.#lists.lists() !== null && this.list() === null,
  );
  protected readonly sections = computed<readonly Choice[]>(() => {
    const titles = (this.list()?.sections ?? []).map(({ title }) => title).filter((title) => title !== '');
    return titles.length < 1 ? [] : [...new Set(['', ...titles])].map((id) => ({ id, label: id || 'All sections' }));
  });
  readonly #symbols = computed(() => {
    const { section } = this.state();
    const sections = (this.list()?.sections ?? []).filter(({ title }) => section === '' || title === section);
    return [...new Set(sections.flatMap(({ symbols }) => symbols))];
  });
  readonly #source = computed(() => (this.state().list === '' ? this.#market : this.#listItems));
  /** What the grid chooses from; null before the first answer. */
  protected readonly all = computed(() => {
    if (this.state().list !== '') {
      if (!this.list()) return null;
      return this.#symbols().length === 0 ? [] : this.#listItems.items();
    }
    return this.#market.overview() ? this.#market.items() : null;
  });
  protected readonly kind = computed(() => this.#market.overview()?.kind ?? null);
  protected readonly problem = computed(() =>
    this.state().list !== '' && this.list() === null ? this.#lists.problem() : this.#source().problem(),
  );
  protected readonly items = computed(() => filterItems(this.all() ?? [], this.state().class, this.state().q));
  /** Only the classes that there are. */
  protected readonly classes = computed<readonly Choice<ClassFilter>[]>(() => {
    const held = new Set<string | null>((this.all() ?? []).map((item) => item.assetClass));
    return CLASS_FILTERS.filter((id) => id === 'all' || id === this.state().class || held.has(id)).map((id) => ({
      id,
      label: id === 'all' ? 'All' : PLURALS[id],
    }));
  });

  constructor() {
    let shown = '';
    effect(() => {
      const [symbols, { list, section }] = [this.#symbols(), this.state()];
      untracked(() => {
        this.#listItems.show(symbols, shown === `${list}|${section}`);
        shown = `${list}|${section}`;
      });
    });
  }

  protected retry(): void {
    if (this.state().list !== '') this.#lists.refresh();
    this.#source().refresh();
  }

  protected typed(event: Event): void {
    this.go({ q: (event.target as HTMLInputElement).value });
  }

  protected choose(columns: readonly QuoteColumn[] | null): void {
    this.go({ cols: columns });
  }

  /** Another list or view is another subject, to which Back returns; the rest refines it. */
  protected go(change: Partial<UrlValues<typeof MARKETS_URL>>): void {
    void this.#router.navigate([], {
      relativeTo: this.#route,
      queryParams: writeUrl(MARKETS_URL, change),
      queryParamsHandling: 'merge',
      replaceUrl: !('view' in change || 'list' in change),
    });
  }
}
