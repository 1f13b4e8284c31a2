import type { RegimeLabel } from '@ziggy/contracts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ReferenceRegime, type CertainInput } from '../../test/reference-regime.ts';
import { RegimeMachine } from './regime-machine.ts';
import type { RegimeInput } from './regime-rules.ts';

const CALM = {
  idxVolPct: 0.5,
  idxVol20: 0.15,
  idxVol20Median252: 0.15,
  idxRet1: 0.001,
  idxSigmaDayPrev: 0.01,
  breadth50: 50,
  idxSlope20T: 0,
  idxRet5: 0,
  idxDd252: 0,
};
type Part = Partial<Omit<RegimeInput, 'session' | 'asOf'>>;
const RISK_ON: Part = { breadth50: 70, idxSlope20T: 2 };
const RISK_OFF: Part = { breadth50: 30, idxSlope20T: -2 };
const FALL: Part = { idxRet1: -0.031 };

function inputAt(i: number, part: Part): RegimeInput {
  return { ...CALM, ...part, session: new Date(i * 86_400_000).toISOString().slice(0, 10), asOf: i };
}

function run(parts: readonly Part[]): RegimeMachine {
  const machine = new RegimeMachine();
  for (const [i, part] of parts.entries()) machine.step(inputAt(i, part));
  return machine;
}

function labels(parts: readonly Part[]): (RegimeLabel | null)[] {
  const machine = new RegimeMachine();
  return parts.map((part, i) => machine.step(inputAt(i, part)).label);
}

const times = (n: number, part: Part): Part[] => Array.from({ length: n }, () => part);

describe('entering', () => {
  it.each<[string, Part, RegimeLabel]>([
    ['rank above .95 and 1.75 times the median', { idxVolPct: 0.951, idxVol20: 0.27 }, 'Panic'],
    ['rank alone', { idxVolPct: 0.999, idxVol20: 0.2625 }, 'Chop'],
    ['magnitude alone', { idxVolPct: 0.95, idxVol20: 0.9 }, 'Chop'],
    ['a fall beyond 3 %', { idxRet1: -0.0301, idxSigmaDayPrev: 0.02 }, 'Panic'],
    ['a fall of exactly 3 %', { idxRet1: -0.03, idxSigmaDayPrev: 0.02 }, 'Chop'],
    ['a fall beyond 3.5 sigmas', { idxRet1: -0.0176, idxSigmaDayPrev: 0.005 }, 'Panic'],
    ['a fall of exactly 3.5 sigmas', { idxRet1: -0.0175, idxSigmaDayPrev: 0.005 }, 'Chop'],
    ['breadth under 40 in a falling market', { breadth50: 39.9, idxSlope20T: -0.1 }, 'RiskOff'],
    ['breadth under 40 without a fall', { breadth50: 39.9, idxSlope20T: 0 }, 'Chop'],
    ['breadth of 40', { breadth50: 40, idxSlope20T: -3 }, 'Chop'],
    ['breadth over 60 in a rising market', { breadth50: 60.1, idxSlope20T: 0.1 }, 'RiskOn'],
    ['breadth over 60 without a rise', { breadth50: 60.1, idxSlope20T: 0 }, 'Chop'],
    ['breadth of 60', { breadth50: 60, idxSlope20T: 3 }, 'Chop'],
    ['a panic in a rising market', { ...RISK_ON, ...FALL }, 'Panic'],
    ['no rule', {}, 'Chop'],
  ])('%s', (_, part, expected) => expect(run([part]).state.label).toBe(expected));
});

