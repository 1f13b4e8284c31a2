import { Component, signal } from '@angular/core';
import {
  AgeCell,
  Button,
  DurationCell,
  FlashCell,
  LatencyCell,
  MoneyCell,
  NumberCell,
  PercentCell,
  PriceCell,
  QuantityCell,
  Sparkline,
  TimeCell,
  VolumeCell,
} from '@ziggy/ui';
import { NOW, walk } from './samples.ts';

/** All figures: usual, negative, zero, missing, stale. */
@Component({
  selector: 'z-gallery-figures',
  imports: [
    AgeCell,
    Button,
    DurationCell,
    FlashCell,
    LatencyCell,
    MoneyCell,
    NumberCell,
    PercentCell,
    PriceCell,
    QuantityCell,
    Sparkline,
    TimeCell,
    VolumeCell,
  ],
  template: `<h2>Figures</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="Figures in every state">
      <table>
        <thead>
          <tr>
            <th scope="col">Cell</th>
            <th scope="col">Usual</th>
            <th scope="col">Other way</th>
            <th scope="col">Zero</th>
            <th scope="col">Missing</th>
            <th scope="col">Stale</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">Price</th>
            <td><z-price field="s.a" [value]="187.32" /></td>
            <td><z-price field="s.b" [value]="1.08413" [decimals]="5" /></td>
            <td><z-price field="s.c" [value]="0" /></td>
            <td><z-price field="s.d" [value]="null" reason="no_data" /></td>
            <td><z-price field="s.e" [value]="61240.5" [stale]="true" /></td>
          </tr>
          <tr>
            <th scope="row">Percent</th>
            <td><z-percent field="s.f" of="pct" [value]="1.2" /></td>
            <td><z-percent field="s.g" of="ratio" [value]="-0.0347" /></td>
            <td><z-percent field="s.h" of="pct" [value]="0" /></td>
            <td><z-percent field="s.i" of="pct" [value]="null" reason="pending" /></td>
            <td><z-percent field="s.j" of="pct" [value]="-12.5" [stale]="true" /></td>
          </tr>
          <tr>
            <th scope="row">Money</th>
            <td><z-money field="s.k" currency="USD" value="1048210.5" [signed]="true" /></td>
            <td><z-money field="s.l" currency="JPY" value="-48210" [signed]="true" /></td>
            <td><z-money field="s.m" currency="EUR" value="0" [signed]="true" /></td>
            <td><z-money field="s.n" currency="USD" [value]="null" /></td>
            <td><z-money field="s.o" currency="USD" value="99.99" [stale]="true" /></td>
          </tr>
          <tr>
            <th scope="row">Number</th>
            <td><z-number field="s.p" [value]="1.84" [signed]="true" /></td>
            <td><z-number field="s.q" [value]="-2.31" [signed]="true" /></td>
            <td><z-number field="s.r" [value]="0" [signed]="true" /></td>
            <td><z-number field="s.s" [value]="null" reason="warm_up" /></td>
            <td><z-number field="s.t" [value]="1.32" unit="×" [stale]="true" /></td>
          </tr>
          <tr>
            <th scope="row">Quantity, volume</th>
            <td><z-quantity field="s.u" [value]="12500" /></td>
            <td><z-quantity field="s.v" value="0.00412" [maxDecimals]="8" /></td>
            <td><z-volume field="s.w" [value]="0" /></td>
            <td><z-volume field="s.x" [value]="null" reason="no_source" /></td>
            <td><z-volume field="s.y" [value]="48213077" [stale]="true" /></td>
          </tr>
          <tr>
            <th scope="row">Age, latency, duration, time</th>
            <td><z-age field="s.z" [value]="420" /></td>
            <td><z-latency field="s.aa" [value]="84" /></td>
            <td><z-duration field="s.ab" [value]="5327000" /></td>
            <td><z-age field="s.ac" [value]="null" /></td>
            <td><z-time field="s.ad" [value]="now" zone="America/New_York" [stale]="true" /></td>
          </tr>
          <tr>
            <th scope="row">Sparkline</th>
            <td><z-sparkline field="s.ae" label="Rising specimen" [points]="rising" /></td>
            <td><z-sparkline field="s.af" label="Falling specimen" [points]="falling" /></td>
            <td><z-sparkline field="s.ag" label="Flat specimen" [points]="[5, 5, 5]" /></td>
            <td><z-sparkline field="s.ah" label="One point" [points]="[5]" /></td>
            <td><z-sparkline field="s.ai" label="Specimen with a gap" [points]="gapped" /></td>
          </tr>
          <tr>
            <th scope="row">Flash</th>
            <td><z-price field="s.aj" [value]="price()" [zFlash]="price()" /></td>
            <td colspan="4" class="buttons">
              <button z-button (click)="move(0.11)">Up</button> <button z-button (click)="move(-0.13)">Down</button>
            </td>
          </tr>
        </tbody>
      </table>
    </div>`,
  styles: `
    .scroll {
      overflow: auto;
    }
    table {
      min-inline-size: 640px;
      inline-size: 100%;
    }
    th,
    td {
      block-size: var(--z-density-row);
      padding: 0 var(--z-space-12);
      border-block-end: 1px solid var(--z-separator);
      text-align: end;
      font-weight: 400;
      white-space: nowrap;
    }
    thead th {
      color: var(--z-muted);
      font-size: var(--z-font-11);
    }
    th:first-child {
      text-align: start;
    }
    .buttons {
      text-align: start;
    }
  `,
})
export class FiguresSection {
  protected readonly now = NOW;
  protected readonly rising = walk(19, 40, 100).map((price, index) => price + index * 0.12);
  protected readonly falling = [...this.rising].reverse();
  protected readonly gapped = this.rising.map((point, index) => (index > 14 && index < 20 ? null : point));
  protected readonly price = signal(187.32);

  protected move(by: number): void {
    this.price.update((price) => Math.round((price + by) * 100) / 100);
  }
}
