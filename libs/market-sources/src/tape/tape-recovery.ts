import { constants, copyFile, open, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { firstMember } from './gzip-member.ts';
import { readHeader, readRecord } from './tape-lines.ts';
import { PART_SUFFIX, bytesAt, headerMember, readFooter, seal, sha256 } from './tape-layout.ts';
import type { Segment } from './tape-layout.ts';
import { TapeError } from './tape.ts';
import type { TapeHeader } from './tape.ts';

/** First size of the window in which a member is looked for; it grows as far as a member may. */
const WINDOW_BYTES = 1 << 20;
const WINDOW_MAX = 1 << 26;

export interface Recovery {
  readonly id: string;
  readonly records: number;
  /** Bytes behind the last whole member, which are lost. */
  readonly lostBytes: number;
}

/**
 * Saves a tape whose writing was cut off: what lies in whole members becomes a tape of its own, and the cut file stays.
 * @param from the cut file, e.g. `x.ztape.part`.
 * @param to name of the new tape; it must not exist.
 * @throws TapeError `tape_absent` without such a file, `tape_corrupt` when not even one member of records is whole, or
 *   when the file is whole already.
 */
export async function recoverTape(from: string, to: string): Promise<Recovery> {
  if (await exists(to)) throw new TapeError('tape_corrupt', 'There is a tape of that name already.');
  const part = `${to}${PART_SUFFIX}.recovering`;
  try {
    await copyFile(from, part, constants.COPYFILE_FICLONE);
  } catch (error) {
    throw new TapeError('tape_absent', 'There is no such tape.', { cause: error });
  }
  const file = await open(part, 'r+');
  try {
    const { size } = await file.stat();
    if ((await readFooter(file, size)) !== null) throw new TapeError('tape_corrupt', 'The tape is whole already.');
    const found = await wholeMembers(file, size);
    const id = await seal(file, found.header, found.segments, {
      offset: found.end,
      records: found.records,
      end: 'recovered',
    });
    await file.close();
    await rename(part, to);
    return { id, records: found.records, lostBytes: size - found.end };
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(part, { force: true });
    throw error;
  }
}

interface Found {
  readonly header: TapeHeader;
  readonly segments: readonly Segment[];
  readonly records: number;
  readonly end: number;
}

async function wholeMembers(file: FileHandle, size: number): Promise<Found> {
  const lead = await memberAt(file, 0, size);
  const begun = lead === null ? null : attempt(() => readHeader(lead.text.toString('utf8')));
  if (lead === null || begun === null) throw new TapeError('tape_corrupt', 'The header is not whole.');
  const segments: Segment[] = [];
  let [offset, n, t] = [lead.bytes, 0, begun.startTs];
  for (;;) {
    const member = await memberAt(file, offset, size);
    const read = member === null ? null : attempt(() => recordsOf(member.text.toString('utf8'), n, t));
    if (member === null || read === null) break;
    const bytes = await bytesAt(file, offset, member.bytes);
    segments.push({ t: read.firstT, n: n + 1, offset, sha256: sha256(bytes) });
    offset += member.bytes;
    n = read.n;
    t = read.t;
  }
  if (n === 0) throw new TapeError('tape_corrupt', 'Not one member of records is whole.');
  const header = { ...begun, endTs: t };
  // A header that was written with its end already leaves the same room.
  if (headerMember(header).length !== lead.bytes) throw new TapeError('tape_corrupt', 'The header has another length.');
  return { header, segments, records: n, end: offset };
}

/** Checks the records of a member that follows record `n` of time `t`. */
function recordsOf(text: string, n: number, t: number): { n: number; t: number; firstT: number } {
  let firstT: number | null = null;
  for (const line of text.trimEnd().split('\n')) {
    const record = readRecord(line);
    if (record.n !== n + 1 || !(record.t >= t)) throw new TapeError('tape_corrupt', 'Out of order.');
    firstT ??= record.t;
    n = record.n;
    t = record.t;
  }
  if (firstT === null || !text.endsWith('\n')) throw new TapeError('tape_corrupt', 'No records.');
  return { n, t, firstT };
}

async function memberAt(file: FileHandle, offset: number, size: number): Promise<ReturnType<typeof firstMember>> {
  for (let bytes = WINDOW_BYTES; ; bytes *= 4) {
    const window = await bytesAt(file, offset, Math.min(bytes, size - offset));
    const member = window.length === 0 ? null : firstMember(window);
    if (member !== null || offset + bytes >= size || bytes >= WINDOW_MAX) return member;
  }
}

function attempt<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
