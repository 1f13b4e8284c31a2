import { kind, symbol, timestamp } from './shared.ts';
import { z } from './zod.ts';

// ---- GET /ops/replay, POST /ops/replay/{play, pause, step, seek, speed} ---------------------------
export const REPLAY_STATES = ['paused', 'playing', 'ended'] as const;
export const REPLAY_SPEED_MIN = 0.1;
export const REPLAY_SPEED_MAX = 1000;
const speed = z.union([z.number().min(REPLAY_SPEED_MIN).max(REPLAY_SPEED_MAX), z.literal('max')]);

export const replayAnswer = z
  .object({
    tapeId: z.string().meta({ description: 'SHA-256 of the header and the records of the tape.' }),
    title: z.string(),
    market: z.string().meta({ description: 'Identity of the running market, `tape:<id12>/<run>`.' }),
    run: z.int().min(1).meta({ description: 'Number of this playing of the tape; each run is a market of its own.' }),
    state: z.enum(REPLAY_STATES),
    at: timestamp.meta({ description: 'Market time: where the playhead is.' }),
    startTs: timestamp.meta({ description: 'First record.' }),
    endTs: timestamp.meta({ description: 'Last record.' }),
    speed: z
      .union([z.number(), z.literal('max')])
      .meta({ description: 'Recorded seconds per second, as it was set; it holds when playing.' }),
    progressRatio: z.number().min(0).max(1).meta({ description: 'Records played of all, 0..1.' }),
    played: z.int().min(0),
    records: z.int().min(0),
    seekingTo: timestamp.nullable().meta({ description: 'Target of a seek that is under way.' }),
    nextRun: z
      .object({ run: z.int(), at: timestamp })
      .nullable()
      .meta({ description: 'Set when the answer begins the next run: streams end and come back as another market.' }),
    hash: z.string().nullable().meta({
      description:
        'SHA-256 over the accepted quotes, the closed bars and the latest values at each whole market minute, in order, since `hashFrom`. Equal for equal runs.',
    }),
    hashFrom: timestamp.nullable().meta({ description: 'Market time at which the hash of this process began.' }),
  })
  .meta({ id: 'Replay' });
export const REPLAY_STEPS = ['record', 'bar'] as const;
export const replayStepBody = z
  .strictObject({
    by: z.enum(REPLAY_STEPS).default('record').meta({ description: 'One record, or up to the next finished bar.' }),
  })
  .meta({ id: 'ReplayStep' });
export const replaySeekBody = z
  .strictObject({
    at: z.union([timestamp, z.iso.datetime()]).meta({
      description: 'Market time to go to. An earlier one than now begins the next run there.',
    }),
  })
  .meta({ id: 'ReplaySeek' });
export const replaySpeedBody = z
  .strictObject({ speed: speed.meta({ description: 'Recorded seconds per second, 0.1 to 1000, or max.' }) })
  .meta({ id: 'ReplaySpeed' });

// ---- GET, POST /ops/tapes -----------------------------------------------------------------------
/** How a tape came to its end. Only a `complete` one holds all that it was asked to hold. */
export const TAPE_ENDS = ['complete', 'overflow', 'disk_full', 'recovered'] as const;
export const TAPE_SYMBOLS_MAX = 200;
export const tape = z
  .object({
    id: z.string().nullable().meta({ description: 'SHA-256 of header and records; null while it is recorded.' }),
    file: z.string().nullable().meta({ description: 'Name in the folder of tapes; null for a bundled series.' }),
    play: z.string().meta({ description: 'Value of MARKET_SOURCE that plays it.' }),
    title: z.string(),
    sourceMarket: z.string(),
    originKind: kind,
    startTs: timestamp.nullable(),
    endTs: timestamp.nullable(),
    symbols: z.int().min(0),
    records: z.int().min(0),
    redistributable: z.boolean(),
    recording: z.boolean(),
    end: z.enum(TAPE_ENDS).nullable().meta({ description: 'How it ended; null while it is recorded.' }),
    bytes: z.int().min(0).nullable(),
    licence: z.string(),
  })
  .meta({ id: 'Tape' });
