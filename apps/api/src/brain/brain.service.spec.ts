import { describe, expect, it } from '@jest/globals';
import type { Bar, Symbol } from '@ziggy/domain';
import { QuoteEnricher } from '@ziggy/quant';
import { aBar, anInstrument } from '../../test/market-testing.ts';
import { eventually } from '../../test/harness.ts';
import { Brain } from './brain.service.ts';

const NOW = Date.UTC(2026, 2, 4, 23);
const DAY_MS = 86_400_000;
const AAA = 'AAA' as Symbol;

function someDays(symbol: Symbol): Bar[] {
  return Array.from({ length: 40 }, (_, i) => {
    const openTime = NOW - (60 - i) * DAY_MS;
    return aBar(symbol, '1d', openTime, openTime + 23_400_000, 100 + (i % 3));
  });
}

/** A brain over histories that the test gives or withholds. */
function aBrain(history: (symbol: Symbol) => Promise<readonly Bar[]>) {
  const asked: Symbol[] = [];
  const failures: unknown[] = [];
  const brain = new Brain({
    enricher: new QuoteEnricher({ barsPerYear: 252 }),
    daily: {
      get: ({ symbol }) => {
        asked.push(symbol);
        return history(symbol);
      },
      peek: () => null,
      keep: () => undefined,
    },
    history: {
      bars: async () => ({ bars: [], beginsAt: null, failure: null }),
      actions: async () => [],
      oldest: () => null,
    },
    marketNow: () => NOW,
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
    onFailed: (error) => failures.push(error),
  });
  const seconds = (count: number) => {
    for (let i = 0; i < count; i++) brain.advance();
  };
  return { brain, asked, failures, seconds };
}

describe('the history behind the brain', () => {
  it('is asked for again, later each time, when it was not to be had', async () => {
    const { brain, asked, failures, seconds } = aBrain(async (symbol) => {
      if (asked.length === 1) throw new Error('the database is away');
      return asked.length === 2 ? [] : someDays(symbol);
    });
    brain.ensure(anInstrument(AAA));
    await eventually(
      () => failures.length,
      (count) => count === 1,
    );
    seconds(59);
    expect(asked).toHaveLength(1);
    seconds(1);
    await eventually(
      () => asked.length,
      (count) => count === 2,
    );
    await brain.idle();
    seconds(119);
    expect(asked).toHaveLength(2);
    seconds(1);
    await brain.idle();
    expect(brain.state.seeded).toBe(1);
    seconds(10_000);
    expect(asked).toHaveLength(3);
  });

  it('of one symbol that fails does not keep the others waiting', async () => {
    const { brain } = aBrain(async (symbol) => {
      if (symbol === AAA) throw new Error('no');
      return someDays(symbol);
    });
    brain.ensure(anInstrument(AAA));
    brain.ensure(anInstrument('BBB'));
    await brain.idle();
    expect(brain.state).toMatchObject({ seeded: 1, waiting: 0 });
  });

  it('is not kept for a symbol that was given up while it was read', async () => {
    let answer: (bars: readonly Bar[]) => void = () => undefined;
    const { brain, asked, seconds } = aBrain(() => new Promise((resolve) => (answer = resolve)));
    brain.ensure(anInstrument(AAA));
    await eventually(
      () => asked.length,
      (count) => count === 1,
    );
    brain.forget(AAA);
    answer(someDays(AAA));
    await brain.idle();
    seconds(10_000);
    expect(brain.state.seeded).toBe(0);
    expect(asked).toHaveLength(1);
  });

  it('is read once more when the past changes while it is read', async () => {
    const answers: ((bars: readonly Bar[]) => void)[] = [];
    const { brain, asked } = aBrain(() => new Promise((resolve) => answers.push(resolve)));
    brain.ensure(anInstrument(AAA));
    await eventually(
      () => asked.length,
      (count) => count === 1,
    );
    brain.renew(AAA);
    answers[0]?.(someDays(AAA));
    await eventually(
      () => asked.length,
      (count) => count === 2,
    );
    expect(brain.state.seeded).toBe(0);
    answers[1]?.(someDays(AAA));
    await brain.idle();
    expect(brain.state.seeded).toBe(1);
  });

  it('of what nobody asked for is not learnt when its past changes', async () => {
    const { brain, asked } = aBrain(async (symbol) => someDays(symbol));
    brain.renew(AAA);
    await brain.idle();
    expect(asked).toEqual([]);
  });
});
