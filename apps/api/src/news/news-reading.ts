import { parseSymbol } from '@ziggy/domain';
import type { Symbol } from '@ziggy/domain';
import type { RawNews } from '@ziggy/market-sources';
import type { StoredNews } from './news.repository.ts';
import { newsId, safeUrl } from './news-id.ts';
import { plainText } from './news-text.ts';

const TITLE_MAX = 300;
const SUMMARY_MAX = 300;
const PUBLISHER_MAX = 100;
const GUID_MAX = 1_000;
const SYMBOLS_MAX = 50;
const LANGUAGE = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/;
/** A date so far ahead of the market is a mistake (ms). */
const AHEAD_MAX_MS = 5 * 60_000;
/** What was older when it was first seen is history, not news (ms). */
const BACKFILL_AFTER_MS = 24 * 3_600_000;
const EARLIEST = Date.UTC(1990, 0, 1);

/**
 * A headline as it is stored: plain texts, a date that can be true, tags of our grammar.
 * @param now market time at which it is first seen
 * @returns null when there is no title or no id to know it by
 */
export function readNews(raw: RawNews, source: string, now: number): StoredNews | null {
  const title = plainText(raw.title, TITLE_MAX);
  if (title === null || raw.guid === '' || raw.guid.length > GUID_MAX) return null;
  const url = safeUrl(raw.url);
  const { publishedAt } = raw;
  const dated = publishedAt !== null && publishedAt >= EARLIEST && publishedAt <= now + AHEAD_MAX_MS;
  const flags: StoredNews['flags'][number][] = [];
  if (!dated) flags.push('date_invalid');
  else if (now - publishedAt > BACKFILL_AFTER_MS) flags.push('backfill');
  return {
    id: newsId(source, raw.guid, url),
    source,
    guid: raw.guid.replaceAll('\0', ''),
    title,
    summary: raw.summary === null ? null : plainText(raw.summary, SUMMARY_MAX),
    url,
    publisher: plainText(raw.publisher, PUBLISHER_MAX) ?? 'unknown',
    language: raw.language !== null && LANGUAGE.test(raw.language) ? raw.language : null,
    publishedAt: dated ? publishedAt : null,
    firstSeenAt: now,
    symbols: tags(raw.symbols),
    flags,
    kind: raw.kind,
  };
}

function tags(symbols: readonly string[]): Symbol[] {
  const known = symbols.slice(0, SYMBOLS_MAX).map((text) => parseSymbol(text));
  return [...new Set(known.filter((symbol) => symbol !== null))];
}
