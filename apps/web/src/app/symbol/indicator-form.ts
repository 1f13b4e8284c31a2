import { Component, computed, input, linkedSignal, output, signal } from '@angular/core';
import type { IndicatorEntry } from '@ziggy/contracts';
import { Button } from '@ziggy/ui';
import { indicatorId, orderFault, parameterFault } from './indicators.ts';

/** The parameters of one indicator, each with its bounds; nothing is applied while one is wrong. */
@Component({
  selector: 'z-indicator-form',
  imports: [Button],
  template: `<form novalidate (submit)="$event.preventDefault(); apply()">
    @for (field of fields(); track field.param.name; let index = $index) {
      <div class="field">
        <label [attr.for]="domId(index)">{{ field.param.name }}</label>
        <input
          [id]="domId(index)"
          inputmode="decimal"
          autocomplete="off"
          [value]="field.text"
          [attr.aria-invalid]="field.fault ? 'true' : null"
          [attr.aria-describedby]="domId(index) + '-hint'"
          (input)="write(index, $event)"
        />
        <small [id]="domId(index) + '-hint'" [class.fault]="field.fault">{{
          field.fault ?? field.param.min + ' to ' + field.param.max
        }}</small>
      </div>
    }
    @if (together(); as fault) {
      <p class="fault" role="alert">{{ fault }}</p>
    }
    <div class="acts">
      <button z-button variant="primary" [blocked]="blocked()" (click)="apply()">{{ action() }}</button>
      <button z-button (click)="cancelled.emit()">Cancel</button>
    </div>
  </form>`,
  styles: `
    form {
      display: flex;
      flex-wrap: wrap;
      align-items: flex-start;
      gap: var(--z-space-8) var(--z-space-12);
      padding: var(--z-space-8) var(--z-space-12) var(--z-space-12);
      border-block-start: 1px solid var(--z-separator);
      background: var(--z-surface);
    }
    .field {
      display: grid;
      gap: var(--z-space-2);
      inline-size: 88px;
    }
    label,
    small {
      color: var(--z-muted);
      font-size: var(--z-font-11);
    }
    input {
      inline-size: 100%;
      min-block-size: 28px;
      padding: 0 var(--z-space-8);
      border: 1px solid var(--z-control);
      border-radius: var(--z-radius-4);
      background: var(--z-background);
      font-variant-numeric: tabular-nums slashed-zero;
      text-align: end;
    }
    input[aria-invalid] {
      border-color: var(--z-danger);
    }
    .fault {
      color: var(--z-danger);
    }
    p {
      inline-size: 100%;
      font-size: var(--z-font-12);
    }
    .acts {
      display: flex;
      gap: var(--z-space-8);
      margin-block-start: 18px;
    }
  `,
})
export class IndicatorForm {
  private static count = 0;
  readonly entry = input.required<IndicatorEntry>();
  readonly values = input.required<readonly number[]>();
  /** Ids that are on the chart: the same again would add nothing. */
  readonly taken = input<ReadonlySet<string>>(new Set());
  readonly action = input('Apply');
  readonly applied = output<readonly number[]>();
  readonly cancelled = output<void>();
  readonly #id = `z-indicator-form-${(IndicatorForm.count += 1)}`;
  /** Faults are told once the reader has typed. */
  readonly #touched = signal(false);
  readonly #texts = linkedSignal(() => this.values().map(String));

  protected readonly fields = computed(() =>
    this.entry().params.map((param, index) => {
      const text = this.#texts()[index] ?? '';
      return { param, text, fault: parameterFault(param, text) };
    }),
  );
  readonly #numbers = computed(() => this.#texts().map(Number));
  readonly #whole = computed(() => this.fields().every(({ fault }) => fault === null));
  protected readonly together = computed(() => {
    if (!this.#whole()) return null;
    const wrong = orderFault(this.entry(), this.#numbers());
    if (wrong) return wrong;
    const known = this.#touched() && this.taken().has(indicatorId(this.entry(), this.#numbers()));
    return known ? 'This one is on the chart.' : null;
  });
  protected readonly blocked = computed(() => {
    if (!this.#whole()) return 'a parameter is out of bounds';
    const wrong = orderFault(this.entry(), this.#numbers());
    if (wrong) return wrong;
    return this.taken().has(indicatorId(this.entry(), this.#numbers())) ? 'this one is on the chart' : null;
  });

  protected domId(index: number): string {
    return `${this.#id}-${index}`;
  }

  protected write(index: number, event: Event): void {
    const { value } = event.target as HTMLInputElement;
    this.#touched.set(true);
    this.#texts.update((texts) => texts.map((text, at) => (at === index ? value : text)));
  }

  protected apply(): void {
    if (this.blocked() === null) this.applied.emit(this.#numbers());
  }
}
