/** The secret of a single-use link, which stands behind `#` as `token=`; null when there is none. */
export function linkToken(fragment: string | null): string | null {
  const token = new URLSearchParams(fragment ?? '').get('token');
  return token !== null && /^[\w.-]{20,128}$/.test(token) ? token : null;
}
