import { createHash } from 'node:crypto';

/**
 * An opaque mark of "what comes after this key" in a sorted list. It holds a hash of the filters, so that one of other
 * filters is noticed. It gives no access to anything, so it needs no secret.
 */
export function keyCursor(key: string, scope: readonly string[]): string {
  return Buffer.from(`${hashOf(key, scope)}${key}`).toString('base64url');
}

/** The key of a cursor; `null` when it was made for other filters, or not by us. */
export function readKeyCursor(text: string, scope: readonly string[]): string | null {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) return null;
  const decoded = Buffer.from(text, 'base64url').toString();
  const key = decoded.slice(HASH_LENGTH);
  return key !== '' && hashOf(key, scope) === decoded.slice(0, HASH_LENGTH) ? key : null;
}

const HASH_LENGTH = 16;

function hashOf(key: string, scope: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([...scope, key]))
    .digest('base64url')
    .slice(0, HASH_LENGTH);
}
