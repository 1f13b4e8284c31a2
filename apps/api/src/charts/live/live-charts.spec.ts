import { describe, expect, it } from '@jest/globals';
import type { ChartSnapshotFrame, ChartUpdateFrame } from '@ziggy/contracts';
import type { Symbol } from '@ziggy/domain';
import { aBar, anInstrument } from '../../../test/market-testing.ts';
import { LiveCharts } from './live-charts.ts';

const OPEN = Date.UTC(2026, 2, 4, 14, 30);
const AAA = 'AAA' as Symbol;

/** Charts of one symbol, what they publish, and whether its quotes are stale. */
function someCharts() {
  const published: (ChartUpdateFrame | ChartSnapshotFrame)[] = [];
  const state = { stale: false };
  const charts = new LiveCharts({
    sourceId: 'hand',
    kind: 'simulated',
    outlet: { publish: (_topic, _key, frame) => void published.push(frame) },
    nextId: () => published.length + 1,
    wallNow: () => OPEN + 120_000,
    intervals: ['1m'],
    resolve: async (symbol) => ({ instrument: anInstrument(symbol) }),
    load: async () => [aBar(AAA, '1m', OPEN, OPEN + 60_000, 100)],
    acquire: () => true,
    release: () => undefined,
    isStale: () => state.stale,
    after: () => () => undefined,
    onFailed: (error) => {
      throw error;
    },
  });
  return { charts, published, state };
}

describe('a chart', () => {
  it.each([true, false])('says of a bar that closes whether the symbol is stale: %s', async (stale) => {
    const { charts, published, state } = someCharts();
    await charts.prepare({ symbol: AAA, timeframe: '1m' });
    state.stale = stale;
    charts.onClosed(aBar(AAA, '1m', OPEN + 60_000, OPEN + 120_000, 101));
    expect(published.map((frame) => frame.stale ?? false)).toEqual([stale]);
  });
});
