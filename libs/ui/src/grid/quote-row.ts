import type { Kind, Phase } from '@ziggy/domain';
import type { Freshness } from '../primitives/freshness.ts';
import { freshnessOf } from '../primitives/freshness.ts';

/** One row of the quote grid: the newest facts of a symbol. Missing is null; `why` says the reason. */
export interface QuoteRow {
  readonly symbol: string;
  readonly name: string;
  /** Decimals of the instrument's prices. */
  readonly decimals: number;
  readonly price: number | null;
  readonly change: number | null;
  /** In percent: 1.2 is 1.2 %. */
  readonly changePct: number | null;
  readonly bid: number | null;
  readonly ask: number | null;
  readonly volume: number | null;
  readonly kind: Kind | null;
  readonly stale: boolean;
  /** The source's time of the value, epoch ms. */
  readonly asOf: number | null;
  readonly delayMinutes?: number | null;
  readonly phase?: Phase | null;
  readonly via?: 'stream' | 'poll';
  readonly regime: string | null;
  /** 0..1. */
  readonly regimeConfidence: number | null;
  /** Annualised, ratio. */
  readonly volatility: number | null;
  readonly z20: number | null;
  readonly relativeVolume: number | null;
  /** Reason code of what is null. */
  readonly why: string | null;
  /** Closes of real bars, oldest first; null when not loaded. */
  readonly spark: readonly (number | null)[] | null;
}

/** Freshness of a row at a corrected now (epoch ms). */
export function rowFreshness(row: QuoteRow, now: number): Freshness {
  return freshnessOf({
    kind: row.kind,
    stale: row.stale,
    ageMs: row.asOf === null ? null : Math.max(0, now - row.asOf),
    delayMinutes: row.delayMinutes ?? null,
    phase: row.phase ?? null,
    via: row.via ?? 'stream',
  });
}

/** What renderers need from their grid. */
export interface GridContext {
  now(): number;
}
