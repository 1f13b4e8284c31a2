import { Component, computed, inject } from '@angular/core';
import { FlashCell, FreshnessBadge, NumberCell, PercentCell, PriceCell } from '@ziggy/ui';
import { CLASS_WORDS } from './instrument-facts.ts';
import { SymbolFacts } from './symbol-facts.ts';

/** The strip over the chart: who it is, what it costs, which way, bid and ask, how fresh. */
@Component({
  selector: 'z-symbol-header',
  imports: [FlashCell, FreshnessBadge, NumberCell, PercentCell, PriceCell],
  template: `
    <div class="who">
      <h1 tabindex="-1">{{ facts.symbol() }}</h1>
      <p>{{ about() }}</p>
    </div>
    <div class="price" [zFlash]="facts.quote()?.price" [zFlashKey]="facts.symbol()">
      <z-price
        class="last"
        [field]="path() + 'price'"
        [value]="facts.quote()?.price"
        [decimals]="facts.decimals()"
        [stale]="facts.stale()"
        [reason]="facts.reason()"
        [unit]="facts.currency() ?? ''"
      />
    </div>
    <div class="change">
      <z-number
        [field]="path() + 'change'"
        [value]="facts.quote()?.change"
        [decimals]="facts.decimals()"
        [signed]="true"
        [stale]="facts.stale()"
        [reason]="facts.reason()"
      />
      <z-percent
        [field]="path() + 'changePct'"
        [value]="facts.quote()?.changePct"
        of="pct"
        [stale]="facts.stale()"
        [reason]="facts.reason()"
      />
    </div>
    <dl>
      <div>
        <dt>Bid</dt>
        <dd>
          <z-price
            [field]="path() + 'bid'"
            [value]="facts.quote()?.bid"
            [decimals]="facts.decimals()"
            [stale]="facts.stale()"
            [reason]="facts.reason()"
          />
        </dd>
      </div>
      <div>
        <dt>Ask</dt>
        <dd>
          <z-price
            [field]="path() + 'ask'"
            [value]="facts.quote()?.ask"
            [decimals]="facts.decimals()"
            [stale]="facts.stale()"
            [reason]="facts.reason()"
          />
        </dd>
      </div>
    </dl>
    <z-freshness class="fresh" [value]="facts.freshness()" [title]="facts.sourceText()" />
  `,
  styles: `
    :host {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: var(--z-space-4) var(--z-space-24);
      padding: var(--z-space-8) var(--z-space-12);
      border-block-end: 1px solid var(--z-separator);
    }
    h1 {
      font-size: var(--z-font-20);
      line-height: var(--z-line-figure);
    }
    .who p {
      max-inline-size: 40ch;
      overflow: hidden;
      color: var(--z-muted);
      font-size: var(--z-font-12);
      text-overflow: ellipsis;
      white-space: nowrap;
    }
    .price {
      padding: 0 var(--z-space-4);
      border-radius: var(--z-radius-4);
    }
    .last {
      font-size: var(--z-font-24);
      font-weight: 600;
    }
    .change {
      display: flex;
      gap: var(--z-space-12);
      min-inline-size: 18ch;
      font-size: var(--z-font-14);
    }
    dl {
      display: flex;
      gap: var(--z-space-16);
    }
    dt {
      color: var(--z-muted);
      font-size: var(--z-font-11);
    }
    .fresh {
      margin-inline-start: auto;
    }
  `,
})
export class SymbolHeader {
  protected readonly facts = inject(SymbolFacts);
  protected readonly path = computed(() => `quote.${this.facts.symbol()}.`);
  protected readonly about = computed(() => {
    const assetClass = this.facts.assetClass();
    return [this.facts.name(), assetClass === null ? null : CLASS_WORDS[assetClass]]
      .filter((part) => part !== null)
      .join(' · ');
  });
}
