import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { IDENTITY_CONFIG } from '../config/identity.config.ts';
import type { IdentityConfig } from '../config/identity.config.ts';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** A new opaque id, e.g. `usr_5Zr...`: 96 random bits behind the prefix of its kind. */
export function newId(prefix: string): string {
  return `${prefix}_${randomBytes(12).toString('base64url')}`;
}

/** A secret of 256 random bits. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** What is stored of a long random secret. It needs no salt and no slow hash: nobody can try 2^256 of them. */
export function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

export function sameDigest(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Keys that are made from `AUTH_SECRET`, one for each purpose. */
@Injectable()
export class AuthKeys {
  /** Signs access tokens (HS256). */
  readonly signing: Uint8Array;
  readonly #sealing: Uint8Array;

  constructor(@Inject(IDENTITY_CONFIG) config: IdentityConfig) {
    const { authSecret } = config;
    if (authSecret === null) throw new Error('AUTH_SECRET is not set.');
    const derived = (purpose: string) => new Uint8Array(hkdfSync('sha256', authSecret, '', `ziggyai ${purpose}`, 32));
    this.signing = derived('access token');
    this.#sealing = derived('sealed column');
  }

  /** Encrypts what must be read again (AES-256-GCM): iv, tag, text. */
  seal(text: string): Buffer {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#sealing, iv);
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
  }

  /** @throws when it was sealed with another secret */
  unseal(bytes: Buffer): string {
    const cipher = createDecipheriv('aes-256-gcm', this.#sealing, bytes.subarray(0, IV_BYTES));
    cipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    return Buffer.concat([cipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), cipher.final()]).toString('utf8');
  }
}
