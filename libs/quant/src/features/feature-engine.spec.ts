import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { referenceFeature } from '../../test/reference-features.ts';
import { asClosedBar, sp500 } from '../../test/real-series.ts';
import { closedBar, walk } from '../../test/walks.ts';
import type { ClosedBar } from '../bars.ts';
import { FEATURE_NAMES, LOOKBACK } from './definitions.ts';
import { breadth50, FeatureEngine, featuresAt } from './feature-engine.ts';

const YEAR = { barsPerYear: 252 };

function engineAfter(bars: readonly (ClosedBar | null)[]): FeatureEngine {
  const engine = new FeatureEngine(YEAR);
  for (const bar of bars) engine.push(bar);
  return engine;
}

function expectReference(bars: ClosedBar[]): void {
  const closes = bars.map((bar) => bar.c);
  const vector = engineAfter(bars).vector();
  for (const name of FEATURE_NAMES) {
    const { value, reason, lookback } = vector[name];
    if (bars.length < lookback) {
      expect([name, value, reason]).toEqual([name, null, 'warm_up']);
      continue;
    }
    const expected = referenceFeature(name, closes, 252);
    expect([name, value === null]).toEqual([name, false]);
    expect(Math.abs(value! - expected) / Math.max(1, Math.abs(expected))).toBeLessThan(1e-9);
  }
}

describe('features', () => {
  it('equal the plain formulas on walks of any length, price and volatility', () => {
    const shape = fc.record({
      seed: fc.nat(),
      length: fc.integer({ min: 1, max: 330 }),
      start: fc.constantFrom(0.01, 1, 97.5, 4_200, 250_000),
      sigma: fc.constantFrom(0.002, 0.01, 0.08),
    });
    fc.assert(
      fc.property(shape, ({ seed, length, start, sigma }) => expectReference(walk(seed, length, { start, sigma }))),
      { numRuns: 60 },
    );
  });

  it('equal the plain formulas on the real index, also after the columns were compacted', () => {
    const bars = sp500().map(asClosedBar);
    for (const end of [272, 1_023, 1_024, 1_025, 1_769, 2_300, 5_105]) {
      const { volEwma, ...rest } = engineAfter(bars.slice(0, end)).vector();
      const closes = bars.slice(0, end).map((bar) => bar.c);
      for (const [name, { value }] of Object.entries({ volEwma, ...rest })) {
        const expected = referenceFeature(name as keyof typeof LOOKBACK, closes, 252);
        expect(Math.abs(value! - expected)).toBeLessThan(1e-9 * Math.max(1, Math.abs(expected)));
      }
    }
  });

  it('at a bar do not depend on what comes after it', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 299 }), (seed, t) => {
        const bars = walk(seed, 300);
        const engine = new FeatureEngine(YEAR);
        let then;
        for (const [i, bar] of bars.entries()) {
          engine.push(bar);
          if (i === t) then = engine.vector();
        }
        expect(featuresAt(bars.slice(0, t + 1), YEAR)).toEqual(then);
      }),
      { numRuns: 25 },
    );
  });

  it('do not depend on the currency', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 2, max: 50 }), (seed, factor) => {
        const bars = walk(seed, 280);
        const scaled = bars.map((bar) => ({ ...bar, c: bar.c * factor }));
        const a = featuresAt(bars, YEAR);
        const b = featuresAt(scaled, YEAR);
        for (const name of FEATURE_NAMES) expect(b[name].value).toBeCloseTo(a[name].value!, 10);
      }),
      { numRuns: 20 },
    );
  });

  it('turn around when the log price is mirrored', () => {
    const bars = walk(7, 280, { start: 1_000 });
    const mirrored = bars.map((bar) => ({ ...bar, c: 1e18 / bar.c }));
    const [a, b] = [featuresAt(bars, YEAR), featuresAt(mirrored, YEAR)];
    for (const name of ['ret1', 'ret5', 'ret20', 'z20', 'slope20', 'slope20T'] as const) {
      expect(b[name].value).toBeCloseTo(-a[name].value!, 8);
    }
    for (const name of ['vol20', 'vol60', 'volEwma', 'volPct252'] as const) {
      expect(b[name].value).toBeCloseTo(a[name].value!, 8);
    }
  });
});

describe('the null rule', () => {
  it.each([
    ['missing_bar', null],
    ['quarantined', closedBar(300, 0)],
    ['quarantined', closedBar(300, Number.NaN)],
    ['quarantined', closedBar(300, -5)],
  ] as const)('a %s bar nulls exactly the windows that hold it', (reason, bad) => {
    const before = walk(3, 300);
    const after = walk(4, 300).map((bar) => ({ ...bar, openTime: bar.openTime + 400 }));
    const engine = engineAfter([...before, bad]);
    for (let behind = 0; behind <= 290; behind++) {
      for (const name of FEATURE_NAMES) {
        const { value, reason: why } = engine.value(name);
        const clean = behind >= LOOKBACK[name];
        expect([name, behind, value === null, why]).toEqual([name, behind, !clean, clean ? undefined : reason]);
      }
      engine.push(after[behind]!);
    }
  });

  it('behind a gap the recursion starts anew', () => {
    const tail = walk(4, 80);
    expect(engineAfter([...walk(3, 100), null, ...tail]).value('volEwma')).toEqual(engineAfter(tail).value('volEwma'));
  });

  it('a flat tape has no z-score and no trend statistic, but a volatility of zero', () => {
    const vector = featuresAt(
      Array.from({ length: 280 }, (_, i) => closedBar(i, 5e6)),
      YEAR,
    );
    expect(vector.z20).toEqual({ value: null, reason: 'degenerate', lookback: 20 });
    expect(vector.slope20T).toEqual({ value: null, reason: 'degenerate', lookback: 20 });
    expect(vector.vol20.value).toBe(0);
    expect(vector.volEwma.value).toBe(0.05);
    expect(vector.volPct252.value).toBe(0.5);
    expect(vector.dd252.value).toBe(0);
  });
});

describe('breadth', () => {
  const members = (above: number, below: number, unknown: number): (number | null)[] => [
    ...Array.from({ length: above }, () => 0.01),
    ...Array.from({ length: below }, () => -0.01),
    ...Array.from({ length: unknown }, () => null),
  ];

  it('is the share above among the known', () => {
    expect(breadth50(members(30, 10, 10)).value).toBe(75);
    expect(breadth50(members(0, 20, 0)).value).toBe(0);
    expect(breadth50([...members(19, 0, 0), 0]).value).toBe(95);
  });

  it('needs twenty members and four fifths of them known', () => {
    expect(breadth50(members(19, 0, 0))).toEqual({ value: null, reason: 'coverage', lookback: 50 });
    expect(breadth50(members(20, 20, 11)).reason).toBe('coverage');
    expect(breadth50(members(20, 20, 10)).value).toBe(50);
    expect(breadth50([]).value).toBeNull();
  });
});
