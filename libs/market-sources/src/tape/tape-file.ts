import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { textOf } from './gzip-member.ts';
import { Checkpoints } from './tape-checkpoints.ts';
import { FieldError } from './tape-fields.ts';
import { headerLine, readHeader, readRecord } from './tape-lines.ts';
import { bytesAt, readFooter, sha256 } from './tape-layout.ts';
import type { Footer, Segment, TapeEnd } from './tape-layout.ts';
import { TapeError, buildsBars, isFact, isHeadline } from './tape.ts';
import type {
  NumberedBar,
  Tape,
  TapeCheckpoint,
  TapeFact,
  TapeFeed,
  TapeHeader,
  TapeHeadline,
  TapeRecord,
} from './tape.ts';

/** What the ends of a file say about it, before its records are checked. */
export interface TapeFileSummary {
  readonly id: string;
  readonly header: TapeHeader;
  readonly records: number;
  readonly end: TapeEnd;
  readonly bytes: number;
}

/** A tape on disk that was checked from end to end. Quotes are read as they are played; bars and checkpoints are kept. */
export interface TapeFile extends Tape {
  readonly path: string;
  readonly end: TapeEnd;
}

/** An open file, its footer and where the members lie. */
interface Opened {
  readonly file: FileHandle;
  readonly footer: Footer;
  readonly footerAt: number;
  readonly bytes: number;
}

/**
 * Reads header and footer of a tape.
 * @throws TapeError `tape_absent` when there is no such file, `tape_corrupt` when it is no whole tape.
 */
export async function summarizeTape(path: string): Promise<TapeFileSummary> {
  const opened = await openFile(path);
  try {
    const { footer, bytes } = opened;
    return { id: footer.sha256, header: await headerOf(opened), records: footer.records, end: footer.end, bytes };
  } finally {
    await opened.file.close();
  }
}

/**
 * Opens a tape and checks every byte of it: hashes, numbers, order, and that each record can be understood.
 * @throws TapeError `tape_absent` when there is no such file; `tape_corrupt` naming the first bad record: nothing plays.
 */
export async function openTape(path: string): Promise<TapeFile> {
  const opened = await openFile(path);
  try {
    const header = await headerOf(opened);
    const check = new Check(header);
    const { segments } = opened.footer;
    for (let index = 1; index < segments.length; index++) {
      const text = await segmentText(opened, index);
      check.segment(index, segments[index] as Segment, text);
    }
    check.end(opened.footer);
    return fileOf(path, opened.footer, opened.footerAt, header, check);
  } finally {
    await opened.file.close();
  }
}