describe('leaving', () => {
  const off = times(3, RISK_OFF);
  const on = times(3, RISK_ON);
  it.each<[string, Part[], RegimeLabel]>([
    ['RiskOff stays inside the band', [...off, { breadth50: 44.9, idxSlope20T: 1 }], 'RiskOff'],
    ['RiskOff ends at breadth 45', [...off, { breadth50: 45, idxSlope20T: -2 }], 'Chop'],
    ['RiskOff ends when the trend turns', [...off, { breadth50: 30, idxSlope20T: 1.1 }], 'Chop'],
    ['RiskOff can turn into RiskOn', [...off, RISK_ON], 'RiskOn'],
    ['RiskOn stays inside the band', [...on, { breadth50: 55.1, idxSlope20T: -1 }], 'RiskOn'],
    ['RiskOn ends at breadth 55', [...on, { breadth50: 55, idxSlope20T: 2 }], 'Chop'],
    ['RiskOn ends when the trend turns', [...on, { breadth50: 90, idxSlope20T: -1.1 }], 'Chop'],
    ['RiskOn can turn into RiskOff', [...on, RISK_OFF], 'RiskOff'],
    ['Chop ends when an entry rule holds', [...times(3, {}), RISK_ON], 'RiskOn'],
  ])('%s', (_, parts, expected) => expect(run(parts).state.label).toBe(expected));

  it('a label is held for three sessions', () => {
    expect(labels([{}, RISK_ON, RISK_ON, RISK_ON, {}, {}, {}])).toEqual([
      ...['Chop', 'Chop', 'Chop', 'RiskOn', 'RiskOn', 'RiskOn', 'Chop'],
    ]);
  });

  it('Panic comes at any time', () => {
    expect(labels([RISK_ON, FALL, RISK_ON])).toEqual(['RiskOn', 'Panic', 'Panic']);
  });

  it('Panic ends after three calm sessions in a row, and a trigger or a loud one starts the count again', () => {
    const loud: Part = { idxVolPct: 0.85 };
    expect(labels([FALL, {}, {}, RISK_OFF])).toEqual(['Panic', 'Panic', 'Panic', 'RiskOff']);
    expect(labels([FALL, {}, {}, loud, {}, {}, {}])).toEqual([...times(6, {}).map(() => 'Panic'), 'Chop']);
    expect(labels([FALL, {}, {}, FALL, {}, {}, {}])).toEqual([...times(6, {}).map(() => 'Panic'), 'Chop']);
  });
});

describe('what the state says', () => {
  it('since when, and the chances of the next session with a prior of one', () => {
    const { state } = run([{}, {}, {}, RISK_ON, RISK_ON]);
    expect(state).toEqual({
      label: 'RiskOn',
      since: '1970-01-04',
      // RiskOn was left by one known transition, to itself.
      next: [1 / 5, 1 / 5, 1 / 5, 2 / 5],
      confidence: 2 / 5,
      triggers: ['risk_on_entry'],
      reason: null,
      asOf: 4,
    });
  });

  it.each<[string, Part[], string[]]>([
    ['volatility', [{ idxVolPct: 0.99, idxVol20: 0.5 }], ['volatility_spike']],
    ['falls', [{ idxRet1: -0.05 }], ['fall_3pct', 'fall_3_5_sigma']],
    ['cooling', [FALL, {}], ['cooling_down']],
    ['not calm', [FALL, { idxVolPct: 0.9 }], ['volatility_not_calm']],
    ['the band', [RISK_OFF, { breadth50: 42 }], ['inside_band']],
    ['the dwell', [RISK_OFF, RISK_ON], ['risk_on_entry', 'minimum_dwell']],
    ['nothing', [{}], ['no_entry_rule']],
    ['the dwell of Chop', [{}, RISK_ON], ['risk_on_entry', 'minimum_dwell']],
  ])('why: %s', (_, parts, triggers) => expect(run(parts).state.triggers).toEqual(triggers));

  it('starts unknown and warming up', () => {
    expect(new RegimeMachine().state).toMatchObject({ label: null, reason: 'warm_up', next: null, asOf: null });
  });

  it('ignores a session it has judged', () => {
    const machine = run([{}, {}]);
    const before = machine.state;
    expect(machine.step(inputAt(1, FALL))).toBe(before);
    expect(machine.step(inputAt(0, FALL))).toBe(before);
  });
});

