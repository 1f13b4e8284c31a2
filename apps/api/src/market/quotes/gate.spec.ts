import { beforeEach, describe, expect, it } from '@jest/globals';
import type { QuoteUpdate, Symbol } from '@ziggy/domain';
import fc from 'fast-check';
import { QuoteGate } from './gate.ts';
import type { GateReason } from './gate.ts';

const NOW = Date.UTC(2026, 2, 4, 15);
const A = 'A' as Symbol;

function update(seq: number, price: number | null, more: Partial<QuoteUpdate> = {}): QuoteUpdate {
  return {
    symbol: A,
    price,
    bid: null,
    ask: null,
    bidSize: null,
    askSize: null,
    open: null,
    high: null,
    low: null,
    prevClose: null,
    volume: null,
    marketState: 'open',
    exchangeAt: NOW + seq,
    receivedAt: NOW + seq,
    delayMinutes: null,
    kind: 'delayed',
    seq,
    ...more,
  };
}

let refused: GateReason[];
let unconfirmed: [number, number][];
let closed: (at: number) => boolean;
let gate: QuoteGate;
beforeEach(() => {
  refused = [];
  closed = () => false;
  unconfirmed = [];
  gate = new QuoteGate({
    onReject: (reason) => void refused.push(reason),
    onUnconfirmed: (_symbol, price, at) => void unconfirmed.push([price, at]),
    isClosed: (_symbol, at) => closed(at),
  });
});
const judge = (quote: QuoteUpdate, now = NOW + 60_000): QuoteUpdate | null => gate.judge(quote, now);

describe('the gate', () => {
  it.each([
    ['no_price', update(2, null)],
    ['non_positive', update(2, 0)],
    ['non_positive', update(2, -5)],
    ['future', update(2, 100, { exchangeAt: NOW + 65_001 })],
    ['duplicate', update(1, 100)],
    ['out_of_order', update(2, 100, { exchangeAt: NOW - 1 })],
    ['out_of_order', update(0, 100)],
  ] as const)('refuses %s', (reason, quote) => {
    judge(update(1, 100));
    expect(judge(quote)).toBeNull();
    expect(refused).toEqual([reason]);
  });

  it('passes a quote from five seconds ahead: no two clocks are one', () => {
    expect(judge(update(1, 100, { exchangeAt: NOW + 65_000 }))).not.toBeNull();
  });

  it('keeps the price of a crossed quote and drops its sides', () => {
    const passed = judge(update(1, 100, { bid: 102, ask: 101, bidSize: 5, askSize: 6 }));
    expect(passed).toMatchObject({ price: 100, bid: null, ask: null, bidSize: null, askSize: null });
    expect(refused).toEqual(['crossed']);
  });

  it('drops a side that is not positive and keeps the other', () => {
    expect(judge(update(1, 100, { bid: 0, ask: 101, bidSize: 1, askSize: 2 }))).toMatchObject({
      bid: null,
      bidSize: null,
      ask: 101,
      askSize: 2,
    });
    expect(refused).toEqual(['non_positive']);
  });

  it('knows no trade in a closed venue, but its last price, and the print after the bell', () => {
    const bell = NOW + 1_000;
    closed = (at) => at >= bell;
    expect(judge(update(1, 100, { exchangeAt: bell + 3_600_000 }), bell + 3_600_000)).not.toBeNull();
    gate.forget(A);
    judge(update(1, 100));
    expect(judge(update(2, 101, { exchangeAt: bell + 59_000 }), bell + 60_000)).not.toBeNull();
    expect(judge(update(3, 102, { exchangeAt: bell + 61_000 }), bell + 62_000)).toBeNull();
    expect(judge(update(4, 101, { exchangeAt: bell + 62_000 }), bell + 63_000)).not.toBeNull();
    expect(refused).toEqual(['closed_session']);
  });
});

