import { describe, expect, it } from '@jest/globals';
import type { ChartSnapshotFrame, ChartUpdateFrame } from '@ziggy/contracts';
import { calendarOf } from '@ziggy/domain';
import type { Bar, Symbol } from '@ziggy/domain';
import { eventually } from '../../../test/harness.ts';
import { aBar, anInstrument } from '../../../test/market-testing.ts';
import { weeklyBars, weeksOf } from '../history/weekly-bars.ts';
import { LiveCharts } from './live-charts.ts';

const OPEN = Date.UTC(2026, 2, 4, 14, 30);
const AAA = 'AAA' as Symbol;
const DAY = 86_400_000;

/** Charts of one symbol, what they publish, and whether its quotes are stale. */
function someCharts() {
  const published: (ChartUpdateFrame | ChartSnapshotFrame)[] = [];
  const later: (() => void)[] = [];
  const state: { stale: boolean; now: number; load: () => Promise<readonly Bar[]>; failures: number } = {
    stale: false,
    now: OPEN + 120_000,
    load: async () => [aBar(AAA, '1m', OPEN, OPEN + 60_000, 100)],
    failures: 0,
  };
  const charts = new LiveCharts({
    sourceId: 'hand',
    kind: 'simulated',
    outlet: { publish: (_topic, _key, frame) => void published.push(frame) },
    nextId: () => published.length + 1,
    wallNow: () => OPEN + 120_000,
    marketNow: () => state.now,
    intervals: ['1m', '1d'],
    resolve: async (symbol) => ({ instrument: anInstrument(symbol) }),
    load: async (instrument, timeframe) => {
      const bars = await state.load();
      if (timeframe !== '1w') return { bars, days: null };
      const weeks = weeksOf(calendarOf(instrument.calendar), OPEN - 60 * DAY, state.now + 1);
      return { bars: weeklyBars(bars, weeks, state.now), days: bars };
    },
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

describe('a chart of weeks', () => {
  const KEY = { symbol: AAA, timeframe: '1w' } as const;
  /** When New York opens on a date; 2026-02-23 is a Monday. */
  const session = (date: string) => calendarOf('XNYS').between(date, date)[0]?.open ?? NaN;
  const day = (date: string, close: number, complete = true): Bar => {
    const open = session(date);
    const bar = aBar(AAA, '1d', open, open + 6.5 * 3_600_000, close);
    return complete ? bar : { ...bar, complete: false, availableAt: open + 60_000 };
  };
  const last = ({ published }: ReturnType<typeof someCharts>) => {
    const { data } = published.at(-1) as ChartUpdateFrame;
    const { openTime, open, high, low, close, volume, closed } = data.bar;
    return { openTime, open, high, low, close, volume, closed };
  };

  it('forms with each day and closes with the last session of its week, whatever weekday that is', async () => {
    const world = someCharts();
    const { charts, state, published } = world;
    // Good Friday, 2026-04-03: the week ends on Thursday.
    const days = ['2026-03-30', '2026-03-31', '2026-04-01'].map((date, i) => day(date, 100 + i));
    state.load = async () => [day('2026-03-27', 90), ...days];
    state.now = session('2026-04-02');
    charts.acquire(KEY);
    expect(await charts.prepare(KEY)).toBeNull();
    const [image] = charts.snapshot(KEY) as ChartSnapshotFrame[];
    expect(image).toMatchObject({ timeframe: '1w', snap: true });
    expect(image?.data.bars.map(({ openTime, close, closed }) => [openTime, close, closed])).toEqual([
      [session('2026-03-23'), 90, true],
      [session('2026-03-30'), 102, false],
    ]);
    charts.onForming(day('2026-04-02', 120, false));
    expect(last(world)).toMatchObject({ openTime: session('2026-03-30'), high: 120, close: 120, closed: false });
    charts.onForming(aBar(AAA, '1m', session('2026-04-02'), session('2026-04-02') + 60_000, 999));
    expect(published).toHaveLength(1);
    state.now = session('2026-04-02') + 7 * 3_600_000;
    charts.onClosed(day('2026-04-02', 110));
    expect(last(world)).toMatchObject({ openTime: session('2026-03-30'), close: 110, closed: true });
    state.now = session('2026-04-06');
    charts.onForming(day('2026-04-06', 111, false));
    // Frames of a forming bar keep a distance: this one waits.
    for (const work of world.later.splice(0)) work();
    expect(last(world)).toMatchObject({ openTime: session('2026-04-06'), open: 111, close: 111, closed: false });
  });

  it('tells a day that closes inside the week at once, and reads again when a day of a week that is over changes', async () => {
    const world = someCharts();
    const { charts, state, published } = world;
    const before = ['2026-02-23', '2026-02-24', '2026-02-25', '2026-02-26', '2026-02-27'].map((date) => day(date, 50));
    state.load = async () => [...before, day('2026-03-02', 60)];
    state.now = session('2026-03-03') + 7 * 3_600_000;
    charts.acquire(KEY);
    await charts.prepare(KEY);
    charts.onClosed(day('2026-03-03', 61));
    expect(last(world)).toMatchObject({ openTime: session('2026-03-02'), open: 60, close: 61, closed: false });
    let reads = 0;
    state.load = async () => {
      reads++;
      return [...before.slice(0, 4), day('2026-02-27', 55), day('2026-03-02', 60), day('2026-03-03', 61)];
    };
    charts.onClosed(day('2026-02-27', 55));
    await eventually(() => reads === 1 && published.length >= 3);
    const closed = published.flatMap((frame) => ('bar' in frame.data && frame.data.bar.closed ? [frame.data.bar] : []));
    expect(closed.at(-1)).toMatchObject({ openTime: session('2026-02-23'), close: 55 });
    expect(last(world)).toMatchObject({ openTime: session('2026-03-02'), close: 61, closed: false });
  });

  it('goes on from what closed while its days were being read', async () => {
    const world = someCharts();
    const { charts, state } = world;
    let answer: (days: readonly Bar[]) => void = () => undefined;
    state.load = () => new Promise((resolve) => (answer = resolve));
    state.now = session('2026-03-03') + 7 * 3_600_000;
    charts.acquire(KEY);
    const opened = charts.prepare(KEY);
    await eventually(() => charts.size === 1);
    charts.onClosed(day('2026-03-03', 61));
    answer([day('2026-03-02', 60)]);
    expect(await opened).toBeNull();
    const [image] = charts.snapshot(KEY) as ChartSnapshotFrame[];
    expect(image?.data.bars.at(-1)).toMatchObject({ openTime: session('2026-03-02'), close: 61, closed: false });
  });
});
