import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { padded, paddedBytes, plain, plainBytes, textOf } from './gzip-member.ts';
import { FieldError, Fields } from './tape-fields.ts';
import { headerLine } from './tape-lines.ts';
import { TapeError } from './tape.ts';
import type { TapeHeader } from './tape.ts';

/** Market time that one member of the file holds. */
export const SEGMENT_MS = 5 * 60_000;
/** ... and the most records: a member is read and written in one piece. */
export const SEGMENT_RECORDS = 65_536;
/** Ending of a tape, and of one that is being written. */
export const TAPE_SUFFIX = '.ztape';
export const PART_SUFFIX = '.part';

/** How a tape came to its end. */
export const TAPE_FILE_ENDS = ['complete', 'overflow', 'disk_full', 'recovered'] as const;
export type TapeEnd = (typeof TAPE_FILE_ENDS)[number];

/** One member of the file: time and number of its first record, where it begins, SHA-256 of its bytes. The header is number 0. */
export interface Segment {
  readonly t: number;
  readonly n: number;
  readonly offset: number;
  readonly sha256: string;
}

export interface Footer {
  readonly end: TapeEnd;
  readonly records: number;
  /** The header first, then the records. */
  readonly segments: readonly Segment[];
  /** Name of the tape. */
  readonly sha256: string;
}

/** Room in the header's member for times that are longer than the first guess. */
const HEADER_SPARE = 32;

/** Bytes that the member of a header takes, whatever its times turn out to be. */
export function headerBytes(header: TapeHeader): number {
  return paddedBytes(Buffer.byteLength(headerLine({ ...header, endTs: header.startTs }))) + HEADER_SPARE;
}

export function headerMember(header: TapeHeader): Buffer {
  return padded(Buffer.from(headerLine(header)), headerBytes(header));
}

export function footerMember(footer: Footer): Buffer {
  const { end, records, segments, sha256 } = footer;
  const ordered = segments.map(({ t, n, offset, sha256: hash }) => ({ t, n, offset, sha256: hash }));
  return plain(Buffer.from(`${JSON.stringify({ end, records, segments: ordered, sha256 })}\n`));
}

/**
 * Reads the footer, which is the last member.
 * @returns also where it begins; `null` when the file has none: it was cut, or is no tape.
 */
export async function readFooter(
  file: FileHandle,
  size: number,
): Promise<{ readonly footer: Footer; readonly offset: number } | null> {
  if (size < 64) return null;
  const textBytes = (await bytesAt(file, size - 4, 4)).readUInt32LE();
  const offset = size - plainBytes(textBytes);
  if (offset <= 0) return null;
  const bytes = await bytesAt(file, offset, size - offset);
  const text = await textOf(bytes);
  if (text === null) return null;
  const footer = parseFooter(text.toString('utf8'));
  return footer !== null && footerMember(footer).equals(bytes) ? { footer, offset } : null;
}

function parseFooter(text: string): Footer | null {
  try {
    const fields = Fields.parse(text);
    return {
      end: fields.oneOf('end', TAPE_FILE_ENDS),
      records: fields.number('records'),
      segments: fields.list('segments').map((segment) => ({
        t: segment.number('t'),
        n: segment.number('n'),
        offset: segment.number('offset'),
        sha256: segment.text('sha256'),
      })),
      sha256: fields.text('sha256'),
    };
  } catch (error) {
    if (error instanceof FieldError) return null;
    throw error;
  }
}

export async function bytesAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let got = 0;
  while (got < length) {
    const { bytesRead } = await file.read(bytes, got, length - got, offset + got);
    if (bytesRead === 0) break;
    got += bytesRead;
  }
  return got === length ? bytes : bytes.subarray(0, got);
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Ends a file whose records lie in whole members: writes the header as it turned out, in place, and the footer behind.
 * @param segments members of the records alone.
 * @returns the name of the tape.
 * @throws TapeError `tape_corrupt` when a member cannot be read back.
 */
export async function seal(
  file: FileHandle,
  header: TapeHeader,
  segments: readonly Segment[],
  to: { readonly offset: number; readonly records: number; readonly end: TapeEnd },
): Promise<string> {
  const hash = createHash('sha256').update(headerLine(header));
  for (const [i, segment] of segments.entries()) {
    const next = segments[i + 1]?.offset ?? to.offset;
    const text = await textOf(await bytesAt(file, segment.offset, next - segment.offset));
    if (text === null)
      throw new TapeError('tape_corrupt', `What was written at record ${segment.n} cannot be read back.`, {
        record: segment.n,
      });
    hash.update(text);
  }
  const id = hash.digest('hex');
  const lead = headerMember(header);
  const first: Segment = { t: header.startTs, n: 0, offset: 0, sha256: sha256(lead) };
  const footer = footerMember({ end: to.end, records: to.records, segments: [first, ...segments], sha256: id });
  await file.write(lead, 0, lead.length, 0);
  await file.write(footer, 0, footer.length, to.offset);
  await file.truncate(to.offset + footer.length);
  await file.sync();
  return id;
}
