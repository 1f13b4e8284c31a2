import { ASSET_CLASSES, INTERVALS, KINDS, PHASES } from '@ziggy/domain';
import { NULL_REASONS } from './codes.ts';
import { z } from './zod.ts';

/** UTC instant, ISO-8601 with milliseconds. */
export const timestamp = z.iso
  .datetime({ precision: 3 })
  .meta({ description: 'UTC instant, ISO-8601 with milliseconds.', example: '2026-03-04T14:30:00.000Z' });
/** Epoch milliseconds, the form of time on the streams. */
export const epochMs = z.int().meta({ description: 'Epoch milliseconds, UTC.' });
export const date = z.iso.date().meta({ description: 'Calendar day, YYYY-MM-DD.', example: '2026-03-04' });
export const symbol = z
  .string()
  .min(1)
  .max(32)
  .meta({ description: 'Symbol in canonical form, e.g. AAPL, BRK-B, ^GSPC, EURUSD=X.', example: 'AAPL' });
export const kind = z.enum(KINDS).meta({
  description: 'How good the origin is: live, delayed, end_of_day, recorded, simulated; the worst of the inputs.',
});
export const interval = z.enum(INTERVALS).meta({ description: 'Bar interval.' });
export const assetClass = z.enum(ASSET_CLASSES);
export const phase = z.enum(PHASES).meta({ description: 'Phase of the trading day.' });
export const nullReason = z.enum(NULL_REASONS).meta({ description: 'Why the value is absent.' });
const price = z.number().nullable();

const NUMERAL = /^-?\d{1,15}(?:\.\d{1,9})?$/;
const asNumber = (value: unknown): unknown =>
  typeof value === 'string' && NUMERAL.test(value) ? Number(value) : value;

/** A whole number in a query, written in plain digits: no blanks, no `0x10`, no `1e3`, and an empty text is not 0. */
export const queryInt = (least: number, most: number) => z.preprocess(asNumber, z.number().int().min(least).max(most));
/** A number in a query, written as a plain decimal. */
export const queryNumber = (least: number, most: number) => z.preprocess(asNumber, z.number().min(least).max(most));

// Control characters say nothing to a person, and a database refuses NUL.
const CONTROL = /[\u0000-\u001f\u007f]/;

/** A line of text that a person writes: trimmed, without control characters and broken surrogates, so that it can be stored. */
export const lineOfText = (least: number, most: number) =>
  z
    .string()
    .trim()
    .min(least)
    .max(most)
    .refine((text) => !CONTROL.test(text) && text.isWellFormed(), 'Must be one line of readable text.');

/** Text list of symbols in a query, e.g. `AAPL,MSFT`. The API parses and limits it. */
export const symbolList = (most: number) =>
  z
    .string()
    .min(1)
    .max(most * 33)
    .meta({ description: `Comma list of symbols, at most ${most}.`, example: 'AAPL,MSFT' });

/** Provenance of a REST value. */
export const provenanceFields = {
  market: z
    .string()
    .meta({ description: 'Identity of the market, e.g. `yahoo`, `sim:1:9f2c01ab`, `tape:5d41402abc4b/1`.' }),
  source: z.string().meta({ description: 'Id of the source; several are joined by +.' }),
  kind,
  asOf: timestamp.nullable().meta({ description: "The source's own time of the value." }),
  receivedAt: timestamp.nullable().meta({ description: 'When this platform received it.' }),
  stale: z.boolean().meta({ description: 'True when the value is older than its class allows.' }),
  delayMinutes: z.number().nullable().meta({ description: 'Contractual delay in minutes; null when unknown.' }),
  lineageId: z.string().nullable().meta({ description: 'Ingest batch and position of the value.' }),
  ageMs: z.int().min(0).nullable().meta({ description: 'Age in market milliseconds when the answer was written.' }),
};
export const provenance = z.object(provenanceFields).meta({ id: 'Provenance' });
export type WireProvenance = z.infer<typeof provenance>;

export const REGIMES = ['Panic', 'RiskOff', 'Chop', 'RiskOn'] as const;
export const regimeLabel = z.enum(REGIMES).meta({ description: 'Market regime.' });
export type RegimeLabel = z.infer<typeof regimeLabel>;

/** What the brain adds to each quote: provisional, shown, never decided on. Four significant digits. */
export const brainFields = z
  .object({
    regime: regimeLabel.nullable(),
    regimeConfidence: z
      .number()
      .min(0)
      .max(1)
      .nullable()
      .meta({ description: 'Chance that the regime persists to the next session, 0..1.' }),
    volatility: price.meta({
      description: 'Annualised EWMA volatility with the forming bar as its newest return, ratio.',
    }),
    z20: price.meta({ description: 'Last price against the 19 closed daily bars and itself, in standard deviations.' }),
    relativeVolume: price.meta({ description: 'Day volume over the volume expected by this minute; 1 is usual.' }),
    moveSigma: price.meta({ description: 'Move since the previous close in daily standard deviations.' }),
    confidence: price.meta({ description: "Win probability of the symbol's unexpired decision, 0..1." }),
    side: z.enum(['long', 'short']).optional(),
    why: nullReason.optional().meta({ description: 'Reason code; present when a field is null.' }),
  })
  .meta({ id: 'BrainFields' });
export type BrainFields = z.infer<typeof brainFields>;