async function openFile(path: string): Promise<Opened> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    throw new TapeError('tape_absent', 'There is no such tape.', { cause: error });
  }
  try {
    const { size } = await file.stat();
    const found = await readFooter(file, size);
    if (found === null) {
      throw new TapeError(
        'tape_corrupt',
        'The file has no sound footer: it was cut or changed. `tape verify --recover` saves what is whole.',
      );
    }
    checkLayout(found.footer, found.offset);
    return { file, footer: found.footer, footerAt: found.offset, bytes: size };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function checkLayout({ segments, records }: Footer, footerAt: number): void {
  const [lead] = segments;
  const sound =
    lead !== undefined &&
    lead.n === 0 &&
    lead.offset === 0 &&
    segments.length > 1 &&
    segments[1]?.n === 1 &&
    segments.every(({ n, offset }, i) => {
      const next = segments[i + 1];
      return next === undefined ? offset < footerAt && n <= records : offset < next.offset && n < next.n;
    });
  if (!sound) throw new TapeError('tape_corrupt', 'The footer lists members that cannot be.');
}

/** The checked text of a member. */
async function segmentText({ file, footer, footerAt }: Omit<Opened, 'bytes'>, index: number): Promise<string> {
  const segment = footer.segments[index] as Segment;
  const end = footer.segments[index + 1]?.offset ?? footerAt;
  const bytes = await bytesAt(file, segment.offset, end - segment.offset);
  const text = await textOf(bytes);
  if (sha256(bytes) !== segment.sha256 || text === null) {
    throw new TapeError('tape_corrupt', `The member of record ${segment.n} is not what the footer says.`, {
      record: segment.n === 0 ? null : segment.n,
    });
  }
  return text.toString('utf8');
}

async function headerOf(opened: Opened): Promise<TapeHeader> {
  const text = await segmentText(opened, 0);
  try {
    return readHeader(text);
  } catch (error) {
    throw new TapeError('tape_corrupt', `The header cannot be read: ${(error as Error).message}.`, { cause: error });
  }
}

/** The one pass over all records. */
class Check {
  readonly checkpoints = new Checkpoints();
  readonly bars: NumberedBar[] = [];
  readonly facts: TapeFact[] = [];
  quotes = 0;
  readonly headlines: TapeHeadline[] = [];
  readonly #header: TapeHeader;
  readonly #hash = createHash('sha256');
  readonly #symbols: Set<string>;
  #n = 0;
  #t = -Infinity;

  constructor(header: TapeHeader) {
    this.#header = header;
    this.#symbols = new Set(header.instruments.map(({ symbol }) => symbol));
  }

  segment(index: number, { t, n }: Segment, text: string): void {
    if (index === 1) this.#hash.update(headerLine(this.#header));
    this.#hash.update(text);
    if (!text.endsWith('\n')) this.#bad(n, 'its line has no end');
    this.checkpoints.segment(index, t);
    for (let from = 0; from < text.length;) {
      const end = text.indexOf('\n', from);
      const record = readLine(text.slice(from, end), this.#n + 1);
      if (from === 0 && (record.t !== t || record.n !== n)) this.#bad(record.n, 'its member is listed wrongly');
      this.#take(record);
      from = end + 1;
    }
  }

  end({ records, sha256: id }: Footer): void {
    if (this.#n !== records) this.#bad(this.#n, `the footer counts ${records} records`);
    const { startTs, endTs } = this.#header;
    if (this.#t !== endTs || !(startTs <= endTs)) this.#bad(this.#n, 'the header ends at another time');
    if (this.#hash.digest('hex') !== id) throw new TapeError('tape_corrupt', 'Header and records have another hash.');
  }

  #take(record: TapeRecord): void {
    const { n, t } = record;
    if (n !== this.#n + 1) this.#bad(this.#n + 1, `it has the number ${n}`);
    if (!(t >= this.#t)) this.#bad(n, 'it is older than the one before');
    if (n === 1 && t !== this.#header.startTs) this.#bad(n, 'the header begins at another time');
    this.#n = n;
    this.#t = t;
    if (record.k === 'i') this.#symbols.add(record.instrument.symbol);
    const symbol = record.k === 'q' ? record.quote.symbol : record.k === 'b' ? record.bar.symbol : null;
    if (symbol !== null && !this.#symbols.has(symbol)) this.#bad(n, `${symbol} is not listed`);
    if (record.k === 'b') this.bars.push({ n, bar: record.bar });
    else if (isFact(record)) this.facts.push(record);
    else if (record.k === 'q') this.quotes += 1;
    else if (isHeadline(record)) this.headlines.push(record);
    this.checkpoints.record(record);
  }

  #bad(n: number, why: string): never {
    throw badRecord(n, why);
  }
}

function readLine(line: string, n: number): TapeRecord {
  try {
    return readRecord(line);
  } catch (error) {
    if (error instanceof FieldError) throw badRecord(n, error.message);
    throw error;
  }
}

function badRecord(n: number, why: string): TapeError {
  return new TapeError('tape_corrupt', `Record ${n}: ${why}.`, { record: n });
}

function fileOf(path: string, footer: Footer, footerAt: number, header: TapeHeader, check: Check): TapeFile {
  return {
    path,
    id: footer.sha256,
    header,
    end: footer.end,
    recordCount: footer.records,
    playFrom: header.startTs,
    intraday: buildsBars(check.quotes, check.bars),
    headlines: check.headlines,
    bars: check.bars,
    facts: check.facts,
    feed: () => new FileFeed(path, footer, footerAt, check.checkpoints),
  };
}

/** Reads one member ahead; records are parsed as they are taken. */
class FileFeed implements TapeFeed {
  readonly #path: string;
  readonly #footer: Footer;
  readonly #footerAt: number;
  readonly #checkpoints: Checkpoints;
  #file: FileHandle | null = null;
  #text = '';
  #from = 0;
  #record: TapeRecord | null = null;
  #n = 0;
  /** Index of the member that comes after the text. */
  #segment = 1;
  #ahead: { readonly segment: number; readonly text: Promise<string> } | null = null;

  constructor(path: string, footer: Footer, footerAt: number, checkpoints: Checkpoints) {
    this.#path = path;
    this.#footer = footer;
    this.#footerAt = footerAt;
    this.#checkpoints = checkpoints;
  }

  peek(): TapeRecord | null | undefined {
    if (this.#record !== null) return this.#record;
    if (this.#from >= this.#text.length) return this.#segment >= this.#footer.segments.length ? null : undefined;
    const end = this.#text.indexOf('\n', this.#from);
    this.#record = readLine(this.#text.slice(this.#from, end), this.#n + 1);
    this.#from = end + 1;
    return this.#record;
  }

  take(): void {
    this.#n += 1;
    this.#record = null;
  }

  async load(): Promise<void> {
    if (this.peek() !== undefined) return;
    const segment = this.#segment;
    const text = await (this.#ahead?.segment === segment ? this.#ahead.text : this.#read(segment));
    this.#text = text;
    this.#from = 0;
    this.#segment = segment + 1;
    this.#ahead = this.#segment < this.#footer.segments.length ? this.#readAhead(this.#segment) : null;
  }

  jump(at: number): TapeCheckpoint | null {
    const checkpoint = this.#checkpoints.before(at);
    if (checkpoint === null || checkpoint.n <= this.#n) return null;
    this.#text = '';
    this.#from = 0;
    this.#record = null;
    this.#n = checkpoint.n;
    this.#segment = checkpoint.segment;
    return checkpoint;
  }

  async close(): Promise<void> {
    await this.#ahead?.text.catch(() => undefined);
    await this.#file?.close();
    this.#file = null;
  }

  #readAhead(segment: number): { readonly segment: number; readonly text: Promise<string> } {
    const text = this.#read(segment);
    // Whoever loads it hears of a failure.
    text.catch(() => undefined);
    return { segment, text };
  }

  async #read(segment: number): Promise<string> {
    this.#file ??= await open(this.#path, 'r');
    return segmentText({ file: this.#file, footer: this.#footer, footerAt: this.#footerAt }, segment);
  }
}
