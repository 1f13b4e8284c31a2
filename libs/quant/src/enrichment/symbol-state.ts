import { isPrice, type ClosedBar } from '../bars.ts';
import { EWMA_LAMBDA, LOOKBACK } from '../features/definitions.ts';
import { logRatio, sqrt } from '../numerics.ts';

/** Five-minute bins of a regular session; the curve has their edges, one more. */
export const VOLUME_BINS = 78;
const RETURNS = 20;

/**
 * Where each number of a symbol lives. One flat array per symbol: a tick touches the first cache line and, for the
 * relative volume, one more; nothing is allocated.
 */
export const SLOT = {
  barsPerYear: 0,
  prevClose: 1,
  /** EWMA variance of the closed bars. */
  ewma: 2,
  /** Σ and Σ² of the 19 newest closed log prices, measured from the previous close so that nothing cancels. */
  sumX: 3,
  sumX2: 4,
  /** Standard deviation of one day, from the 20 newest closed returns. */
  sigmaDay: 5,
  /** Reason index per field, 0 when the field can be computed. */
  whyVolatility: 6,
  whyZ20: 7,
  whyMove: 8,
  whyVolume: 9,
  count: 10,
  goodRun: 11,
  lastFault: 12,
  lastOpenTime: 13,
  /** What `commit` replaces, kept so that a corrected bar of the same session can take its place. */
  undo: 14,
  returns: 20,
  curve: 20 + RETURNS + 1,
} as const;
const SIZE = SLOT.curve + VOLUME_BINS + 1;
const UNDO = {
  prevClose: SLOT.undo,
  ewma: SLOT.undo + 1,
  count: SLOT.undo + 2,
  goodRun: SLOT.undo + 3,
  lastFault: SLOT.undo + 4,
};
/** The return that the last commit pushed out of the window. */
const DROPPED = SLOT.returns + RETURNS;

/** The reasons a field can be null for, as small numbers. */
export const WHY = { none: 0, warm_up: 1, quarantined: 2, degenerate: 3, no_data: 4, venue_closed: 5 } as const;
export const WHY_CODES = [null, 'warm_up', 'quarantined', 'degenerate', 'no_data', 'venue_closed'] as const;

export type SymbolState = Float64Array;

export function emptyState(barsPerYear: number): SymbolState {
  const s = new Float64Array(SIZE);
  s[SLOT.barsPerYear] = barsPerYear;
  s[SLOT.lastOpenTime] = Number.NEGATIVE_INFINITY;
  s[SLOT.whyVolume] = WHY.warm_up;
  derive(s);
  return s;
}

/**
 * Rolls a closed bar into the state: about 60 flops, once a session. An older bar than the newest is ignored; the same
 * session again (a revision, or a commit repeated after a restart) replaces it.
 */
export function rollIn(s: SymbolState, bar: ClosedBar): void {
  if (bar.openTime < s[SLOT.lastOpenTime]!) return;
  if (bar.openTime === s[SLOT.lastOpenTime]) restore(s);
  else remember(s);
  s[SLOT.lastOpenTime] = bar.openTime;
  s[SLOT.count]!++;
  s[DROPPED] = s[SLOT.returns]!;
  s.copyWithin(SLOT.returns, SLOT.returns + 1, SLOT.returns + RETURNS);
  append(s, bar.c);
  derive(s);
}

function append(s: SymbolState, close: number): void {
  const newest = SLOT.returns + RETURNS - 1;
  if (!isPrice(close)) {
    // The same rule as FeatureEngine: every window with the bad bar is unknown, the recursion starts anew behind it.
    s[SLOT.goodRun] = 0;
    s[SLOT.lastFault] = WHY.quarantined;
    s[newest] = Number.NaN;
    return;
  }
  const r = s[SLOT.goodRun] === 0 ? Number.NaN : logRatio(close, s[SLOT.prevClose]!);
  s[newest] = r;
  s[SLOT.prevClose] = close;
  s[SLOT.goodRun]!++;
  if (s[SLOT.goodRun] === 2) s[SLOT.ewma] = r * r;
  else if (s[SLOT.goodRun]! > 2) s[SLOT.ewma] = EWMA_LAMBDA * s[SLOT.ewma]! + (1 - EWMA_LAMBDA) * r * r;
}

