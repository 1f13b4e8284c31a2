import { expect, it } from '@jest/globals';
import type { Instrument } from '@ziggy/domain';
import type { CallContext } from '@ziggy/market-sources';
import { anInstrument } from '../../../test/market-testing.ts';
import { BarHistory } from './bar-history.ts';
import type { BarStore } from './bar-history.ts';

const NOW = Date.UTC(2026, 2, 4, 15);
const DAY = 86_400_000;

it('stores how far it has come again when that failed, for each series, and nothing twice', async () => {
  let saved: number[] = [];
  let broken = false;
  const store: BarStore = {
    save: async () => 0,
    range: async () => [],
    coverage: async () => null,
    saveCoverage: async (instrumentId) => {
      if (broken) throw new Error('the database is away');
      saved.push(instrumentId);
    },
    openBatch: async () => 1,
  };
  const ids = new Map(['AAA', 'BBB', 'CCC'].map((symbol, i) => [symbol, i + 1]));
  const history = new BarHistory({
    source: {
      capabilities: () => ({ intervals: ['1d'], historyDays: { '1d': null } }),
      bars: async () => [],
    },
    store,
    live: { seenSince: () => Infinity, waiting: () => [], forming: () => null },
    windowsOf: () => ({ bar: () => null }),
    trades: () => true,
    actions: async () => [],
    instrumentId: async ({ symbol }: Instrument) => ids.get(symbol) ?? 0,
    call: (work: (ctx: CallContext) => Promise<unknown>) =>
      work({ deadlineAt: Infinity, signal: new AbortController().signal, priority: 'interactive' }),
    marketNow: () => NOW,
    elapsed: () => 0,
    onStoreFailed: () => undefined,
    leads: () => true,
  } as unknown as ConstructorParameters<typeof BarHistory>[0]);
  for (const symbol of ids.keys()) {
    const range = { from: NOW - 30 * DAY, to: NOW, limit: null, priority: 'interactive', withinMs: 1_000 } as const;
    await history.bars({ instrument: anInstrument(symbol), interval: '1d', ...range });
  }
  saved = [];
  broken = true;
  await expect(history.saveCoverage()).rejects.toThrow('away');
  expect(saved).toEqual([]);
  broken = false;
  await history.saveCoverage();
  expect(saved).toEqual([1, 2, 3]);
  await history.saveCoverage();
  expect(saved).toEqual([1, 2, 3]);
});
