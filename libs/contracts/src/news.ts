import { date, lineOfText, nullReason, provenanceFields, queryInt, symbol, symbolList, timestamp } from './shared.ts';
import { z } from './zod.ts';

export const NEWS_MAX_SYMBOLS = 50;
export const NEWS_MAX_ITEMS = 200;
const nullableNumber = z.number().nullable();
const instant = z.union([timestamp, date, z.iso.datetime()]);
/** Why single fields are null, by the name of the field; `brain.impact` for one inside. */
const reasons = z
  .record(z.string(), nullReason)
  .meta({ description: 'Why a field is null, by its path; a field that is not here is known.' });

/** How a headline was tied to a symbol. */
export const NEWS_MATCHES = ['hint'] as const;
export const newsSymbol = z
  .object({
    symbol,
    match: z.number().min(0).max(1).meta({ description: 'Strength of the evidence, 0..1; a tag of the vendor is .3.' }),
    evidence: z.enum(NEWS_MATCHES).meta({ description: 'hint: the vendor says so, and nobody checked the text.' }),
    scoreRatio: nullableNumber.meta({ description: 'Share of the headline that is about the symbol.' }),
  })
  .meta({ id: 'NewsSymbol' });
export const newsBrain = z
  .object({
    symbols: z.array(newsSymbol).max(NEWS_MAX_SYMBOLS),
    sentiment: z.object({
      score: nullableNumber.meta({ description: '-1..1; null when it is not scored.' }),
      method: z.string().nullable(),
      version: z.string().nullable(),
      n: z.int().min(0).meta({ description: 'Words that counted.' }),
    }),
    eventType: z.string().nullable(),
    novelty: nullableNumber,
    urgency: nullableNumber,
    relevance: nullableNumber,
    regime: z.string().nullable(),
    clusterId: z.string().nullable(),
    impact: nullableNumber.meta({ description: 'Measured move after the headline; never a forecast.' }),
  })
  .meta({ id: 'NewsBrain' });

const itemFields = {
  id: z.string().meta({ description: 'SHA-256 of the canonical address, or of feed and guid; the same everywhere.' }),
  clusterId: z.string().nullable(),
  title: z.string().meta({ description: 'Plain text; untrusted.' }),
  summary: z.string().max(300).nullable().meta({ description: 'Plain text of at most 300 characters; untrusted.' }),
  url: z.string().nullable(),
  publisher: z.string(),
  links: z.array(z.string()),
  language: z.string().nullable(),
  publishedAt: timestamp.nullable().meta({ description: 'As the publisher says; null when it cannot be true.' }),
  firstSeenAt: timestamp.meta({ description: 'When this platform first saw it (market time).' }),
  availableAt: timestamp.meta({ description: 'From when on a decision may know it: `firstSeenAt`.' }),
  flags: z.array(z.enum(['backfill', 'date_invalid'])).meta({
    description:
      'backfill: older than a day when it was first seen, so no alert; date_invalid: its date was unreadable.',
  }),
  categories: z.array(z.string()).nullable(),
  eventType: z.string().nullable(),
  impactScore: nullableNumber,
  brain: newsBrain,
  reasons,
};

/** A headline in REST. */
export const newsItem = z.object({ ...itemFields, ...provenanceFields }).meta({ id: 'NewsItem' });
/** A headline on `/ws/news`: the same without what depends on when it is read. */
export const newsEvent = z
  .object({
    ...itemFields,
    market: provenanceFields.market,
    source: provenanceFields.source,
    kind: provenanceFields.kind,
    asOf: provenanceFields.asOf,
  })
  .meta({ id: 'NewsEvent' });

export const headlinesQuery = z.strictObject({
  symbols: symbolList(NEWS_MAX_SYMBOLS).optional(),
  symbol: z.string().min(1).max(64).optional().meta({ description: 'One symbol; the same as `symbols` with one.' }),
  q: lineOfText(2, 100).optional().meta({ description: 'Words in title or summary, in any case.' }),
  ids: lineOfText(1, 3_300).optional().meta({ description: 'Comma list of at most 50 ids.' }),
  from: instant.optional().meta({ description: 'First instant, inside the range.' }),
  to: instant.optional().meta({ description: 'End of the range, outside it.' }),
  lookbackDays: queryInt(1, 30).default(3).meta({ description: 'Days back from now, where `from` is not given.' }),
  limit: queryInt(1, NEWS_MAX_ITEMS).default(30),
  cursor: z.string().max(300).optional(),
});
export const headlinesAnswer = z
  .object({
    items: z.array(newsItem).max(NEWS_MAX_ITEMS).meta({ description: 'Newest first.' }),
    coverage: z.object({
      feeds: z.int().min(0).meta({ description: 'Feeds that headlines come from.' }),
      healthy: z.int().min(0),
      lastSuccessAt: timestamp.nullable().meta({ description: 'When a feed was last heard (wall time).' }),
      reason: nullReason.nullable().meta({ description: 'Why there is no feed; null when there is one.' }),
    }),
    position: z
      .object({ epoch: z.string(), seq: z.int().min(0) })
      .meta({ description: 'Where `/ws/news` goes on after this answer.' }),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'Headlines' });

export type NewsSymbol = z.infer<typeof newsSymbol>;
export type NewsItem = z.infer<typeof newsItem>;
export type NewsEvent = z.infer<typeof newsEvent>;
export type HeadlinesQuery = z.output<typeof headlinesQuery>;
export type HeadlinesAnswer = z.infer<typeof headlinesAnswer>;