describe('unknown inputs', () => {
  it.each<[string, Part[], RegimeLabel | null, string | null]>([
    ['breadth could enter', [{ breadth50: null, idxSlope20T: -1 }], null, 'coverage'],
    ['breadth cannot matter on a level trend', [{ breadth50: null }], 'Chop', null],
    ['breadth cannot matter in a panic', [{ breadth50: null, ...FALL }], 'Panic', null],
    ['slope cannot matter at middling breadth', [{ idxSlope20T: null }], 'Chop', null],
    ['slope could enter', [{ idxSlope20T: null, breadth50: 61 }], null, 'warm_up'],
    ['rank could panic', [{ idxVolPct: null, idxVol20: 0.4 }], null, 'warm_up'],
    ['rank cannot panic without magnitude', [{ idxVolPct: null }], 'Chop', null],
    ['median could panic', [{ idxVol20Median252: null, idxVolPct: 0.96 }], null, 'warm_up'],
    ['sigma could panic on a fall', [{ idxSigmaDayPrev: null, idxRet1: -0.002 }], null, 'warm_up'],
    ['sigma cannot panic on a rise', [{ idxSigmaDayPrev: null, idxRet1: 0 }], 'Chop', null],
    ['return could panic', [{ idxRet1: null }], null, 'warm_up'],
    ['dwell hides the unknown', [RISK_ON, { breadth50: null }], 'RiskOn', null],
    ['the producer knows why', [{ idxRet1: null, reasons: { idxRet1: 'missing_bar' } }], null, 'missing_bar'],
    ['NaN is unknown', [{ idxRet1: Number.NaN }], null, 'warm_up'],
    ['evidence is no rule', [{ idxRet5: null, idxDd252: null }], 'Chop', null],
  ])('%s', (_, parts, label, reason) => expect(run(parts).state).toMatchObject({ label, reason }));

  it('of the past keep the label unknown until every possible past agrees', () => {
    const unknown: Part = { breadth50: null, idxSlope20T: 0.5 };
    const machine = run([{}, {}, {}, unknown]);
    expect(machine.state).toMatchObject({ label: null, reason: 'coverage', confidence: null, next: null, since: null });
    // Breadth 58 would keep a RiskOn but not enter it: whether it was entered is what nobody knows.
    expect(machine.step(inputAt(4, { breadth50: 58 }))).toMatchObject({ label: null, reason: 'coverage' });
    expect(machine.step(inputAt(5, RISK_ON)).label).toBe('RiskOn');
    expect(machine.state).toMatchObject({ since: inputAt(5, {}).session, reason: null });
  });
});

