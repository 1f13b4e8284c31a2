import type { Bar } from '@ziggy/domain';
import type { CorporateAction } from '@ziggy/market-sources';

export type Adjustment = 'none' | 'splits' | 'total';

interface Step {
  readonly exAt: number;
  readonly split: number;
  /** Dividend in micro-units. */
  readonly dividend: number;
}

/**
 * Read adjustment of raw bars (market-data.md section 6.2): before an ex-date a price is divided by the split ratio and a
 * volume multiplied by it; `total` also takes the dividend out, by `1 - D / close before the ex-date`. Actions that were
 * not known at `knownBy` do not count. Prices stay micro-units and may then hold fractions.
 * @param bars ascending
 */
export function adjustBars(
  bars: readonly Bar[],
  actions: readonly CorporateAction[],
  mode: Adjustment,
  knownBy: number,
): readonly Bar[] {
  const steps = mode === 'none' ? [] : stepsOf(actions, mode, knownBy);
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
      if (step.dividend > 0 && step.dividend < bar.c) price *= 1 - step.dividend / bar.c;
    }
    result[i] =
      price === 1 && volume === 1
        ? bar
        : {
            ...bar,
            o: bar.o * price,
            h: bar.h * price,
            l: bar.l * price,
            c: bar.c * price,
            volume: bar.volume === null ? null : bar.volume * volume,
          };
  }
  return result;
}

/** Actions merged by ex-date, ascending. */
function stepsOf(actions: readonly CorporateAction[], mode: Adjustment, knownBy: number): Step[] {
  const byDate = new Map<number, Step>();
  for (const action of actions) {
    if (action.knownAt > knownBy) continue;
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
