import { createHash } from 'node:crypto';

/** What a cursor belongs to: market, symbol, interval and range. */
export type CursorScope = readonly (string | number)[];

const FORM = /^[A-Za-z0-9_-]{1,60}$/;

/**
 * An opaque mark of "bars before this instant". It holds a hash of the query, so that one of another query is noticed. It
 * gives no access to anything, so it needs no secret.
 */
export function cursorOf(before: number, scope: CursorScope): string {
  return Buffer.from(`${before}.${hashOf(scope, before)}`).toString('base64url');
}

/** The instant of a cursor; `null` when it was made for another query, or not by us. */
export function readCursor(text: string, scope: CursorScope): number | null {
  if (!FORM.test(text)) return null;
  const [digits = '', hash = ''] = Buffer.from(text, 'base64url').toString('latin1').split('.');
  if (!/^-?\d{1,15}$/.test(digits)) return null;
  const before = Number(digits);
  return hashOf(scope, before) === hash ? before : null;
}

function hashOf(scope: CursorScope, before: number): string {
  return createHash('sha256')
    .update(JSON.stringify([...scope, before]))
    .digest('base64url')
    .slice(0, 16);
}
