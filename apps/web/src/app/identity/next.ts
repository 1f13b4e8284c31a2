/** Where the portal lives on its origin. */
export const PORTAL_ROOT = '/app/';
export const HOME = '/app/markets';
const MOST = 2_000;
/** Pages that stand outside the sign-in; to come back to one of them would be to run in a circle. */
const DOORS = /^\/app\/(?:sign-in|setup|welcome)(?:[/?#]|$)/;

/**
 * A place to go after the sign-in, as a path below `/app/`; null for everything else. It is resolved as a browser would and
 * must come out as it went in, so that `//evil`, `/\evil`, `https:`, `..` and encoded forms of them lead nowhere.
 */
export function safeNext(text: string | null | undefined): string | null {
  if (typeof text !== 'string' || text.length > MOST || !text.startsWith(PORTAL_ROOT)) return null;
  // Control characters are dropped by URL parsers, and a backslash is a slash to them.
  if (/[\p{Cc}\\]/u.test(text) || /%(?:0[0-9a-f]|1[0-9a-f]|2f|5c|7f)/i.test(pathOf(text))) return null;
  const base = 'https://portal.invalid';
  const url = URL.parse(text, base);
  if (url === null || url.origin !== base) return null;
  const there = url.pathname + url.search + url.hash;
  if (!there.startsWith(PORTAL_ROOT) || there.includes('/../') || DOORS.test(there)) return null;
  if (pathOf(text).includes('//') || url.pathname.includes('//')) return null;
  return there;
}

/** The sign-in page that leads back to `here` afterwards. */
export function signInPath(here: string): string {
  const next = safeNext(here);
  return next === null || next === PORTAL_ROOT || next === HOME
    ? `${PORTAL_ROOT}sign-in`
    : `${PORTAL_ROOT}sign-in?next=${encodeURIComponent(next)}`;
}

/** Whether this is a page that strangers see. */
export function isDoor(path: string): boolean {
  return DOORS.test(path);
}

function pathOf(text: string): string {
  return text.split(/[?#]/, 1)[0] ?? '';
}
