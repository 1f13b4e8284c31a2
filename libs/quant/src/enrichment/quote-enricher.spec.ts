import { brainFields } from '@ziggy/contracts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { asClosedBar, sp500 } from '../../test/real-series.ts';
import { closedBar, walk } from '../../test/walks.ts';
import type { ClosedBar } from '../bars.ts';
import { FeatureEngine } from '../features/feature-engine.ts';
import { logRatio } from '../numerics.ts';
import { UNKNOWN_REGIME, type RegimeState } from '../regime/regime-state.ts';
import { QuoteEnricher, volatilityWith, zScoreWith } from './quote-enricher.ts';
import { emptyState, rollIn, SLOT, WHY } from './symbol-state.ts';

const CHOP: RegimeState = {
  label: 'Chop',
  since: '2026-03-02',
  confidence: 0.876_54,
  next: [0.01, 0.05, 0.876_54, 0.063_46],
  triggers: ['no_entry_rule'],
  reason: null,
  asOf: 1,
};
/** Linear: 10 shares in each bin. */
const CURVE = Array.from({ length: 79 }, (_, edge) => edge * 10);

function enricher(
  daily: readonly ClosedBar[],
  options: { regime?: RegimeState; curve?: readonly number[] | null } = {},
): QuoteEnricher {
  const it = new QuoteEnricher({ barsPerYear: 252 });
  it.seed('X', { daily, volumeCurve: options.curve === undefined ? CURVE : options.curve });
  it.setRegime(options.regime ?? CHOP);
  return it;
}

describe('a tick', () => {
  it('as the last of its session equals the closed features to 1e-9', () => {
    const bars = sp500().map(asClosedBar);
    const state = emptyState(252);
    const engine = new FeatureEngine({ barsPerYear: 252 });
    let compared = 0;
    for (const bar of bars) {
      const sigmaDay = (engine.value('vol20').value ?? Number.NaN) / Math.sqrt(252);
      engine.push(bar);
      const move = logRatio(bar.c, state[SLOT.prevClose]!);
      const [volEwma, z20, ret1] = [engine.value('volEwma'), engine.value('z20'), engine.value('ret1')];
      expect(state[SLOT.whyVolatility] === WHY.none).toBe(volEwma.value !== null);
      expect(state[SLOT.whyZ20] === WHY.none).toBe(z20.value !== null);
      if (volEwma.value !== null) {
        expect(Math.abs(volatilityWith(state, move) - volEwma.value)).toBeLessThan(1e-9);
        expect(Math.abs(zScoreWith(state, move) - z20.value!)).toBeLessThan(1e-9);
        expect(Math.abs(move / state[SLOT.sigmaDay]! - ret1.value! / sigmaDay)).toBeLessThan(1e-9);
        compared++;
      }
      rollIn(state, bar);
    }
    expect(compared).toBe(5_105 - 60);
  });

  it('equals the closed features on any walk, seeded or committed bar by bar', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 61, max: 160 }),
        fc.constantFrom(0.05, 12, 3e5),
        (seed, length, start) => {
          const bars = walk(seed, length + 1, { start, sigma: 0.02 });
          const last = bars.pop()!;
          const seeded = enricher(bars);
          const committed = enricher([]);
          for (const bar of bars) committed.commit('X', bar);
          const fields = seeded.enrich('X', last.c, 390, 0.5);
          expect(committed.enrich('X', last.c, 390, 0.5)).toEqual(fields);
          const engine = new FeatureEngine({ barsPerYear: 252 });
          for (const bar of [...bars, last]) engine.push(bar);
          expect(fields.volatility).toBeCloseTo(engine.value('volEwma').value!, 3);
          expect(Math.abs(fields.z20! - engine.value('z20').value!)).toBeLessThan(5.1e-4);
          expect(fields.relativeVolume).toBe(1);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('has a fixed, hand-worked answer', () => {
    // 61 closes that alternate 100, 101: every return is ±ln 1.01, so every variance is its square.
    const bars = Array.from({ length: 61 }, (_, i) => closedBar(i, (i % 2 === 0 ? 100 : 101) * 1e6));
    const r = Math.log(1.01);
    const fields = enricher(bars).enrich('X', 101e6, 195, 0.25);
    expect(fields).toEqual({
      regime: 'Chop',
      regimeConfidence: 0.8765,
      volatility: Number((r * Math.sqrt(252)).toPrecision(4)),
      // Ten closes of each: the mean is half way, the deviation r/2 × √(20/19).
      z20: Number((1 / Math.sqrt(20 / 19)).toPrecision(4)),
      relativeVolume: 1,
      moveSigma: 1,
      confidence: null,
      why: 'not_configured',
    });
  });

  it('interpolates the expected volume within a bin and clips the session to 0..1', () => {
    const bent = CURVE.map((v, edge) => (edge === 78 ? 1_770 : v));
    const it = enricher(walk(1, 80), { curve: bent });
    expect(it.enrich('X', 1e8, 1_270, 77.5 / 78).relativeVolume).toBe(1);
    expect(it.enrich('X', 1e8, 1_770, 1).relativeVolume).toBe(1);
    expect(it.enrich('X', 1e8, 1_770, 7).relativeVolume).toBe(1);
    expect(it.enrich('X', 1e8, 5, -1).why).toBe('degenerate');
  });

  it('has bars a year per symbol: crypto trades 365 days', () => {
    const bars = walk(5, 90);
    const both = new QuoteEnricher({ barsPerYear: 252 });
    both.seed('VENUE', { daily: bars });
    both.seed('COIN', { daily: bars, barsPerYear: 365 });
    const [venue, coin] = ['VENUE', 'COIN'].map((s) => both.enrich(s, bars[89]!.c, null, null).volatility!);
    expect(coin! / venue!).toBeCloseTo(Math.sqrt(365 / 252), 3);
  });
});

