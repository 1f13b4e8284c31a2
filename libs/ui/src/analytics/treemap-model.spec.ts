import { describe, expect, it } from '@jest/globals';
import { contrast } from '../testing/colour.ts';
import { THEME_NAMES } from '../tokens/tokens.ts';
import { GAIN_MODES, paletteOf } from '../tokens/palette.ts';
import { changeStep, tileColour, tileDecal, treemapSummary } from './treemap-model.ts';

const group = (label: string, changePct: number | null) => ({
  id: label,
  label,
  detail: '',
  weight: 1,
  changePct,
  leaves: [],
});

describe('tiles', () => {
  it('grow stronger with the change, and know no direction without one', () => {
    expect([null, 0, 0.2, 1.5, 3, 40, -0.2, -40].map(changeStep)).toEqual([0, 0, 1, 2, 3, 3, -1, -3]);
  });

  it.each(THEME_NAMES)('carry text of 4.5:1 at every strength and in every pair of colours in %s', (theme) => {
    for (const gain of GAIN_MODES) {
      const palette = paletteOf(theme, gain);
      for (let step = -3; step <= 3; step += 1)
        expect(contrast(palette.text, tileColour(step, palette))).toBeGreaterThanOrEqual(4.5);
    }
  });

  it('hatch falls and nothing else', () => {
    const palette = paletteOf('dark');
    expect([3, 1, 0, -1, -3].map((step) => tileDecal(step, palette) !== null)).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
  });
});

describe('the sentence', () => {
  it('names the best and the worst, and says when nothing is known', () => {
    expect(treemapSummary([group('A', 1.2), group('B', -2), group('C', null)])).toMatch(
      /^3 groups; the best is A .*worst B/,
    );
    expect(treemapSummary([group('A', null)])).toBe('1 groups, none with a known change.');
  });
});
