import { createHash, createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ProblemError } from '../platform/problem.ts';
import { AuthKeys, sameDigest } from './secrets.ts';

const MAC_BYTES = 16;

/** Opaque, signed marks of a place in a list: sort key and filters, so that one list's cursor fits no other. */
@Injectable()
export class PageCursors {
  readonly #keys: AuthKeys;

  constructor(keys: AuthKeys) {
    this.#keys = keys;
  }

  make(place: readonly (string | number)[], filters: unknown): string {
    const text = Buffer.from(JSON.stringify(place));
    return Buffer.concat([this.#mac(text, filters), text]).toString('base64url');
  }

  /** @throws ProblemError `invalid_cursor` */
  read(cursor: string, filters: unknown): (string | number)[] {
    const bytes = Buffer.from(cursor, 'base64url');
    const text = bytes.subarray(MAC_BYTES);
    if (!sameDigest(bytes.subarray(0, MAC_BYTES), this.#mac(text, filters)))
      throw new ProblemError('invalid_cursor', 'The cursor belongs to another list or other filters.');
    return JSON.parse(text.toString()) as (string | number)[];
  }

  #mac(text: Buffer, filters: unknown): Buffer {
    const hash = createHash('sha256').update(JSON.stringify(filters)).digest();
    return createHmac('sha256', this.#keys.signing)
      .update('cursor')
      .update(hash)
      .update(text)
      .digest()
      .subarray(0, MAC_BYTES);
  }
}
