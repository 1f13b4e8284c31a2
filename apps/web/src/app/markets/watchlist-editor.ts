import { Component, computed, effect, inject, input, model, output, signal, untracked } from '@angular/core';
import { WATCHLIST_SECTIONS_MAX, WATCHLIST_SYMBOLS_MAX } from '@ziggy/contracts';
import type { Watchlist } from '@ziggy/contracts';
import { Button, Dialog, Icon, QuantityCell } from '@ziggy/ui';
import { SectionList } from '@ziggy/ui/arrange';
import type { ListSection } from '@ziggy/ui/arrange';
import { Combobox } from '@ziggy/ui/search';
import type { SearchGroup, SearchOption } from '@ziggy/ui/search';
import { MarketStore } from '../data/market.store.ts';
import { SearchStore } from '../data/search.store.ts';
import { WatchlistsStore } from '../data/watchlists.store.ts';

interface Draft {
  readonly name: string;
  readonly sections: readonly ListSection[];
}

/** A watchlist in the making: name, sections, symbols and their order. Nothing is stored before Save. */
@Component({
  selector: 'z-watchlist-editor',
  imports: [Button, Combobox, Dialog, Icon, QuantityCell, SectionList],
  providers: [SearchStore],
  templateUrl: './watchlist-editor.html',
  styleUrl: './watchlist-editor.scss',
})
export class WatchlistEditor {
  readonly open = model(false);
  /** The list to change; null makes a new one. */
  readonly list = input<Watchlist | null>(null);
  readonly saved = output<Watchlist>();
  protected readonly store = inject(WatchlistsStore);
  protected readonly search = inject(SearchStore);
  readonly #market = inject(MarketStore);
  readonly #names = signal<ReadonlyMap<string, string>>(new Map());
  protected readonly draft = signal<Draft>({ name: '', sections: [] });
  /** What the draft was begun from: a save of another window in between is merged with it. */
  #base: Watchlist | null = null;
  protected readonly limits = { sections: WATCHLIST_SECTIONS_MAX, symbols: WATCHLIST_SYMBOLS_MAX };

  protected readonly count = computed(() => this.draft().sections.reduce((sum, { items }) => sum + items.length, 0));
  protected readonly details = computed(() => {
    const known = new Map(this.#names());
    for (const item of this.#market.items()) known.set(item.symbol, item.name ?? '');
    return known;
  });
  protected readonly cannotSave = computed(() => {
    if (this.store.busy()) return 'a change is being saved';
    return this.draft().name.trim() === '' ? 'the list needs a name' : null;
  });
  protected readonly noSection = computed(() =>
    this.draft().sections.length >= WATCHLIST_SECTIONS_MAX ? `at most ${WATCHLIST_SECTIONS_MAX} sections` : null,
  );
  protected readonly groups = computed<readonly SearchGroup[]>(() => {
    const held = new Set(this.draft().sections.at(-1)?.items ?? []);
    const full = this.count() >= WATCHLIST_SYMBOLS_MAX ? `at most ${WATCHLIST_SYMBOLS_MAX} symbols` : null;
    const options = this.search.query().trim() === '' ? [] : this.search.found();
    return [
      {
        label: 'Symbols',
        options: options.map((hit) => ({
          id: hit.symbol,
          label: hit.symbol,
          detail: hit.name,
          blocked: held.has(hit.symbol) ? 'in the list already' : full,
        })),
      },
    ];
  });
  protected readonly message = computed(() => this.search.problem()?.message ?? 'Nothing matches.');

  constructor() {
    effect(() => {
      if (this.open()) untracked(() => this.#begin());
    });
  }

  protected named(event: Event): void {
    this.draft.update((draft) => ({ ...draft, name: (event.target as HTMLInputElement).value }));
  }

  protected arranged(sections: readonly ListSection[]): void {
    this.draft.update((draft) => ({ ...draft, sections }));
  }

  protected addSection(): void {
    this.draft.update((draft) => ({ ...draft, sections: [...draft.sections, { title: '', items: [] }] }));
  }

  /** New symbols go to the end of the last section. */
  protected add({ id, detail }: SearchOption): void {
    this.#names.update((names) => new Map(names).set(id, detail ?? ''));
    this.draft.update((draft) => {
      const sections = draft.sections.length === 0 ? [{ title: '', items: [] }] : draft.sections;
      const last = sections.length - 1;
      return {
        ...draft,
        sections: sections.map((section, i) => (i === last ? { ...section, items: [...section.items, id] } : section)),
      };
    });
    this.search.query.set('');
  }

  protected async save(): Promise<void> {
    const { name, sections } = this.draft();
    const edit = { name: name.trim(), sections: sections.map(({ title, items }) => ({ title, symbols: [...items] })) };
    const stored = this.#base ? await this.store.save(this.#base, edit) : await this.store.create(edit);
    if (!stored) return;
    this.open.set(false);
    this.saved.emit(stored);
  }

  #begin(): void {
    const list = this.list();
    this.#base = list;
    this.store.clearFailure();
    this.search.query.set('');
    this.draft.set({
      name: list?.name ?? '',
      sections: list?.sections.map(({ title, symbols }) => ({ title, items: symbols })) ?? [{ title: '', items: [] }],
    });
  }
}