describe('outliers', () => {
  beforeEach(() => void judge(update(1, 100)));

  it('wait for a second quote within one percent', () => {
    expect(judge(update(2, 150), NOW + 2)).toBeNull();
    expect(judge(update(3, 151), NOW + 3)).toMatchObject({ price: 151 });
    expect(refused).toEqual(['outlier']);
  });

  it('are forgotten when the price comes back', () => {
    expect(judge(update(2, 10_000), NOW + 2)).toBeNull();
    expect(judge(update(3, 101), NOW + 3)).toMatchObject({ price: 101 });
    expect(judge(update(4, 10_000), NOW + 4)).toBeNull();
  });

  it('are not confirmed after half a minute', () => {
    expect(judge(update(2, 150), NOW)).toBeNull();
    expect(judge(update(3, 150), NOW + 30_001)).toBeNull();
    expect(judge(update(4, 150), NOW + 30_002)).not.toBeNull();
  });

  it('a third price takes the place of one that two quotes did not confirm', () => {
    for (const [seq, price] of [
      [2, 150],
      [3, 300],
      [4, 600],
    ] as const)
      expect(judge(update(seq, price), NOW)).toBeNull();
    expect(judge(update(5, 601), NOW)).toMatchObject({ price: 601 });
  });

  it('that nothing confirmed are handed on, each once', () => {
    judge(update(2, 150), NOW + 1);
    judge(update(3, 151), NOW + 2);
    expect(unconfirmed).toEqual([]);
    judge(update(4, 900), NOW + 3);
    judge(update(5, 150), NOW + 4);
    expect(unconfirmed).toEqual([[900, NOW + 3]]);
    judge(update(6, 900), NOW + 5);
    judge(update(7, 2_000), NOW + 6);
    judge(update(8, 4_000), NOW + 7);
    expect(unconfirmed.slice(1)).toEqual([
      [2_000, NOW + 6],
      [900, NOW + 5],
    ]);
    judge(update(9, 4_001), NOW + 8);
    expect(unconfirmed).toHaveLength(3);
  });

  it('are measured by the symbol’s own recent moves', () => {
    let price = 100;
    for (let seq = 2; seq < 60; seq++) judge(update(seq, (price *= seq % 2 === 0 ? 1.19 : 1 / 1.19)), NOW);
    refused.length = 0;
    expect(judge(update(60, price * 1.5), NOW)).not.toBeNull();
    expect(refused).toEqual([]);
  });
});

describe('whatever comes', () => {
  const quotes = fc.array(
    fc.record({
      price: fc.oneof(fc.constant(null), fc.integer({ min: -10, max: 1_000 }), fc.constant(Number.NaN)),
      bid: fc.option(fc.integer({ min: -10, max: 1_000 })),
      ask: fc.option(fc.integer({ min: -10, max: 1_000 })),
      at: fc.integer({ min: -10_000, max: 200_000 }),
      seq: fc.integer({ min: 0, max: 20 }),
    }),
    { maxLength: 40 },
  );

  it('time and number never fall, prices are positive, sides do not cross, and each refusal is counted', () => {
    fc.assert(
      fc.property(quotes, (given) => {
        const counted: GateReason[] = [];
        const own = new QuoteGate({ onReject: (reason) => void counted.push(reason), isClosed: () => false });
        let [lastAt, lastSeq, passedCount, sides] = [Number.NEGATIVE_INFINITY, -1, 0, 0];
        for (const { price, bid, ask, at, seq } of given) {
          const quote = update(seq, price, { bid, ask, exchangeAt: NOW + at });
          const passed = own.judge(quote, NOW + 100_000);
          if (passed === null) continue;
          passedCount++;
          if (passed.bid !== bid || passed.ask !== ask) sides++;
          expect(passed.price).toBeGreaterThan(0);
          expect(passed.exchangeAt).toBeGreaterThanOrEqual(lastAt);
          expect(passed.exchangeAt).toBeLessThanOrEqual(NOW + 105_000);
          expect(passed.seq).toBeGreaterThan(lastSeq);
          if (passed.bid !== null && passed.ask !== null) expect(passed.bid).toBeLessThanOrEqual(passed.ask);
          [lastAt, lastSeq] = [passed.exchangeAt, passed.seq];
        }
        const whole = counted.filter((reason) => reason !== 'crossed').length;
        expect(whole).toBeGreaterThanOrEqual(given.length - passedCount);
        expect(counted.length).toBeGreaterThanOrEqual(given.length - passedCount + (sides > 0 ? 1 : 0));
      }),
    );
  });
});
