import { describe, expect, it } from '@jest/globals';
import { asClosedBar, sp500 } from '../../test/real-series.ts';
import { closedBar, normal, walk } from '../../test/walks.ts';
import type { ClosedBar } from '../bars.ts';
import { FeatureEngine } from '../features/feature-engine.ts';
import { regimeInputs } from './regime-inputs.ts';
import { RegimeMachine } from './regime-machine.ts';
import type { RegimeInput } from './regime-rules.ts';
import type { RegimeState } from './regime-state.ts';

const days = new Map<number, string>();
/** Remembered, since the simulations ask a million times. */
function sessionOf(openTime: number): string {
  let day = days.get(openTime);
  if (day === undefined) days.set(openTime, (day = new Date(openTime).toISOString().slice(0, 10)));
  return day;
}

function states(inputs: readonly RegimeInput[]): RegimeState[] {
  const machine = new RegimeMachine();
  return inputs.map((input) => machine.step(input));
}

function universeOf(count: number, length: number): Map<string, ClosedBar[]> {
  return new Map(Array.from({ length: count }, (_, i) => [`S${i}`, walk(i + 100, length)]));
}

describe('regimeInputs', () => {
  it('takes the features of the index, and the sigma of the session before', () => {
    const bars = walk(1, 300);
    const inputs = regimeInputs(bars, new Map(), sessionOf);
    const engine = new FeatureEngine({ barsPerYear: 252 });
    for (const bar of bars.slice(0, -1)) engine.push(bar);
    const sigma = engine.value('vol20').value! / Math.sqrt(252);
    engine.push(bars.at(-1)!);
    expect(inputs.at(-1)).toMatchObject({
      session: sessionOf(bars.at(-1)!.openTime),
      asOf: bars.at(-1)!.closeTime,
      idxVolPct: engine.value('volPct252').value,
      idxVol20: engine.value('vol20').value,
      idxVol20Median252: engine.value('vol20Median252').value,
      idxRet1: engine.value('ret1').value,
      idxSigmaDayPrev: sigma,
      idxSlope20T: engine.value('slope20T').value,
      idxRet5: engine.value('ret5').value,
      idxDd252: engine.value('dd252').value,
      breadth50: null,
      reasons: { breadth50: 'coverage' },
    });
    expect(inputs[0]).toMatchObject({ idxRet1: null, reasons: { idxRet1: 'warm_up', idxVolPct: 'warm_up' } });
  });

  it.each([0, 40, 51, 200, 330, 398, 399])(
    'tells of the sessions after number %i what the whole walk tells',
    (known) => {
      const index = walk(1, 400);
      const universe = universeOf(25, 400);
      // One member was listed late, one misses sessions, one has a price that is none.
      universe.set('late', walk(7, 400).slice(320));
      universe.set(
        'holes',
        walk(8, 400).filter((_, i) => i % 37 !== 5),
      );
      universe.set(
        'zero',
        walk(9, 400).map((bar, i) => (i === 345 ? { ...bar, c: 0 } : bar)),
      );
      const whole = regimeInputs(index, universe, sessionOf);
      const after = sessionOf(index[known]!.openTime);
      expect(regimeInputs(index, universe, sessionOf, after)).toEqual(whole.slice(known + 1));
    },
  );

  it('counts the members above their 50-day mean', () => {
    const universe = universeOf(25, 120);
    const inputs = regimeInputs(walk(1, 120), universe, sessionOf);
    const above = [...universe.values()].filter((bars) => {
      const window = bars.slice(-50);
      return window.at(-1)!.c > window.reduce((a, bar) => a + bar.c, 0) / 50;
    });
    expect(inputs.at(-1)!.breadth50).toBe(above.length * 4);
    expect(inputs.findIndex((input) => input.breadth50 !== null)).toBe(49);
  });

  it('aligns members by session: their extra days are left out, their missing ones null them', () => {
    const index = walk(1, 200).filter((_, i) => i % 7 < 5);
    const universe = universeOf(25, 200);
    const reference = regimeInputs(
      index,
      new Map([...universe].map(([s, bars]) => [s, bars.filter((_, i) => i % 7 < 5)])),
      sessionOf,
    );
    expect(regimeInputs(index, universe, sessionOf)).toEqual(reference);
    for (const bars of universe.values())
      bars.splice(
        bars.findIndex((bar) => bar.openTime === index.at(-3)!.openTime),
        1,
      );
    expect(
      regimeInputs(index, universe, sessionOf)
        .slice(-3)
        .map((input) => input.breadth50),
    ).toEqual([null, null, null]);
  });

  it('lets members be listed later, as long as four fifths are known', () => {
    const universe = universeOf(25, 200);
    for (const symbol of ['S0', 'S1', 'S2', 'S3', 'S4']) universe.set(symbol, walk(9, 200).slice(-40));
    expect(regimeInputs(walk(1, 200), universe, sessionOf).at(-1)!.breadth50).not.toBeNull();
    universe.set('S5', []);
    expect(regimeInputs(walk(1, 200), universe, sessionOf).at(-1)!.breadth50).toBeNull();
  });

  it('leaves out a bar that repeats a session', () => {
    const bars = walk(1, 30);
    const doubled = [...bars.slice(0, 15), { ...bars[14]!, c: 1 }, ...bars.slice(15)];
    expect(regimeInputs(doubled, new Map(), sessionOf)).toEqual(regimeInputs(bars, new Map(), sessionOf));
  });
});

