import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DomainError, KINDS, SYMBOL_PATTERN, combine, fromMicro, parseSymbol, toMicro, worseKind } from './index.ts';
import type { Kind, Provenance } from './index.ts';

describe('parseSymbol', () => {
  it.each(['AAPL', 'BRK-B', '^GSPC', 'EURUSD=X', 'M&M.NS', 'BTC-USD', '0700.HK'])('takes %s as it is', (text) => {
    expect(parseSymbol(text)).toBe(text);
  });

  it('trims and raises', () => {
    expect(parseSymbol('  brk-b ')).toBe('BRK-B');
  });

  it.each(['', ' ', '../etc', 'A..B', '-A', 'A B', 'A/B', 'A;DROP', '%41', 'ÄÖ', 'A'.repeat(33), ' '.repeat(70)])(
    'refuses %j',
    (text) => {
      expect(parseSymbol(text)).toBeNull();
    },
  );

  it('gives the grammar or nothing, and is settled after one pass', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        const symbol = parseSymbol(text);
        if (symbol === null) return;
        expect(symbol).toMatch(SYMBOL_PATTERN);
        expect(symbol).not.toContain('..');
        expect(parseSymbol(symbol)).toBe(symbol);
      }),
    );
  });
});

describe('micro-units', () => {
  it('keep six decimals exactly', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 14), max: 10 ** 14 }), (micro) => {
        expect(toMicro(fromMicro(micro))).toBe(micro);
      }),
    );
  });

  it('mirror: rounding knows no sign', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e8, noNaN: true }), (price) => {
        const micro = toMicro(price) as number;
        expect(toMicro(-price)).toBe(micro === 0 ? 0 : -micro);
      }),
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e300])('refuses %p', (price) => {
    expect(toMicro(price)).toBeNull();
  });
});

describe('combine', () => {
  const kind = fc.constantFrom(...KINDS);
  const time = fc.option(fc.integer({ min: 0, max: 10 ** 13 }), { nil: null });
  const provenance: fc.Arbitrary<Provenance> = fc.record({
    market: fc.constant('sim:1:aa'),
    source: fc.constantFrom('simulated', 'yahoo', 'tape'),
    kind,
    asOf: time,
    receivedAt: time,
    delayMinutes: fc.option(fc.integer({ min: 0, max: 60 }), { nil: null }),
    stale: fc.boolean(),
    lineageId: fc.option(fc.constantFrom('a', 'b'), { nil: null }),
  });
  const inputs = fc.array(provenance, { minLength: 1, maxLength: 8 });

  it('is as bad as its worst input, whatever their order', () => {
    fc.assert(
      fc.property(inputs, (values) => {
        const result = combine(values);
        expect(combine([...values].reverse())).toEqual(result);
        expect(result.kind).toBe(values.map((value) => value.kind).reduce<Kind>(worseKind, 'live'));
        expect(result.stale).toBe(values.some(({ stale }) => stale));
        const times = values.map(({ asOf }) => asOf);
        expect(result.asOf).toBe(times.includes(null) ? null : Math.min(...(times as number[])));
        const delays = values.map(({ delayMinutes }) => delayMinutes);
        expect(result.delayMinutes).toBe(delays.includes(null) ? null : Math.max(...(delays as number[])));
        expect(result.source).toBe([...new Set(values.map(({ source }) => source))].sort().join('+'));
      }),
      { numRuns: 500 },
    );
  });

  it('does not care how the inputs were put together before: a figure of figures is as good as one of all their inputs', () => {
    fc.assert(
      fc.property(inputs, inputs, (first, second) => {
        expect(combine([combine(first), combine(second)])).toEqual(combine([...first, ...second]));
      }),
      { numRuns: 500 },
    );
  });

  it('knows its receipt and its lineage only where all inputs do, and share it', () => {
    fc.assert(
      fc.property(inputs, (values) => {
        const { receivedAt, lineageId, market } = combine(values);
        const times = values.map((value) => value.receivedAt);
        expect(receivedAt).toBe(times.includes(null) ? null : Math.min(...(times as number[])));
        expect(lineageId).toBe(
          new Set(values.map((value) => value.lineageId)).size === 1 ? values[0]?.lineageId : null,
        );
        expect(market).toBe(values[0]?.market);
      }),
      { numRuns: 500 },
    );
  });

  it('never mixes two markets', () => {
    fc.assert(
      fc.property(inputs, fc.nat(), (values, place) => {
        const foreign = { ...(values[0] as Provenance), market: 'yahoo' };
        const mixed = [...values];
        mixed.splice(place % (values.length + 1), 0, foreign);
        expect(() => combine(mixed)).toThrow(expect.objectContaining({ code: 'market_mixed' }));
      }),
    );
  });

  it('has nothing to say of no input', () => {
    expect(() => combine([])).toThrow(DomainError);
  });
});
