import { CALENDAR_IDS, INTERVALS } from '@ziggy/domain';
import { quote } from './market.ts';
import {
  assetClass,
  date,
  nullReason,
  provenanceFields,
  queryInt,
  queryNumber,
  symbol,
  symbolList,
  timestamp,
} from './shared.ts';
import { z } from './zod.ts';

const nullableNumber = z.number().nullable();
/** Why single fields are null, by the name of the field. */
const reasons = z
  .record(z.string(), nullReason)
  .meta({ description: 'Why a field is null, by its name; a field that is not here is known.' });

/** Sets of instruments that a figure is taken over. `tracked`: the equities that this server keeps fresh by itself. */
export const UNIVERSES = ['tracked'] as const;
const universe = z
  .enum(UNIVERSES)
  .default('tracked')
  .meta({ description: 'Set of equities; `tracked` is kept fresh by itself.' });
export const universeSize = z.object({ id: z.enum(UNIVERSES), count: z.int().min(0) }).meta({ id: 'UniverseSize' });
/** How many members of the universe went into a figure. The three add up to its size. */
export const listCoverage = z
  .object({
    used: z.int().min(0).meta({ description: 'Members with a fresh value.' }),
    stale: z.int().min(0).meta({ description: 'Members whose value is too old to count.' }),
    missing: z.int().min(0).meta({ description: 'Members without the value.' }),
  })
  .meta({ id: 'ListCoverage' });

// ---- GET /market/movers -------------------------------------------------------------------------
export const MOVER_LISTS = ['gainers', 'losers', 'active', 'unusual', 'gaps'] as const;
export const MOVER_UNITS = ['percent', 'units', 'ratio'] as const;
export const moversQuery = z.strictObject({
  list: z.enum(MOVER_LISTS).default('gainers').meta({ description: 'What the ranking is by.' }),
  universe,
  limit: queryInt(1, 100).default(20),
  minPrice: queryNumber(0, 1e9).optional().meta({ description: 'Least price, in the currency of the instrument.' }),
  minDollarVolume: queryNumber(0, 1e15)
    .optional()
    .meta({ description: 'Least price x volume of the day, in US dollars; leaves out other currencies.' }),
});
export const rankedMover = z
  .object({
    rank: z.int().min(1),
    symbol,
    value: z.number().meta({ description: 'What the ranking is by, in `unit`.' }),
    unit: z.enum(MOVER_UNITS),
    quote,
  })
  .meta({ id: 'RankedMover' });
export const moversAnswer = z
  .object({
    list: z.enum(MOVER_LISTS),
    universe: universeSize,
    coverage: listCoverage,
    items: z.array(rankedMover).max(100),
    nextCursor: z.null(),
    ...provenanceFields,
  })
  .meta({ id: 'Movers' });

// ---- GET /market/breadth ------------------------------------------------------------------------
export const BREADTH_GROUPINGS = ['all', 'sector'] as const;
export const breadthQuery = z.strictObject({
  universe,
  by: z.enum(BREADTH_GROUPINGS).default('all').meta({ description: 'One row for all, or one a sector.' }),
  days: queryInt(1, 365).default(1).meta({ description: 'Sessions, the present or last one first.' }),
});
export const breadthRow = z
  .object({
    key: z.string().meta({ description: '`all`, a sector, or `unclassified` for equities without one.' }),
    date: date.meta({ description: 'Session date.' }),
    coverage: listCoverage,
    advancers: z.int().min(0),
    decliners: z.int().min(0),
    unchanged: z.int().min(0),
    above50Ratio: nullableNumber.meta({ description: 'Share of members above the mean of 50 closes, 0..1.' }),
    above200Ratio: nullableNumber.meta({ description: 'Share of members above the mean of 200 closes, 0..1.' }),
    newHighs252: z.int().min(0).nullable().meta({ description: 'Members at the highest close of 252 sessions.' }),
    newLows252: z.int().min(0).nullable().meta({ description: 'Members at the lowest close of 252 sessions.' }),
    upVolume: nullableNumber.meta({ description: 'Volume of the advancers, in units.' }),
    downVolume: nullableNumber.meta({ description: 'Volume of the decliners, in units.' }),
    trin: nullableNumber.meta({ description: '(advancers / decliners) / (upVolume / downVolume).' }),
    medianChangePct: nullableNumber.meta({ description: 'Median change against the close before, percent.' }),
    reason: nullReason.nullable().meta({ description: '`coverage` when under 80 % of the members are known.' }),
    reasons,
  })
  .meta({ id: 'BreadthRow' });
