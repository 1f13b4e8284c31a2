import type { BrainFields, NullReason } from '@ziggy/contracts';
import { isPrice, type ClosedBar } from '../bars.ts';
import { EWMA_LAMBDA, LOOKBACK, VOLATILITY_FLOOR } from '../features/definitions.ts';
import { logRatio, sqrt } from '../numerics.ts';
import { UNKNOWN_REGIME, type RegimeState } from '../regime/regime-state.ts';
import { fourDigits } from './significant.ts';
import {
  emptyState,
  expectedVolume,
  rollIn,
  SLOT,
  storeCurve,
  WHY,
  WHY_CODES,
  type SymbolState,
} from './symbol-state.ts';

const Z_BARS = LOOKBACK.z20;

/**
 * Adds the brain's view to each quote (brain.md section 16). O(1) per tick: one map lookup, one logarithm, two square
 * roots, about 30 flops, and one object, the result. The values are provisional: shown, never decided on.
 *
 * A tick never changes the state, so a wrong price spoils its own quote and nothing after it; only `commit` rolls.
 * Until a symbol has its bars, fields are null and `why` says the reason of the first null one, in the order regime,
 * volatility, z20, moveSigma, relativeVolume, confidence.
 */
export class QuoteEnricher {
  readonly #barsPerYear: number;
  readonly #symbols = new Map<string, SymbolState>();
  #regime: RegimeState = UNKNOWN_REGIME;
  #regimeConfidence: number | null = null;
  #regimeWhy: NullReason | null = 'warm_up';

  /** @param barsPerYear daily bars in a year where `seed` does not say: 252 for a venue, 365 around the clock. */
  constructor(options: { barsPerYear: number }) {
    this.#barsPerYear = options.barsPerYear;
  }

