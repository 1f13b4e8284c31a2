import {
  Component,
  DestroyRef,
  ViewEncapsulation,
  afterNextRender,
  effect,
  inject,
  input,
  output,
  signal,
  untracked,
  viewChild,
} from '@angular/core';
import type { ElementRef } from '@angular/core';
import {
  CellStyleModule,
  ClientSideRowModelApiModule,
  ClientSideRowModelModule,
  ColumnApiModule,
  EventApiModule,
  RenderApiModule,
  RowApiModule,
  ScrollApiModule,
  createGrid,
} from 'ag-grid-community';
import type { CellKeyDownEvent, GridApi, GridOptions, Module } from 'ag-grid-community';
import { ROW_HEIGHT } from '../tokens/tokens.ts';
import type { Density } from '../tokens/tokens.ts';
import { quoteColumns } from './columns.ts';
import type { QuoteColumn } from './columns.ts';
import { LiveSort } from './live-sort.ts';
import type { GridContext, QuoteRow } from './quote-row.ts';
import { FreshnessRenderer } from './renderers.ts';
import { GRID_ICONS, GRID_STYLES, gridTheme } from './theme.ts';

// Given to this grid alone: registering them globally would hide a missing one from a second host.
const MODULES: Module[] = [
  ClientSideRowModelModule,
  ClientSideRowModelApiModule,
  ColumnApiModule,
  RowApiModule,
  RenderApiModule,
  ScrollApiModule,
  EventApiModule,
  CellStyleModule,
];

/** Rows kept drawn and subscribed beyond the visible ones, each way. */
const BUFFER_ROWS = 20;
const TRANSACTION_MS = 50;

export interface QuoteSort {
  readonly column: QuoteColumn;
  readonly direction: 'asc' | 'desc';
}

/**
 * The grid of quotes. A new `rows` array sets who is listed; single rows come through {@link update} and are painted at
 * most every 50 ms. Rows and columns are virtual; streaming cells are plain classes.
 */
@Component({
  selector: 'z-quote-grid',
  template: `<div
    class="z-grid-box"
    #box
    (pointerenter)="liveSort.hold('pointer')"
    (pointerleave)="liveSort.release('pointer')"
    (focusin)="liveSort.hold('focus')"
    (focusout)="left($event)"
  ></div>`,
  encapsulation: ViewEncapsulation.None,
  styles: GRID_STYLES,
})
export class QuoteGrid {
  readonly label = input.required<string>();
  readonly rows = input.required<readonly QuoteRow[]>();
  /** The corrected now, epoch ms, from the page's one clock: moves the ages on. */
  readonly now = input.required<number>();
  readonly density = input<Density>('compact');
  /** Columns to show, by id; all by default. */
  readonly columns = input<readonly QuoteColumn[] | null>(null);
  readonly sort = input<QuoteSort | null>(null);
  readonly sortChange = output<QuoteSort | null>();
  /** Symbols drawn now: the visible ones and 20 each way; what to subscribe to. */
  readonly visibleSymbols = output<readonly string[]>();
  /** A row was opened: Enter, a double click, or a click on its symbol. */
  readonly activated = output<string>();
  /** The row that has the keyboard's focus. */
  readonly focused = output<string>();
  /** Columns were put in another order by their headings. */
  readonly columnsChange = output<readonly QuoteColumn[]>();

  private readonly box = viewChild.required<ElementRef<HTMLElement>>('box');
  private readonly grid = signal<GridApi<QuoteRow> | null>(null);
  private readonly held = new Set<string>();
  /** The listed symbols that are drawn as stale. */
  private readonly stale = new Set<string>();
  private seen = '';
  private asked = false;
  protected readonly liveSort = new LiveSort(
    {
      now: () => performance.now(),
      set: (run, ms) => setTimeout(run, ms),
      clear: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
    },
    () => this.resort(),
  );

  constructor() {
    afterNextRender(() => untracked(() => this.create()));
    effect(() => {
      const rows = this.rows();
      this.held.clear();
      this.stale.clear();
      for (const { symbol, stale } of rows) {
        this.held.add(symbol);
        if (stale) this.stale.add(symbol);
      }
      const grid = this.grid();
      // Updates that wait would otherwise meet a list that no longer holds their rows.
      grid?.flushAsyncTransactions();
      grid?.setGridOption('rowData', [...rows]);
    });
    effect(() => this.showColumns());
    effect(() => this.applySort());
    effect(() => {
      const height = ROW_HEIGHT[this.density()];
      const grid = this.grid();
      grid?.updateGridOptions({ rowHeight: height, headerHeight: height + 4 });
      grid?.resetRowHeights();
    });
    effect(() => {
      const now = this.now();
      // Only cells in the DOM have a renderer: a tick costs the visible rows, not all.
      for (const cell of this.grid()?.getCellRendererInstances({ columns: ['freshness'] }) ?? []) {
        if (cell instanceof FreshnessRenderer) cell.tick(now);
      }
    });
    effect(() => {
      const label = this.label();
      if (this.grid())
        this.box().nativeElement.querySelector('[role="grid"], [role="treegrid"]')?.setAttribute('aria-label', label);
    });
    inject(DestroyRef).onDestroy(() => {
      this.liveSort.stop();
      untracked(this.grid)?.destroy();
    });
  }

