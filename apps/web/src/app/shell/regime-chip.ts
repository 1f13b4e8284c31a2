import { Component, computed, inject } from '@angular/core';
import { PercentCell, Popover, reasonText, regimeText } from '@ziggy/ui';
import { MarketStore } from '../data/market.store.ts';

const MEANINGS: Readonly<Record<string, string>> = {
  Panic: 'Volatility and losses of a crisis.',
  RiskOff: 'Falling prices or rising volatility: caution pays.',
  Chop: 'No direction that lasts.',
  RiskOn: 'Rising prices in calm markets.',
};

/** The market's regime with its confidence and since when; unknown says why, and never defaults. */
@Component({
  selector: 'z-regime-chip',
  imports: [PercentCell, Popover],
  template: `
    <button
      type="button"
      [zPopover]="panel"
      zPopoverLabel="Market regime"
      [attr.data-regime]="regime()?.label ?? 'unknown'"
    >
      <span class="key">Regime</span>
      @if (regime()?.label; as label) {
        <b>{{ words(label) }}</b>
        <z-percent
          field="overview.regime.confidence"
          [value]="regime()?.confidence"
          of="ratio"
          [decimals]="0"
          [unsigned]="true"
          [reason]="regime()?.reason ?? null"
        />
      } @else {
        <span class="muted unknown" [title]="why()">unknown: {{ why() }}</span>
      }
    </button>
    <ng-template #panel>
      <div class="z-overlay panel">
        @if (regime()?.label; as label) {
          <p>
            <b>{{ words(label) }}</b>. {{ meaning() }}
          </p>
          <dl>
            <dt>Chance that it lasts to the next session</dt>
            <dd>
              <z-percent
                field="overview.regime.confidence"
                [value]="regime()?.confidence"
                of="ratio"
                [decimals]="1"
                [unsigned]="true"
                [reason]="regime()?.reason ?? null"
              />
            </dd>
            <dt>Since</dt>
            <dd>{{ regime()?.since ?? '—' }}</dd>
          </dl>
        } @else {
          <p>The regime is not known: {{ why() }}.</p>
        }
        <p class="muted">Decided from the benchmark's trend, volatility and drawdown, and breadth, at each close.</p>
      </div>
    </ng-template>
  `,
  styles: `
    button {
      display: inline-flex;
      align-items: center;
      gap: var(--z-space-4);
      min-block-size: 28px;
      padding: 0 var(--z-space-8);
      border: 1px solid var(--z-separator);
      border-radius: var(--z-radius-4);
      background: transparent;
      font-size: var(--z-font-12);
      white-space: nowrap;
      cursor: pointer;
    }
    button:hover {
      background: var(--z-hover);
    }
    .key,
    .muted,
    dt {
      color: var(--z-muted);
    }
    b {
      font-weight: 600;
    }
    .unknown {
      max-inline-size: 26ch;
      overflow: hidden;
      text-overflow: ellipsis;
    }
    .panel {
      padding: var(--z-space-12) var(--z-space-16);
      max-inline-size: 44ch;
    }
    dl {
      display: grid;
      grid-template-columns: 1fr auto;
      gap: var(--z-space-4) var(--z-space-12);
      margin-block: var(--z-space-12);
    }
    dd {
      text-align: end;
    }
  `,
})
export class RegimeChip {
  readonly #market = inject(MarketStore);
  protected readonly words = regimeText;
  protected readonly regime = computed(() => this.#market.overview()?.regime ?? null);
  protected readonly why = computed(() =>
    reasonText(this.regime()?.reason ?? (this.#market.problem() ? 'source_unavailable' : 'pending')),
  );
  protected readonly meaning = computed(() => MEANINGS[this.regime()?.label ?? ''] ?? '');
}
