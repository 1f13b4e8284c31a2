import type { ImportReport } from '@ziggy/contracts';
import type { TapeEvent } from '@ziggy/market-sources';
import type { Readable } from 'node:stream';
import { CsvMarket } from './csv-market.ts';
import type { CsvMarketOptions } from './csv-market.ts';
import { CsvFault, readCsv } from './csv-rows.ts';
import type { RowFault } from './csv-rows.ts';

/** Bad rows that are named; the others are counted. */
const FAULTS_NAMED = 50;

/** One reading of a file. */
export interface CsvReading {
  readonly report: ImportReport;
  /** Its instruments, for the header of a tape. */
  readonly market: CsvMarket;
}

/**
 * Reads a CSV file of ticks or bars from its first row to its last.
 * @param onEvent takes what happened, in the order of time; it may return a promise to be waited for.
 * @returns what was read; a file that cannot be read as a whole has that as its last fault.
 */
export async function readMarketCsv(
  file: Readable,
  options: CsvMarketOptions,
  onEvent: (event: TapeEvent) => Promise<void> | null,
  signal: AbortSignal,
): Promise<CsvReading> {
  const market = new CsvMarket(options);
  const faults: RowFault[] = [];
  const inOrder = new InOrder(onEvent);
  let [rows, bad] = [0, 0];
  let [startTs, endTs] = [null as number | null, null as number | null];
  const refuse = (fault: RowFault): void => {
    bad += 1;
    if (faults.length < FAULTS_NAMED) faults.push(fault);
  };
  let sha256 = '';
  try {
    sha256 = await readCsv(
      file,
      market.plan,
      (row) => {
        rows += 1;
        const read = market.row(row);
        if ('fault' in read) {
          refuse({ line: row.line, ...read.fault });
          return null;
        }
        startTs ??= read.events[0]?.t ?? null;
        endTs = Math.max(endTs ?? -Infinity, read.events.at(-1)?.t ?? -Infinity);
        return inOrder.add(read.events);
      },
      signal,
    );
  } catch (error) {
    if (!(error instanceof CsvFault)) throw error;
    refuse(error.fault);
    rows = Math.max(rows, bad);
  }
  await inOrder.rest();
  const report: ImportReport = {
    sha256,
    rows,
    good: rows - bad,
    bad,
    faults,
    symbols: market.symbols.slice(0, 200),
    startTs: startTs === null ? null : new Date(startTs).toISOString(),
    endTs: endTs === null ? null : new Date(endTs).toISOString(),
    written: null,
  };
  return { report, market };
}

/** Bars say what happens at their end too: it waits until the rows have come that far. */
class InOrder {
  readonly #onEvent: (event: TapeEvent) => Promise<void> | null;
  #waiting: TapeEvent[] = [];

  constructor(onEvent: (event: TapeEvent) => Promise<void> | null) {
    this.#onEvent = onEvent;
  }

  async add(events: readonly TapeEvent[]): Promise<void> {
    const [first] = events;
    if (first === undefined) return;
    await this.#tellUpTo(first.t);
    for (const event of events) this.#insert(event);
  }

  rest(): Promise<void> {
    return this.#tellUpTo(Infinity);
  }

  async #tellUpTo(t: number): Promise<void> {
    let count = 0;
    while (count < this.#waiting.length && (this.#waiting[count] as TapeEvent).t <= t) {
      await this.#onEvent(this.#waiting[count] as TapeEvent);
      count += 1;
    }
    if (count > 0) this.#waiting.splice(0, count);
  }

  /** Behind all of the same time: what came first stays first. */
  #insert(event: TapeEvent): void {
    let at = this.#waiting.length;
    while (at > 0 && (this.#waiting[at - 1] as TapeEvent).t > event.t) at -= 1;
    this.#waiting.splice(at, 0, event);
  }
}