describe('what is not known', () => {
  it('is null with the reason of the first null field', () => {
    const warm = walk(1, 80);
    const at = (it: QuoteEnricher, price: number | null = 1e8, volume: number | null = 1, ratio: number | null = 0.5) =>
      it.enrich('X', price, volume, ratio).why;
    expect(at(enricher(warm))).toBe('not_configured');
    expect(at(enricher(warm, { regime: { ...UNKNOWN_REGIME, reason: 'coverage' } }))).toBe('coverage');
    expect(at(enricher(walk(1, 30)))).toBe('warm_up');
    // The first null field speaks, not the last: the regime before the price, the price before the volume.
    expect(at(enricher(warm, { regime: { ...UNKNOWN_REGIME, reason: 'coverage' } }), null)).toBe('coverage');
    expect(at(enricher(warm), null, -1)).toBe('no_data');
    expect(at(enricher(warm), null)).toBe('no_data');
    expect(at(enricher(warm), 0)).toBe('quarantined');
    expect(at(enricher(warm, { curve: null }))).toBe('warm_up');
    expect(at(enricher(warm), 1e8, null)).toBe('no_data');
    expect(at(enricher(warm), 1e8, -1)).toBe('quarantined');
    expect(at(enricher(warm), 1e8, 1, null)).toBe('venue_closed');
    expect(at(enricher(warm), 1e8, 1, 0)).toBe('degenerate');
  });

  it('fills field by field as bars arrive', () => {
    const bars = walk(2, 70);
    const it = enricher([]);
    const known: Record<string, number> = {};
    for (const [closed, bar] of bars.entries()) {
      for (const [name, value] of Object.entries(it.enrich('X', bar.c, 1, 0.5))) {
        if (value !== null) known[name] ??= closed;
      }
      it.commit('X', bar);
    }
    expect(known).toMatchObject({ z20: 19, moveSigma: 21, volatility: 60, relativeVolume: 0 });
  });

  it('says warm_up for a symbol it never saw or forgot', () => {
    const it = enricher(walk(1, 80));
    it.forget('X');
    for (const symbol of ['X', 'Y']) {
      expect(it.enrich(symbol, 1e8, 1, 0.5)).toMatchObject({
        regime: 'Chop',
        volatility: null,
        relativeVolume: null,
        why: 'warm_up',
      });
    }
  });

  it('a flat tape has no z-score and no move in sigmas', () => {
    const it = enricher(Array.from({ length: 70 }, (_, i) => closedBar(i, 5e6)));
    expect(it.enrich('X', 5e6, 1, 0.5)).toMatchObject({
      volatility: 0.05,
      z20: null,
      moveSigma: null,
      why: 'degenerate',
    });
    expect(it.enrich('X', 5_000_001, 1, 0.5).z20).toBeCloseTo(19 / Math.sqrt(20), 3);
  });

  it.each([
    ['too short', [1, 2, 3]],
    ['falling', CURVE.map((v, i) => (i === 40 ? 0 : v))],
    ['not finite', CURVE.map((v, i) => (i === 78 ? Number.POSITIVE_INFINITY : v))],
    ['negative', CURVE.map((v) => v - 1)],
  ])('a volume curve that is %s is refused', (_, curve) => {
    const it = enricher(walk(1, 80));
    it.setVolumeCurve('X', curve);
    expect(it.enrich('X', 1e8, 1, 0.5)).toMatchObject({ relativeVolume: null, why: 'quarantined' });
    it.setVolumeCurve('X', CURVE);
    expect(it.enrich('X', 1e8, 390, 0.5).relativeVolume).toBe(1);
  });
});

