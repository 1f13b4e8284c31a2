/**
 * The only door to transcendental functions and to sums whose order matters. IEEE 754 fixes + - * / and sqrt, but not
 * exp, log or tanh: an engine may round their last bit differently, and a replay would then drift. So every call goes
 * through here, and `numericsFingerprint` tells at boot whether this machine agrees with the one that wrote a record.
 */

export function exp(x: number): number {
  return Math.exp(x);
}

/** Natural logarithm. */
export function log(x: number): number {
  return Math.log(x);
}

export function sqrt(x: number): number {
  return Math.sqrt(x);
}

export function tanh(x: number): number {
  return Math.tanh(x);
}

/**
 * ln(a ÷ b) of two positive prices. Micro prices are integers, so `a − b` is exact and the result keeps full relative
 * precision for moves as small as one micro-unit, where `log(a) - log(b)` would lose half of its digits.
 */
export function logRatio(a: number, b: number): number {
  // Beyond a doubling the difference has no cancellation to save, and log1p would lose digits near −1.
  const ratio = a / b;
  return ratio > 0.5 && ratio < 2 ? Math.log1p((a - b) / b) : Math.log(ratio);
}

/** A running sum that keeps what rounding drops (Neumaier 1974): the error does not grow with the number of terms. */
export class CompensatedSum {
  #sum = 0;
  #lost = 0;

  add(x: number): void {
    const next = this.#sum + x;
    // The smaller operand is the one that lost digits.
    this.#lost += Math.abs(this.#sum) >= Math.abs(x) ? this.#sum - next + x : x - next + this.#sum;
    this.#sum = next;
  }

  get value(): number {
    return this.#sum + this.#lost;
  }

  /** The sum as it would be after `add(x)`, without adding. */
  with(x: number): number {
    const next = this.#sum + x;
    const lost = Math.abs(this.#sum) >= Math.abs(x) ? this.#sum - next + x : x - next + this.#sum;
    return next + (this.#lost + lost);
  }
}

/** Compensated sum of `values`, in their order. */
export function sum(values: Iterable<number>): number {
  const total = new CompensatedSum();
  for (const value of values) total.add(value);
  return total.value;
}

/**
 * Median of `values`; the mean of the two middle ones when their count is even.
 * @param scratch at least `count` long; overwritten. The caller keeps it, so that nothing is allocated per bar.
 */
export function medianInto(scratch: Float64Array, count: number): number {
  if (count === 0) return Number.NaN;
  const sorted = scratch.subarray(0, count).sort();
  const middle = count >> 1;
  return count % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const FINGERPRINT_INPUTS = 1_000;

/**
 * Sixteen hex digits over the exact bits of exp, log, log1p and tanh at 1 000 fixed inputs. Two machines with the same
 * fingerprint replay each other's decisions byte for byte. Takes about a millisecond; call it once.
 */
export function numericsFingerprint(): string {
  const value = new Float64Array(1);
  const words = new Uint32Array(value.buffer);
  let low = 0x811c9dc5;
  let high = 0xcbf29ce4;
  const absorb = (x: number): void => {
    value[0] = x;
    low = Math.imul(low ^ words[0]!, 0x01000193);
    high = Math.imul(high ^ words[1]! ^ (low >>> 15), 0x01000193);
  };
  let state = 1;
  for (let i = 0; i < FINGERPRINT_INPUTS; i++) {
    // Park–Miller: exact in doubles, so the inputs themselves are the same everywhere.
    state = (state * 48_271) % 2_147_483_647;
    const unit = state / 2_147_483_647;
    absorb(exp((unit - 0.5) * 80));
    absorb(log(unit * 1e6));
    absorb(logRatio(1 + unit * 0.2, 1.1));
    absorb(tanh((unit - 0.5) * 12));
  }
  return (high >>> 0).toString(16).padStart(8, '0') + (low >>> 0).toString(16).padStart(8, '0');
}
