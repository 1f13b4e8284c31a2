import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { compressed } from './gzip-member.ts';
import { recordLine } from './tape-lines.ts';
import { PART_SUFFIX, SEGMENT_MS, SEGMENT_RECORDS, headerMember, seal, sha256 } from './tape-layout.ts';
import type { Segment, TapeEnd } from './tape-layout.ts';
import { TapeError } from './tape.ts';
import type { TapeEvent, TapeHeader, TapeTitle } from './tape.ts';

/**
 * Writes a tape as its records come, one whole member after the other, into `<path>.part`; {@link TapeWriter.finish}
 * makes it `<path>`. So a file of that name is always whole, and of a writer that was killed all but the last five
 * market minutes can be recovered. Calls follow one another: await each before the next.
 */
export class TapeWriter {
  readonly #path: string;
  readonly #title: TapeTitle;
  readonly #file: FileHandle;
  readonly #segments: Segment[] = [];
  #lines: string[] = [];
  #first: { t: number; n: number } | null = null;
  #startTs: number | null = null;
  #lastT = -Infinity;
  #records = 0;
  /** Last record that lies in the file; a full disk may have taken those behind it. */
  #written = { n: 0, t: 0 };
  #offset = 0;
  #over = false;

  private constructor(path: string, title: TapeTitle, file: FileHandle) {
    this.#path = path;
    this.#title = title;
    this.#file = file;
  }

  /** @throws the file system's error, e.g. `EEXIST` while another writer is at the same tape. */
  static async open(path: string, title: TapeTitle): Promise<TapeWriter> {
    return new TapeWriter(path, title, await open(`${path}${PART_SUFFIX}`, 'wx+'));
  }

  /** Records taken so far. */
  get records(): number {
    return this.#records;
  }

  /** Market time of the first and the last record; `null` before there is one. */
  get span(): { readonly startTs: number; readonly endTs: number } | null {
    return this.#startTs === null ? null : { startTs: this.#startTs, endTs: this.#lastT };
  }

  /**
   * Takes the next event.
   * @returns `null` when it waits in memory, else the writing of the member that it ended.
   * @throws TapeError `tape_corrupt` when it is older than the one before.
   */
  add(event: TapeEvent): Promise<void> | null {
    const n = this.#records + 1;
    if (!(event.t >= this.#lastT)) {
      throw new TapeError('tape_corrupt', `Record ${n} is older than the one before.`, { record: n });
    }
    const first = this.#first;
    const full =
      first !== null &&
      (Math.floor(event.t / SEGMENT_MS) !== Math.floor(first.t / SEGMENT_MS) || this.#lines.length >= SEGMENT_RECORDS);
    const writing = full ? this.#flush() : null;
    this.#records = n;
    this.#lastT = event.t;
    this.#startTs ??= event.t;
    this.#first ??= { t: event.t, n };
    this.#lines.push(recordLine({ ...event, n }));
    return writing;
  }

  /**
   * Writes what is left, header and footer, and gives the file its name.
   * @returns the id of the tape; `null` when nothing was recorded: then there is no file.
   */
  async finish(end: TapeEnd): Promise<string | null> {
    await this.#flush();
    if (this.#written.n === 0) {
      await this.abandon();
      return null;
    }
    const id = await seal(this.#file, this.#header(), this.#segments, {
      offset: this.#offset,
      records: this.#written.n,
      end,
    });
    await this.#close();
    await rename(`${this.#path}${PART_SUFFIX}`, this.#path);
    return id;
  }

  /** Stops and keeps what was written as `<path>.part`, which can be recovered. */
  async leave(): Promise<void> {
    await this.#close();
  }

  /** Stops and leaves nothing. */
  async abandon(): Promise<void> {
    await this.#close();
    await rm(`${this.#path}${PART_SUFFIX}`, { force: true });
  }

  #header(): TapeHeader {
    const startTs = this.#startTs ?? 0;
    return { v: 1, ...this.#title, startTs, endTs: this.#written.t };
  }

  async #flush(): Promise<void> {
    const first = this.#first;
    if (first === null) return;
    const lines = this.#lines;
    const last = { n: this.#records, t: this.#lastT };
    this.#lines = [];
    this.#first = null;
    if (this.#offset === 0) {
      const lead = headerMember({ ...this.#header(), endTs: this.#startTs ?? 0 });
      await this.#append(lead);
    }
    const member = await compressed(Buffer.from(lines.join('')));
    const segment = { ...first, offset: this.#offset, sha256: sha256(member) };
    await this.#append(member);
    this.#segments.push(segment);
    this.#written = last;
  }

  async #append(bytes: Buffer): Promise<void> {
    for (let from = 0; from < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, from, bytes.length - from, this.#offset + from);
      from += bytesWritten;
    }
    this.#offset += bytes.length;
  }

  async #close(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    await this.#file.close();
  }
}
