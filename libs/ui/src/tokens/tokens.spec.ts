import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { contrast, mixed, simulatedDistance } from '../testing/colour.ts';
import { GAIN_MODES, paletteOf, resolveTheme } from './palette.ts';
import { FRAME_TOKENS, THEME_NAMES, THEME_TOKENS } from './tokens.ts';

describe('tokens', () => {
  it('generated files are not stale', () => {
    const generator = fileURLToPath(new URL('../../tools/generate-tokens.ts', import.meta.url));
    expect(() => execFileSync(process.execPath, [generator, '--check'], { stdio: 'pipe' })).not.toThrow();
  });

  describe.each(THEME_NAMES)('%s', (name) => {
    const theme = THEME_TOKENS[name];
    const surfaces = [theme.background, theme.surface, theme.raised];
    const textFloor = name === 'contrast' ? 7 : 4.5;

    it.each(['text', 'muted', 'accent', 'gain', 'loss', 'warning', 'danger'] as const)(
      '%s is readable on all surfaces',
      (token) => {
        for (const surface of surfaces) expect(contrast(theme[token], surface)).toBeGreaterThanOrEqual(textFloor);
      },
    );

    it('text stays readable under the pointer and on a selection', () => {
      for (const surface of [theme.hover, theme.selected]) {
        for (const token of ['text', 'muted', 'accent'] as const) {
          expect(contrast(theme[token], surface)).toBeGreaterThanOrEqual(4.5);
        }
      }
      expect(contrast(theme.onAccent, theme.accent)).toBeGreaterThanOrEqual(4.5);
    });

    it.each(GAIN_MODES)('figures are readable on flash tints, %s', (mode) => {
      const palette = paletteOf(name, mode);
      for (const surface of surfaces) {
        for (const tint of [palette.gain, palette.loss]) {
          const flashed = mixed(tint, surface, palette.flashStrength / 100);
          for (const colour of [palette.text, palette.gain, palette.loss]) {
            expect(contrast(colour, flashed)).toBeGreaterThanOrEqual(4.5);
          }
        }
      }
    });

    it('borders of controls, the focus ring and chart strokes reach 3:1', () => {
      for (const surface of surfaces) {
        expect(contrast(theme.control, surface)).toBeGreaterThanOrEqual(3);
        for (const stroke of theme.series) expect(contrast(stroke, surface)).toBeGreaterThanOrEqual(4.5);
      }
      expect(new Set(theme.series).size).toBe(8);
    });

    it.each(['red', 'green', 'blue'] as const)('gain and loss stay apart for %s-blind eyes', (blind) => {
      expect(simulatedDistance(theme.gain, theme.loss, blind)).toBeGreaterThanOrEqual(45);
    });
  });

  it('the classic pair would not pass, so the floor means something', () => {
    expect(simulatedDistance('#008000', '#CC0000', 'green')).toBeLessThan(10);
  });

  it('white is readable on every environment frame', () => {
    const { text, ...frames } = FRAME_TOKENS;
    for (const frame of Object.values(frames)) expect(contrast(text, frame)).toBeGreaterThanOrEqual(5.3);
  });

  it('the system choice follows contrast before scheme', () => {
    const device =
      (...on: string[]) =>
      (query: string) =>
        on.some((word) => query.includes(word));
    expect(resolveTheme('system', device())).toBe('dark');
    expect(resolveTheme('system', device('light'))).toBe('light');
    expect(resolveTheme('system', device('light', 'more'))).toBe('contrast');
    expect(resolveTheme('dark', device('light'))).toBe('dark');
  });
});
