import { Component, computed, input, linkedSignal, output } from '@angular/core';
import { Button, Icon, Popover } from '@ziggy/ui';

export interface DayRange {
  readonly from: string | null;
  readonly to: string | null;
}

/** Sets the first and the last day of the chart; open ends reach back as far as is scrolled, and follow the market. */
@Component({
  selector: 'z-range-picker',
  imports: [Button, Icon, Popover],
  template: `<button
      z-button
      #opener="zPopover"
      [zPopover]="panel"
      zPopoverLabel="Range"
      [pressed]="set() ? true : null"
      (openedChange)="reset()"
    >
      <z-icon name="clock" />
      @if (set()) {
        <span data-field="chart.range" data-format="range">{{ words() }}</span>
      } @else {
        Range
      }
    </button>
    <ng-template #panel>
      <form class="z-overlay panel" novalidate (submit)="$event.preventDefault(); apply(opener)">
        <label
          >From<input #from type="date" [value]="draft().from ?? ''" (input)="write({ from: from.value || null })"
        /></label>
        <label
          >Up to, not including<input
            #to
            type="date"
            [value]="draft().to ?? ''"
            [attr.aria-invalid]="fault() ? 'true' : null"
            aria-describedby="z-range-fault"
            (input)="write({ to: to.value || null })"
        /></label>
        <p id="z-range-fault" class="fault" role="alert">{{ fault() }}</p>
        <p class="muted">Days are UTC. Without an end the chart follows the market.</p>
        <div class="acts">
          <button z-button variant="primary" [blocked]="fault()" (click)="apply(opener)">Apply</button>
          @if (set()) {
            <button z-button (click)="clear(opener)">Newest bars</button>
          }
        </div>
      </form>
    </ng-template>`,
  styles: `
    .panel {
      display: grid;
      gap: var(--z-space-8);
      inline-size: 264px;
      padding: var(--z-space-12);
    }
    label {
      display: grid;
      gap: var(--z-space-2);
      color: var(--z-muted);
      font-size: var(--z-font-11);
    }
    input {
      min-block-size: 28px;
      padding: 0 var(--z-space-8);
      border: 1px solid var(--z-control);
      border-radius: var(--z-radius-4);
      background: var(--z-background);
      color: var(--z-text);
      color-scheme: inherit;
      font-size: var(--z-font-12);
    }
    input[aria-invalid] {
      border-color: var(--z-danger);
    }
    .fault {
      color: var(--z-danger);
      font-size: var(--z-font-12);
    }
    .fault:empty {
      display: none;
    }
    .muted {
      color: var(--z-muted);
      font-size: var(--z-font-11);
    }
    .acts {
      display: flex;
      gap: var(--z-space-8);
    }
  `,
})
export class RangePicker {
  readonly value = input.required<DayRange>();
  readonly changed = output<DayRange>();
  protected readonly draft = linkedSignal<DayRange>(() => this.value());
  protected readonly set = computed(() => this.value().from !== null || this.value().to !== null);
  protected readonly words = computed(() => {
    const { from, to } = this.value();
    return [from === null ? '' : `from ${from}`, to === null ? '' : `to ${to}`].join(' ').trim();
  });
  protected readonly fault = computed(() => rangeFault(this.draft()));

  protected reset(): void {
    this.draft.set(this.value());
  }

  protected write(part: Partial<DayRange>): void {
    this.draft.update((draft) => ({ ...draft, ...part }));
  }

  protected apply(opener: Popover): void {
    if (this.fault() !== null) return;
    this.changed.emit(this.draft());
    opener.close();
  }

  protected clear(opener: Popover): void {
    this.changed.emit({ from: null, to: null });
    opener.close();
  }
}

/** What is wrong with a range of days; null when nothing is. */
export function rangeFault({ from, to }: DayRange): string | null {
  return from !== null && to !== null && from >= to ? 'The end must be after the beginning.' : null;
}
