import { Component, DOCUMENT, computed, inject, input, output, signal } from '@angular/core';
import { WATCHLISTS_MAX } from '@ziggy/contracts';
import type { Watchlist } from '@ziggy/contracts';
import { Button, Dialog, Menu, QuantityCell } from '@ziggy/ui';
import type { MenuItem } from '@ziggy/ui';
import { ClockStore } from '../data/clock.store.ts';
import { saveText } from '../data/csv.ts';
import { watchlistsCsv } from '../data/watchlist-csv.ts';
import { WatchlistsStore } from '../data/watchlists.store.ts';
import { WatchlistEditor } from './watchlist-editor.ts';
import { WatchlistImport } from './watchlist-import.ts';

const UNIVERSE = 'universe';
type Act = 'new' | 'edit' | 'delete' | 'import' | 'export';

/** Chooses the watchlist that the grid shows, and makes, changes, removes, imports and exports them. */
@Component({
  selector: 'z-watchlist-bar',
  imports: [Button, Dialog, Menu, QuantityCell, WatchlistEditor, WatchlistImport],
  template: `
    <z-menu [label]="name()" [items]="choices()" (chosen)="choose($event)" />
    <z-menu label="Watchlists" [iconOnly]="true" icon="star" [items]="acts()" (chosen)="act($event)" />
    @defer (when editing()) {
      <z-watchlist-editor [(open)]="editing" [list]="edited()" (saved)="listChange.emit($event.id)" />
    } @error {
      <p role="alert">The editor could not be loaded. Load the page again when the server can be reached.</p>
    }
    @defer (when importing()) {
      <z-watchlist-import [(open)]="importing" />
    } @error {
      <p role="alert">The import could not be loaded. Load the page again when the server can be reached.</p>
    }
    <z-dialog title="Delete watchlist" [(open)]="deleting">
      @if (current(); as list) {
        <p>
          Delete <b>{{ list.name }}</b> with <z-quantity field="watchlist.symbols" [value]="symbols()" /> symbols? This
          cannot be undone.
        </p>
      }
      @if (store.failure(); as failure) {
        <p role="alert">{{ failure.message }}. {{ failure.remedy }}</p>
      }
      <ng-container zActions>
        <button z-button (click)="deleting.set(false)">Keep</button>
        <button z-button variant="danger" (click)="remove()">Delete</button>
      </ng-container>
    </z-dialog>
  `,
  styles: `
    :host {
      display: inline-flex;
      flex: none;
      align-items: center;
      gap: var(--z-space-4);
    }
  `,
})
export class WatchlistBar {
  /** Id of the list that is shown; empty for the universe. */
  readonly list = input.required<string>();
  readonly listChange = output<string>();
  protected readonly store = inject(WatchlistsStore);
  readonly #clock = inject(ClockStore);
  readonly #document = inject(DOCUMENT);
  protected readonly editing = signal(false);
  protected readonly importing = signal(false);
  protected readonly deleting = signal(false);
  protected readonly edited = signal<Watchlist | null>(null);
  protected readonly current = computed(() => this.store.lists()?.find(({ id }) => id === this.list()) ?? null);
  protected readonly symbols = computed(() =>
    this.current()?.sections.reduce((sum, section) => sum + section.symbols.length, 0),
  );
  protected readonly name = computed(() => {
    if (this.list() === '') return 'Tracked universe';
    return this.current()?.name ?? (this.store.lists() ? 'Unknown list' : 'Loading');
  });
  protected readonly choices = computed<readonly MenuItem[]>(() => [
    { id: UNIVERSE, label: 'Tracked universe', checked: this.list() === '' },
    ...(this.store.lists() ?? []).map(({ id, name }, at) => ({
      id,
      label: name,
      checked: id === this.list(),
      separated: at === 0,
    })),
  ]);
  protected readonly acts = computed<readonly MenuItem<Act>[]>(() => {
    const lists = this.store.lists();
    const unread = lists ? null : 'the lists are not loaded';
    const none = this.current() ? null : 'choose a watchlist first';
    const full = (lists?.length ?? WATCHLISTS_MAX) >= WATCHLISTS_MAX ? `at most ${WATCHLISTS_MAX} lists` : null;
    return [
      { id: 'new', label: 'New list', icon: 'plus', blocked: unread ?? full },
      { id: 'edit', label: 'Edit this list', icon: 'sliders', blocked: none },
      { id: 'delete', label: 'Delete this list', icon: 'close', blocked: none },
      { id: 'import', label: 'Import CSV', icon: 'arrow-up', blocked: unread, separated: true },
      {
        id: 'export',
        label: 'Export CSV',
        icon: 'download',
        blocked: unread ?? (lists?.length ? null : 'there is no list'),
      },
    ];
  });

  protected choose(id: string): void {
    this.listChange.emit(id === UNIVERSE ? '' : id);
  }

  protected act(act: Act): void {
    switch (act) {
      case 'new':
      case 'edit':
        this.edited.set(act === 'new' ? null : this.current());
        this.editing.set(true);
        break;
      case 'delete':
        this.store.clearFailure();
        this.deleting.set(true);
        break;
      case 'import':
        this.importing.set(true);
        break;
      case 'export': {
        const time = new Date(this.#clock.now()).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
        saveText(this.#document, `ziggy_watchlists_${time}.csv`, watchlistsCsv(this.store.lists() ?? []));
      }
    }
  }

  protected async remove(): Promise<void> {
    const list = this.current();
    if (!list || !(await this.store.remove(list))) return;
    this.deleting.set(false);
    this.listChange.emit('');
  }
}
