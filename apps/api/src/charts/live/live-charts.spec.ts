import { describe, expect, it } from '@jest/globals';
import type { ChartSnapshotFrame, ChartUpdateFrame } from '@ziggy/contracts';
import type { Bar, Symbol } from '@ziggy/domain';
import { eventually } from '../../../test/harness.ts';
import { aBar, anInstrument } from '../../../test/market-testing.ts';
import { LiveCharts } from './live-charts.ts';

const OPEN = Date.UTC(2026, 2, 4, 14, 30);
const AAA = 'AAA' as Symbol;

/** Charts of one symbol, what they publish, and whether its quotes are stale. */
function someCharts() {
  const published: (ChartUpdateFrame | ChartSnapshotFrame)[] = [];
  const later: (() => void)[] = [];
  const state: { stale: boolean; load: () => Promise<readonly Bar[]>; failures: number } = {
    stale: false,
    load: async () => [aBar(AAA, '1m', OPEN, OPEN + 60_000, 100)],
    failures: 0,
  };
  const charts = new LiveCharts({
    sourceId: 'hand',
    kind: 'simulated',
    outlet: { publish: (_topic, _key, frame) => void published.push(frame) },
    nextId: () => published.length + 1,
    wallNow: () => OPEN + 120_000,
    intervals: ['1m'],
    resolve: async (symbol) => ({ instrument: anInstrument(symbol) }),
    load: () => state.load(),
    acquire: () => true,
    release: () => undefined,
    isStale: () => state.stale,
    after: (_ms, work) => {
      later.push(work);
      return () => void later.splice(later.indexOf(work) >>> 0, 1);
    },
    onFailed: () => void state.failures++,
  });
  const closedAt = (): number[] =>
    published.flatMap((frame) => ('bar' in frame.data && frame.data.bar.closed ? [frame.data.bar.openTime] : []));
  return { charts, published, state, later, closedAt };
}

describe('a chart', () => {
  it.each([true, false])('says of a bar that closes whether the symbol is stale: %s', async (stale) => {
    const { charts, published, state } = someCharts();
    await charts.prepare({ symbol: AAA, timeframe: '1m' });
    state.stale = stale;
    charts.onClosed(aBar(AAA, '1m', OPEN + 60_000, OPEN + 120_000, 101));
    expect(published.map((frame) => frame.stale ?? false)).toEqual([stale]);
  });

  const minute = (n: number) => aBar(AAA, '1m', OPEN + n * 60_000, OPEN + (n + 1) * 60_000, 100 + n);
  const KEY = { symbol: AAA, timeframe: '1m' } as const;

  it('that cannot be read again is tried until it can, and tells each bar that closed meanwhile once', async () => {
    const { charts, state, later, closedAt } = someCharts();
    charts.acquire(KEY);
    await charts.prepare(KEY);
    later.length = 0;
    state.load = () => Promise.reject(new Error('the database is away'));
    charts.onInterrupted(AAA);
    await eventually(
      () => later.length,
      (waiting) => waiting === 1,
    );
    charts.onClosed(minute(1));
    expect(await charts.prepare(KEY)).toBeNull();
    later.shift()?.();
    await eventually(
      () => [state.failures, later.length],
      ([failures, waiting]) => failures === 2 && waiting === 1,
    );
    expect(closedAt()).toEqual([]);
    state.load = async () => [minute(0), minute(1)];
    later.shift()?.();
    await eventually(
      () => closedAt().length,
      (count) => count === 1,
    );
    charts.onClosed(minute(2));
    expect(closedAt()).toEqual([1, 2].map((n) => OPEN + n * 60_000));
    expect(charts.size).toBe(1);
  });

  it('is read once more when it is interrupted while it is read', async () => {
    const { charts, state } = someCharts();
    charts.acquire(KEY);
    await charts.prepare(KEY);
    const answers: ((bars: readonly Bar[]) => void)[] = [];
    state.load = () => new Promise((resolve) => answers.push(resolve));
    charts.onInterrupted(AAA);
    charts.onInterrupted(AAA);
    expect(answers).toHaveLength(1);
    answers[0]?.([minute(0)]);
    await eventually(
      () => answers.length,
      (count) => count === 2,
    );
  });

  it('that nobody looks at any more is not tried again', async () => {
    const { charts, state, later } = someCharts();
    charts.acquire(KEY);
    await charts.prepare(KEY);
    later.length = 0;
    state.load = () => Promise.reject(new Error('the database is away'));
    charts.onInterrupted(AAA);
    await eventually(
      () => later.length,
      (waiting) => waiting === 1,
    );
    charts.release(KEY);
    later.shift()?.();
    expect([charts.size, state.failures, later.length]).toEqual([0, 1, 0]);
  });

  it('that was dropped while it was read says nothing more, and is not tried again', async () => {
    const { charts, state, later, closedAt, published } = someCharts();
    charts.acquire(KEY);
    await charts.prepare(KEY);
    later.length = 0;
    const ends: [(bars: readonly Bar[]) => void, (error: Error) => void][] = [];
    state.load = () => new Promise((resolve, reject) => ends.push([resolve, reject]));
    for (const end of [
      () => ends.pop()?.[0]([minute(0), minute(1)]),
      () => ends.pop()?.[1](new Error('the database is away')),
    ]) {
      charts.onInterrupted(AAA);
      charts.release(KEY);
      charts.onInterrupted(AAA);
      charts.acquire(KEY);
      end();
      await new Promise((resolve) => setImmediate(resolve));
      expect([charts.size, closedAt(), published.length, later.length]).toEqual([0, [], 0, 0]);
      const opened = charts.prepare(KEY);
      await eventually(() => ends.length, Boolean);
      ends.pop()?.[0]([minute(0)]);
      await opened;
      later.length = 0;
    }
    expect(state.failures).toBe(1);
  });
});