describe('properties', () => {
  const range = (...values: number[]): fc.Arbitrary<number> => fc.constantFrom(...values);
  const certain = fc.record({
    idxVolPct: range(0.1, 0.849, 0.85, 0.9, 0.95, 0.951, 1),
    idxVol20: range(0.1, 0.26, 0.27, 0.5),
    idxVol20Median252: range(0.1, 0.15, 0.3),
    idxRet1: range(-0.05, -0.031, -0.03, -0.02, -0.001, 0, 0.02),
    idxSigmaDayPrev: range(0, 0.004, 0.01, 0.03),
    breadth50: range(0, 39, 40, 44, 45, 50, 55, 56, 60, 61, 100),
    idxSlope20T: range(-3, -1.01, -1, -0.1, 0, 0.1, 1, 1.01, 3),
    idxRet5: range(0),
    idxDd252: range(0),
  });
  const calmer = certain.map((input) => ({ ...input, idxVolPct: 0.5, idxRet1: 0.001 }));
  const history = fc.array(fc.oneof({ weight: 1, arbitrary: certain }, { weight: 4, arbitrary: calmer }), {
    minLength: 1,
    maxLength: 40,
  });
  const HIDEABLE = [
    'idxVolPct',
    'idxVol20',
    'idxVol20Median252',
    'idxRet1',
    'idxSigmaDayPrev',
    'breadth50',
    'idxSlope20T',
  ] as const;

  function reference(parts: readonly Part[]): RegimeLabel[] {
    const machine = new ReferenceRegime();
    return parts.map((part, i) => machine.step(inputAt(i, part) as CertainInput));
  }

  it('with everything known it is the plain reading of the table', () => {
    fc.assert(
      fc.property(history, (parts) => expect(labels(parts)).toEqual(reference(parts))),
      { numRuns: 300 },
    );
  });

  it('a label named in spite of unknown inputs is right whatever their values were', () => {
    const hidden = fc.array(fc.tuple(fc.nat(39), fc.constantFrom(...HIDEABLE)), { maxLength: 20 });
    fc.assert(
      fc.property(history, hidden, (parts, holes) => {
        const seen: Part[] = parts.map((part) => ({ ...part }));
        for (const [i, name] of holes) if (i < seen.length) seen[i] = { ...seen[i]!, [name]: null };
        const truth = reference(parts);
        for (const [i, label] of labels(seen).entries()) if (label !== null) expect(label).toBe(truth[i]);
      }),
      { numRuns: 300 },
    );
  });

  it('it abstains only when some value would change the label', () => {
    const values = {
      breadth50: [10, 39.9, 42, 50, 57, 60.1, 90],
      idxSlope20T: [-2, -1, -0.5, 0, 0.5, 1, 2],
      idxVolPct: [0.5, 0.849, 0.9, 0.96],
    };
    fc.assert(
      fc.property(history, fc.constantFrom(...Object.keys(values)), fc.nat(), (parts, name, position) => {
        const hole = position % parts.length;
        const fill = (value: number | null): Part[] =>
          parts.map((part, i) => (i === hole ? { ...part, [name]: value } : part));
        const said = labels(fill(null));
        const possible = values[name as keyof typeof values].map((value) => reference(fill(value)));
        for (const [i, label] of said.entries()) {
          const answers = new Set(possible.map((answer) => answer[i]!));
          expect(label).toBe(answers.size === 1 ? [...answers][0] : null);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('chances sum to one, the dwell is respected, and nothing flips inside a band', () => {
    fc.assert(
      fc.property(history, (parts) => {
        const machine = new RegimeMachine();
        let held = 0;
        let before: RegimeLabel | null = null;
        for (const [i, part] of parts.entries()) {
          const { label, next, confidence } = machine.step(inputAt(i, part));
          expect(next!.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
          expect(confidence).toBeGreaterThan(0);
          if (before !== null && label !== before) {
            expect(label === 'Panic' || held >= 3).toBe(true);
            if (before === 'RiskOn' && label !== 'Panic')
              expect(part.breadth50! <= 55 || part.idxSlope20T! < -1).toBe(true);
            if (before === 'RiskOff' && label !== 'Panic')
              expect(part.breadth50! >= 45 || part.idxSlope20T! > 1).toBe(true);
            held = 0;
          }
          held++;
          before = label;
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is monotone: a broader, steeper or calmer session never lowers the label', () => {
    const order = ['Panic', 'RiskOff', 'Chop', 'RiskOn'];
    const better = fc.constantFrom<[keyof typeof CALM, number]>(
      ['breadth50', 1],
      ['idxSlope20T', 1],
      ['idxRet1', 1],
      ['idxVolPct', -1],
      ['idxVol20', -1],
    );
    fc.assert(
      fc.property(history, better, fc.double({ min: 0, max: 60, noNaN: true }), (parts, [name, sign], step) => {
        const last = parts.at(-1)!;
        // A rise of the trend or of breadth leaves a Panic alone, so each input is compared in the same past.
        const improved = { ...last, [name]: last[name] + sign * step };
        const rank = (part: Part): number => order.indexOf(run([...parts.slice(0, -1), part]).state.label!);
        expect(rank(improved)).toBeGreaterThanOrEqual(rank(last));
      }),
      { numRuns: 300 },
    );
  });
});
