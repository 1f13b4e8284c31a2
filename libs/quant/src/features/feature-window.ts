/** Bars that the longest formula reaches back (272), with room so that the buffer is compacted rarely. */
const KEEP = 280;
const CAPACITY = 1_024;

/**
 * The last bars of one symbol as columns. Contiguous and compacted in place: about 25 KB a symbol, no allocation per bar.
 * `k` counts back from the newest bar, which is 0.
 */
export class FeatureWindow {
  readonly barsPerYear: number;
  /** For formulas that need a copy of a column; overwritten by each. */
  readonly scratch = new Float64Array(KEEP);
  /** Exponentially weighted variance of one bar's return; NaN before the second bar. */
  ewma = Number.NaN;
  readonly #closes = new Float64Array(CAPACITY);
  readonly #returns = new Float64Array(CAPACITY);
  readonly #vol20 = new Float64Array(CAPACITY);
  #last = -1;

  constructor(barsPerYear: number) {
    this.barsPerYear = barsPerYear;
  }

  /** Appends a bar; NaN where a value is unknown. */
  push(close: number, logReturn: number): void {
    if (this.#last === CAPACITY - 1) this.#compact();
    this.#last++;
    this.#closes[this.#last] = close;
    this.#returns[this.#last] = logReturn;
    this.#vol20[this.#last] = Number.NaN;
  }

  /** vol20 of the newest bar, which `volPct252` will rank for a year. */
  setVol20(value: number): void {
    this.#vol20[this.#last] = value;
  }

  close(k: number): number {
    return this.#closes[this.#last - k]!;
  }

  logReturn(k: number): number {
    return this.#returns[this.#last - k]!;
  }

  vol20(k: number): number {
    return this.#vol20[this.#last - k]!;
  }

  #compact(): void {
    for (const column of [this.#closes, this.#returns, this.#vol20]) column.copyWithin(0, CAPACITY - KEEP);
    this.#last = KEEP - 1;
  }
}
