import { Component, computed, effect, inject, input, model, untracked } from '@angular/core';
import { Router } from '@angular/router';
import { Palette } from '@ziggy/ui/search';
import type { SearchGroup, SearchOption } from '@ziggy/ui/search';
import { PrefsStore } from '../data/prefs.store.ts';
import { MarketStore } from '../data/market.store.ts';
import { SearchStore } from '../data/search.store.ts';
import { StreamStore } from '../data/stream.store.ts';
import { AuthStore } from '../identity/auth.store.ts';
import { RecentSymbols } from '../symbol/recent-symbols.ts';
import { pagesFor } from './pages.ts';

export type PaletteMode = 'all' | 'symbols';

interface Action {
  readonly id: string;
  readonly label: string;
  readonly detail: string;
  readonly keys?: string;
  readonly run: () => void;
}

/** Ctrl-K: symbols, pages and actions; `/`: symbols only. */
@Component({
  selector: 'z-search-palette',
  imports: [Palette],
  template: `
    <z-palette
      [(open)]="open"
      [(query)]="search.query"
      [label]="mode() === 'symbols' ? 'Search symbols' : 'Search symbols, pages and actions'"
      [placeholder]="mode() === 'symbols' ? 'Symbol or name' : 'Symbol, page or action'"
      [groups]="groups()"
      [pending]="search.pending()"
      [message]="message()"
      (chosen)="take($event)"
    />
  `,
})
export class SearchPalette {
  readonly open = model(false);
  readonly mode = input<PaletteMode>('all');
  protected readonly search = inject(SearchStore);
  readonly #router = inject(Router);
  readonly #recent = inject(RecentSymbols);
  readonly #market = inject(MarketStore);
  readonly #prefs = inject(PrefsStore);
  readonly #streams = inject(StreamStore);
  readonly #auth = inject(AuthStore);
  readonly #actions: readonly Action[] = [
    {
      id: 'theme',
      label: 'Next theme',
      detail: 'System, dark, light, high contrast',
      keys: 'T',
      run: () => this.#prefs.nextTheme(),
    },
    {
      id: 'rail',
      label: 'Open or close the rail',
      detail: '',
      keys: '[',
      run: () => this.#prefs.railOpen.update((open) => !open),
    },
    {
      id: 'about',
      label: 'About ZiggyAI',
      detail: 'Version, terms of the data, licences',
      run: () => void this.#router.navigateByUrl('/about'),
    },
    {
      id: 'reconnect',
      label: 'Reconnect now',
      detail: 'Skips the wait of channels that are down',
      run: () => this.#streams.reconnectNow(),
    },
  ];

  protected readonly message = computed(() => {
    const problem = this.search.problem();
    if (problem) return `${problem.message}. ${problem.remedy}`;
    return this.search.query().trim() === '' ? 'Type a symbol or a name.' : 'Nothing matches.';
  });

  protected readonly groups = computed<readonly SearchGroup[]>(() => {
    const text = this.search.query().trim().toLowerCase();
    const symbols =
      text === ''
        ? []
        : this.search.found().map((hit): SearchOption => ({
            id: `symbol:${hit.symbol}`,
            label: hit.symbol,
            detail: hit.name,
            hint: [hit.mic, hit.assetClass].filter((part) => part !== null).join(' · '),
          }));
    const recent =
      text === ''
        ? this.#recent.symbols().map((symbol): SearchOption => ({
            id: `symbol:${symbol}`,
            label: symbol,
            detail: this.#market.item(symbol)?.name ?? '',
            icon: 'clock',
          }))
        : [];
    const groups: SearchGroup[] = [
      { label: 'Recent', options: recent },
      { label: 'Symbols', options: symbols },
    ];
    if (this.mode() === 'all') {
      const fits = (...words: string[]): boolean =>
        text === '' || words.some((word) => word.toLowerCase().includes(text));
      groups.push(
        {
          label: 'Pages',
          options: pagesFor((operation) => this.#auth.can(operation))
            .filter((page) => fits(page.label))
            .map((page): SearchOption => ({
              id: `page:${page.path}`,
              label: page.label,
              detail: page.detail,
              icon: page.icon,
              keys: `G ${page.keys.toUpperCase()}`,
            })),
        },
        {
          label: 'Actions',
          options: this.#actions
            .filter((action) => fits(action.label))
            .map(({ id, label, detail, keys }): SearchOption => ({
              id: `action:${id}`,
              label,
              detail,
              ...(keys ? { keys } : {}),
            })),
        },
      );
    }
    return groups.filter((group) => group.options.length > 0);
  });

  constructor() {
    // A palette that opens again begins empty.
    effect(() => {
      if (this.open()) untracked(() => this.search.query.set(''));
    });
  }

  protected take(option: SearchOption): void {
    const [kind, ...rest] = option.id.split(':');
    const id = rest.join(':');
    if (kind === 'symbol') void this.#router.navigate(['/symbols', id]);
    else if (kind === 'page') void this.#router.navigateByUrl(id);
    else this.#actions.find((action) => action.id === id)?.run();
  }
}
