import { Component, computed, input } from '@angular/core';
import { NumberCell, Popover, QuantityCell, TimeCell, reasonText, zonePlace } from '@ziggy/ui';
import type { ChartFacts } from '../data/bars.store.ts';

const MOST_LISTED = 200;

/** The line under a chart: holes with their reasons, splits and dividends, how much the pages cover, where history ends. */
@Component({
  selector: 'z-chart-facts',
  imports: [NumberCell, Popover, QuantityCell, TimeCell],
  template: `@if (facts(); as facts) {
      <button type="button" [zPopover]="gapList" zPopoverLabel="Gaps" [class.some]="facts.gaps.length > 0">
        <span data-field="bars.gaps" data-format="count">{{ countOf(facts.gaps.length, 'gap', 'gaps') }}</span>
      </button>
      <button type="button" [zPopover]="actionList" zPopoverLabel="Splits and dividends">
        <span data-field="bars.actions" data-format="count">{{
          countOf(facts.actions.length, 'split or dividend', 'splits and dividends')
        }}</span>
      </button>
      <button type="button" [zPopover]="pageList" zPopoverLabel="Coverage">
        @if (facts.pages[0]; as newest) {
          <z-quantity field="bars.coverage.present" [value]="newest.present" /> of
          <z-quantity field="bars.coverage.expected" [value]="newest.expected" reason="no_data" /> bars expected
        }
      </button>
      @if (outOfHistory(); as begin) {
        <span class="warn"
          >History begins
          <z-time field="bars.coverage.from" [value]="begin.at" [zone]="zone()" as="date" reason="no_data" />: nothing
          older is held (OUT_OF_HISTORY).</span
        >
      }
      <ng-template #gapList>
        <div class="z-overlay panel">
          <h2>Gaps <small>times without a bar while the venue was open</small></h2>
          @if (facts.gaps.length === 0) {
            <p>Every expected bar of the loaded range is there.</p>
          } @else {
            <table>
              <thead>
                <tr>
                  <th scope="col">From</th>
                  <th scope="col">To</th>
                  <th scope="col">Why</th>
                </tr>
              </thead>
              <tbody>
                @for (gap of listed(); track gap.from) {
                  <tr>
                    <td><z-time field="bars.gaps.from" [value]="gap.from" [zone]="zone()" as="datetime" /></td>
                    <td><z-time field="bars.gaps.to" [value]="gap.to" [zone]="zone()" as="datetime" /></td>
                    <td>{{ why(gap.reason) }}</td>
                  </tr>
                }
              </tbody>
            </table>
            @if (facts.gaps.length > listed().length) {
              <p class="muted">The newest {{ listed().length }} are listed.</p>
            }
          }
          <p class="muted">Times are {{ place() }}'s.</p>
        </div>
      </ng-template>
      <ng-template #actionList>
        <div class="z-overlay panel">
          <h2>Splits and dividends <small>by ex-date, in the loaded range</small></h2>
          @if (facts.actions.length === 0) {
            <p>None is known in the loaded range.</p>
          } @else {
            <table>
              <thead>
                <tr>
                  <th scope="col">Ex-date</th>
                  <th scope="col">What</th>
                  <th scope="col">Value</th>
                </tr>
              </thead>
              <tbody>
                @for (action of facts.actions; track action.exDate + action.type) {
                  <tr>
                    <td data-field="bars.actions.exDate" data-format="date">{{ action.exDate }}</td>
                    <td>{{ action.type }}</td>
                    <td class="end">
                      @if (action.ratio !== null) {
                        <z-number field="bars.actions.ratio" [value]="action.ratio" [decimals]="4" unit="for 1" />
                      } @else {
                        <z-number
                          field="bars.actions.amount"
                          [value]="action.amount"
                          [decimals]="4"
                          reason="no_data"
                          [unit]="currency() ?? ''"
                        />
                      }
                    </td>
                  </tr>
                }
              </tbody>
            </table>
          }
        </div>
      </ng-template>
      <ng-template #pageList>
        <div class="z-overlay panel">
          <h2>Coverage <small>bars that the calendar expects, page by page</small></h2>
          <table>
            <thead>
              <tr>
                <th scope="col">From</th>
                <th scope="col">To</th>
                <th scope="col">Present</th>
                <th scope="col">Expected</th>
              </tr>
            </thead>
            <tbody>
              @for (page of facts.pages; track $index) {
                <tr>
                  <td><z-time field="bars.coverage.from" [value]="at(page.from)" [zone]="zone()" as="datetime" /></td>
                  <td><z-time field="bars.coverage.to" [value]="at(page.to)" [zone]="zone()" as="datetime" /></td>
                  <td class="end"><z-quantity field="bars.coverage.present" [value]="page.present" /></td>
                  <td class="end">
                    <z-quantity field="bars.coverage.expected" [value]="page.expected" reason="no_data" />
                  </td>
                </tr>
                @if (page.reason) {
                  <tr>
                    <td class="muted" colspan="4">{{ why(page.reason) }}</td>
                  </tr>
                }
              }
            </tbody>
          </table>
        </div>
      </ng-template>
    } @else {
      <span>{{ reading() ? 'Reading gaps and actions' : 'Gaps and actions are not known' }}</span>
    }`,
  styles: `
    :host {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: var(--z-space-4) var(--z-space-16);
      min-block-size: 28px;
      padding: var(--z-space-2) var(--z-space-12);
      border-block-start: 1px solid var(--z-separator);
      color: var(--z-muted);
      font-size: var(--z-font-12);
    }
    button {
      display: inline-flex;
      align-items: baseline;
      gap: var(--z-space-4);
      min-block-size: 24px;
      padding: 0;
      border: 0;
      background: none;
      color: inherit;
      text-decoration: underline dotted;
      text-underline-offset: 3px;
      cursor: pointer;
    }
    button:hover {
      color: var(--z-text);
    }
    .some,
    .warn {
      color: var(--z-warning);
    }
    .panel {
      max-inline-size: min(520px, 100vw - 16px);
      max-block-size: 320px;
      padding: var(--z-space-8) var(--z-space-12);
      overflow: auto;
    }
    h2 {
      padding-block-end: var(--z-space-8);
      font-size: var(--z-font-12);
    }
    small,
    .muted {
      color: var(--z-muted);
      font-size: var(--z-font-11);
      font-weight: 400;
    }
    th,
    td {
      padding: var(--z-space-2) var(--z-space-16) var(--z-space-2) 0;
      font-size: var(--z-font-12);
      font-weight: 400;
      text-align: start;
      white-space: nowrap;
    }
    th {
      color: var(--z-muted);
    }
    .end {
      text-align: end;
    }
    @media (pointer: coarse) {
      button {
        min-block-size: 44px;
      }
    }
  `,
})
export class ChartFactsLine {
  readonly facts = input.required<ChartFacts | null>();
  readonly reading = input(false);
  readonly zone = input.required<string>();
  readonly currency = input<string | null>(null);
  protected readonly place = computed(() => zonePlace(this.zone()));
  protected readonly listed = computed(() => (this.facts()?.gaps ?? []).slice(0, MOST_LISTED));
  protected readonly outOfHistory = computed(() => {
    const page = this.facts()?.pages.find(({ reason }) => reason === 'out_of_history');
    return page ? { at: this.at(page.from) } : null;
  });

  protected countOf(count: number, one: string, many: string): string {
    return count === 0 ? `no ${many}` : `${count} ${count === 1 ? one : many}`;
  }

  protected why(reason: string): string {
    return WHY[reason] ?? reasonText(reason);
  }

  protected at(time: string | null): number | null {
    return time === null ? null : Date.parse(time);
  }
}

const WHY: Readonly<Record<string, string>> = {
  no_trade: 'nobody traded',
  not_fetched: 'not read from the source yet',
  out_of_history: 'older than what is held',
};
