import { FAULT_KINDS, NEWS_LEADS, parseFaults } from '@ziggy/market-sources';
import type { NewsLead } from '@ziggy/market-sources';
import { join } from 'node:path';
import * as z from 'zod';
import { workspaceRoot } from './environment.ts';
import { onOff } from './variables.ts';

export const MARKET_CONFIG = Symbol('MARKET_CONFIG');

/** `auto` asks Yahoo once and else simulates; `tape:<name>` plays a recorded series. */
export type MarketSourceChoice = 'auto' | 'yahoo' | 'simulated' | `tape:${string}`;

export interface SimulatedConfig {
  readonly seed: string;
  /** Market milliseconds per wall millisecond. */
  readonly speed: number;
  /** Market time to begin at, epoch ms; null lets the simulator choose. A stored market goes on where it stopped. */
  readonly start: number | null;
  /** Ticks per second of each of the most active symbols. */
  readonly tickHz: number;
  /** Listed symbols. */
  readonly universe: number;
  readonly newsLead: NewsLead;
  /** Faults to inject, empty for none. */
  readonly faults: string;
}

export interface MarketConfig {
  readonly source: MarketSourceChoice;
  readonly simulated: SimulatedConfig;
  readonly tape: {
    /** Recorded milliseconds per wall millisecond, or null for what fits the tape. */
    readonly speed: number | 'max' | null;
    /** First recorded instant to play, epoch ms; null is the beginning of the tape. */
    readonly start: number | null;
    /** Folder of the recorded series, or null for the one that the package manager installed. */
    readonly dir: string | null;
    /** Folder of the tapes that were recorded and imported. */
    readonly tapesDir: string;
    /** Wait to be played instead of playing from the start of the process. */
    readonly paused: boolean;
  };
  readonly yahoo: {
    /** File that the wire traffic is recorded to (cookies and crumbs stripped), or null. */
    readonly recordFile: string | null;
    /** Whether `auto` may ask Yahoo at all. */
    readonly probe: boolean;
  };
}

/** A UTC instant or day, as epoch ms. */
const instant = z
  .union([z.iso.datetime(), z.iso.date()], { error: 'must be a UTC instant such as 2026-03-04T14:30:00Z, or a day' })
  .transform((text) => Date.parse(text));

/** Held to the simulator's own reading. */
const faults = z.string().superRefine((text, context) => {
  try {
    parseFaults(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
  }
});

export const marketVariables = {
  MARKET_SOURCE: z
    .string()
    .regex(/^(auto|yahoo|simulated|tape:[A-Za-z0-9][A-Za-z0-9._-]{0,99})$/, {
      error: 'must be auto, yahoo, simulated or tape:<name>, e.g. tape:sp500-daily',
    })
    .default('auto')
    .meta({
      description:
        'Where the market comes from: `auto` (Yahoo when it answers at start, else simulated), `yahoo`, `simulated`, `tape:sp500-daily`, or `tape:` and the file or id of a tape in `TAPES_DIR`.',
    }),
  SIM_SEED: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,32}$/, { error: 'must be 1 to 32 letters, digits, - or _' })
    .default('1')
    .meta({ description: 'Seed of the simulated market; the same seed gives the same market.' }),
  SIM_SPEED: z.coerce
    .number()
    .min(0.1)
    .max(1000)
    .default(1)
    .meta({ description: 'Simulated seconds that pass in one real second.' }),
  SIM_START: instant.optional().meta({
    description:
      'Simulated instant to begin at. Unset: now while New York trades, else 30 minutes after the last open. A simulated market that is stored already goes on where it stopped, or at this instant when it is later.',
  }),
  SIM_TICK_HZ: z.coerce.number().min(0.01).max(5_000).default(1).meta({
    description:
      'Ticks per simulated second of each of the ten largest symbols; others tick at a fifth, and the universe makes at most 50 000 in total (load mode).',
  }),
  SIM_UNIVERSE: z.coerce
    .number()
    .int()
    .min(10)
    .max(10_000)
    .default(50)
    .meta({ description: 'Listed symbols of the simulated market; beyond the 50 named ones come SIM0001 and so on.' }),
  SIM_NEWS_LEAD: z.enum(NEWS_LEADS).default('none').meta({
    description:
      '`planted` puts simulated headlines before the moves that they tell, for tests that must find an edge; it is a market of its own.',
  }),
  SIM_FAULTS: faults.default('').meta({
    description: `Faults to inject into the simulated market, e.g. \`stall:AAPL@60+30,spike\`: kind[:SYMBOL][@start[+seconds]] in market seconds after the start, kinds ${FAULT_KINDS.join(', ')}. It is a market of its own.`,
  }),
  TAPE_SPEED: z
    .union([z.literal('max'), z.coerce.number().min(0.1).max(10_000_000)], {
      error: 'must be a number from 0.1 to 10000000, or max',
    })
    .optional()
    .meta({
      description:
        'Recorded seconds that pass in one real second while a tape plays, 0.1 to 10000000, or `max`. Unset: 1, and 20000 for a tape of daily bars.',
    }),
  TAPE_START: instant.optional().meta({
    description:
      'Recorded instant at which a run of a tape begins; unset: where the tape does. A run that is stored already goes on where it stopped.',
  }),
  TAPE_DIR: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Folder with the recorded series; unset: the one of the package `vega-datasets`.' }),
  TAPES_DIR: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Folder of recorded and imported tapes (`*.ztape`); unset: `.ziggy/tapes`.' }),
  TAPE_PAUSED: onOff.optional().meta({
    description: 'Whether a tape waits for `POST /ops/replay/play` instead of playing at once. Default false.',
  }),
  YAHOO_RECORD: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'File to record the traffic with Yahoo to, without cookies and crumbs. Personal use only.' }),
  YAHOO_PROBE: onOff
    .optional()
    .meta({ description: 'Whether `auto` asks Yahoo at start; `false` stays off the network. Default true.' }),
};

export function readMarketConfig(env: z.output<z.ZodObject<typeof marketVariables>>): MarketConfig {
  return {
    source: env.MARKET_SOURCE as MarketSourceChoice,
    simulated: {
      seed: env.SIM_SEED,
      speed: env.SIM_SPEED,
      start: env.SIM_START ?? null,
      tickHz: env.SIM_TICK_HZ,
      universe: env.SIM_UNIVERSE,
      newsLead: env.SIM_NEWS_LEAD,
      faults: env.SIM_FAULTS,
    },
    tape: {
      speed: env.TAPE_SPEED ?? null,
      start: env.TAPE_START ?? null,
      dir: env.TAPE_DIR ?? null,
      tapesDir: env.TAPES_DIR ?? join(workspaceRoot(), '.ziggy', 'tapes'),
      paused: env.TAPE_PAUSED ?? false,
    },
    yahoo: { recordFile: env.YAHOO_RECORD ?? null, probe: env.YAHOO_PROBE ?? true },
  };
}
