import { Component } from '@angular/core';
import {
  EmptyBlock,
  Button,
  EnvironmentChip,
  ErrorBlock,
  ForbiddenBlock,
  FreshnessBadge,
  KindWatermark,
  PercentCell,
  PriceCell,
  SessionClock,
  Skeleton,
  StreamPill,
  Tile,
} from '@ziggy/ui';
import type { Environment } from '@ziggy/ui';
import { FRESHNESS, NOW, PILLS, SESSIONS } from './samples.ts';

/** Where values come from and how they stand: badges, frames, pills, clocks, tiles and blocks. */
@Component({
  selector: 'z-gallery-states',
  imports: [
    Button,
    EmptyBlock,
    EnvironmentChip,
    ErrorBlock,
    ForbiddenBlock,
    FreshnessBadge,
    KindWatermark,
    PercentCell,
    PriceCell,
    SessionClock,
    Skeleton,
    StreamPill,
    Tile,
  ],
  template: `<h2>Origin and freshness</h2>
    <ul class="row">
      @for (environment of environments; track $index) {
        <li><z-environment-chip [value]="environment" /></li>
      }
    </ul>
    <ul class="row">
      @for (value of freshness; track value.state) {
        <li><z-freshness [value]="value" title="Specimen" /></li>
      }
    </ul>
    <ng-template #channels><p>Channels are listed here.</p></ng-template>
    <ul class="row">
      @for (health of pills; track health.state) {
        <li>
          <z-stream-pill [health]="health" [panel]="channels" />
        </li>
      }
    </ul>
    <ul class="row">
      @for (session of sessions; track $index) {
        <li><z-session-clock [session]="session" [now]="now" /></li>
      }
    </ul>
    <h2>Tiles and blocks</h2>
    <div class="grid">
      @for (value of freshness; track value.state) {
        <z-tile [title]="'Specimen, ' + value.state.replaceAll('_', ' ')" [freshness]="value" source="Specimen">
          @switch (value.state) {
            @case ('loading') {
              <z-skeleton [lines]="3" />
            }
            @case ('error') {
              <z-error [problem]="problem" [retryInMs]="4000" />
            }
            @default {
              <div class="quote">
                @if (value.state === 'simulated' || value.state === 'recorded') {
                  <z-watermark [kind]="value.state" />
                }
                <z-price field="s.price" [value]="187.32" />
                <z-percent field="s.pct" of="pct" [value]="-1.24" />
              </div>
            }
          }
        </z-tile>
      }
      <z-tile title="Specimen, empty">
        <z-empty sentence="No symbols in this list." reason="The list was made empty.">
          <button z-button variant="primary">Add a symbol</button>
        </z-empty>
      </z-tile>
      <z-tile title="Specimen, forbidden"><z-forbidden needs="the role trader" /></z-tile>
    </div>`,
  styles: `
    .row {
      display: flex;
      flex-wrap: wrap;
      gap: var(--z-space-12) var(--z-space-16);
      padding: var(--z-space-8) 0;
    }
    .grid {
      display: grid;
      grid-template-columns: repeat(auto-fill, minmax(min(280px, 100%), 1fr));
      gap: var(--z-space-8);
    }
    .quote {
      position: relative;
      container-type: inline-size;
      display: flex;
      align-items: baseline;
      gap: var(--z-space-12);
      min-block-size: 56px;
    }
    .quote z-price {
      font-size: var(--z-font-24);
    }
  `,
})
export class StatesSection {
  protected readonly now = NOW;
  protected readonly freshness = FRESHNESS;
  protected readonly pills = PILLS;
  protected readonly sessions = SESSIONS;
  protected readonly environments: readonly Environment[] = [
    { kind: 'live' },
    { kind: 'delayed', delayMinutes: 15 },
    { kind: 'end_of_day' },
    { kind: 'recorded', tapeDate: '2026-03-04', speed: 10 },
    { kind: 'simulated' },
    { kind: 'live', halted: true },
  ];
  protected readonly problem = {
    code: 'source_unavailable',
    sentence: 'The source is unavailable.',
    requestId: '01JQ2V6Z9M5K',
  };
}
