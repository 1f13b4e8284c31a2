import { Component, computed, inject } from '@angular/core';
import { PriceCell, QuantityCell, Tile, VolumeCell } from '@ziggy/ui';
import { SymbolFacts } from './symbol-facts.ts';

/** The day of the instrument: range, previous close, sizes, volume. */
@Component({
  selector: 'z-quote-tile',
  imports: [PriceCell, QuantityCell, Tile, VolumeCell],
  template: `<z-tile title="Quote" [freshness]="facts.freshness()" [source]="facts.sourceText()">
    <dl class="rows">
      @for (row of prices(); track row.label) {
        <dt>{{ row.label }}</dt>
        <dd>
          <z-price
            [field]="path() + row.key"
            [value]="row.value"
            [decimals]="facts.decimals()"
            [stale]="facts.stale()"
            [reason]="facts.reason()"
          />
        </dd>
      }
      <dt>Bid size</dt>
      <dd><z-quantity [field]="path() + 'bidSize'" [value]="whole()?.bidSize" reason="the source gives no sizes" /></dd>
      <dt>Ask size</dt>
      <dd><z-quantity [field]="path() + 'askSize'" [value]="whole()?.askSize" reason="the source gives no sizes" /></dd>
      <dt>Volume</dt>
      <dd><z-volume [field]="path() + 'volume'" [value]="facts.quote()?.volume" [reason]="facts.reason()" /></dd>
      <dt>Average volume, 20 days</dt>
      <dd><z-volume [field]="path() + 'avgVolume20'" [value]="whole()?.avgVolume20" reason="warm_up" /></dd>
    </dl>
  </z-tile>`,
  styleUrl: '../tile-rows.scss',
})
export class QuoteTile {
  protected readonly facts = inject(SymbolFacts);
  protected readonly whole = this.facts.whole;
  protected readonly path = computed(() => `quote.${this.facts.symbol()}.`);
  protected readonly prices = computed(() => {
    const whole = this.whole();
    return [
      { label: 'Open', key: 'open', value: whole?.open },
      { label: 'High', key: 'high', value: whole?.high },
      { label: 'Low', key: 'low', value: whole?.low },
      { label: 'Previous close', key: 'prevClose', value: whole?.prevClose },
    ];
  });
}
