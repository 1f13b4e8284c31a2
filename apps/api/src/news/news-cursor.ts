import { createHash } from 'node:crypto';

/** The last headline of a page: its place in the order, and its id where several share one. */
export interface NewsPlace {
  readonly sortAt: number;
  readonly id: string;
}

const FORM = /^[A-Za-z0-9_-]{1,300}$/;
const PARTS = /^(-?\d{1,15})\.([0-9a-f]{64})\.([A-Za-z0-9_-]{16})$/;

/** An opaque mark of "older than this headline", which belongs to one query. It gives no access, so it needs no secret. */
export function newsCursor(place: NewsPlace, scope: readonly string[]): string {
  return Buffer.from(`${place.sortAt}.${place.id}.${hashOf(place, scope)}`).toString('base64url');
}

/** The place of a cursor; `null` when it was made for another query, or not by us. */
export function readNewsCursor(text: string, scope: readonly string[]): NewsPlace | null {
  if (!FORM.test(text)) return null;
  const [, sortAt, id, hash] = PARTS.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? [];
  if (sortAt === undefined || id === undefined) return null;
  const place = { sortAt: Number(sortAt), id };
  return hashOf(place, scope) === hash ? place : null;
}

function hashOf({ sortAt, id }: NewsPlace, scope: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([...scope, sortAt, id]))
    .digest('base64url')
    .slice(0, 16);
}
