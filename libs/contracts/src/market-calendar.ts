import { date, provenance, queryInt, symbol, symbolList, timestamp } from './shared.ts';
import { z } from './zod.ts';

// ---- GET /market/calendar -----------------------------------------------------------------------
export const MARKET_CALENDAR_KINDS = ['holiday', 'earnings', 'economic', 'dividend', 'split'] as const;
export const MARKET_CALENDAR_MAX_SYMBOLS = 200;
/** Days of the longest span. */
export const MARKET_CALENDAR_MAX_DAYS = 366;
const nullableText = z.string().nullable();

export const marketCalendarQuery = z.strictObject({
  kinds: z
    .string()
    .max(80)
    .optional()
    .meta({ description: 'Comma list of holiday, earnings, economic, dividend, split; all of them when absent.' }),
  from: date.optional().meta({ description: 'First day; the present one (UTC, market time) when absent.' }),
  to: date.optional().meta({ description: 'Day after the last one; 14 days after `from` when absent, at most 366.' }),
  symbols: symbolList(MARKET_CALENDAR_MAX_SYMBOLS).optional(),
  limit: queryInt(1, 200).default(50),
  cursor: z.string().max(200).optional(),
});
export const marketCalendarEntry = z
  .object({
    id: z.string(),
    kind: z.enum(MARKET_CALENDAR_KINDS),
    date,
    at: timestamp.nullable().meta({ description: 'Instant, where one is known.' }),
    timeKnown: z.boolean(),
    symbol: symbol.nullable(),
    title: z.string(),
    country: nullableText.meta({ description: 'ISO 3166 code of two letters.' }),
    importance: z.enum(['low', 'medium', 'high']).nullable(),
    expected: z.number().nullable(),
    actual: z.number().nullable(),
    previous: z.number().nullable(),
    unit: nullableText,
    provenance,
  })
  .meta({ id: 'CalendarEntry' });
export const marketCalendarAnswer = z
  .object({
    items: z.array(marketCalendarEntry).meta({ description: 'The soonest first.' }),
    coverage: z
      .array(
        z.object({
          kind: z.enum(MARKET_CALENDAR_KINDS),
          source: z.string().nullable(),
          reason: z
            .enum(['no_source', 'symbols_needed', 'source_unavailable'])
            .nullable()
            .meta({ description: 'Why there is nothing, or not all, of this kind.' }),
        }),
      )
      .meta({ description: 'One entry for each asked kind: no source is said, not shown as nothing.' }),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'MarketCalendar' });

export type MarketCalendarKind = (typeof MARKET_CALENDAR_KINDS)[number];
export type MarketCalendarQuery = z.output<typeof marketCalendarQuery>;
export type MarketCalendarEntry = z.infer<typeof marketCalendarEntry>;
export type MarketCalendarAnswer = z.infer<typeof marketCalendarAnswer>;
