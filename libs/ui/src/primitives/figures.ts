import { Component, Directive, computed, input } from '@angular/core';
import type { Signal } from '@angular/core';
import {
  formatCompact,
  formatMoney,
  formatNumber,
  formatPercent,
  formatPrice,
  formatQuantity,
} from '../format/numbers.ts';
import type { PercentUnit } from '../format/numbers.ts';
import { reasonText } from '../format/reading.ts';
import type { Numeric as Value, Reading } from '../format/reading.ts';
import { formatAge, formatDuration, formatLatency, formatTime } from '../format/times.ts';
import type { TimeStyle } from '../format/times.ts';

/** Drawn for direction, so that colour is never alone. */
export const TRIANGLE = { up: 'M3.5 1 7 6.5H0Z', down: 'M3.5 6.5 0 1h7Z' } as const;

const TEMPLATE = `
@if (shown().tone === 'up' || shown().tone === 'down') {
<span class="z-sr">{{ shown().tone }} </span><svg class="z-tri" viewBox="0 0 7 7" aria-hidden="true"><path [attr.d]="triangle()" /></svg>}
<span class="z-fig-text">{{ shown().text }}</span>
@if (unit() && !shown().missing) {<span class="z-unit">{{ unit() }}</span>}
@if (shown().missing) {<span class="z-sr">, {{ why() }}</span>}`;

/**
 * What all figures share: the text of a formatter, its direction in sign, shape and word, and the marks by which tests
 * prove that every figure came from a received field.
 */
@Directive({
  host: {
    class: 'z-fig',
    '[attr.data-field]': 'field()',
    '[attr.data-format]': 'format()',
    '[attr.data-tone]': 'tone()',
    '[attr.data-missing]': 'shown().missing ? "" : null',
    '[attr.title]': 'shown().missing ? why() : null',
    '[class.z-stale]': 'stale()',
  },
})
export abstract class FigureCell {
  /** Name of the received field, e.g. `quote.AAPL.price`. */
  readonly field = input.required<string>();
  /** Why the value is missing: a null reason code or a sentence. */
  readonly reason = input<string | null>(null);
  /** Dims the figure: it is older than its class allows. */
  readonly stale = input(false);
  /** A unit behind the figure, e.g. `bp`. */
  readonly unit = input('');
  abstract readonly format: Signal<string>;
  abstract readonly shown: Signal<Reading>;

  protected readonly why = computed(() => reasonText(this.reason()));
  protected readonly tone = computed(() => {
    const { tone } = this.shown();
    return tone === 'none' ? null : tone;
  });
  protected readonly triangle = computed(() => TRIANGLE[this.shown().tone === 'down' ? 'down' : 'up']);
}

/** A price with the fixed decimals of its instrument. */
@Component({ selector: 'z-price', template: TEMPLATE })
export class PriceCell extends FigureCell {
  readonly value = input.required<Value>();
  readonly decimals = input(2);
  override readonly format = computed(() => `price:${this.decimals()}`);
  override readonly shown = computed(() => formatPrice(this.value(), this.decimals()));
}

/** A change in percent: sign once, triangle, word and colour. `unsigned` is for shares, such as a weight. */
@Component({ selector: 'z-percent', template: TEMPLATE })
export class PercentCell extends FigureCell {
  readonly value = input.required<Value>();
  readonly of = input.required<PercentUnit>();
  readonly decimals = input(2);
  readonly unsigned = input(false);
  override readonly format = computed(() => `percent:${this.of()}:${this.decimals()}`);
  override readonly shown = computed<Reading>(() => {
    const sign = this.unsigned() ? 'negative' : 'always';
    const reading = formatPercent(this.value(), this.of(), { decimals: this.decimals(), sign });
    return this.unsigned() ? { ...reading, tone: 'none' } : reading;
  });
}

/** A plain number with fixed decimals; `signed` for values that point up or down, such as a z-score. */
@Component({ selector: 'z-number', template: TEMPLATE })
export class NumberCell extends FigureCell {
  readonly value = input.required<Value>();
  readonly decimals = input(2);
  readonly signed = input(false);
  override readonly format = computed(() => `number:${this.decimals()}`);
  override readonly shown = computed(() =>
    formatNumber(this.value(), { decimals: this.decimals(), sign: this.signed() ? 'always' : 'negative' }),
  );
}

/** Money; decimal strings keep every digit. */
@Component({ selector: 'z-money', template: TEMPLATE })
export class MoneyCell extends FigureCell {
  readonly value = input.required<Value>();
  readonly currency = input.required<string>();
  readonly signed = input(false);
  override readonly format = computed(() => `money:${this.currency()}`);
  override readonly shown = computed(() =>
    formatMoney(this.value(), this.currency(), { sign: this.signed() ? 'always' : 'negative' }),
  );
}

/** A number of units. */
@Component({ selector: 'z-quantity', template: TEMPLATE })
export class QuantityCell extends FigureCell {
  readonly value = input.required<Value>();
  readonly maxDecimals = input(0);
  override readonly format = computed(() => `quantity:${this.maxDecimals()}`);
  override readonly shown = computed(() => formatQuantity(this.value(), this.maxDecimals()));
}

/** A large count, shortened: 4.56M. */
@Component({ selector: 'z-volume', template: TEMPLATE })
export class VolumeCell extends FigureCell {
  readonly value = input.required<Value>();
  override readonly format = computed(() => 'compact');
  override readonly shown = computed(() => formatCompact(this.value()));
}

/** How old a value is, in milliseconds of age. */
@Component({ selector: 'z-age', template: TEMPLATE })
export class AgeCell extends FigureCell {
  readonly value = input.required<number | null | undefined>();
  override readonly format = computed(() => 'age');
  override readonly shown = computed(() => formatAge(this.value()));
}

/** A latency in milliseconds. */
@Component({ selector: 'z-latency', template: TEMPLATE })
export class LatencyCell extends FigureCell {
  readonly value = input.required<number | null | undefined>();
  override readonly format = computed(() => 'latency');
  override readonly shown = computed(() => formatLatency(this.value()));
}

/** A countdown or elapsed time, in milliseconds. */
@Component({ selector: 'z-duration', template: TEMPLATE })
export class DurationCell extends FigureCell {
  readonly value = input.required<number | null | undefined>();
  override readonly format = computed(() => 'duration');
  override readonly shown = computed(() => formatDuration(this.value()));
}

/** An instant (epoch ms) in a zone, normally the exchange's. */
@Component({ selector: 'z-time', template: TEMPLATE })
export class TimeCell extends FigureCell {
  readonly value = input.required<number | null | undefined>();
  readonly zone = input.required<string>();
  readonly as = input<TimeStyle>('time');
  /** BCP 47 tag; the browser's language when it is missing. */
  readonly locale = input<string>();
  override readonly format = computed(() => `time:${this.as()}:${this.zone()}`);
  override readonly shown = computed(() => formatTime(this.value(), this.zone(), this.as(), this.locale()));
}
