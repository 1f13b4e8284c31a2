import { Component, computed, effect, inject, input, output, signal, untracked, viewChild } from '@angular/core';
import { Router } from '@angular/router';
import type { OverviewItem } from '@ziggy/contracts';
import type { QuoteItem } from '@ziggy/stream-client';
import { QuoteGrid } from '@ziggy/ui/grid';
import type { QuoteColumn, QuoteRow, QuoteSort } from '@ziggy/ui/grid';
import { ClockStore } from '../data/clock.store.ts';
import { PrefsStore } from '../data/prefs.store.ts';
import { QuotesStore } from '../data/quotes.store.ts';
import { SessionStore } from '../data/session.store.ts';
import { StreamStore } from '../data/stream.store.ts';
import { FocusedSymbol } from '../shell/focused-symbol.ts';
import { marketRow } from './market-rows.ts';

/** The live grid of some symbols: it subscribes to those in view and paints row by row. */
@Component({
  selector: 'z-quotes-view',
  imports: [QuoteGrid],
  template: `<z-quote-grid
    [label]="label()"
    [density]="prefs.density()"
    [rows]="rows()"
    [now]="now()"
    [columns]="columns()"
    [sort]="sort()"
    (sortChange)="sortChange.emit($event)"
    (columnsChange)="columnsChange.emit($event)"
    (visibleSymbols)="visible.set($event)"
    (focused)="focus.symbol.set($event)"
    (activated)="open($event)"
  />`,
  styles: `
    z-quote-grid {
      position: absolute;
      inset: 0;
    }
  `,
})
export class QuotesView {
  readonly label = input.required<string>();
  readonly items = input.required<readonly OverviewItem[]>();
  readonly columns = input.required<readonly QuoteColumn[]>();
  readonly sort = input.required<QuoteSort | null>();
  readonly sortChange = output<QuoteSort | null>();
  readonly columnsChange = output<readonly QuoteColumn[]>();
  protected readonly focus = inject(FocusedSymbol);
  protected readonly prefs = inject(PrefsStore);
  protected readonly visible = signal<readonly string[]>([]);
  readonly #quotes = inject(QuotesStore);
  readonly #clock = inject(ClockStore);
  readonly #session = inject(SessionStore);
  readonly #cutOff = inject(StreamStore).cutOff;
  readonly #router = inject(Router);
  private readonly grid = viewChild(QuoteGrid);
  #painted = 0;
  readonly #phase = computed(() => this.#session.answer()?.phase ?? null);
  readonly #bySymbol = computed(() => new Map(this.items().map((item) => [item.symbol, item])));
  /** Set anew when the list changes; quotes that come later go to the grid row by row. */
  protected readonly rows = computed<readonly QuoteRow[]>(() => {
    const items = this.#bySymbol();
    return untracked(() => [...items.values()].map((item) => this.#row(item, this.#quotes.quote(item.symbol)())));
  });
  protected readonly now = computed(() => this.#clock.marketNow() ?? this.#clock.now());

  constructor() {
    this.#quotes.watch(this.visible);
    effect(() => {
      const grid = this.grid();
      const frame = this.#quotes.frames();
      untracked(() => {
        if (!grid) return;
        const rows = this.#quotes.changedSince(this.#painted).flatMap((quote) => {
          const item = this.#bySymbol().get(quote.symbol);
          return item ? [this.#row(item, quote)] : [];
        });
        this.#painted = frame;
        grid.update(rows);
      });
    });
    // No quote says of these rows that the server is away.
    effect(() => {
      const grid = this.grid();
      this.#cutOff();
      untracked(() => {
        const silent = [...this.#bySymbol().values()].filter(({ symbol }) => this.#quotes.quote(symbol)() === null);
        grid?.update(silent.map((item) => this.#row(item, null)));
      });
    });
  }

  #row(item: OverviewItem, live: QuoteItem | null): QuoteRow {
    return marketRow(item, live, this.#phase(), untracked(this.#cutOff));
  }

  protected open(symbol: string): void {
    void this.#router.navigate(['/symbols', symbol]);
  }
}
