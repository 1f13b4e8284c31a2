import type { NullReason } from '@ziggy/contracts';
import { isPrice, type ClosedBar } from '../bars.ts';
import { logRatio, sqrt } from '../numerics.ts';
import { EWMA_LAMBDA, FEATURE_NAMES, FORMULAS, LOOKBACK, meanSquareReturn, type FeatureName } from './definitions.ts';
import { FeatureWindow } from './feature-window.ts';

/** A feature at one bar. `reason` stands beside every null. */
export interface FeatureValue {
  readonly value: number | null;
  readonly reason?: NullReason;
  /** Closed bars the formula looks at. */
  readonly lookback: number;
}

export type FeatureVector = Readonly<Record<FeatureName, FeatureValue>>;

/**
 * Features of one symbol, bar by bar (brain.md section 3). A pure function of the closed bars pushed so far: what comes
 * later cannot change what it said. Pushing costs about 20 flops; a value costs its window, at most 272 bars.
 *
 * Null rule: a missing or refused bar nulls every feature whose window holds it, with the bar's reason; recursions start
 * anew behind it, since a variance that skips a day would be a guess. Other features still compute.
 */
export class FeatureEngine {
  readonly #window: FeatureWindow;
  #count = 0;
  #goodRun = 0;
  #lastFault: NullReason = 'missing_bar';

  /** @param barsPerYear 252 for daily bars of a venue, 365 around the clock; scales returns to annual volatility. */
  constructor(options: { barsPerYear: number }) {
    this.#window = new FeatureWindow(options.barsPerYear);
  }

  /** Bars pushed so far, missing ones included. */
  get length(): number {
    return this.#count;
  }

  /** Appends the next closed bar; `null` says that the session passed without one. */
  push(bar: Pick<ClosedBar, 'c'> | null): void {
    this.#count++;
    if (bar === null || !isPrice(bar.c)) {
      this.#lastFault = bar === null ? 'missing_bar' : 'quarantined';
      this.#goodRun = 0;
      this.#window.ewma = Number.NaN;
      this.#window.push(Number.NaN, Number.NaN);
      return;
    }
    const w = this.#window;
    const r = this.#goodRun === 0 ? Number.NaN : logRatio(bar.c, w.close(0));
    w.push(bar.c, r);
    this.#goodRun++;
    if (this.#goodRun >= 2) w.ewma = Number.isNaN(w.ewma) ? r * r : EWMA_LAMBDA * w.ewma + (1 - EWMA_LAMBDA) * r * r;
    if (this.#goodRun >= LOOKBACK.vol20) w.setVol20(sqrt(w.barsPerYear * meanSquareReturn(w, 20)));
  }

  /** The feature at the newest bar. */
  value(name: FeatureName): FeatureValue {
    const lookback = LOOKBACK[name];
    if (this.#count < lookback) return { value: null, reason: 'warm_up', lookback };
    if (this.#goodRun < lookback) return { value: null, reason: this.#lastFault, lookback };
    const value = FORMULAS[name](this.#window);
    return Number.isFinite(value) ? { value: value + 0, lookback } : { value: null, reason: 'degenerate', lookback };
  }

  /** Every feature at the newest bar. */
  vector(): FeatureVector {
    return Object.fromEntries(FEATURE_NAMES.map((name) => [name, this.value(name)])) as Record<
      FeatureName,
      FeatureValue
    >;
  }
}

/** Features at the last of `bars` (ascending, closed): the batch form, for a decision on stored bars. */
export function featuresAt(
  bars: readonly (Pick<ClosedBar, 'c'> | null)[],
  options: { barsPerYear: number },
): FeatureVector {
  const engine = new FeatureEngine(options);
  for (const bar of bars) engine.push(bar);
  return engine.vector();
}

const MIN_MEMBERS = 20;
const MIN_COVERAGE = 0.8;

/**
 * Breadth: per cent of the universe whose close is above its 50-day mean.
 * @param cSma50 one value per member, `null` where unknown; needs 20 members and 80 % of them known.
 */
export function breadth50(cSma50: Iterable<number | null>): FeatureValue {
  let members = 0;
  let known = 0;
  let above = 0;
  for (const value of cSma50) {
    members++;
    if (value === null) continue;
    known++;
    if (value > 0) above++;
  }
  const lookback = LOOKBACK.cSma50;
  if (members < MIN_MEMBERS || known < MIN_COVERAGE * members) return { value: null, reason: 'coverage', lookback };
  return { value: (100 * above) / known, lookback };
}
