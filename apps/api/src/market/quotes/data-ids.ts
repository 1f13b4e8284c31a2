const SPAN = 2 ** 32;

/**
 * Versions of values: `fence * 2^32 + n`, so that they rise within a run by `n` and across runs by the fence. 2^53
 * leaves room for two million fences; a run that uses up its 2^32 moves on into the next fence.
 */
export class DataIds {
  #last: number;

  /** @param fence a number that no earlier run of this market has had, 1 or more. */
  constructor(fence: number) {
    if (!isFence(fence)) throw new RangeError(`No fence: ${fence}`);
    this.#last = fence * SPAN;
  }

  /** This process leads anew: versions go on above everything of the fences before. */
  raise(fence: number): void {
    if (!isFence(fence)) throw new RangeError(`No fence: ${fence}`);
    this.#last = Math.max(this.#last, fence * SPAN);
  }

  next(): number {
    return ++this.#last;
  }

  get last(): number {
    return this.#last;
  }

  /**
   * The fence to store, so that the next run begins above every version of this one. It runs half a span ahead: a crash
   * between two stores cannot make two runs meet.
   */
  fence(): number {
    return Math.floor((this.#last + SPAN / 2) / SPAN);
  }
}

function isFence(fence: number): boolean {
  return Number.isInteger(fence) && fence >= 1 && fence < 2 ** 21;
}