describe('the state', () => {
  const anyNumber = fc.oneof(
    fc.double(),
    fc.integer(),
    fc.constantFrom(0, -0, 1, Number.MAX_VALUE, Number.MIN_VALUE, Number.NaN),
  );

  it('never yields a number that is not one, and every null has a reason', () => {
    const prices = fc.array(fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 2 ** 53 - 1 }) }, anyNumber), {
      maxLength: 90,
    });
    const orNull = fc.option(anyNumber);
    fc.assert(
      fc.property(
        prices,
        orNull,
        orNull,
        orNull,
        fc.array(anyNumber, { maxLength: 79 }),
        (closes, price, volume, ratio, curve) => {
          const it = enricher(closes.map((c, i) => closedBar(i, c)));
          if (curve.length === 79) it.setVolumeCurve('X', curve);
          const fields = it.enrich('X', price, volume, ratio);
          expect(brainFields.safeParse(JSON.parse(JSON.stringify(fields))).success).toBe(true);
          for (const value of Object.values(fields))
            if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
          expect(fields.why).toBeDefined();
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is not changed by any tick', () => {
    const it = enricher(walk(9, 80));
    const before = it.enrich('X', 1e8, 400, 0.5);
    fc.assert(
      fc.property(fc.option(anyNumber), fc.option(anyNumber), fc.option(anyNumber), (price, volume, ratio) => {
        it.enrich('X', price, volume, ratio);
        expect(it.enrich('X', 1e8, 400, 0.5)).toEqual(before);
      }),
    );
  });

  it('takes a corrected session in place of the first, and ignores older ones', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 90 }),
        fc.array(fc.integer({ min: -1, max: 2e8 }), { maxLength: 3 }),
        (seed, length, wrong) => {
          const bars = walk(seed, length);
          const last = bars.at(-1)!;
          const it = enricher(bars.slice(0, -1));
          for (const c of wrong) it.commit('X', { ...last, c });
          it.commit('X', last);
          it.commit('X', bars[0]!);
          it.commit('X', last);
          expect(it.enrich('X', 1e8, 1, 0.5)).toEqual(enricher(bars).enrich('X', 1e8, 1, 0.5));
        },
      ),
    );
  });

  it('recovers from a bad bar as soon as it has left each window', () => {
    const tail = walk(11, 61);
    const it = enricher([...walk(10, 100), closedBar(100, Number.NaN)]);
    const known: Record<string, number> = {};
    for (const [closed, bar] of tail.entries()) {
      const fields = it.enrich('X', bar.c, null, null);
      if (closed < 19)
        expect(fields).toMatchObject({ volatility: null, z20: null, moveSigma: null, why: 'quarantined' });
      for (const name of ['z20', 'moveSigma', 'volatility'] as const) if (fields[name] !== null) known[name] ??= closed;
      it.commit('X', { ...bar, openTime: bar.openTime + 101 * 86_400_000 });
    }
    expect(known).toEqual({ z20: 19, moveSigma: 21, volatility: 60 });
  });

  it('keeps a typical frame small', () => {
    const bytes = JSON.stringify(enricher(walk(1, 80)).enrich('X', 1.01e8, 400, 0.5)).length;
    expect(bytes).toBeLessThan(200);
  });
});
