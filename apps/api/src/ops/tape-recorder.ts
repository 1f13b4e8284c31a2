import type { Bar, Instrument, QuoteUpdate, Symbol } from '@ziggy/domain';
import type { CorporateAction, RawNews, TapeEnd, TapeEvent, TapeHealth, TapeWriter } from '@ziggy/market-sources';

/** Records that may wait for the disk. */
export const RECORDER_QUEUE = 10_000;

/** The slice of the writer that a recorder needs. */
export type RecordWriter = Pick<TapeWriter, 'add' | 'finish' | 'leave' | 'records' | 'span'>;

export interface RecorderOptions {
  readonly writer: RecordWriter;
  /** Symbols to record; null is all. */
  readonly symbols: ReadonlySet<Symbol> | null;
  /** Instruments that the header lists. */
  readonly listed: readonly Instrument[];
  readonly marketNow: () => number;
  /** Market time to end at, or null. */
  readonly until: number | null;
}

export interface RecordedTape {
  /** Id of the tape; null when nothing came, or when the disk has no room for the end either. */
  readonly id: string | null;
  readonly end: TapeEnd;
  readonly records: number;
  /** What was written lies in the part file, which can be recovered. */
  readonly inPart: boolean;
}

/**
 * Writes what comes from behind the gate into a tape, on a queue of its own: the tick that is recorded never waits for
 * the disk. When the queue is full, or the disk, the recording stops and the tape says so; there are no holes in it.
 */
export class TapeRecorder {
  readonly #options: RecorderOptions;
  readonly #listed: Set<Symbol>;
  /** Settles when the recording is over, whatever ended it. */
  readonly ended: Promise<TapeEnd>;
  #end: (end: TapeEnd) => void = () => undefined;
  #over: TapeEnd | null = null;
  #queue: TapeEvent[] = [];
  #writing: Promise<void> | null = null;
  #lastT = -Infinity;
  #failure: unknown = null;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#listed = new Set(options.listed.map(({ symbol }) => symbol));
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  /** Why it ended by itself, for the log; null when the disk is not to blame. */
  get failure(): unknown {
    return this.#failure;
  }

  get status(): { readonly records: number; readonly startTs: number | null; readonly endTs: number | null } {
    const { records, span } = this.#options.writer;
    return { records, startTs: span?.startTs ?? null, endTs: span?.endTs ?? null };
  }

  quote(instrument: Instrument, update: QuoteUpdate): void {
    if (!this.#wants(update.symbol)) return;
    this.#list(instrument);
    const { receivedAt, seq: _seq, kind: _kind, ...quote } = update;
    this.#add(receivedAt, { k: 'q', quote });
  }

  bar(instrument: Instrument | undefined, bar: Bar): void {
    if (!bar.complete || !this.#wants(bar.symbol)) return;
    if (instrument !== undefined) this.#list(instrument);
    if (!this.#listed.has(bar.symbol)) return;
    const { market: _market, source: _source, kind: _kind, ...recorded } = bar;
    this.#add(this.#options.marketNow(), { k: 'b', bar: recorded });
  }

  news({ receivedAt, kind: _kind, ...news }: RawNews): void {
    this.#add(receivedAt, { k: 'n', news });
  }

  action(action: CorporateAction): void {
    if (this.#wants(action.symbol)) this.#add(this.#options.marketNow(), { k: 'c', action });
  }

  health(health: TapeHealth): void {
    this.#add(this.#options.marketNow(), { k: 'h', health });
  }

  /** Time goes on also while nothing comes. */
  tick(): void {
    const { until, marketNow } = this.#options;
    if (until !== null && marketNow() >= until) this.stop('complete');
  }

  /** Takes nothing more. */
  stop(end: TapeEnd): void {
    if (this.#over !== null) return;
    this.#over = end;
    this.#end(end);
  }

  /** Writes what waits and closes the file. */
  async finish(): Promise<RecordedTape> {
    this.stop('complete');
    await this.#writing;
    await this.#drain();
    const end = this.#over ?? 'complete';
    const { writer } = this.#options;
    try {
      return { id: await writer.finish(end), end, records: writer.records, inPart: false };
    } catch (error) {
      this.#failure ??= error;
      await writer.leave().catch(() => undefined);
      return { id: null, end: isDiskFull(error) ? 'disk_full' : end, records: writer.records, inPart: true };
    }
  }

  #wants(symbol: Symbol): boolean {
    const { symbols } = this.#options;
    return symbols === null || symbols.has(symbol);
  }

  #list(instrument: Instrument): void {
    if (this.#listed.has(instrument.symbol)) return;
    this.#listed.add(instrument.symbol);
    this.#add(this.#options.marketNow(), { k: 'i', instrument });
  }

  #add(at: number, content: DistributiveOmit<TapeEvent, 't'>): void {
    if (this.#over !== null) return;
    const { until } = this.#options;
    // What comes late keeps its place in the order of coming. Whole milliseconds: a market clock may run between them.
    const t = Math.max(this.#lastT, Math.min(Math.floor(at), Math.floor(this.#options.marketNow())));
    if (until !== null && t >= until) return this.stop('complete');
    if (this.#queue.length >= RECORDER_QUEUE) return this.stop('overflow');
    this.#lastT = t;
    this.#queue.push({ t, ...content } as TapeEvent);
    this.#writing ??= this.#drain().finally(() => (this.#writing = null));
  }

  async #drain(): Promise<void> {
    // Let the tick end first.
    await Promise.resolve();
    while (this.#queue.length > 0 && this.#failure === null) {
      const batch = this.#queue;
      this.#queue = [];
      try {
        for (const [i, event] of batch.entries()) {
          const written = this.#options.writer.add(event);
          if (written === null) continue;
          // What is not written yet still counts as waiting.
          this.#queue = [...batch.slice(i + 1), ...this.#queue];
          await written;
          break;
        }
      } catch (error) {
        this.#failure = error;
        this.stop(isDiskFull(error) ? 'disk_full' : 'overflow');
      }
    }
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

function isDiskFull(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
