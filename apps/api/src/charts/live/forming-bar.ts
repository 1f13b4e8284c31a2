import { worseKind } from '@ziggy/domain';
import type { Bar, BarFlag, Interval, Kind, Symbol } from '@ziggy/domain';

export interface BarWindow {
  readonly openTime: number;
  readonly closeTime: number;
}

/** When a venue's regular bars begin and end; epoch ms. Calls are answered from the calendar, so they must be pure. */
export interface BarWindows {
  /** The regular bar that holds the instant; `null` outside the regular session. */
  bar(interval: Interval, at: number): BarWindow | null;
  /** The regular session that began last at or before the instant; `null` when the calendar knows none. */
  session(at: number): BarWindow | null;
}

/** One trade as a quote reports it. Prices in micro-units, `at` is the exchange's time; `day…` are of the session so far. */
export interface BarTick {
  readonly at: number;
  readonly price: number;
  readonly dayVolume: number | null;
  readonly dayOpen: number | null;
  readonly dayHigh: number | null;
  readonly dayLow: number | null;
  readonly kind: Kind;
}

export const PARTIAL = 1;
export const VOLUME_RESET = 2;
const FLAG_NAMES: readonly (readonly [number, BarFlag])[] = [
  [PARTIAL, 'partial'],
  [VOLUME_RESET, 'volume_reset'],
];

/** A bar being built. Mutable on purpose: a tick changes numbers in place and allocates nothing. */
export class FormingBar {
  readonly symbol: Symbol;
  readonly interval: Interval;
  readonly openTime: number;
  /** Moves only when the venue's calendar is corrected while the bar forms. */
  closeTime: number;
  o: number;
  h: number;
  l: number;
  c: number;
  volume: number | null = null;
  flags = 0;
  kind: Kind;
  /** Time of the last trade in it. */
  lastAt: number;
  /** When it became complete; `null` while it forms. */
  availableAt: number | null = null;

  constructor(symbol: Symbol, interval: Interval, window: BarWindow, tick: BarTick) {
    this.symbol = symbol;
    this.interval = interval;
    this.openTime = window.openTime;
    this.closeTime = window.closeTime;
    this.o = this.h = this.l = this.c = tick.price;
    this.kind = tick.kind;
    this.lastAt = tick.at;
  }

  holds(at: number): boolean {
    return at >= this.openTime && at < this.closeTime;
  }

  get partial(): boolean {
    return (this.flags & PARTIAL) !== 0;
  }

  /** The bar as the rest of the platform knows it. */
  toBar(market: string, source: string): Bar {
    const complete = this.availableAt !== null;
    return {
      market,
      symbol: this.symbol,
      interval: this.interval,
      openTime: this.openTime,
      closeTime: this.closeTime,
      availableAt: this.availableAt ?? this.lastAt,
      o: this.o,
      h: this.h,
      l: this.l,
      c: this.c,
      volume: this.volume,
      complete,
      extended: false,
      flags: FLAG_NAMES.filter(([bit]) => (this.flags & bit) !== 0).map(([, name]) => name),
      source,
      kind:
        complete && this.interval === '1d' && worseKind(this.kind, 'end_of_day') === 'end_of_day'
          ? 'end_of_day'
          : this.kind,
    };
  }
}

/** A daily bar takes the session's own figures where the source states them: they know the trades between our ticks. */
export function applyDay(bar: FormingBar, tick: BarTick): void {
  if (tick.dayVolume !== null) bar.volume = tick.dayVolume;
  if (tick.dayOpen === null || tick.dayHigh === null || tick.dayLow === null) return;
  bar.o = tick.dayOpen;
  bar.h = Math.max(tick.dayHigh, tick.price);
  bar.l = Math.min(tick.dayLow, tick.price);
  bar.flags &= ~PARTIAL;
}
