import type { Bar, Interval } from '@ziggy/domain';
import { rowKey } from './bar-rows.ts';
import type { BarRow } from './bar-rows.ts';

/** Rows of one write, and the longest a row waits for company (ms). */
const BATCH_ROWS = 1_000;
const BATCH_WAIT_MS = 250;
/** Rows that may wait while the database is away: forming ones are dropped first, then the oldest. */
export const QUEUE_ROWS = 50_000;
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 15_000;

export interface BarWriterOptions {
  readonly save: (rows: readonly BarRow[]) => Promise<number>;
  /** Told after each write and each failure. */
  readonly onWritten: (written: number, offered: number) => void;
  readonly onFailed: (error: unknown, waiting: number) => void;
  /** Rows were given up: no room, or the database refused them for what they hold (`error`). */
  readonly onDropped: (rows: number, error?: unknown) => void;
  /** Uniform 0..1, for the jitter of retries. */
  readonly random: () => number;
}

/**
 * Collects live bars and writes them in batches. A newer state of a waiting bar takes its place, so a forming bar waits
 * once however often it changes. While the database is away the queue is bounded and bars wait for its return.
 */
export class BarWriter {
  readonly #options: BarWriterOptions;
  readonly #queue = new Map<string, BarRow>();
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  #failures = 0;
  #closed = false;

  constructor(options: BarWriterOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** True while the last write failed. */
  get failing(): boolean {
    return this.#failures > 0;
  }

  /** Complete bars of one series that are not in the database yet, in the order of their coming. */
  waitingBars(instrumentId: number, interval: Interval): Bar[] {
    const bars: Bar[] = [];
    for (const row of this.#queue.values()) {
      if (row.instrumentId === instrumentId && row.bar.interval === interval && row.bar.complete) bars.push(row.bar);
    }
    return bars;
  }

  add(row: BarRow): void {
    if (this.#closed) return;
    const key = rowKey(row);
    const waiting = this.#queue.get(key);
    // A complete bar that waits is never replaced by a forming state, and the source's own bar not by a built one.
    if (
      waiting !== undefined &&
      waiting.bar.complete &&
      (!row.bar.complete || (waiting.batchId !== null && row.batchId === null))
    )
      return;
    this.#queue.set(key, row);
    if (this.#queue.size > QUEUE_ROWS) this.#shed();
    if (this.#queue.size >= BATCH_ROWS && this.#failures === 0) this.#start(0);
    else this.#start(BATCH_WAIT_MS);
  }

  /** Writes everything that waits, at most `tries` failures long. */
  async flush(tries = 1): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#writing;
    for (let failed = 0; this.#queue.size > 0 && failed < tries;) if (!(await this.#writeBatch())) failed++;
  }

  /** Flushes and takes nothing more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.flush(2);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #start(afterMs: number): void {
    if (this.#timer !== null || this.#writing !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#writing = this.#run().finally(() => {
        this.#writing = null;
        if (this.#queue.size > 0 && !this.#closed) this.#start(this.#pause());
      });
    }, afterMs);
  }

  async #run(): Promise<void> {
    while (this.#queue.size > 0) if (!(await this.#writeBatch())) return;
  }

  async #writeBatch(): Promise<boolean> {
    const rows = [...take(this.#queue, BATCH_ROWS)];
    try {
      const written = await this.#options.save(rows.map(([, row]) => row));
      this.#failures = 0;
      // What changed while it was written waits for the next turn.
      for (const [key, row] of rows) if (this.#queue.get(key) === row) this.#queue.delete(key);
      this.#options.onWritten(written, rows.length);
      return true;
    } catch (error) {
      if (isRowFault(error)) return this.#writeSingly(rows);
      this.#failures++;
      this.#options.onFailed(error, this.#queue.size);
      return false;
    }
  }

  /** One row of the batch cannot be stored: the others must not wait for it for ever. */
  async #writeSingly(rows: readonly [string, BarRow][]): Promise<boolean> {
    for (const [key, row] of rows) {
      try {
        this.#options.onWritten(await this.#options.save([row]), 1);
      } catch (error) {
        if (!isRowFault(error)) {
          this.#failures++;
          this.#options.onFailed(error, this.#queue.size);
          return false;
        }
        this.#options.onDropped(1, error);
      }
      if (this.#queue.get(key) === row) this.#queue.delete(key);
    }
    this.#failures = 0;
    return true;
  }

  #pause(): number {
    if (this.#failures === 0) return BATCH_WAIT_MS;
    const most = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** (this.#failures - 1));
    return most * (0.5 + this.#options.random() / 2);
  }

  #shed(): void {
    let dropped = 0;
    for (const [key, row] of this.#queue) {
      if (this.#queue.size <= QUEUE_ROWS * 0.9) break;
      if (!row.bar.complete) dropped += Number(this.#queue.delete(key));
    }
    for (const [key] of this.#queue) {
      if (this.#queue.size <= QUEUE_ROWS) break;
      dropped += Number(this.#queue.delete(key));
    }
    this.#options.onDropped(dropped);
  }
}

/** SQLSTATE classes 22 and 23: the value or a constraint, and not the connection, is at fault. */
function isRowFault(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^2[23]/.test(code);
}

function* take<K, V>(map: ReadonlyMap<K, V>, count: number): Generator<[K, V]> {
  let left = count;
  for (const entry of map) {
    if (left-- <= 0) return;
    yield entry;
  }
}
