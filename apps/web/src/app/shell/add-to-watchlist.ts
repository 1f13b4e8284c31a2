import { Component, computed, inject, input, model, signal } from '@angular/core';
import { Button, Dialog, Icon } from '@ziggy/ui';
import type { Watchlist } from '@ziggy/contracts';
import { WatchlistsStore } from '../data/watchlists.store.ts';

const holds = (list: Watchlist, symbol: string): boolean =>
  list.sections.some(({ symbols }) => symbols.includes(symbol));

/** Puts a symbol into a watchlist, or takes it out again. */
@Component({
  selector: 'z-add-to-watchlist',
  imports: [Button, Dialog, Icon],
  template: `<z-dialog [title]="'Watchlists with ' + symbol()" [(open)]="open">
    @if (store.lists() === null) {
      <p>{{ store.problem()?.message ?? 'Loading' }}</p>
    }
    <ul>
      @for (row of rows(); track row.list.id) {
        <li>
          <button z-button [pressed]="row.held" (click)="toggle(row.list)">
            @if (row.held) {
              <z-icon name="check" />
            }
            {{ row.list.name }}
          </button>
        </li>
      }
    </ul>
    <button z-button variant="ghost" (click)="make()"><z-icon name="plus" />New list with it</button>
    <p role="status">{{ said() }}</p>
    @if (store.failure(); as failure) {
      <p class="failure" role="alert">{{ failure.message }}. {{ failure.remedy }}</p>
    }
    <ng-container zActions>
      <button z-button variant="primary" (click)="open.set(false)">Done</button>
    </ng-container>
  </z-dialog>`,
  styles: `
    li {
      margin-block-end: var(--z-space-4);
    }
    p {
      margin-block-start: var(--z-space-8);
      color: var(--z-muted);
      font-size: var(--z-font-12);
    }
    .failure {
      color: var(--z-danger);
    }
  `,
})
export class AddToWatchlist {
  readonly open = model(false);
  readonly symbol = input.required<string>();
  protected readonly store = inject(WatchlistsStore);
  protected readonly said = signal('');
  protected readonly rows = computed(() =>
    (this.store.lists() ?? []).map((list) => ({ list, held: holds(list, this.symbol()) })),
  );

  protected async toggle(list: Watchlist): Promise<void> {
    const symbol = this.symbol();
    const held = holds(list, symbol);
    const stored = await this.store.change(list.id, ({ name, sections }) => ({
      name,
      sections: held ? without(sections, symbol) : withLast(sections, symbol),
    }));
    this.said.set(stored ? `${symbol} ${held ? 'taken out of' : 'added to'} ${list.name}.` : '');
  }

  protected async make(): Promise<void> {
    const symbol = this.symbol();
    const stored = await this.store.create({ name: symbol, sections: [{ title: '', symbols: [symbol] }] });
    this.said.set(stored ? `Made the list ${stored.name}.` : '');
  }
}

type Sections = Watchlist['sections'];

const without = (sections: Sections, symbol: string): Sections =>
  sections.map(({ title, symbols }) => ({ title, symbols: symbols.filter((other) => other !== symbol) }));

/** At the end of the last section. */
function withLast(sections: Sections, symbol: string): Sections {
  const last = sections.at(-1);
  return last
    ? [...sections.slice(0, -1), { ...last, symbols: [...last.symbols, symbol] }]
    : [{ title: '', symbols: [symbol] }];
}
