import { Component, computed, input, model, output } from '@angular/core';
import { Button, Dialog, RowButtons } from '@ziggy/ui';
import { COLUMN_TITLES, QUOTE_COLUMNS } from '@ziggy/ui/grid';
import type { QuoteColumn } from '@ziggy/ui/grid';

/** Which columns the grid shows, and in which order. Every change shows at once and is in the address. */
@Component({
  selector: 'z-column-chooser',
  imports: [Button, Dialog, RowButtons],
  template: `<z-dialog title="Columns" [(open)]="open">
    <ul>
      @for (column of ordered(); track column.id) {
        <li>
          <label>
            <input
              type="checkbox"
              [checked]="column.shown"
              [disabled]="column.id === 'symbol'"
              (change)="toggle(column.id)"
            />
            {{ column.title }}
          </label>
          @if (column.shown && column.id !== 'symbol') {
            <z-row-buttons
              [what]="column.title"
              [words]="['to the left', 'to the right']"
              [removable]="false"
              (stepped)="step(column.id, $event)"
            />
          }
        </li>
      }
    </ul>
    <ng-container zActions>
      <button z-button (click)="columnsChange.emit(null)">Those that fit</button>
      <button z-button variant="primary" (click)="open.set(false)">Done</button>
    </ng-container>
  </z-dialog>`,
  styles: `
    li {
      display: flex;
      align-items: center;
      gap: var(--z-space-4);
      min-block-size: 28px;
    }
    label {
      display: flex;
      flex: 1;
      align-items: center;
      gap: var(--z-space-8);
      min-block-size: 28px;
    }
    input {
      inline-size: 16px;
      block-size: 16px;
      accent-color: var(--z-accent);
    }
  `,
})
export class ColumnChooser {
  readonly open = model(false);
  /** What the grid shows now. */
  readonly columns = input.required<readonly QuoteColumn[]>();
  /** Null: those that fit the window. */
  readonly columnsChange = output<readonly QuoteColumn[] | null>();

  protected readonly ordered = computed(() => {
    const shown = this.columns();
    const hidden = QUOTE_COLUMNS.filter((column) => !shown.includes(column));
    return [...shown, ...hidden].map((id) => ({ id, title: COLUMN_TITLES[id], shown: shown.includes(id) }));
  });

  protected toggle(id: QuoteColumn): void {
    const shown = this.columns();
    this.columnsChange.emit(shown.includes(id) ? shown.filter((column) => column !== id) : [...shown, id]);
  }

  /** The symbol stays the first. */
  protected step(id: QuoteColumn, by: -1 | 1): void {
    const shown = this.columns();
    const to = shown.indexOf(id) + by;
    if (to < 1 || to >= shown.length) return;
    const rest = shown.filter((column) => column !== id);
    this.columnsChange.emit(rest.toSpliced(to, 0, id));
  }
}
