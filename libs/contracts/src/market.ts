import { CALENDAR_IDS, TIMEFRAMES } from '@ziggy/domain';
import {
  assetClass,
  brainFields,
  date,
  nullReason,
  phase,
  provenanceFields,
  queryInt,
  regimeLabel,
  symbol,
  symbolList,
  timestamp,
} from './shared.ts';
import { z } from './zod.ts';

const nullableNumber = z.number().nullable();

// ---- GET /market/quotes -------------------------------------------------------------------------
export const QUOTES_MAX_SYMBOLS = 200;
export const quotesQuery = z.strictObject({
  symbols: symbolList(QUOTES_MAX_SYMBOLS),
  include: z.literal('brain').optional().meta({ description: 'Extra parts of each quote.' }),
});
export const quote = z
  .object({
    name: z.string(),
    assetClass,
    currency: z.string().length(3),
    price: nullableNumber.meta({ description: 'Last traded price in `currency`.' }),
    bid: nullableNumber,
    ask: nullableNumber,
    bidSize: nullableNumber,
    askSize: nullableNumber,
    open: nullableNumber,
    high: nullableNumber,
    low: nullableNumber,
    prevClose: nullableNumber.meta({ description: 'Close of the previous session.' }),
    change: nullableNumber.meta({ description: 'price - prevClose.' }),
    changePct: nullableNumber.meta({ description: 'Change in percent of prevClose.' }),
    volume: nullableNumber.meta({ description: 'Volume of the day so far, in units.' }),
    avgVolume20: nullableNumber.meta({ description: 'Mean volume of the last 20 sessions.' }),
    marketState: phase,
    flags: z.array(z.string()),
    brain: brainFields.optional(),
    v: z.int().meta({ description: 'Version of the value; equals `v` on the stream.' }),
    ...provenanceFields,
  })
  .meta({ id: 'Quote' });
export const quoteEntry = z
  .object({ symbol, quote: quote.nullable(), reason: nullReason.nullable() })
  .meta({ id: 'QuoteEntry' });
export const quotesAnswer = z.object({ items: z.array(quoteEntry), nextCursor: z.null() }).meta({ id: 'Quotes' });

// ---- GET /market/bars/{symbol} ------------------------------------------------------------------
export const BARS_MAX = 5000;
export const ADJUSTMENTS = ['none', 'splits', 'total'] as const;
/** Indicators that the charts channel streams, in the syntax of the query parameter. */
export const DEFAULT_INDICATORS = ['sma(20)', 'ema(20)', 'bollinger(20,2)', 'rsi(14)', 'macd(12,26,9)'] as const;
const instant = z.union([timestamp, date, z.iso.datetime()]);
const barsInterval = z
  .enum(TIMEFRAMES)
  .meta({ description: 'Interval of the bars; weeks are made of daily bars, by the dates of the sessions.' });
export const barsQuery = z.strictObject({
  interval: barsInterval.default('1d'),
  from: instant.optional().meta({ description: 'First instant (inside the range), timestamp or date.' }),
  to: instant.optional().meta({ description: 'End of the range (outside), timestamp or date.' }),
  limit: queryInt(1, Number.MAX_SAFE_INTEGER)
    .default(500)
    .meta({ description: 'At most 5000; more is `limit_exceeded`.', maximum: BARS_MAX }),
  cursor: z.string().max(200).optional(),
  adjust: z
    .enum(ADJUSTMENTS)
    .default('splits')
    .meta({ description: 'none = raw, splits, total = splits and dividends.' }),
  asOf: instant.optional().meta({
    description: 'Answers as of this instant: no bar and no action that was not known then. Now when absent.',
  }),
  indicators: z
    .string()
    .max(400)
    .optional()
    .meta({ description: 'At most 10, e.g. sma(20),macd(12,26,9).', example: 'sma(20),rsi(14)' }),
});
export const bar = z
  .object({
    openTime: timestamp,
    closeTime: timestamp,
    open: z.number(),
    high: z.number(),
    low: z.number(),
    close: z.number(),
    volume: nullableNumber,
    closed: z.boolean().meta({ description: 'False while the bar is still forming.' }),
    flags: z.array(z.string()),
  })
  .meta({ id: 'Bar' });
