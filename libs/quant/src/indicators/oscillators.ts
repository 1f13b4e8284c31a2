import { Smoothed } from './averages.ts';
import { period, settleWilder, type IndicatorDefinition } from './definition.ts';

export const rsi: IndicatorDefinition = {
  name: 'rsi',
  title: 'Relative strength index',
  params: [period(14)],
  outputs: [{ name: 'value', unit: '0-100' }],
  pane: 'own',
  definition: '100 × gain ÷ (gain + loss), Wilder means of rises and falls; no loss 100, flat 50 (Wilder 1978).',
  needs: ['c'],
  firstIndex: ([n]) => [n!],
  warmUpBars: ([n]) => n! + settleWilder(n!),
  create([n]) {
    const gains = Smoothed.wilder(n!);
    const losses = Smoothed.wilder(n!);
    let previous = Number.NaN;
    return {
      step(bar, commit, out) {
        const change = bar.c - previous;
        if (commit) previous = bar.c;
        if (Number.isNaN(change)) {
          out[0] = Number.NaN;
          return;
        }
        const gain = gains.step(Math.max(0, change), commit);
        const loss = losses.step(Math.max(0, -change), commit);
        out[0] = relativeStrength(gain, loss);
      },
    };
  },
};

/** 100·g ÷ (g + l), which is 100 − 100 ÷ (1 + g/l) without the division by a zero loss. */
export function relativeStrength(gain: number, loss: number): number {
  return gain + loss === 0 ? 50 : (100 * gain) / (gain + loss);
}