  /** Takes the newest facts of some rows; symbols that are not listed are passed over. */
  update(rows: readonly QuoteRow[]): void {
    const grid = untracked(this.grid);
    const known = rows.filter(({ symbol }) => this.held.has(symbol));
    if (!grid || known.length === 0) return;
    const aged = new Set(
      known.filter(({ symbol, stale }) => stale !== this.stale.has(symbol)).map(({ symbol }) => symbol),
    );
    for (const { symbol, stale } of known) this.stale[stale ? 'add' : 'delete'](symbol);
    // A value that only grew old is the same value to the grid, so it would not draw it again.
    grid.applyTransactionAsync({ update: known }, ({ update }) => {
      const rowNodes = update.filter(({ data }) => data !== undefined && aged.has(data.symbol));
      if (rowNodes.length > 0 && !grid.isDestroyed()) grid.refreshCells({ rowNodes, force: true });
    });
    if (this.sorted(grid) !== null) this.liveSort.changed();
  }

  /** Moves keyboard focus to a row and shows it; false when the symbol is not listed. */
  focusRow(symbol: string): boolean {
    const grid = untracked(this.grid);
    const index = grid?.getRowNode(symbol)?.rowIndex;
    if (!grid || typeof index !== 'number') return false;
    grid.ensureIndexVisible(index);
    grid.setFocusedCell(index, 'symbol');
    return true;
  }

  protected left(event: FocusEvent): void {
    if (!this.box().nativeElement.contains(event.relatedTarget as Node | null)) this.liveSort.release('focus');
  }

  private create(): void {
    const context: GridContext = { now: () => untracked(this.now) };
    const height = ROW_HEIGHT[this.density()];
    const options: GridOptions<QuoteRow> = {
      theme: gridTheme(),
      icons: GRID_ICONS,
      context,
      columnDefs: quoteColumns(),
      defaultColDef: {
        cellDataType: false,
        sortable: true,
        resizable: true,
        suppressMovable: false,
        sortingOrder: ['desc', 'asc', null],
      },
      rowData: [...this.rows()],
      getRowId: ({ data }) => data.symbol,
      rowHeight: height,
      headerHeight: height + 4,
      rowBuffer: BUFFER_ROWS,
      asyncTransactionWaitMillis: TRANSACTION_MS,
      suppressModelUpdateAfterUpdateTransaction: true,
      ensureDomOrder: true,
      animateRows: false,
      suppressColumnMoveAnimation: true,
      suppressDragLeaveHidesColumns: true,
      suppressOverlays: ['noRows', 'loading'],
      onCellKeyDown: (event) => this.key(event as CellKeyDownEvent<QuoteRow>),
      onRowDoubleClicked: ({ data }) => this.activate(data),
      onCellClicked: ({ data, column }) => {
        if (column.getColId() === 'symbol') this.activate(data);
      },
      onSortChanged: ({ api, source }) => {
        this.announce();
        if (source === 'uiColumnSorted') this.sortChange.emit(this.sorted(api));
      },
      onCellFocused: ({ api, rowIndex }) => {
        const row = typeof rowIndex === 'number' ? api.getDisplayedRowAtIndex(rowIndex)?.data : undefined;
        if (row) this.focused.emit(row.symbol);
      },
      onColumnMoved: ({ api, finished, source }) => {
        if (finished && source === 'uiColumnMoved')
          this.columnsChange.emit(api.getAllDisplayedColumns().map((column) => column.getColId() as QuoteColumn));
      },
      onViewportChanged: () => this.announce(),
      onModelUpdated: () => this.announce(),
      onFirstDataRendered: () => this.announce(),
    };
    this.grid.set(createGrid(this.box().nativeElement, options, { modules: MODULES }));
  }

  private activate(row: QuoteRow | undefined): void {
    if (row) this.activated.emit(row.symbol);
  }

  private key({ event, data }: CellKeyDownEvent<QuoteRow>): void {
    if ((event as KeyboardEvent | null)?.key === 'Enter') this.activate(data);
  }

  private showColumns(): void {
    const grid = this.grid();
    const columns = this.columns();
    if (!grid) return;
    const shown = new Set<string>(columns ?? quoteColumns().map(({ colId }) => colId ?? ''));
    for (const { colId } of quoteColumns()) if (colId) grid.setColumnsVisible([colId], shown.has(colId));
    if (columns) grid.moveColumns([...columns], 0);
  }

  private applySort(): void {
    const grid = this.grid();
    const sort = this.sort();
    if (!grid) return;
    const now = this.sorted(grid);
    if (now?.column === sort?.column && now?.direction === sort?.direction) return;
    grid.applyColumnState({
      state: sort ? [{ colId: sort.column, sort: sort.direction }] : [],
      defaultState: { sort: null },
    });
  }

  private sorted(grid: GridApi<QuoteRow>): QuoteSort | null {
    for (const { colId, sort } of grid.getColumnState()) {
      if (sort === 'asc' || sort === 'desc') return { column: colId as QuoteColumn, direction: sort };
    }
    return null;
  }

  private resort(): void {
    untracked(this.grid)?.refreshClientSideRowModel('sort');
  }

  /** Tells which symbols are drawn, once per frame and only when they are others. */
  private announce(): void {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      const grid = untracked(this.grid);
      if (!grid || grid.isDestroyed()) return;
      const symbols: string[] = [];
      const last = grid.getLastDisplayedRowIndex();
      for (let index = Math.max(0, grid.getFirstDisplayedRowIndex()); index <= last; index += 1) {
        const symbol = grid.getDisplayedRowAtIndex(index)?.data?.symbol;
        if (symbol !== undefined) symbols.push(symbol);
      }
      const seen = symbols.join('\n');
      if (seen === this.seen) return;
      this.seen = seen;
      this.visibleSymbols.emit(symbols);
    });
  }
}
