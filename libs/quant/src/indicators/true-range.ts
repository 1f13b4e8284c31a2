import type { BarColumns } from './definition.ts';

/** Largest of high − low and the distances of both from the previous close (Wilder 1978); NaN at the first bar. */
export class TrueRange {
  #previousClose = Number.NaN;

  step(x: BarColumns, t: number, commit: boolean): number {
    const before = this.#previousClose;
    if (commit) this.#previousClose = x.c[t]!;
    return Math.max(x.h[t]! - x.l[t]!, Math.abs(x.h[t]! - before), Math.abs(x.l[t]! - before));
  }
}
