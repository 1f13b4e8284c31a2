import { INTERVALS } from '@ziggy/domain';
import type { Bar, CalendarId, Instrument, Interval, Kind, QuoteUpdate, Symbol } from '@ziggy/domain';
import type { CorporateAction, RawNews, SourceHealth } from '../port.ts';
import { tapeId } from './tape-lines.ts';

/** A recorded quote. The player adds what only playing knows: when it arrived, and its number as `seq`. */
export type TapeQuote = Omit<QuoteUpdate, 'receivedAt' | 'seq' | 'kind'>;
/** A recorded finished bar; market, source and kind come from the market that plays it. */
export type TapeBar = Omit<Bar, 'market' | 'source' | 'kind'>;

/** A headline as it was known when it was recorded. */
export type TapeNews = Omit<RawNews, 'receivedAt' | 'kind'>;

/** How the recorded source was doing. */
export interface TapeHealth {
  readonly state: SourceHealth['state'];
  readonly reason: string | null;
}

/** One thing that happened: `t` market time (epoch ms), `n` its number from 1 without holes. Ordered by (t, n). */
export type TapeRecord = { readonly t: number; readonly n: number } & TapeContent;

/** What a record says: a quote, a finished bar, a headline, a corporate action, an instrument, a state of the source. */
export type TapeContent =
  | { readonly k: 'q'; readonly quote: TapeQuote }
  | { readonly k: 'b'; readonly bar: TapeBar }
  | { readonly k: 'n'; readonly news: TapeNews }
  | { readonly k: 'c'; readonly action: CorporateAction }
  | { readonly k: 'i'; readonly instrument: Instrument }
  | { readonly k: 'h'; readonly health: TapeHealth };

/** What is said of a record before it has a number. */
export type TapeEvent = { readonly t: number } & TapeContent;

export interface TapeHeader {
  readonly v: 1;
  readonly title: string;
  /** Market that was recorded, e.g. `yahoo`; for imported files the name of the file's origin. */
  readonly sourceMarket: string;
  /** Kind of the values when they were recorded. They are played as `recorded`. */
  readonly originKind: Kind;
  readonly licence: string;
  readonly redistributable: boolean;
  readonly instruments: readonly Instrument[];
  readonly calendars: readonly CalendarId[];
  /** First and last record (epoch ms of market time). */
  readonly startTs: number;
  readonly endTs: number;
  /** Corporate actions known before the first record. */
  readonly actions: readonly CorporateAction[];
}

/** A header before the records are known. */
export type TapeTitle = Omit<TapeHeader, 'v' | 'startTs' | 'endTs'>;

/** Everything a source knows at a point between two records: a seek begins there instead of at the start. */
export interface TapeCheckpoint {
  /** Market time of the last record before it. */
  readonly t: number;
  /** Records before it. */
  readonly n: number;
  /** The last quote of each symbol, with its record's time and number. */
  readonly quotes: ReadonlyMap<Symbol, QuotePosition>;
  readonly health: TapeHealth | null;
}

export interface QuotePosition {
  readonly quote: TapeQuote;
  readonly t: number;
  readonly n: number;
}

/** The records in their order, one reading of them. */
export interface TapeFeed {
  /** The next record; `null` at the end, `undefined` when {@link TapeFeed.load} must bring it first. */
  peek(): TapeRecord | null | undefined;
  /** Goes on behind the record that {@link TapeFeed.peek} showed. */
  take(): void;
  /** @throws TapeError `tape_corrupt` when the file is no longer what was checked. */
  load(): Promise<void>;
  /** Goes to the last checkpoint at or before a market time, if one lies ahead; `null` when none does. */
  jump(at: number): TapeCheckpoint | null;
  close(): Promise<void>;
}

/** A finished bar of a tape with the number of its record. */
export interface NumberedBar {
  readonly n: number;
  readonly bar: TapeBar;
}

/** A record whose word stands from then on, wherever playing begins: an action became known, an instrument was listed. */
export type TapeFact = Extract<TapeRecord, { readonly k: 'c' | 'i' }>;

export function isFact(record: TapeRecord): record is TapeFact {
  return record.k === 'c' || record.k === 'i';
}

/** A record of a headline. */
export type TapeHeadline = Extract<TapeRecord, { readonly k: 'n' }>;