/** Values of one indicator by output name, one per bar; null before warm-up and over gaps. */
export const indicatorSeries = z.record(z.string(), z.array(nullableNumber));
export const barsAnswer = z
  .object({
    symbol,
    interval: barsInterval,
    adjust: z.enum(ADJUSTMENTS),
    calendar: z.enum(CALENDAR_IDS),
    items: z.array(bar).meta({ description: 'Newest page first, ascending inside a page.' }),
    indicators: z.record(z.string(), indicatorSeries),
    gaps: z
      .array(z.object({ from: timestamp, to: timestamp, reason: z.string() }))
      .meta({ description: 'Sessions or parts of them without a bar.' }),
    actions: z
      .array(
        z.object({
          exDate: date,
          type: z.string(),
          ratio: nullableNumber.meta({ description: 'Shares after for one before, of a split.' }),
          amount: nullableNumber.meta({ description: 'Cash per share of the ex-date, of a dividend.' }),
          knownAt: timestamp.meta({ description: 'When the market learned of it.' }),
        }),
      )
      .meta({ description: 'Corporate actions with an ex-date in the page that were known as of the answer.' }),
    coverage: z.object({
      from: timestamp.nullable(),
      to: timestamp.nullable(),
      expected: z.int().nullable(),
      present: z.int(),
      reason: z.string().nullable(),
    }),
    nextCursor: z.string().nullable(),
    ...provenanceFields,
  })
  .meta({ id: 'Bars' });

// ---- GET /market/search -------------------------------------------------------------------------
export const searchQuery = z.strictObject({
  q: z.string().trim().min(1).max(64),
  assetClass: z.string().max(80).optional().meta({ description: 'Comma list of asset classes.' }),
  limit: queryInt(1, 50).default(10),
});
export const searchHit = z
  .object({
    symbol,
    name: z.string(),
    mic: z.string(),
    assetClass,
    currency: z.string(),
    matched: z.enum(['symbol', 'name', 'alias']),
    score: z.number().min(0).max(1).meta({ description: 'Rank of the match, 0..1; not a probability.' }),
  })
  .meta({ id: 'SearchHit' });
export const searchAnswer = z
  .object({
    items: z.array(searchHit),
    sources: z.object({ local: z.enum(['ok', 'degraded', 'off']), remote: z.enum(['ok', 'degraded', 'off']) }),
    nextCursor: z.null(),
  })
  .meta({ id: 'SearchResult' });

// ---- GET /market/session ------------------------------------------------------------------------
export const EXCHANGES = ['XNYS', 'XNAS', 'XLON', 'XETR', '24x7', 'FX24x5'] as const;
export const sessionQuery = z.strictObject({
  exchange: z.enum(EXCHANGES).default('XNYS'),
  date: date.optional().meta({ description: 'Session date in the venue; today there when absent.' }),
});
export const sessionAnswer = z
  .object({
    exchange: z.enum(EXCHANGES),
    timezone: z.string().meta({ description: 'IANA zone of the venue.' }),
    date,
    isSession: z.boolean(),
    reason: z.string().nullable().meta({ description: 'Why the venue is closed that day.' }),
    phase: phase.meta({ description: 'Phase at `marketNow`, which is the present market time.' }),
    preOpen: timestamp.nullable(),
    open: timestamp.nullable(),
    close: timestamp.nullable(),
    postClose: timestamp.nullable(),
    halfDay: z.boolean(),
    nextOpen: timestamp,
    nextClose: timestamp,
    marketNow: timestamp,
  })
  .meta({ id: 'Session' });

// ---- GET /market/sources ------------------------------------------------------------------------
export const SOURCE_STATES = ['ok', 'degraded', 'down', 'off'] as const;
export const activeSource = z
  .object({
    source: z.string(),
    kind: provenanceFields.kind,
    chosenBy: z.enum(['auto', 'configuration']),
    reason: z.string().meta({ description: 'Why this source was chosen, in words.' }),
    since: timestamp,
    licenceNote: z.string().nullable(),
  })
  .meta({ id: 'ActiveSource' });