/** Everything a tick needs that depends on closed bars only. Rebuilt from the window, so rounding never accumulates. */
function derive(s: SymbolState): void {
  let x = 0;
  let sum = 0;
  let squares = 0;
  for (let i = 1; i < 19; i++) {
    x -= s[SLOT.returns + RETURNS - i]!;
    sum += x;
    squares += x * x;
  }
  s[SLOT.sumX] = sum;
  s[SLOT.sumX2] = squares;
  let meanSquare = 0;
  for (let i = 0; i < RETURNS; i++) meanSquare += s[SLOT.returns + i]! ** 2;
  s[SLOT.sigmaDay] = sqrt(meanSquare / RETURNS);
  // The forming bar is the last of volEwma's and z20's windows; the day's sigma is of closed bars alone.
  s[SLOT.whyVolatility] = whyUnknown(s, LOOKBACK.volEwma - 1);
  s[SLOT.whyZ20] = whyUnknown(s, LOOKBACK.z20 - 1);
  s[SLOT.whyMove] = whyUnknown(s, LOOKBACK.vol20);
  if (s[SLOT.whyMove] === WHY.none && s[SLOT.sigmaDay] === 0) s[SLOT.whyMove] = WHY.degenerate;
}

function whyUnknown(s: SymbolState, closedBars: number): number {
  if (s[SLOT.count]! < closedBars) return WHY.warm_up;
  return s[SLOT.goodRun]! < closedBars ? s[SLOT.lastFault]! : WHY.none;
}

function remember(s: SymbolState): void {
  s[UNDO.prevClose] = s[SLOT.prevClose]!;
  s[UNDO.ewma] = s[SLOT.ewma]!;
  s[UNDO.count] = s[SLOT.count]!;
  s[UNDO.goodRun] = s[SLOT.goodRun]!;
  s[UNDO.lastFault] = s[SLOT.lastFault]!;
}

function restore(s: SymbolState): void {
  s[SLOT.prevClose] = s[UNDO.prevClose]!;
  s[SLOT.ewma] = s[UNDO.ewma]!;
  s[SLOT.count] = s[UNDO.count]!;
  s[SLOT.goodRun] = s[UNDO.goodRun]!;
  s[SLOT.lastFault] = s[UNDO.lastFault]!;
  s.copyWithin(SLOT.returns + 1, SLOT.returns, SLOT.returns + RETURNS - 1);
  s[SLOT.returns] = s[DROPPED]!;
}

/** Stores the mean cumulative volume at each bin edge. A curve that falls or is not finite is refused, not mended. */
export function storeCurve(s: SymbolState, curve: readonly number[] | null): void {
  if (curve === null) {
    s[SLOT.whyVolume] = WHY.warm_up;
    return;
  }
  const rises = curve.every((v, i) => Number.isFinite(v) && v >= (i === 0 ? 0 : curve[i - 1]!));
  if (curve.length !== VOLUME_BINS + 1 || !rises) {
    s[SLOT.whyVolume] = WHY.quarantined;
    return;
  }
  s.set(curve, SLOT.curve);
  s[SLOT.whyVolume] = WHY.none;
}

/** Volume expected after `ratio` (0..1) of the session, linear within a bin. */
export function expectedVolume(s: SymbolState, ratio: number): number {
  const at = ratio * VOLUME_BINS;
  const bin = Math.min(VOLUME_BINS - 1, Math.floor(at));
  const from = s[SLOT.curve + bin]!;
  return from + (s[SLOT.curve + bin + 1]! - from) * (at - bin);
}