export const tapesAnswer = z
  .object({
    items: z.array(tape),
    unreadable: z
      .array(z.object({ file: z.string(), code: z.string(), detail: z.string() }))
      .meta({ description: 'Files that are no playable tape, and why.' }),
    nextCursor: z.null(),
  })
  .meta({ id: 'Tapes' });
const title = z.string().trim().min(1).max(80);
export const recordTapeBody = z
  .strictObject({
    mode: z.literal('record'),
    title,
    symbols: z
      .string()
      .min(1)
      .max(TAPE_SYMBOLS_MAX * 33)
      .optional()
      .meta({ description: 'Comma list, at most 200; all that the market lists when absent.', example: 'AAPL,MSFT' }),
    until: z
      .union([timestamp, z.iso.datetime()])
      .optional()
      .meta({ description: 'Market time to end at; without it until the job is canceled.' }),
  })
  .meta({ id: 'RecordTape' });
export const IMPORT_FORMATS = ['ticks', 'bars'] as const;
export const importTapeBody = z
  .strictObject({
    mode: z.literal('import'),
    title,
    format: z.enum(IMPORT_FORMATS),
    csv: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'The file as text, when it is small; else name it with `file`.' }),
    file: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.csv$/)
      .optional()
      .meta({ description: 'Name of a CSV file in the folder `import` of the folder of tapes.' }),
    zone: z.string().max(64).meta({
      description: 'IANA zone of times that carry no offset of their own, e.g. `America/New_York` or `UTC`.',
    }),
    columns: z
      .record(z.string().max(32), z.string().max(64))
      .default({})
      .meta({ description: 'Our name of a column to the name in the file, where they differ.' }),
    symbol: symbol.optional().meta({ description: 'Symbol of bars without a symbol column.' }),
    calendar: z
      .enum(['XNYS', 'XLON', 'XETR', '24x7', 'FX24x5'])
      .default('XNYS')
      .meta({ description: 'Trading calendar of the symbols.' }),
    currency: z.string().length(3).default('USD'),
    interval: z.enum(['1m', '5m', '15m', '1h', '1d']).default('1d').meta({ description: 'Interval of bars.' }),
    licence: z.string().trim().min(1).max(500).meta({ description: 'Terms of the data, shown with each figure.' }),
    redistributable: z.boolean().default(false),
    skipBad: z.boolean().default(false).meta({ description: 'Leave bad rows out instead of refusing the file.' }),
    dryRun: z.boolean().default(true).meta({ description: 'Read and check only; nothing is written.' }),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional()
      .meta({ description: 'Required when `dryRun` is false: the hash that the dry run answered for this file.' }),
  })
  .meta({ id: 'ImportTape' });
export const tapeBody = z.discriminatedUnion('mode', [recordTapeBody, importTapeBody]);
export const importReport = z
  .object({
    sha256: z.string().meta({ description: 'Of the file that was read.' }),
    rows: z.int().min(0),
    good: z.int().min(0),
    bad: z.int().min(0),
    faults: z
      .array(z.object({ line: z.int().min(1), column: z.string().nullable(), code: z.string(), message: z.string() }))
      .max(50)
      .meta({ description: 'The first 50 bad rows by line.' }),
    symbols: z.array(symbol).max(200),
    startTs: timestamp.nullable(),
    endTs: timestamp.nullable(),
    written: z.string().nullable().meta({ description: 'Id of the tape that was made; null when nothing was.' }),
  })
  .meta({ id: 'ImportReport' });

export type ReplayAnswer = z.infer<typeof replayAnswer>;
export type ReplayStepBody = z.output<typeof replayStepBody>;
export type ReplaySeekBody = z.output<typeof replaySeekBody>;
export type ReplaySpeedBody = z.output<typeof replaySpeedBody>;
export type WireTape = z.infer<typeof tape>;
export type TapesAnswer = z.infer<typeof tapesAnswer>;
export type TapeBody = z.output<typeof tapeBody>;
export type RecordTapeBody = z.output<typeof recordTapeBody>;
export type ImportTapeBody = z.output<typeof importTapeBody>;
export type ImportReport = z.infer<typeof importReport>;
