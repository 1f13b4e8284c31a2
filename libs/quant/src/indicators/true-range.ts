import type { KernelBar } from './definition.ts';

/** Largest of high − low and the distances of both from the previous close (Wilder 1978); NaN at the first bar. */
export class TrueRange {
  #previousClose = Number.NaN;

  step(bar: KernelBar, commit: boolean): number {
    const before = this.#previousClose;
    if (commit) this.#previousClose = bar.c;
    return Math.max(bar.h - bar.l, Math.abs(bar.h - before), Math.abs(bar.l - before));
  }
}
