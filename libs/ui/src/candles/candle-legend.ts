import { Component, computed, input } from '@angular/core';
import { NumberCell, PriceCell, TimeCell, VolumeCell } from '../primitives/figures.ts';
import type { Slot } from './candle-model.ts';

/** One indicator output in the legend. */
export interface LegendLine {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  /** Where several lines of one indicator follow each other, its name is said once. */
  readonly short: string;
  readonly colour: string;
  readonly decimals: number;
  readonly compact: boolean;
}

/** The values at the crosshair, or of the newest bar. */
@Component({
  selector: 'z-candle-legend',
  imports: [NumberCell, PriceCell, TimeCell, VolumeCell],
  template: `<div class="line">
      <z-time
        [field]="path() + 'openTime'"
        [value]="slot().bar?.openTime"
        [zone]="zone()"
        [as]="daily() ? 'date' : 'datetime'"
      />
      @if (slot().bar; as bar) {
        <span class="pair"
          ><abbr title="Open">O</abbr><z-price [field]="path() + 'open'" [value]="bar.open" [decimals]="decimals()"
        /></span>
        <span class="pair"
          ><abbr title="High">H</abbr><z-price [field]="path() + 'high'" [value]="bar.high" [decimals]="decimals()"
        /></span>
        <span class="pair"
          ><abbr title="Low">L</abbr><z-price [field]="path() + 'low'" [value]="bar.low" [decimals]="decimals()"
        /></span>
        <span class="pair" [attr.data-way]="way()"
          ><abbr title="Close">C</abbr><z-price [field]="path() + 'close'" [value]="bar.close" [decimals]="decimals()"
        /></span>
        <span class="pair"
          ><abbr title="Volume">V</abbr><z-volume [field]="path() + 'volume'" [value]="bar.volume" reason="no_data"
        /></span>
        @if (!bar.closed) {
          <span class="forming">forming</span>
        }
      } @else {
        <span class="forming">no bar: a gap</span>
      }
    </div>
    @if (lines().length > 0) {
      <div class="line">
        @for (line of lines(); track line.id + line.name) {
          <span class="pair"
            ><i [style.border-color]="line.colour"></i><span class="name">{{ line.short }}</span>
            @if (line.compact) {
              <z-volume
                [field]="path() + line.id + '.' + line.name"
                [value]="slot().point[line.id]?.[line.name] ?? null"
                [reason]="why()"
              />
            } @else {
              <z-number
                [field]="path() + line.id + '.' + line.name"
                [value]="slot().point[line.id]?.[line.name] ?? null"
                [decimals]="line.decimals"
                [reason]="why()"
              />
            }
          </span>
        }
      </div>
    }`,
  styles: `
    :host {
      display: block;
      font-size: var(--z-font-11);
      pointer-events: none;
    }
    .line {
      display: flex;
      flex-wrap: wrap;
      gap: 0 var(--z-space-12);
      inline-size: fit-content;
      max-inline-size: 100%;
      padding: 1px var(--z-space-4);
      border-radius: var(--z-radius-4);
      background: color-mix(in srgb, var(--z-surface) 82%, transparent);
    }
    .pair {
      display: inline-flex;
      align-items: baseline;
      gap: var(--z-space-4);
    }
    abbr,
    .name {
      color: var(--z-muted);
      text-decoration: none;
    }
    [data-way='up'] z-price {
      color: var(--z-gain);
    }
    [data-way='down'] z-price {
      color: var(--z-loss);
    }
    i {
      align-self: center;
      inline-size: 10px;
      border-block-start: 2px solid;
    }
    .forming {
      color: var(--z-warning);
    }
  `,
})
export class CandleLegend {
  readonly slot = input.required<Slot>();
  readonly zone = input.required<string>();
  readonly daily = input(false);
  readonly decimals = input(2);
  readonly lines = input<readonly LegendLine[]>([]);
  /** Path of the bar's fields, e.g. `bar.AAPL.5m.`. */
  readonly path = input.required<string>();
  /** A forming bar's value may be awaited; a closed one's is missing for want of history. */
  protected readonly why = computed(() => (this.slot().bar?.closed === false ? 'pending' : 'warm_up'));
  protected readonly way = computed(() => {
    const bar = this.slot().bar;
    if (!bar || bar.close === bar.open) return null;
    return bar.close > bar.open ? 'up' : 'down';
  });
}
