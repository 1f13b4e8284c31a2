import { createHash } from 'node:crypto';
import type { Bar, Instrument, QuoteUpdate } from '@ziggy/domain';

/** A recorded quote. The player adds what only playing knows: when it arrived, and its number as `seq`. */
export type TapeQuote = Omit<QuoteUpdate, 'receivedAt' | 'seq' | 'kind'>;
/** A recorded finished bar; market, source and kind come from the market that plays it. */
export type TapeBar = Omit<Bar, 'market' | 'source' | 'kind'>;

/** One thing that happened: `t` market time (epoch ms), `n` its number from 1 without holes. Ordered by (t, n). */
export type TapeRecord =
  | { readonly t: number; readonly n: number; readonly k: 'q'; readonly quote: TapeQuote }
  | { readonly t: number; readonly n: number; readonly k: 'b'; readonly bar: TapeBar };

/** What is said of a record before it has a number. */
export type TapeEvent =
  | { readonly t: number; readonly k: 'q'; readonly quote: TapeQuote }
  | { readonly t: number; readonly k: 'b'; readonly bar: TapeBar };

export interface TapeHeader {
  readonly v: 1;
  readonly title: string;
  /** Market that was recorded, e.g. `yahoo`; for imported files the name of the file's origin. */
  readonly sourceMarket: string;
  readonly licence: string;
  readonly redistributable: boolean;
  readonly instruments: readonly Instrument[];
  /** First and last record (epoch ms of market time). */
  readonly startTs: number;
  readonly endTs: number;
}

/** A recorded market in memory. Its `id` is the SHA-256 of header and records, so equal tapes have equal names. */
export interface Tape {
  readonly id: string;
  readonly header: TapeHeader;
  readonly records: readonly TapeRecord[];
  /** Where playing begins unless told otherwise (epoch ms); what lies before is history. */
  readonly playFrom: number;
}

export type TapeErrorCode = 'tape_absent' | 'tape_corrupt';

/** A tape that cannot be played: it is not here, or it is not what it says it is. */
export class TapeError extends Error {
  override readonly name = 'TapeError';
  readonly code: TapeErrorCode;

  constructor(code: TapeErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/**
 * Numbers the events, checks their order and names the tape.
 * @throws TapeError `tape_corrupt` naming the first event that is older than the one before it.
 */
export function makeTape(
  header: Omit<TapeHeader, 'v' | 'startTs' | 'endTs'>,
  events: readonly TapeEvent[],
  playFrom: number,
): Tape {
  const first = events[0];
  const last = events.at(-1);
  if (!first || !last) throw new TapeError('tape_corrupt', `The tape "${header.title}" holds no records.`);
  const records: TapeRecord[] = [];
  let before = first.t;
  for (const event of events) {
    const n = records.length + 1;
    if (!(event.t >= before)) throw new TapeError('tape_corrupt', `Record ${n} of "${header.title}" is out of order.`);
    before = event.t;
    records.push(
      event.k === 'q' ? { t: event.t, n, k: 'q', quote: event.quote } : { t: event.t, n, k: 'b', bar: event.bar },
    );
  }
  const whole: TapeHeader = { v: 1, ...header, startTs: first.t, endTs: last.t };
  return { id: nameOf(whole, records), header: whole, records, playFrom };
}

/** SHA-256 over the canonical lines; they are fed one by one, since a tape may be larger than one string should be. */
function nameOf(header: TapeHeader, records: readonly TapeRecord[]): string {
  const hash = createHash('sha256');
  hash.update(`${JSON.stringify(header)}\n`);
  for (const record of records) hash.update(`${JSON.stringify(record)}\n`);
  return hash.digest('hex');
}
