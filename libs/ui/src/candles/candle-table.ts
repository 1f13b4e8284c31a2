import { Component, computed, input, signal } from '@angular/core';
import { Button } from '../primitives/button.ts';
import { NumberCell, PriceCell, TimeCell, VolumeCell } from '../primitives/figures.ts';
import type { LegendLine } from './candle-legend.ts';
import type { Slot } from './candle-model.ts';

const PAGE = 100;

/** The chart's bars as a real table, newest first. */
@Component({
  selector: 'z-candle-table',
  imports: [Button, NumberCell, PriceCell, TimeCell, VolumeCell],
  template: `<div class="scroll" tabindex="0" role="region" [attr.aria-label]="caption()">
    <table>
      <caption class="z-sr">
        {{
          caption()
        }}
      </caption>
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col">Open</th>
          <th scope="col">High</th>
          <th scope="col">Low</th>
          <th scope="col">Close</th>
          <th scope="col">Volume</th>
          @for (line of lines(); track line.id + line.name) {
            <th scope="col">{{ line.label }}</th>
          }
          <th scope="col">State</th>
        </tr>
      </thead>
      <tbody>
        @for (slot of rows(); track slot.time) {
          <tr>
            @if (slot.bar; as bar) {
              <th scope="row">
                <z-time
                  [field]="path() + 'openTime'"
                  [value]="bar.openTime"
                  [zone]="zone()"
                  [as]="daily() ? 'date' : 'datetime'"
                />
              </th>
              <td><z-price [field]="path() + 'open'" [value]="bar.open" [decimals]="decimals()" /></td>
              <td><z-price [field]="path() + 'high'" [value]="bar.high" [decimals]="decimals()" /></td>
              <td><z-price [field]="path() + 'low'" [value]="bar.low" [decimals]="decimals()" /></td>
              <td><z-price [field]="path() + 'close'" [value]="bar.close" [decimals]="decimals()" /></td>
              <td><z-volume [field]="path() + 'volume'" [value]="bar.volume" reason="no_data" /></td>
              @for (line of lines(); track line.id + line.name) {
                <td>
                  @if (line.compact) {
                    <z-volume
                      [field]="path() + line.id + '.' + line.name"
                      [value]="slot.point[line.id]?.[line.name] ?? null"
                      [reason]="bar.closed ? 'warm_up' : 'pending'"
                    />
                  } @else {
                    <z-number
                      [field]="path() + line.id + '.' + line.name"
                      [value]="slot.point[line.id]?.[line.name] ?? null"
                      [decimals]="line.decimals"
                      [reason]="bar.closed ? 'warm_up' : 'pending'"
                    />
                  }
                </td>
              }
              <td class="state">{{ bar.closed ? 'closed' : 'forming' }}</td>
            } @else {
              <td class="gap" [attr.colspan]="7 + lines().length">no bar: a gap</td>
            }
          </tr>
        }
      </tbody>
    </table>
    @if (rows().length < slots().length) {
      <div class="more"><button z-button (click)="more()">Show older bars</button></div>
    }
  </div>`,
  styles: `
    .scroll {
      block-size: 100%;
      overflow: auto;
    }
    table {
      inline-size: 100%;
    }
    th,
    td {
      block-size: var(--z-density-row);
      padding: 0 var(--z-space-12);
      border-block-end: 1px solid var(--z-separator);
      font-weight: 400;
      text-align: end;
      white-space: nowrap;
    }
    thead th {
      position: sticky;
      inset-block-start: 0;
      z-index: 1;
      background: var(--z-raised);
      color: var(--z-muted);
      font-size: var(--z-font-11);
    }
    th:first-child {
      text-align: start;
    }
    .state,
    .gap {
      color: var(--z-muted);
    }
    .gap {
      text-align: start;
    }
    .more {
      padding: var(--z-space-8) var(--z-space-12);
    }
  `,
})
export class CandleTable {
  readonly slots = input.required<readonly Slot[]>();
  readonly caption = input.required<string>();
  readonly zone = input.required<string>();
  readonly daily = input(false);
  readonly decimals = input(2);
  readonly lines = input<readonly LegendLine[]>([]);
  readonly path = input.required<string>();
  private readonly pages = signal(1);
  protected readonly rows = computed(() =>
    this.slots()
      .slice(-PAGE * this.pages())
      .reverse(),
  );

  protected more(): void {
    this.pages.update((pages) => pages + 1);
  }
}