describe('on the real S&P 500 without a universe', () => {
  const inputs = regimeInputs(sp500().map(asClosedBar), new Map(), sessionOf);
  const all = states(inputs).map((state, i) => ({ ...state, session: inputs[i]!.session }));

  it('the label is null for want of breadth, except in Panic', () => {
    const warm = all.slice(300);
    expect(new Set(warm.map((s) => s.label))).toEqual(new Set([null, 'Panic']));
    expect(new Set(warm.filter((s) => s.label === null).map((s) => s.reason))).toEqual(new Set(['coverage']));
    expect(
      new Set(
        all
          .slice(0, 250)
          .filter((s) => s.label === null)
          .map((s) => s.reason),
      ),
    ).toEqual(new Set(['warm_up']));
  });

  it('finds the panics of history', () => {
    const panicIn = (month: string): boolean => all.some((s) => s.session.startsWith(month) && s.label === 'Panic');
    for (const month of [
      '2001-09',
      '2002-07',
      '2008-10',
      '2008-11',
      '2010-05',
      '2011-08',
      '2015-08',
      '2018-02',
      '2020-03',
    ]) {
      expect([month, panicIn(month)]).toEqual([month, true]);
    }
    for (const month of ['2004-06', '2005-11', '2012-09', '2013-10', '2017-07', '2017-11'])
      expect([month, panicIn(month)]).toEqual([month, false]);
    expect(all.filter((s) => s.session.startsWith('2008-10')).every((s) => s.label === 'Panic')).toBe(true);
  });
});

/** An index of 50 names with a common factor; the index is their mean, so breadth and trend belong together. */
function simulate(seed: number, sigmas: readonly number[]): RegimeInput[] {
  const gauss = normal(seed);
  const names = Array.from({ length: 50 }, () => ({ x: 0, bars: [] as ClosedBar[] }));
  const { exp, round } = Math;
  let level = 0;
  const index = sigmas.map((sigma, session) => {
    const common = sigma * gauss();
    level += common;
    for (const name of names) {
      name.x += common + 1.5 * sigma * gauss();
      name.bars.push(closedBar(session, round(1e9 * exp(name.x))));
    }
    return closedBar(session, round(1e9 * exp(level)));
  });
  return regimeInputs(index, new Map(names.map((name, i) => [`S${i}`, name.bars])), sessionOf);
}

describe('the acceptance numbers of section 19', () => {
  const SIGMA = 0.16 / Math.sqrt(252);

  it('constant volatility: at most one false Panic a year and at most 26 flips', () => {
    const YEARS = 10;
    let panics = 0;
    let flips = 0;
    let rankAlone = 0;
    for (let path = 0; path < 8; path++) {
      const inputs = simulate(
        path + 1,
        Array.from({ length: 272 + 252 * YEARS }, () => SIGMA),
      );
      const seen = states(inputs).slice(272);
      for (const [i, state] of seen.entries()) {
        const before = seen[i - 1]?.label;
        if (i === 0 || state.label === before) continue;
        flips++;
        if (state.label === 'Panic') panics++;
      }
      rankAlone += inputs
        .slice(272)
        .filter((input, i, rest) => input.idxVolPct! > 0.95 && rest[i - 1] && rest[i - 1]!.idxVolPct! <= 0.95).length;
    }
    expect(panics / (8 * YEARS)).toBeLessThanOrEqual(1);
    expect(flips / (8 * YEARS)).toBeLessThanOrEqual(26);
    // Without the magnitude test the rank alone would cry Panic several times as often.
    expect(rankAlone / (8 * YEARS)).toBeGreaterThan(2);
  });

  it('a tripling of volatility is seen with a median lag of at most five sessions', () => {
    const lags: number[] = [];
    for (let path = 0; path < 25; path++) {
      const calm = Array.from({ length: 330 }, () => SIGMA);
      const inputs = simulate(1_000 + path, [...calm, ...Array.from({ length: 40 }, () => 3 * SIGMA)]);
      const lag = states(inputs)
        .slice(330)
        .findIndex((state) => state.label === 'Panic');
      lags.push(lag < 0 ? 40 : lag + 1);
    }
    expect(lags.sort((a, b) => a - b)[12]).toBeLessThanOrEqual(5);
  });
});
