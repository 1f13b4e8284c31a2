import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  CLOSE_CODES,
  COMMAND_TYPES,
  INPUT_FAULT_CODES,
  NULL_REASONS,
  PROBLEMS,
  STREAM_ERRORS,
  STREAM_LIMITS,
  clientCommand,
  errorFrame,
  marketDataFrame,
  mayReconnect,
  quoteData,
  quotesQuery,
  serverFrame,
} from './index.ts';

describe('the registries', () => {
  it('give every problem a status, a title and a remedy', () => {
    for (const [code, { status, title, remedy }] of Object.entries(PROBLEMS)) {
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(600);
      expect(title.length).toBeGreaterThan(5);
      expect(remedy.length).toBeGreaterThan(10);
    }
  });

  it('call temporary only what may pass by waiting', () => {
    const temporary = Object.entries(PROBLEMS).filter(([, problem]) => problem.temporary);
    for (const [, { status }] of temporary) expect([408, 409, 429, 502, 503, 504]).toContain(status);
  });

  it('number stream errors and closes without a repeat', () => {
    const errors = Object.values(STREAM_ERRORS).map(({ code }) => code);
    expect(errors).toEqual(Array.from({ length: 14 }, (_, index) => 100 + index));
    const closes = Object.values(CLOSE_CODES);
    expect(new Set(closes).size).toBe(closes.length);
  });

  it('tell by the range of a close code whether to come back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 4999 }), (code) => {
        expect(mayReconnect(code)).toBe(code < 4500);
      }),
    );
    expect(mayReconnect(CLOSE_CODES.drain)).toBe(true);
    expect(mayReconnect(CLOSE_CODES.bad_token)).toBe(false);
  });

  it('repeat no word', () => {
    for (const words of [NULL_REASONS, INPUT_FAULT_CODES]) expect(new Set(words).size).toBe(words.length);
  });
});

describe('commands', () => {
  const symbols = fc.array(fc.string({ minLength: 1, maxLength: 32 }), { minLength: 1, maxLength: 100 });

  it('take every well-formed subscription and keep it', () => {
    fc.assert(
      fc.property(
        fc.record(
          {
            type: fc.constant('subscribe' as const),
            symbols,
            timeframe: fc.constantFrom('1m', '5m', '15m', '1h', '1d'),
            maxHz: fc.double({ min: STREAM_LIMITS.minHz, max: STREAM_LIMITS.maxHz, noNaN: true }),
            snapshot: fc.boolean(),
            id: fc.oneof(fc.integer(), fc.string({ minLength: 1, maxLength: 64 })),
          },
          { requiredKeys: ['type', 'symbols'] },
        ),
        (command) => {
          expect(clientCommand.parse(JSON.parse(JSON.stringify(command)))).toEqual(JSON.parse(JSON.stringify(command)));
        },
      ),
    );
  });

  it('refuse what is none, without a throw', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        const { success, data } = clientCommand.safeParse(value);
        if (success) expect(COMMAND_TYPES).toContain(data.type);
      }),
    );
  });

  it.each([
    { type: 'subscribe', symbols: [] },
    { type: 'subscribe', symbols: Array.from({ length: 101 }, (_, n) => `S${n}`) },
    { type: 'subscribe', symbols: ['A'], maxHz: 21 },
    { type: 'subscribe', symbols: ['A'], timeframe: '2m' },
    { type: 'set', maxHz: 0.1 },
    { type: 'resume', epoch: 'e', seq: -1 },
    { type: 'shout' },
  ])('refuse %j', (command) => {
    expect(clientCommand.safeParse(command).success).toBe(false);
  });
});

describe('frames', () => {
  const number = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: null });
  const brain = fc.record({
    regime: fc.constantFrom('Panic', 'RiskOff', 'Chop', 'RiskOn', null),
    regimeConfidence: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null }),
    volatility: number,
    z20: number,
    relativeVolume: number,
    moveSigma: number,
    confidence: number,
  });
  const frame = fc.record({
    type: fc.constant('market_data'),
    ch: fc.constant('market'),
    ts: fc.integer({ min: 0, max: 4e12 }),
    symbol: fc.constant('AAPL'),
    v: fc.nat(),
    data: fc.record({
      price: number,
      change: number,
      changePct: number,
      bid: number,
      ask: number,
      volume: number,
      source: fc.constant('simulated'),
      kind: fc.constant('simulated'),
      asOf: fc.integer({ min: 0, max: 4e12 }),
      brain,
    }),
  });

  it('of a quote pass, whatever is unknown', () => {
    fc.assert(
      fc.property(frame, (value) => {
        expect(serverFrame.safeParse(value).success).toBe(true);
      }),
    );
  });

  it('of a quote fail when any field is missing or no number', () => {
    const [sample] = fc.sample(frame, { numRuns: 1, seed: 1 });
    const data = (sample as { data: Record<string, unknown> }).data;
    for (const key of Object.keys(quoteData.shape)) {
      const { [key]: _, ...rest } = data;
      expect(marketDataFrame.safeParse({ ...sample, data: rest }).success).toBe(false);
    }
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, '1']) {
      expect(marketDataFrame.safeParse({ ...sample, data: { ...data, price: wrong } }).success).toBe(false);
    }
  });

  it('of an error carry a registered name', () => {
    const base = { type: 'error', ch: 'market', ts: 1 };
    for (const [name, { code, message, temporary }] of Object.entries(STREAM_ERRORS)) {
      expect(errorFrame.safeParse({ ...base, data: { code, name, message, temporary } }).success).toBe(true);
    }
    const data = { code: 100, name: 'invented', message: '', temporary: false };
    expect(errorFrame.safeParse({ ...base, data }).success).toBe(false);
  });
});

describe('queries', () => {
  it('refuse an unknown parameter rather than ignore it', () => {
    expect(quotesQuery.safeParse({ symbols: 'AAPL' }).success).toBe(true);
    expect(quotesQuery.safeParse({ symbols: 'AAPL', inclide: 'brain' }).success).toBe(false);
  });
});
