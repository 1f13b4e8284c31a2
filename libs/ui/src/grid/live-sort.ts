export interface SortTimers {
  now(): number;
  set(run: () => void, ms: number): unknown;
  clear(handle: unknown): void;
}

/** Sorting costs a pass over all rows: at most one a second. */
const EVERY_MS = 1000;
/** Rows never reorder under a reader: so long after pointer and focus have left. */
const AFTER_LEAVING_MS = 2000;

/**
 * Decides when a live column is sorted again. Changes ask; the sort happens at most once a second, never while pointer or
 * focus is on the rows, and not until two seconds after they left.
 */
export class LiveSort {
  private readonly timers: SortTimers;
  private readonly sort: () => void;
  private readonly holders = new Set<'pointer' | 'focus'>();
  private handle: unknown = null;
  private asked = false;
  private notBefore = 0;

  constructor(timers: SortTimers, sort: () => void) {
    this.timers = timers;
    this.sort = sort;
  }

  /** Values have changed. */
  changed(): void {
    this.asked = true;
    this.schedule();
  }

  hold(by: 'pointer' | 'focus'): void {
    this.holders.add(by);
    this.cancel();
  }

  release(by: 'pointer' | 'focus'): void {
    if (!this.holders.delete(by) || this.holders.size > 0) return;
    this.notBefore = Math.max(this.notBefore, this.timers.now() + AFTER_LEAVING_MS);
    this.schedule();
  }

  stop(): void {
    this.cancel();
    this.asked = false;
  }

  private schedule(): void {
    if (!this.asked || this.holders.size > 0 || this.handle !== null) return;
    this.handle = this.timers.set(
      () => {
        this.handle = null;
        this.asked = false;
        this.notBefore = this.timers.now() + EVERY_MS;
        this.sort();
      },
      Math.max(0, this.notBefore - this.timers.now()),
    );
  }

  private cancel(): void {
    if (this.handle !== null) this.timers.clear(this.handle);
    this.handle = null;
  }
}
