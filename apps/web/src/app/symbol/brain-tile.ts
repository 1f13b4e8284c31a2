import { Component, computed, inject } from '@angular/core';
import { NumberCell, PercentCell, Tile, reasonText, regimeText } from '@ziggy/ui';
import { SymbolFacts } from './symbol-facts.ts';

/** What the brain adds to the quote; each missing field says why. Provisional: shown, never decided on. */
@Component({
  selector: 'z-brain-tile',
  imports: [NumberCell, PercentCell, Tile],
  template: `<z-tile title="Brain" [freshness]="facts.freshness()" [source]="facts.sourceText()">
    <dl class="rows">
      <dt>Market regime</dt>
      <dd>
        @if (brain()?.regime; as regime) {
          <b>{{ words(regime) }}</b>
          <z-percent
            class="beside"
            [field]="path() + 'regimeConfidence'"
            [value]="brain()?.regimeConfidence"
            of="ratio"
            [decimals]="0"
            [unsigned]="true"
            [reason]="why()"
          />
        } @else {
          <span class="missing"
            >— <small>{{ whyText() }}</small></span
          >
        }
      </dd>
      <dt>Volatility, annual</dt>
      <dd>
        <z-percent
          [field]="path() + 'volatility'"
          [value]="brain()?.volatility"
          of="ratio"
          [decimals]="1"
          [unsigned]="true"
          [reason]="why()"
          [stale]="facts.stale()"
        />
      </dd>
      <dt>z-score, 20 days</dt>
      <dd>
        <z-number
          [field]="path() + 'z20'"
          [value]="brain()?.z20"
          [signed]="true"
          [reason]="why()"
          [stale]="facts.stale()"
        />
      </dd>
      <dt>Move today, in σ</dt>
      <dd>
        <z-number
          [field]="path() + 'moveSigma'"
          [value]="brain()?.moveSigma"
          [signed]="true"
          [reason]="why()"
          [stale]="facts.stale()"
        />
      </dd>
      <dt>Relative volume</dt>
      <dd>
        <z-number
          [field]="path() + 'relativeVolume'"
          [value]="brain()?.relativeVolume"
          [reason]="why()"
          [stale]="facts.stale()"
          unit="×"
        />
      </dd>
      <dt>Decision</dt>
      <dd>
        @if (brain()?.side; as side) {
          <b>{{ side }}</b>
        }
        <z-percent
          class="beside"
          [field]="path() + 'confidence'"
          [value]="brain()?.confidence"
          of="ratio"
          [decimals]="0"
          [unsigned]="true"
          [reason]="confidenceWhy()"
        />
      </dd>
    </dl>
    <span zFoot>provisional</span>
  </z-tile>`,
  styleUrl: '../tile-rows.scss',
})
export class BrainTile {
  protected readonly facts = inject(SymbolFacts);
  protected readonly words = regimeText;
  protected readonly brain = computed(() => this.facts.quote()?.brain ?? null);
  protected readonly path = computed(() => `quote.${this.facts.symbol()}.brain.`);
  protected readonly why = computed(() => this.brain()?.why ?? this.facts.reason() ?? 'pending');
  protected readonly whyText = computed(() => reasonText(this.why()));
  protected readonly confidenceWhy = computed(() => (this.brain() ? 'no unexpired decision' : this.why()));
}