export const breadthAnswer = z
  .object({
    universe: universeSize,
    by: z.enum(BREADTH_GROUPINGS),
    items: z.array(breadthRow),
    nextCursor: z.null(),
    ...provenanceFields,
  })
  .meta({ id: 'Breadth' });

// ---- GET /market/instruments/{symbol} -----------------------------------------------------------
export const INSTRUMENT_PARTS = ['actions', 'fundamentals'] as const;
export const instrumentQuery = z.strictObject({
  include: z
    .string()
    .max(40)
    .optional()
    .meta({ description: 'Comma list of actions and fundamentals.', example: 'actions' }),
});
export const corporateAction = z
  .object({
    type: z.enum(['split', 'dividend', 'symbolChange', 'delisting']),
    exDate: date.meta({ description: 'Session date in the calendar of the venue.' }),
    ratio: nullableNumber.meta({ description: 'Shares after for one before; null for other types.' }),
    amount: nullableNumber.meta({ description: 'Cash a share in `currency`; null for other types.' }),
    knownAt: timestamp,
  })
  .meta({ id: 'CorporateAction' });
export const instrumentAnswer = z
  .object({
    symbol,
    name: z.string(),
    assetClass,
    mic: z.string().meta({ description: 'Market identifier code of the venue.' }),
    currency: z.string(),
    calendar: z.enum(CALENDAR_IDS),
    tick: z.number().meta({ description: 'Smallest step of a price, in `currency`.' }),
    lot: nullableNumber.meta({ description: 'Smallest step of a quantity.' }),
    sector: z.string().nullable(),
    industry: z.string().nullable(),
    shortable: z.boolean().nullable(),
    tracked: z.boolean().meta({ description: 'Whether this server keeps its quote fresh by itself.' }),
    firstBarDate: date.nullable().meta({ description: 'Session of the oldest stored daily bar.' }),
    lastBarAt: timestamp.nullable().meta({ description: 'Close of the newest stored daily bar.' }),
    aliases: z.array(z.string()),
    actions: z.array(corporateAction).optional(),
    fundamentals: z
      .record(z.string(), z.object({ value: nullableNumber, periodEndDate: date, ...provenanceFields }))
      .nullable()
      .optional(),
    reasons,
    ...provenanceFields,
  })
  .meta({ id: 'Instrument' });

// ---- GET /market/correlation --------------------------------------------------------------------
export const CORRELATION_MAX_SYMBOLS = 30;
export const correlationQuery = z.strictObject({
  symbols: symbolList(CORRELATION_MAX_SYMBOLS).meta({
    description: 'Comma list of 2 to 30 symbols.',
    example: 'AAPL,MSFT',
  }),
  interval: z.enum(INTERVALS).default('1d'),
  bars: queryInt(20, 504).default(60).meta({ description: 'Newest closed bars that the returns are taken over.' }),
});
export const correlationAnswer = z
  .object({
    symbols: z.array(symbol),
    interval: z.enum(INTERVALS),
    matrix: z
      .array(z.array(nullableNumber))
      .meta({ description: 'Correlation by row and column of `symbols`, -1..1.' }),
    n: z.array(z.array(z.int().min(0))).meta({ description: 'Pairs of returns behind each correlation.' }),
    method: z.string(),
    reasons: z
      .record(z.string(), nullReason)
      .meta({ description: 'Why a symbol has no correlation at all, by symbol.' }),
    ...provenanceFields,
  })
  .meta({ id: 'Correlation' });

export type MoverList = (typeof MOVER_LISTS)[number];
export type MoversQuery = z.output<typeof moversQuery>;
export type MoversAnswer = z.infer<typeof moversAnswer>;
export type RankedMover = z.infer<typeof rankedMover>;
export type ListCoverage = z.infer<typeof listCoverage>;
export type BreadthQuery = z.output<typeof breadthQuery>;
export type BreadthRow = z.infer<typeof breadthRow>;
export type BreadthAnswer = z.infer<typeof breadthAnswer>;
export type InstrumentQuery = z.output<typeof instrumentQuery>;
export type InstrumentAnswer = z.infer<typeof instrumentAnswer>;
export type CorrelationQuery = z.output<typeof correlationQuery>;
export type CorrelationAnswer = z.infer<typeof correlationAnswer>;
