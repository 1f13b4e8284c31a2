import { Component, computed, signal } from '@angular/core';
import { Button, Dialog, ICON_NAMES, Icon, Menu, RailItem, Segmented, Tabs, ToastStack, Tooltip } from '@ziggy/ui';
import type { Choice, MenuItem, Toast } from '@ziggy/ui';
import { Combobox, Palette } from '@ziggy/ui/search';
import type { SearchGroup } from '@ziggy/ui/search';
import { SEARCH, TOASTS } from './samples.ts';

/** Everything that can be operated. */
@Component({
  selector: 'z-gallery-controls',
  imports: [Button, Combobox, Dialog, Icon, Menu, Palette, RailItem, Segmented, Tabs, ToastStack, Tooltip],
  template: `<h2>Controls</h2>
    <div class="row">
      <button z-button>Plain</button>
      <button z-button variant="primary">Primary</button>
      <button z-button variant="ghost">Ghost</button>
      <button z-button variant="danger">Danger</button>
      <button z-button blocked="the quote is stale">Blocked</button>
      <button z-button [pressed]="true">Pressed</button>
      <button z-button [square]="true" aria-label="Copy link"><z-icon name="link" /></button>
      <button z-button zTooltip="Opens the calendar of the venue">With a tooltip</button>
      <z-menu label="View" icon="columns" [items]="menu" (chosen)="last.set($event)" />
      <z-segmented label="Interval" [choices]="intervals" [(value)]="interval" />
    </div>
    <div class="row">
      <z-combobox
        class="search"
        label="Find a symbol"
        placeholder="Search symbols"
        hint="/"
        message="Nothing matches."
        [groups]="found()"
        [(query)]="query"
        (chosen)="last.set($event.id)"
      />
      <button z-button (click)="palette.set(true)">Palette</button>
      <button z-button (click)="dialog.set(true)">Dialog</button>
      <button z-button (click)="toasts.set(samples)">Toasts</button>
      <output>{{ last() }}</output>
    </div>
    <z-tabs label="Specimen tabs" [tabs]="tabs" [(value)]="tab"
      ><p class="pane">Panel of {{ tab() }}.</p></z-tabs
    >
    <nav class="rail" aria-label="Rail specimen">
      <a z-rail-item href="#gallery-icons" icon="desk" label="Desk"></a>
      <a z-rail-item href="#gallery-icons" icon="markets" label="Markets" [active]="true"></a>
      <a z-rail-item href="#gallery-icons" icon="news" label="News" [open]="true"></a>
    </nav>
    <h2 id="gallery-icons">Icons</h2>
    <ul class="icons">
      @for (name of icons; track name) {
        <li>
          <z-icon [name]="name" [size]="20" /><span>{{ name }}</span>
        </li>
      }
    </ul>
    <z-palette
      label="Everything"
      placeholder="Symbols, pages, actions"
      message="Nothing matches."
      [groups]="found()"
      [(query)]="query"
      [(open)]="palette"
      (chosen)="last.set($event.id)"
    />
    <z-dialog title="Remove the list" [(open)]="dialog">
      The list and its order are removed for you. Symbols stay.
      <ng-container zActions>
        <button z-button (click)="dialog.set(false)">Keep</button>
        <button z-button variant="danger" (click)="dialog.set(false)">Remove</button>
      </ng-container>
    </z-dialog>
    <z-toast-stack [toasts]="toasts()" (dismissed)="dismiss($event)" />`,
  styles: `
    .row {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: var(--z-space-8);
      padding: var(--z-space-8) 0;
    }
    .search {
      inline-size: min(320px, 100%);
    }
    .pane {
      padding: var(--z-space-12);
    }
    .rail {
      display: flex;
      inline-size: 320px;
      max-inline-size: 100%;
      background: var(--z-surface);
    }
    .rail a {
      flex: 1;
    }
    .icons {
      display: grid;
      grid-template-columns: repeat(auto-fill, minmax(120px, 1fr));
      gap: var(--z-space-8);
      padding-block: var(--z-space-8);
    }
    .icons li {
      display: flex;
      align-items: center;
      gap: var(--z-space-8);
      color: var(--z-muted);
      font-size: var(--z-font-11);
    }
  `,
})
export class ControlsSection {
  protected readonly icons = ICON_NAMES;
  protected readonly samples = TOASTS;
  protected readonly intervals: readonly Choice[] = ['1m', '5m', '15m', '1h', '1d'].map((id) => ({
    id,
    label: id,
    ...(id === '1h' ? { blocked: 'the source has no hours' } : {}),
  }));
  protected readonly tabs: readonly Choice[] = [
    { id: 'chart', label: 'Chart', icon: 'candles' },
    { id: 'table', label: 'Table', icon: 'table' },
    { id: 'news', label: 'News' },
  ];
  protected readonly menu: readonly MenuItem[] = [
    { id: 'columns', label: 'Columns', icon: 'columns', hint: 'C' },
    { id: 'compact', label: 'Compact rows', checked: true },
    { id: 'export', label: 'Export CSV', icon: 'download', separated: true, blocked: 'nothing is shown' },
  ];
  protected readonly interval = signal('5m');
  protected readonly tab = signal('chart');
  protected readonly query = signal('');
  protected readonly last = signal('');
  protected readonly palette = signal(false);
  protected readonly dialog = signal(false);
  protected readonly toasts = signal<readonly Toast[]>([]);
  protected readonly found = computed<readonly SearchGroup[]>(() => {
    const words = this.query().trim().toLowerCase();
    return SEARCH.map((group) => ({
      ...group,
      options: group.options.filter((option) => `${option.label} ${option.detail ?? ''}`.toLowerCase().includes(words)),
    })).filter((group) => group.options.length > 0);
  });

  protected dismiss(id: string): void {
    this.toasts.update((toasts) => toasts.filter((toast) => toast.id !== id));
  }
}
