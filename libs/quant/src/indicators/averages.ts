/**
 * y += α(x − y), started with the mean of the first n values. α = 2 ÷ (n + 1) is the exponential mean, α = 1 ÷ n is
 * Wilder's (New Concepts in Technical Trading Systems, 1978). The weight of an old rounding error fades as fast as that
 * of an old price, so the recursion needs no compensation.
 */
export class Smoothed {
  readonly #size: number;
  readonly #alpha: number;
  #count = 0;
  #value = 0;

  constructor(size: number, alpha: number) {
    this.#size = size;
    this.#alpha = alpha;
  }

  static exponential(size: number): Smoothed {
    return new Smoothed(size, 2 / (size + 1));
  }

  static wilder(size: number): Smoothed {
    return new Smoothed(size, 1 / size);
  }

  /** The mean that ends in `x`, NaN until n values exist. With `commit` false nothing is remembered. */
  step(x: number, commit: boolean): number {
    const count = this.#count + 1;
    const seeded = count > this.#size;
    // While seeding, #value is the plain sum; the n-th value turns it into the mean.
    let value = seeded ? this.#value + this.#alpha * (x - this.#value) : this.#value + x;
    if (count === this.#size) value /= this.#size;
    if (commit) {
      this.#value = value;
      if (!seeded) this.#count = count;
      else this.#count = this.#size;
    }
    return count >= this.#size ? value : Number.NaN;
  }
}