export function isHeadline(record: TapeRecord): record is TapeHeadline {
  return record.k === 'n';
}

/** A recorded market that was checked. Its `id` is the SHA-256 of header and records, so equal tapes have equal names. */
export interface Tape {
  readonly id: string;
  readonly header: TapeHeader;
  readonly recordCount: number;
  /** Where playing begins unless told otherwise (epoch ms); what lies before is history. */
  readonly playFrom: number;
  /** True when bars of every interval can be built of its quotes; else it has the recorded bars alone. */
  readonly intraday: boolean;
  /** Every headline, in the order of the records. */
  readonly headlines: readonly TapeHeadline[];
  /** Every recorded bar, in the order of the records. Quotes are read as they are played, bars are history for charts. */
  readonly bars: readonly NumberedBar[];
  /** Every fact, in the order of the records. */
  readonly facts: readonly TapeFact[];
  feed(): TapeFeed;
}

/** A tape whose records are in memory. */
export interface MemoryTape extends Tape {
  readonly records: readonly TapeRecord[];
}

export type TapeErrorCode = 'tape_absent' | 'tape_corrupt';

/** A tape that cannot be played: it is not here, or it is not what it says it is. */
export class TapeError extends Error {
  override readonly name = 'TapeError';
  readonly code: TapeErrorCode;
  /** Number of the first bad record, when one is. */
  readonly record: number | null;

  constructor(
    code: TapeErrorCode,
    message: string,
    more: { readonly record?: number | null; readonly cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.record = more.record ?? null;
  }
}

/**
 * Numbers the events, checks their order and names the tape.
 * @throws TapeError `tape_corrupt` naming the first event that is older than the one before it.
 */
export function makeTape(title: TapeTitle, events: readonly TapeEvent[], playFrom: number): MemoryTape {
  const first = events[0];
  const last = events.at(-1);
  if (!first || !last) throw new TapeError('tape_corrupt', `The tape "${title.title}" holds no records.`);
  const records: TapeRecord[] = [];
  let before = first.t;
  for (const event of events) {
    const n = records.length + 1;
    if (!(event.t >= before)) {
      throw new TapeError('tape_corrupt', `Record ${n} of "${title.title}" is out of order.`, { record: n });
    }
    before = event.t;
    records.push({ ...event, n });
  }
  const header: TapeHeader = { v: 1, ...title, startTs: first.t, endTs: last.t };
  const bars = records.flatMap((record) => (record.k === 'b' ? [{ n: record.n, bar: record.bar }] : []));
  const quotes = records.reduce((sum, { k }) => sum + (k === 'q' ? 1 : 0), 0);
  return {
    id: tapeId(header, records),
    header,
    records,
    recordCount: records.length,
    playFrom,
    intraday: buildsBars(quotes, bars),
    headlines: records.filter(isHeadline),
    bars,
    facts: records.filter(isFact),
    feed: () => new MemoryFeed(records),
  };
}

/** Quotes a bar that a tape of bars itself makes: one at its open, one at its close. */
const QUOTES_OF_A_BAR = 2;

/** Whether bars can be built of the quotes: there are more of them than the recorded bars were played as. */
export function buildsBars(quotes: number, bars: readonly NumberedBar[]): boolean {
  const shortest = INTERVALS.find((interval) => bars.some(({ bar }) => bar.interval === interval));
  const count = bars.reduce((sum, { bar }) => sum + (bar.interval === shortest ? 1 : 0), 0);
  return quotes > QUOTES_OF_A_BAR * count;
}

/** Intervals of which a tape holds finished bars. */
export function recordedIntervals(bars: readonly NumberedBar[]): ReadonlySet<Interval> {
  return new Set(bars.map(({ bar }) => bar.interval));
}

class MemoryFeed implements TapeFeed {
  #next = 0;
  readonly #records: readonly TapeRecord[];

  constructor(records: readonly TapeRecord[]) {
    this.#records = records;
  }

  peek(): TapeRecord | null {
    return this.#records[this.#next] ?? null;
  }

  take(): void {
    this.#next += 1;
  }

  async load(): Promise<void> {}

  jump(): null {
    return null;
  }

  async close(): Promise<void> {}
}
