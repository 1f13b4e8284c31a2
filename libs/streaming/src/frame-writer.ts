/** Where bytes come from. The server passes a `Buffer` allocator, so sockets take frames without wrapping them again. */
export type Allocate = (bytes: number) => Uint8Array;

const OPCODE_TEXT = 0x81;
const OPCODE_PING = 0x89;
const OPCODE_PONG = 0x8a;
/** Longest payload of a control frame (RFC 6455, section 5.5). */
const CONTROL_MAX = 125;

const plainBytes: Allocate = (bytes) => new Uint8Array(bytes);

/**
 * One unmasked, final text frame as a server sends it (RFC 6455, section 5.2): header and UTF-8 payload in one buffer,
 * so the same bytes go to every client and a flush is a list of buffers.
 */
export function textFrame(text: string, allocate: Allocate = plainBytes): Uint8Array {
  const length = utf8Length(text);
  const header = headerLength(length);
  const frame = allocate(header + length);
  writeHeader(frame, OPCODE_TEXT, length);
  writeUtf8(text, frame, header, length === text.length);
  return frame;
}

/** A ping or pong frame. A payload above 125 bytes is cut, as no control frame may be longer. */
export function controlFrame(kind: 'ping' | 'pong', payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  const body = payload.length > CONTROL_MAX ? payload.subarray(0, CONTROL_MAX) : payload;
  const frame = new Uint8Array(2 + body.length);
  writeHeader(frame, kind === 'ping' ? OPCODE_PING : OPCODE_PONG, body.length);
  frame.set(body, 2);
  return frame;
}

function headerLength(payload: number): number {
  if (payload < 126) return 2;
  return payload < 65_536 ? 4 : 10;
}

function writeHeader(frame: Uint8Array, opcode: number, payload: number): void {
  frame[0] = opcode;
  if (payload < 126) {
    frame[1] = payload;
  } else if (payload < 65_536) {
    frame[1] = 126;
    frame[2] = payload >>> 8;
    frame[3] = payload;
  } else {
    frame[1] = 127;
    frame.fill(0, 2, 6);
    frame[6] = payload >>> 24;
    frame[7] = payload >>> 16;
    frame[8] = payload >>> 8;
    frame[9] = payload;
  }
}

/** Bytes of `text` in UTF-8; a lone surrogate counts as U+FFFD. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (isPair(text, i, unit)) {
      // Two units of text become four bytes: two more than the units already counted.
      bytes += 2;
      i++;
    } else bytes += 2;
  }
  return bytes;
}

function isPair(text: string, at: number, unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff && at + 1 < text.length && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
}

function writeUtf8(text: string, target: Uint8Array, from: number, ascii: boolean): void {
  let at = from;
  if (ascii) {
    for (let i = 0; i < text.length; i++) target[at++] = text.charCodeAt(i);
    return;
  }
  for (let i = 0; i < text.length; i++) {
    let unit = text.charCodeAt(i);
    if (unit < 0x80) {
      target[at++] = unit;
    } else if (unit < 0x800) {
      target[at++] = 0xc0 | (unit >>> 6);
      target[at++] = 0x80 | (unit & 0x3f);
    } else if (isPair(text, i, unit)) {
      const point = 0x10000 + ((unit & 0x3ff) << 10) + (text.charCodeAt(++i) & 0x3ff);
      target[at++] = 0xf0 | (point >>> 18);
      target[at++] = 0x80 | ((point >>> 12) & 0x3f);
      target[at++] = 0x80 | ((point >>> 6) & 0x3f);
      target[at++] = 0x80 | (point & 0x3f);
    } else {
      if (unit >= 0xd800 && unit <= 0xdfff) unit = 0xfffd;
      target[at++] = 0xe0 | (unit >>> 12);
      target[at++] = 0x80 | ((unit >>> 6) & 0x3f);
      target[at++] = 0x80 | (unit & 0x3f);
    }
  }
}
