/**
 * Rolling windows that never subtract a value back out. The stream is cut into blocks of n; when a block is full its
 * suffixes are folded once, so a window is (suffix of the last block) joined with (prefix of this one). O(1) amortised
 * per value like a running sum, but the error is that of adding n terms however long the stream is, and the same code
 * serves sums, extremes and moments.
 *
 * Each `step(x, commit)` answers for the window that ends in `x`, NaN until n values exist; with `commit` false the
 * state stays as it was, which is how a forming bar is shown.
 */

/** Values of the newest block and the folded suffixes of the one before. */
abstract class BlockWindow {
  readonly size: number;
  protected readonly block: Float64Array;
  /** Values in the block so far, 0..size-1 between steps. */
  protected filled = 0;
  protected warm = false;

  constructor(size: number) {
    this.size = size;
    this.block = new Float64Array(size);
  }

  /** Whether the window that ends in the next value is full. */
  protected get full(): boolean {
    return this.warm || this.filled === this.size - 1;
  }

  protected keep(x: number): boolean {
    this.block[this.filled++] = x;
    if (this.filled < this.size) return false;
    this.filled = 0;
    this.warm = true;
    return true;
  }
}

/** Sum of the last n values. */
export class RollingSum extends BlockWindow {
  readonly #suffix: Float64Array;
  #prefix = 0;

  constructor(size: number) {
    super(size);
    this.#suffix = new Float64Array(size + 1);
  }

  step(x: number, commit: boolean): number {
    const prefix = this.#prefix + x;
    const result = this.full ? this.#suffix[this.filled + 1]! + prefix : Number.NaN;
    if (commit) {
      this.#prefix = prefix;
      if (this.keep(x)) this.#fold();
    }
    return result;
  }

  #fold(): void {
    this.#prefix = 0;
    for (let i = this.size - 1; i >= 0; i--) this.#suffix[i] = this.#suffix[i + 1]! + this.block[i]!;
  }
}

/** Sum of the last n values with weights 1 (oldest) to n (newest). */
export class RollingWeightedSum extends BlockWindow {
  readonly #suffix: Float64Array;
  readonly #weighted: Float64Array;
  #prefix = 0;
  #weightedPrefix = 0;

  constructor(size: number) {
    super(size);
    this.#suffix = new Float64Array(size + 1);
    this.#weighted = new Float64Array(size + 1);
  }

  step(x: number, commit: boolean): number {
    // Every value of this block loses one unit of weight per step; the newest has all n.
    const weightedPrefix = this.#weightedPrefix - this.#prefix + this.size * x;
    const result = this.full ? this.#weighted[this.filled + 1]! + weightedPrefix : Number.NaN;
    if (commit) {
      this.#prefix += x;
      this.#weightedPrefix = weightedPrefix;
      if (this.keep(x)) this.#fold();
    }
    return result;
  }

  #fold(): void {
    this.#prefix = 0;
    this.#weightedPrefix = 0;
    for (let i = this.size - 1; i >= 0; i--) {
      this.#suffix[i] = this.#suffix[i + 1]! + this.block[i]!;
      this.#weighted[i] = this.#weighted[i + 1]! + this.#suffix[i]!;
    }
  }
}

/** Mean and population variance of the last n values. */
export class RollingMoments extends BlockWindow {
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;
  #sum = 0;
  #square = 0;
  /** Values are taken relative to the first of the block, which is always inside the window: prices do not cancel. */
  #origin = 0;
  mean = Number.NaN;
  variance = Number.NaN;

  constructor(size: number) {
    super(size);
    this.#sums = new Float64Array(size + 1);
    this.#squares = new Float64Array(size + 1);
  }

  /** Sets `mean` and `variance` for the window that ends in `x`. */
  step(x: number, commit: boolean): void {
    if (this.filled === 0) this.#moveOrigin(x);
    const d = x - this.#origin;
    const sum = this.#sum + d;
    const square = this.#square + d * d;
    if (this.full) {
      const total = this.#sums[this.filled + 1]! + sum;
      const squares = this.#squares[this.filled + 1]! + square;
      this.mean = this.#origin + total / this.size;
      this.variance = Math.max(0, (squares - (total * total) / this.size) / this.size);
    }
    if (!commit) return;
    this.#sum = sum;
    this.#square = square;
    this.keep(x);
  }

  // At a block's start, so the provisional value of a forming bar may set it and the committed one sets it again.
  #moveOrigin(origin: number): void {
    this.#origin = origin;
    this.#sum = 0;
    this.#square = 0;
    if (!this.warm) return;
    for (let i = this.size - 1; i > 0; i--) {
      const d = this.block[i]! - origin;
      this.#sums[i] = this.#sums[i + 1]! + d;
      this.#squares[i] = this.#squares[i + 1]! + d * d;
    }
  }
}

/** Highest of the last n values. */
export class RollingMax extends BlockWindow {
  readonly #suffix: Float64Array;
  #prefix = Number.NEGATIVE_INFINITY;

  constructor(size: number) {
    super(size);
    this.#suffix = new Float64Array(size + 1).fill(Number.NEGATIVE_INFINITY);
  }

  step(x: number, commit: boolean): number {
    const prefix = larger(this.#prefix, x);
    const result = this.full ? larger(this.#suffix[this.filled + 1]!, prefix) : Number.NaN;
    if (commit) {
      this.#prefix = prefix;
      if (this.keep(x)) this.#fold();
    }
    return result;
  }

  #fold(): void {
    this.#prefix = Number.NEGATIVE_INFINITY;
    for (let i = this.size - 1; i >= 0; i--) this.#suffix[i] = larger(this.#suffix[i + 1]!, this.block[i]!);
  }
}

/** `Math.max` minds NaN and the sign of zero, which no value here has, and costs twice as much. */
function larger(a: number, b: number): number {
  return a > b ? a : b;
}

/** Lowest of the last n values. */
export class RollingMin {
  readonly #negated: RollingMax;

  constructor(size: number) {
    this.#negated = new RollingMax(size);
  }

  step(x: number, commit: boolean): number {
    return -this.#negated.step(-x, commit);
  }
}

/** The last n values, `at(0)` the newest; n may be 0. */
export class LastValues {
  readonly size: number;
  readonly #values: Float64Array;
  #next = 0;
  #count = 0;

  constructor(size: number) {
    this.size = size;
    this.#values = new Float64Array(size);
  }

  get full(): boolean {
    return this.#count >= this.size;
  }

  /** Values held, at most `size`. */
  get count(): number {
    return this.#count;
  }

  at(k: number): number {
    const position = this.#next - 1 - k;
    return this.#values[position < 0 ? position + this.size : position]!;
  }

  push(x: number): void {
    this.#values[this.#next] = x;
    this.#next = this.#next + 1 >= this.size ? 0 : this.#next + 1;
    if (this.#count < this.size) this.#count++;
  }
}
