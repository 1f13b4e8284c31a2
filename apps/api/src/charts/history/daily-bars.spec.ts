import { describe, expect, it } from '@jest/globals';
import type { Symbol } from '@ziggy/domain';
import { aBar, anInstrument } from '../../../test/market-testing.ts';
import { DailyBars } from './daily-bars.ts';

const NOW = Date.UTC(2026, 2, 4, 23);
const OPEN = Date.UTC(2026, 2, 4, 14, 30);
const symbols = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}` as Symbol);

/** Daily bars over a history that has one bar of each symbol. */
function someBars(): DailyBars {
  const history: ConstructorParameters<typeof DailyBars>[0] = {
    bars: async ({ instrument }) => ({
      bars: [aBar(instrument.symbol, '1d', OPEN, Date.UTC(2026, 2, 4, 21), 100)],
      beginsAt: null,
      failure: null,
    }),
    actions: async () => [],
  };
  return new DailyBars(history, () => NOW);
}

async function read(daily: DailyBars, all: readonly Symbol[]): Promise<void> {
  for (const symbol of all) await daily.get(anInstrument(symbol), 30, 'backfill', 1_000);
}

describe('daily bars in memory', () => {
  it('hold every member of the regime, whatever else is read', async () => {
    const daily = someBars();
    const members = symbols('M', 500);
    daily.keep(members);
    await read(daily, members);
    await read(daily, symbols('X', 1_000));
    expect(members.filter((symbol) => daily.peek(symbol) === null)).toEqual([]);
  });

  it('forget what was used least recently, of the rest', async () => {
    const daily = someBars();
    daily.keep(symbols('M', 1));
    const others = symbols('X', 402);
    await read(daily, [...symbols('M', 1), ...others.slice(0, 400)]);
    await read(daily, others.slice(0, 1));
    await read(daily, others.slice(400));
    expect(others.filter((symbol) => daily.peek(symbol) === null)).toEqual(['X1', 'X2']);
  });
});