export const sourcesAnswer = z
  .object({
    market: z.string(),
    active: activeSource,
    clock: z.object({
      now: timestamp.meta({ description: 'Market time.' }),
      wall: timestamp,
      speed: z.number().min(0),
      state: z.enum(['live', 'running', 'paused', 'ended']),
    }),
    adapters: z.array(
      z.object({
        id: z.string(),
        state: z.enum(SOURCE_STATES),
        breaker: z.object({ state: z.enum(['closed', 'open', 'half_open']), until: timestamp.nullable() }),
        budget: z.object({ perSecond: z.number(), available: z.number() }).nullable(),
        lastSuccessAt: timestamp.nullable(),
        lastError: z.object({ code: z.string(), at: timestamp }).nullable(),
        p95Ms: nullableNumber,
        drift: z.int().min(0),
      }),
    ),
    leader: z.object({ node: z.string(), fence: z.int() }).nullable(),
    demand: z.object({ symbols: z.int().min(0), byReason: z.record(z.string(), z.int()) }),
  })
  .meta({ id: 'Sources' });

// ---- GET /market/overview -----------------------------------------------------------------------
export const OVERVIEW_MAX_SYMBOLS = 100;
export const overviewQuery = z.strictObject({
  symbols: symbolList(OVERVIEW_MAX_SYMBOLS).optional(),
  universe: z
    .literal('tracked')
    .optional()
    .meta({ description: 'Without `symbols`: the tracked universe, whatever watchlists you have.' }),
  periodDays: queryInt(2, 3650).default(30),
  sinceOpen: z.enum(['true', 'false']).default('false'),
});
export const overviewItem = z
  .object({
    symbol,
    name: z.string().nullable(),
    assetClass: assetClass.nullable(),
    sector: z.string().nullable().meta({ description: 'As the source tells it; null where it tells none.' }),
    price: nullableNumber,
    change1dPct: nullableNumber,
    change5dPct: nullableNumber,
    change20dPct: nullableNumber,
    changePeriodPct: nullableNumber,
    sinceOpenPct: nullableNumber,
    refClose: nullableNumber.meta({ description: 'Previous close, the reference of change1dPct.' }),
    spark: z
      .array(z.number())
      .max(60)
      .meta({ description: 'Closes of real bars, oldest first; empty when fewer than two exist.' }),
    brain: brainFields.nullable(),
    reason: nullReason.nullable(),
    ...provenanceFields,
  })
  .meta({ id: 'OverviewItem' });
export const regimeSummary = z
  .object({
    label: regimeLabel.nullable(),
    confidence: nullableNumber,
    since: date.nullable(),
    reason: nullReason.nullable(),
  })
  .meta({ id: 'RegimeSummary' });
export const mover = z.object({ symbol, name: z.string(), changePct: z.number() }).meta({ id: 'Mover' });
export const overviewAnswer = z
  .object({
    session: sessionAnswer,
    items: z.array(overviewItem),
    breadth: z
      .object({
        advancers: z.int(),
        decliners: z.int(),
        unchanged: z.int(),
        coverage: z.object({ used: z.int(), missing: z.int() }),
      })
      .nullable()
      .meta({ description: 'Over the tracked universe; null below 80 % coverage.' }),
    movers: z.object({ gainers: z.array(mover).max(3), losers: z.array(mover).max(3) }),
    regime: regimeSummary,
    news: z.array(z.never()).max(3),
    nextCursor: z.null(),
    ...provenanceFields,
  })
  .meta({ id: 'Overview' });

export type QuotesQuery = z.output<typeof quotesQuery>;
export type WireQuote = z.infer<typeof quote>;
export type QuoteEntry = z.infer<typeof quoteEntry>;
export type QuotesAnswer = z.infer<typeof quotesAnswer>;
export type Adjustment = (typeof ADJUSTMENTS)[number];
export type BarsQuery = z.output<typeof barsQuery>;
export type WireBar = z.infer<typeof bar>;
export type BarsAnswer = z.infer<typeof barsAnswer>;
export type SearchQuery = z.output<typeof searchQuery>;
export type SearchHit = z.infer<typeof searchHit>;
export type SearchAnswer = z.infer<typeof searchAnswer>;
export type SessionQuery = z.output<typeof sessionQuery>;
export type SessionAnswer = z.infer<typeof sessionAnswer>;
export type SourcesAnswer = z.infer<typeof sourcesAnswer>;
export type OverviewQuery = z.output<typeof overviewQuery>;
export type OverviewItem = z.infer<typeof overviewItem>;
export type OverviewAnswer = z.infer<typeof overviewAnswer>;
