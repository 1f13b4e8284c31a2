import type { Bar } from '@ziggy/domain';
import type { CorporateAction } from '@ziggy/market-sources';

export type Adjustment = 'none' | 'splits' | 'total';

interface Step {
  readonly exAt: number;
  readonly split: number;
  /** Dividend of a share as it is after the day's split, micro-units. */
  readonly dividend: number;
}

/** Raw close of the session before an ex-date, micro-units; `null` when it is not known. */
export type CloseBefore = (exAt: number) => number | null;

/**
 * Read adjustment of raw bars (market-data.md section 6.2): before an ex-date a price is divided by the split ratio and a
 * volume multiplied by it; `total` also takes the dividend out, by `1 - D / close before the ex-date`. Only what was known
 * and in effect at `asOf` counts: an announced split divides nothing yet. Prices stay micro-units and may then hold
 * fractions.
 * @param bars ascending
 * @param closeBefore for ex-dates after the last bar; without it a dividend there cannot be taken out, and is not
 */
export function adjustBars(
  bars: readonly Bar[],
  actions: readonly CorporateAction[],
  mode: Adjustment,
  asOf: number,
  closeBefore: CloseBefore = () => null,
): readonly Bar[] {
  const steps = mode === 'none' ? [] : stepsOf(actions, mode, asOf);
  if (steps.length === 0) return bars;
  const result = new Array<Bar>(bars.length);
  let price = 1;
  let volume = 1;
  let next = steps.length - 1;
  for (let i = bars.length - 1; i >= 0; i--) {
    const bar = bars[i] as Bar;
    // Newest first: every step whose ex-date lies after this bar applies to it and to all before.
    for (; next >= 0 && (steps[next] as Step).exAt > bar.openTime; next--) {
      const step = steps[next] as Step;
      price /= step.split;
      volume *= step.split;
      const close = i < bars.length - 1 ? bar.c : closeBefore(step.exAt);
      price *= close === null ? 1 : keptOf(step, close);
    }
    result[i] = price === 1 && volume === 1 ? bar : scaled(bar, price, volume);
  }
  return result;
}

/** Whether the close before some ex-date must be looked up: `total`, and a dividend after the last bar. */
export function needsCloses(
  bars: readonly Bar[],
  actions: readonly CorporateAction[],
  mode: Adjustment,
  asOf: number,
): boolean {
  const last = bars.at(-1);
  if (mode !== 'total' || last === undefined) return false;
  return stepsOf(actions, mode, asOf).some(({ exAt, dividend }) => dividend > 0 && exAt > last.openTime);
}

/** Share of the price that is left when the dividend is out. */
function keptOf({ dividend, split }: Step, close: number): number {
  const paid = dividend * split;
  return paid > 0 && paid < close ? 1 - paid / close : 1;
}

function scaled(bar: Bar, price: number, volume: number): Bar {
  return {
    ...bar,
    o: bar.o * price,
    h: bar.h * price,
    l: bar.l * price,
    c: bar.c * price,
    volume: bar.volume === null ? null : bar.volume * volume,
  };
}

/** Actions merged by ex-date, ascending. */
function stepsOf(actions: readonly CorporateAction[], mode: Adjustment, asOf: number): Step[] {
  const byDate = new Map<number, Step>();
  for (const action of actions) {
    if (action.knownAt > asOf || action.exAt > asOf) continue;
    const split = action.type === 'split' && action.ratio !== null && action.ratio > 0 ? action.ratio : 1;
    const dividend = mode === 'total' && action.type === 'dividend' ? (action.amount ?? 0) : 0;
    if (split === 1 && dividend === 0) continue;
    const step = byDate.get(action.exAt);
    byDate.set(action.exAt, {
      exAt: action.exAt,
      split: (step?.split ?? 1) * split,
      dividend: (step?.dividend ?? 0) + dividend,
    });
  }
  return [...byDate.values()].sort((a, b) => a.exAt - b.exAt);
}
