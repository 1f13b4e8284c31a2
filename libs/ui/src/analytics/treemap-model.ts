import { formatPercent } from '../format/numbers.ts';
import { DASH } from '../format/reading.ts';
import type { Palette } from '../tokens/palette.ts';

/** A tile: its area is `weight`, its colour `changePct`; null is drawn without a direction. */
export interface TreemapLeaf {
  readonly id: string;
  readonly label: string;
  /** Words for those who point at it. */
  readonly detail: string;
  readonly weight: number;
  readonly changePct: number | null;
}

export interface TreemapGroup extends TreemapLeaf {
  readonly leaves: readonly TreemapLeaf[];
}

/** From here on a change is drawn in full strength, percent. */
const FULL_PCT = 3;
/** Share of gain or loss at full strength: text on it keeps its contrast. */
const STRONGEST = 0.42;
const STEPS = 3;

/** Strength of a change in steps, -3..3; 0 is unchanged or unknown. */
export function changeStep(changePct: number | null): number {
  if (changePct === null || changePct === 0) return 0;
  const strength = Math.min(STEPS, Math.max(1, Math.ceil((Math.abs(changePct) / FULL_PCT) * STEPS)));
  return changePct > 0 ? strength : -strength;
}

/** Mixes two colours `#rrggbb`, `share` of the second. */
export function mix(a: string, b: string, share: number): string {
  const channel = (text: string, at: number): number => Number.parseInt(text.slice(1 + at * 2, 3 + at * 2), 16);
  const mixed = [0, 1, 2].map((at) => Math.round(channel(a, at) * (1 - share) + channel(b, at) * share));
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

export function tileColour(step: number, palette: Palette): string {
  const colour = step > 0 ? palette.gain : palette.loss;
  return step === 0 ? palette.raised : mix(palette.surface, colour, (Math.abs(step) / STEPS) * STRONGEST);
}

/** Falls are hatched, the denser the deeper, so that direction never stands on colour alone. */
export function tileDecal(step: number, palette: Palette): object | null {
  if (step >= 0) return null;
  return {
    symbol: 'rect',
    dashArrayX: [1, 0],
    dashArrayY: [1, 11 + step * 2],
    rotation: -Math.PI / 4,
    color: mix(tileColour(step, palette), palette.loss, 0.45),
  };
}

export const percentText = (changePct: number | null, decimals = 2): string =>
  changePct === null ? DASH : formatPercent(changePct, 'pct', { decimals }).text;

/** One sentence about the whole: what is best and what is worst. */
export function treemapSummary(groups: readonly TreemapGroup[]): string {
  const known = groups.filter((group) => group.changePct !== null);
  const sorted = known.toSorted((a, b) => (b.changePct as number) - (a.changePct as number));
  const [best, worst] = [sorted[0], sorted.at(-1)];
  if (!best || !worst) return `${groups.length} groups, none with a known change.`;
  return `${groups.length} groups; the best is ${best.label} with ${percentText(best.changePct)}, the worst ${worst.label} with ${percentText(worst.changePct)}.`;
}
