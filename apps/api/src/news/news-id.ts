import { createHash } from 'node:crypto';

const TRACKING = /^(utm_.+|fbclid|gclid|mc_[ce]id|cmpid|ref|ref_src|src|yptr|guccounter|guce_.+)$/i;
const URL_MAX = 2_048;

/** The address that a person may open: http or https, without user info; null for anything else. */
export function safeUrl(text: string | null): string | null {
  if (text === null || text.length > URL_MAX) return null;
  try {
    const url = new URL(text);
    const allowed =
      (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '' && url.password === '';
    return allowed ? url.href : null;
  } catch {
    return null;
  }
}

/** One spelling of an address: https, lower-case host, no fragment and no tracking parameters, the others sorted. */
export function canonicalUrl(address: string): string {
  const url = new URL(address);
  url.protocol = 'https:';
  url.hash = '';
  for (const name of [...url.searchParams.keys()]) if (TRACKING.test(name)) url.searchParams.delete(name);
  url.searchParams.sort();
  return url.href;
}

/** Id of a headline: of its address where it has one, else of the feed and the feed's own id. */
export function newsId(source: string, guid: string, url: string | null): string {
  return createHash('sha256')
    .update(url === null ? `${source}|${guid}` : canonicalUrl(url))
    .digest('hex');
}
