import { crc32, deflateRaw, inflateRaw, inflateRawSync } from 'node:zlib';
import { promisify } from 'node:util';

// A tape is a valid gzip file of many members. Times and the system's number are left out of their heads, so that equal
// content has equal bytes on every machine (RFC 1952).

const deflate = promisify<Buffer, object, Buffer>(deflateRaw);
const inflate = promisify<Buffer, object, Buffer>(inflateRaw);

const EXTRA = 4;
const HEAD_BYTES = 10;
const TRAILER_BYTES = 8;
/** Most bytes of a stored block. */
const BLOCK_BYTES = 65_535;
/** More than a member ever holds: what inflates to more is no member of ours. */
export const MEMBER_TEXT_MAX = 64 * 1024 * 1024;

const head = (flags = 0): Buffer => Buffer.from([0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 255]);

/** The text as one compressed member. */
export async function compressed(text: Buffer): Promise<Buffer> {
  return Buffer.concat([head(), await deflate(text, { level: 6 }), trailer(text)]);
}

/**
 * The text as one member that is not compressed, `bytes` long in all: its length is known before its content is.
 * @throws RangeError when it does not fit.
 */
export function padded(text: Buffer, bytes: number): Buffer {
  const body = stored(text);
  const spare = bytes - HEAD_BYTES - 2 - body.length - TRAILER_BYTES;
  if (spare < 0 || spare > 65_535) throw new RangeError(`${text.length} bytes do not fit a member of ${bytes}.`);
  const extra = Buffer.alloc(2 + spare);
  extra.writeUInt16LE(spare);
  return Buffer.concat([head(EXTRA), extra, body, trailer(text)]);
}

/** Bytes of a {@link padded} member without padding. */
export function paddedBytes(textBytes: number): number {
  return HEAD_BYTES + 2 + storedBytes(textBytes) + TRAILER_BYTES;
}

/** The text as one member that is not compressed; its bytes follow from the text alone. */
export function plain(text: Buffer): Buffer {
  return Buffer.concat([head(), stored(text), trailer(text)]);
}

/** Bytes of a {@link plain} member. */
export function plainBytes(textBytes: number): number {
  return HEAD_BYTES + storedBytes(textBytes) + TRAILER_BYTES;
}

/** Text of a member whose bytes are known to be whole; `null` when they are no member. */
export async function textOf(member: Buffer): Promise<Buffer | null> {
  const from = bodyAt(member);
  if (from === null || member.length < from + TRAILER_BYTES) return null;
  try {
    const text = await inflate(member.subarray(from, -TRAILER_BYTES), { maxOutputLength: MEMBER_TEXT_MAX });
    return trailer(text).equals(member.subarray(-TRAILER_BYTES)) ? text : null;
  } catch {
    return null;
  }
}

/** The member that a window begins with, and how long it is; `null` when the window holds no whole one. */
export function firstMember(window: Buffer): { readonly text: Buffer; readonly bytes: number } | null {
  const from = bodyAt(window);
  if (from === null) return null;
  try {
    const { buffer, engine } = inflateRawSync(window.subarray(from), {
      info: true,
      maxOutputLength: MEMBER_TEXT_MAX,
    }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    const end = from + engine.bytesWritten;
    const found = window.subarray(end, end + TRAILER_BYTES);
    return trailer(buffer).equals(found) ? { text: buffer, bytes: end + TRAILER_BYTES } : null;
  } catch {
    return null;
  }
}

function bodyAt(member: Buffer): number | null {
  if (member.length < HEAD_BYTES + 2) return null;
  if (member.subarray(0, HEAD_BYTES).equals(head())) return HEAD_BYTES;
  return member.subarray(0, HEAD_BYTES).equals(head(EXTRA)) ? HEAD_BYTES + 2 + member.readUInt16LE(HEAD_BYTES) : null;
}

function storedBytes(textBytes: number): number {
  return textBytes + 5 * Math.max(1, Math.ceil(textBytes / BLOCK_BYTES));
}

function stored(text: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let from = 0; from === 0 || from < text.length; from += BLOCK_BYTES) {
    const block = text.subarray(from, from + BLOCK_BYTES);
    const lead = Buffer.from([from + BLOCK_BYTES >= text.length ? 1 : 0, 0, 0, 0, 0]);
    lead.writeUInt16LE(block.length, 1);
    lead.writeUInt16LE(block.length ^ 0xffff, 3);
    parts.push(lead, block);
  }
  return Buffer.concat(parts);
}

function trailer(text: Buffer): Buffer {
  const bytes = Buffer.alloc(TRAILER_BYTES);
  bytes.writeUInt32LE(crc32(text));
  bytes.writeUInt32LE(text.length % 2 ** 32, 4);
  return bytes;
}