  /**
   * Starts a symbol from stored bars, ascending and closed; forgets what was known of it. 61 bars give every field
   * but the relative volume, which needs the curve.
   * @param volumeCurve 20-day mean of the day's volume at the 79 edges of the 78 five-minute bins, never falling.
   */
  seed(
    symbol: string,
    input: { daily: readonly ClosedBar[]; barsPerYear?: number; volumeCurve?: readonly number[] | null },
  ): void {
    const state = emptyState(input.barsPerYear ?? this.#barsPerYear);
    for (const bar of input.daily) rollIn(state, bar);
    storeCurve(state, input.volumeCurve ?? null);
    this.#symbols.set(symbol, state);
  }

  /**
   * A session closed. From here on a tick belongs to the next bar: commit when the next session opens rather than at
   * the bell, and evening quotes keep showing the day's move. The same session again replaces its bar.
   */
  commit(symbol: string, closed: ClosedBar): void {
    let state = this.#symbols.get(symbol);
    if (state === undefined) this.#symbols.set(symbol, (state = emptyState(this.#barsPerYear)));
    rollIn(state, closed);
  }

  /** Replaces the volume curve; `null` when it is not known. A symbol that was never seeded is left unknown. */
  setVolumeCurve(symbol: string, curve: readonly number[] | null): void {
    const state = this.#symbols.get(symbol);
    if (state !== undefined) storeCurve(state, curve);
  }

  /** The market's last closed regime: one reference, shared by every symbol. */
  setRegime(state: RegimeState): void {
    this.#regime = state;
    this.#regimeConfidence = state.confidence === null ? null : fourDigits(state.confidence);
    const known = state.label !== null && state.confidence !== null;
    this.#regimeWhy = known ? null : (state.reason ?? 'insufficient_data');
  }

  forget(symbol: string): void {
    this.#symbols.delete(symbol);
  }

  /**
   * The brain fields of one tick, four significant digits.
   * @param priceMicro last price; `null`, zero, negative and non-finite ones are refused with a reason.
   * @param dayVolume volume of the day so far, in units.
   * @param sessionRatio elapsed share of the regular session, clipped to 0..1; `null` when unknown or closed.
   */
  enrich(
    symbol: string,
    priceMicro: number | null,
    dayVolume: number | null,
    sessionRatio: number | null,
  ): BrainFields {
    const state = this.#symbols.get(symbol);
    let why: NullReason | null = this.#regimeWhy;
    let volatility: number | null = null;
    let z20: number | null = null;
    let moveSigma: number | null = null;
    let relativeVolume: number | null = null;
    if (state === undefined) {
      why ??= 'warm_up';
    } else {
      if (!isPrice(priceMicro)) {
        why ??= priceMicro === null ? 'no_data' : 'quarantined';
      } else {
        // With no good close to measure from, every field below is null and the number is not used.
        const move = logRatio(priceMicro, state[SLOT.prevClose]!);
        if (state[SLOT.whyVolatility] === WHY.none) volatility = fourDigits(volatilityWith(state, move));
        else why ??= WHY_CODES[state[SLOT.whyVolatility]!]!;
        const z = state[SLOT.whyZ20] === WHY.none ? zScoreWith(state, move) : Number.NaN;
        if (z === z) z20 = fourDigits(z);
        else why ??= WHY_CODES[state[SLOT.whyZ20]! || WHY.degenerate]!;
        if (state[SLOT.whyMove] === WHY.none) moveSigma = fourDigits(move / state[SLOT.sigmaDay]!);
        else why ??= WHY_CODES[state[SLOT.whyMove]!]!;
      }
      const volumeWhy = whyNoVolume(state, dayVolume, sessionRatio);
      if (volumeWhy === WHY.none) relativeVolume = fourDigits(volumeRatio(state, dayVolume!, sessionRatio!));
      else why ??= WHY_CODES[volumeWhy]!;
    }
    return {
      regime: this.#regime.label,
      regimeConfidence: this.#regimeConfidence,
      volatility,
      z20,
      relativeVolume,
      moveSigma,
      // No decision engine runs yet, so no symbol has a win probability.
      confidence: null,
      why: why ?? 'not_configured',
    };
  }
}

/** volEwma with the forming bar as its newest return, annualised. */
export function volatilityWith(s: SymbolState, move: number): number {
  const variance = EWMA_LAMBDA * s[SLOT.ewma]! + (1 - EWMA_LAMBDA) * move * move;
  return Math.max(VOLATILITY_FLOOR, sqrt(s[SLOT.barsPerYear]! * variance));
}

/** z20 of the price against the 19 closed bars and itself; NaN when all twenty are equal. */
export function zScoreWith(s: SymbolState, move: number): number {
  const mean = (s[SLOT.sumX]! + move) / Z_BARS;
  const squares = s[SLOT.sumX2]! + move * move - Z_BARS * mean * mean;
  return squares > 0 ? (move - mean) / sqrt(squares / (Z_BARS - 1)) : Number.NaN;
}

function whyNoVolume(s: SymbolState, dayVolume: number | null, ratio: number | null): number {
  if (dayVolume === null) return WHY.no_data;
  if (!(dayVolume >= 0 && dayVolume < Number.POSITIVE_INFINITY)) return WHY.quarantined;
  if (s[SLOT.whyVolume] !== WHY.none) return s[SLOT.whyVolume]!;
  if (ratio === null || Number.isNaN(ratio)) return WHY.venue_closed;
  // Before the first expected share the ratio has no meaning; the division is tried, so that it cannot overflow later.
  return dayVolume / expectedVolume(s, clip01(ratio)) < Number.POSITIVE_INFINITY ? WHY.none : WHY.degenerate;
}

function volumeRatio(s: SymbolState, dayVolume: number, ratio: number): number {
  return dayVolume / expectedVolume(s, clip01(ratio));
}

function clip01(ratio: number): number {
  return ratio < 0 ? 0 : ratio > 1 ? 1 : ratio;
}
