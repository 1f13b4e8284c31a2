import type { NewsEvent, NewsItem, NewsSymbol, NullReason } from '@ziggy/contracts';
import type { Symbol } from '@ziggy/domain';
import { iso, wireProvenance } from '../market/quotes/wire-provenance.ts';
import type { StoredNews } from './news.repository.ts';

/** Evidence of a vendor's tag alone (market-data.md 9.4): a hint, never enough for an alert. */
const HINT_MATCH = 0.3;

/** What nothing measures yet: each such field is null and says so. */
const UNMEASURED = [
  'clusterId',
  'categories',
  'eventType',
  'impactScore',
  'brain.symbols.scoreRatio',
  'brain.sentiment.score',
  'brain.eventType',
  'brain.novelty',
  'brain.urgency',
  'brain.relevance',
  'brain.regime',
  'brain.clusterId',
  'brain.impact',
] as const;

export interface NewsContext {
  readonly market: string;
  readonly marketNow: number;
  /** The feed was not heard for longer than headlines may go without. */
  readonly stale: boolean;
}

/** A headline as an event: what is true of it whenever it is read. */
export function newsEventOf(news: StoredNews, market: string): NewsEvent {
  const firstSeenAt = iso(news.firstSeenAt);
  return {
    id: news.id,
    clusterId: null,
    title: news.title,
    summary: news.summary,
    url: news.url,
    publisher: news.publisher,
    links: news.url === null ? [] : [news.url],
    language: news.language,
    publishedAt: iso(news.publishedAt),
    firstSeenAt,
    availableAt: firstSeenAt,
    flags: [...news.flags],
    categories: null,
    eventType: null,
    impactScore: null,
    brain: {
      symbols: news.symbols.map(hint),
      sentiment: { score: null, method: null, version: null, n: 0 },
      eventType: null,
      novelty: null,
      urgency: null,
      relevance: null,
      regime: null,
      clusterId: null,
      impact: null,
    },
    reasons: reasonsOf(news),
    market,
    source: news.source,
    kind: news.kind,
    asOf: iso(news.publishedAt),
  };
}

/** A headline as REST answers it. */
export function newsItemOf(news: StoredNews, { market, marketNow, stale }: NewsContext): NewsItem {
  const provenance = {
    market,
    source: news.source,
    kind: news.kind,
    asOf: news.publishedAt,
    receivedAt: news.firstSeenAt,
    delayMinutes: null,
    stale,
    lineageId: null,
  };
  return { ...newsEventOf(news, market), ...wireProvenance(provenance, marketNow) };
}

function hint(symbol: Symbol): NewsSymbol {
  return { symbol, match: HINT_MATCH, evidence: 'hint', scoreRatio: null };
}

function reasonsOf({ summary, url, language, publishedAt }: StoredNews): Record<string, NullReason> {
  const reasons: Record<string, NullReason> = {};
  for (const field of UNMEASURED) reasons[field] = 'not_configured';
  if (summary === null) reasons['summary'] = 'no_data';
  if (url === null) reasons['url'] = 'no_data';
  if (language === null) reasons['language'] = 'no_data';
  if (publishedAt === null) reasons['publishedAt'] = 'no_data';
  return reasons;
}
