import { Component, computed, effect, inject, model, signal, untracked } from '@angular/core';
import { Button, Dialog, QuantityCell } from '@ziggy/ui';
import { planImport } from '../data/watchlist-csv.ts';
import type { WatchlistEdit } from '../data/watchlist-merge.ts';
import { WatchlistsStore } from '../data/watchlists.store.ts';

const MOST_CHARACTERS = 1_000_000;
const MOST_ERRORS_SHOWN = 100;

/** Watchlists from a CSV file: first what would happen, with the rows that are not taken; then, on request, it happens. */
@Component({
  selector: 'z-watchlist-import',
  imports: [Button, Dialog, QuantityCell],
  template: `<z-dialog title="Import watchlists" [(open)]="open" [guarded]="true">
    <label class="field">
      <span>CSV file with the columns list, section, symbol; or one column of symbols</span>
      <input type="file" accept=".csv,.txt,text/csv,text/plain" (change)="chosen($event)" />
    </label>
    @if (refused()) {
      <p class="failure" role="alert">{{ refused() }}</p>
    }
    @if (plan(); as plan) {
      <p role="status">
        Nothing is stored yet. <z-quantity field="import.taken" [value]="plan.taken" /> rows would be taken,
        <z-quantity field="import.refused" [value]="plan.errors.length" /> not.
      </p>
      <ul>
        @for (list of plans(); track list.name) {
          <li>
            {{ list.exists ? 'Add to' : 'Make' }} <b>{{ list.name }}</b>:
            <z-quantity [field]="'import.' + list.name" [value]="list.symbols" /> symbols
          </li>
        }
      </ul>
      @if (errors().length > 0) {
        <div class="errors" tabindex="0" role="region" aria-label="Rows that are not taken">
          <table>
            <thead>
              <tr>
                <th scope="col">Line</th>
                <th scope="col">Why not</th>
                <th scope="col">Row</th>
              </tr>
            </thead>
            <tbody>
              @for (error of errors(); track error.line) {
                <tr>
                  <td><z-quantity field="import.line" [value]="error.line" /></td>
                  <td>{{ error.why }}</td>
                  <td class="z-mono">{{ error.text }}</td>
                </tr>
              }
            </tbody>
          </table>
        </div>
      }
    }
    @if (store.failure(); as failure) {
      <p class="failure" role="alert">
        {{ failure.message }}. {{ failure.remedy }} <code>{{ failure.code }}</code>
      </p>
    }
    <ng-container zActions>
      <button z-button (click)="open.set(false)">{{ done() ? 'Close' : 'Cancel' }}</button>
      <button z-button variant="primary" [blocked]="cannot()" (click)="run()">Import</button>
    </ng-container>
  </z-dialog>`,
  styleUrl: './watchlist-editor.scss',
})
export class WatchlistImport {
  readonly open = model(false);
  protected readonly store = inject(WatchlistsStore);
  protected readonly refused = signal('');
  protected readonly done = signal(false);
  readonly #file = signal<{ readonly text: string; readonly name: string } | null>(null);
  protected readonly plan = computed(() => {
    const file = this.#file();
    return file && planImport(file.text, file.name);
  });
  protected readonly errors = computed(() => this.plan()?.errors.slice(0, MOST_ERRORS_SHOWN) ?? []);
  protected readonly plans = computed(() =>
    (this.plan()?.lists ?? []).map((list) => ({
      name: list.name,
      exists: this.#named(list.name) !== null,
      symbols: list.sections.reduce((sum, { symbols }) => sum + symbols.length, 0),
    })),
  );
  protected readonly cannot = computed(() => {
    if (this.done()) return 'it is done';
    if (this.store.busy()) return 'a change is being saved';
    return (this.plan()?.taken ?? null) ? null : 'there is nothing to take';
  });

  constructor() {
    effect(() => {
      if (!this.open()) return;
      untracked(() => {
        this.#file.set(null);
        this.refused.set('');
        this.done.set(false);
        this.store.clearFailure();
      });
    });
  }

  protected async chosen(event: Event): Promise<void> {
    const file = (event.target as HTMLInputElement).files?.[0];
    this.#file.set(null);
    this.done.set(false);
    this.refused.set('');
    if (!file) return;
    if (file.size > MOST_CHARACTERS) this.refused.set('The file is over one megabyte.');
    else this.#file.set({ text: await file.text(), name: file.name.replace(/\.\w+$/, '').slice(0, 60) || 'Imported' });
  }

  /** List by list; one that is refused stops the rest, and says so. */
  protected async run(): Promise<void> {
    for (const list of this.plan()?.lists ?? []) {
      const known = this.#named(list.name);
      const stored = known
        ? await this.store.change(known.id, (now) => withSymbols(now, list))
        : await this.store.create(list);
      if (!stored) return;
    }
    this.done.set(true);
    this.open.set(false);
  }

  #named(name: string) {
    return this.store.lists()?.find((list) => list.name === name) ?? null;
  }
}

/** A list with what another adds to it: symbols go to the section of the same title. */
export function withSymbols(list: WatchlistEdit, more: WatchlistEdit): WatchlistEdit {
  const sections = list.sections.map(({ title, symbols }) => ({ title, symbols: [...symbols] }));
  for (const { title, symbols } of more.sections) {
    const known = sections.find((section) => section.title === title);
    if (known) known.symbols.push(...symbols.filter((symbol) => !known.symbols.includes(symbol)));
    else sections.push({ title, symbols: [...symbols] });
  }
  return { name: list.name, sections };
}
