import { interval, provenanceFields, queryInt, symbol, timestamp } from './shared.ts';
import { z } from './zod.ts';

// ---- GET /market/lineage/{lineageId} ------------------------------------------------------------
export const lineageParams = z.strictObject({
  lineageId: z
    .string()
    .regex(/^\d{1,10}\.\d{1,15}$/)
    .meta({ description: 'As it stands beside a value: ingest batch, point, position.', example: '1.1' }),
});
export const lineageQuery = z.strictObject({
  depth: queryInt(1, 8)
    .default(3)
    .meta({ description: 'How many steps back; quotes and bars have one, the answer of the source.' }),
});

/** One answer of a source, or one subscription to it. */
export const ingestBatch = z
  .object({
    id: z.int(),
    source: z.string(),
    requestKey: z.string().meta({
      description: 'What was asked for, e.g. `bars:AAPL:1d:<from>:<to>`; `quotes` is the running subscription.',
    }),
    status: z.string(),
    ms: z.int().meta({ description: 'How long the source took.' }),
    rows: z.int().meta({ description: 'Rows that came with it; 0 for a subscription, whose rows are not counted.' }),
    bytes: z
      .int()
      .nullable()
      .meta({ description: 'On the wire; null when nothing went over one, or it was not measured.' }),
    sha256: z.string().nullable(),
    upstreamStatus: z.int().nullable(),
    at: timestamp,
  })
  .meta({ id: 'IngestBatch' });

export const lineageAnswer = z
  .object({
    id: z.string(),
    path: z
      .enum(['quote', 'bar', 'batch'])
      .meta({ description: '`batch`: the value itself was replaced since; its origin is kept.' }),
    symbol: symbol.nullable(),
    interval: interval.nullable(),
    value: z
      .number()
      .nullable()
      .meta({ description: 'Last price of the quote or close of the bar; null when it is no longer kept.' }),
    unit: z.string().nullable().meta({ description: 'Currency of the value.' }),
    formula: z.null().meta({ description: 'Values of a source are not computed.' }),
    hash: z
      .string()
      .nullable()
      .meta({ description: 'SHA-256 of the stored row as JSON; null when it is no longer kept.' }),
    ...provenanceFields,
    inputs: z.array(ingestBatch),
  })
  .meta({ id: 'Lineage' });

export type LineageParams = z.output<typeof lineageParams>;
export type LineageQuery = z.output<typeof lineageQuery>;
export type LineageAnswer = z.infer<typeof lineageAnswer>;
