import { describe, expect, it } from '@jest/globals';
import { INTERVAL_MS, INTERVALS } from '@ziggy/domain';
import type { Bar, CalendarId, Interval, Symbol } from '@ziggy/domain';
import fc from 'fast-check';
import { Venues } from '../../market/calendar/venues.ts';
import { BarBuilder, CLOSE_GRACE_MS } from './bar-builder.ts';
import type { BarSink } from './bar-builder.ts';
import type { BarTick, BarWindow, FormingBar } from './forming-bar.ts';

const MINUTE = 60_000;
const venues = new Venues();
const A = 'A' as Symbol;

/** Hours of sessions, written down by hand in UTC: the calendar is not asked, and so is checked too. */
const SESSIONS = {
  'before the US clock change': { calendar: 'XNYS', open: '2026-03-06T14:30:00Z', close: '2026-03-06T21:00:00Z' },
  'after the US clock change': { calendar: 'XNYS', open: '2026-03-09T13:30:00Z', close: '2026-03-09T20:00:00Z' },
  'before the US autumn change': { calendar: 'XNYS', open: '2026-10-30T13:30:00Z', close: '2026-10-30T20:00:00Z' },
  'after the US autumn change': { calendar: 'XNYS', open: '2026-11-02T14:30:00Z', close: '2026-11-02T21:00:00Z' },
  'half day after Thanksgiving': { calendar: 'XNYS', open: '2026-11-27T14:30:00Z', close: '2026-11-27T18:00:00Z' },
  'half day before Christmas': { calendar: 'XNYS', open: '2026-12-24T14:30:00Z', close: '2026-12-24T18:00:00Z' },
  'London before its change': { calendar: 'XLON', open: '2026-03-27T08:00:00Z', close: '2026-03-27T16:30:00Z' },
  'London after its change': { calendar: 'XLON', open: '2026-03-30T07:00:00Z', close: '2026-03-30T15:30:00Z' },
  'Frankfurt before its change': { calendar: 'XETR', open: '2026-10-23T07:00:00Z', close: '2026-10-23T15:30:00Z' },
  'Frankfurt after its change': { calendar: 'XETR', open: '2026-10-26T08:00:00Z', close: '2026-10-26T16:30:00Z' },
  'a crypto day': { calendar: '24x7', open: '2026-03-08T00:00:00Z', close: '2026-03-09T00:00:00Z' },
} as const satisfies Record<string, { calendar: CalendarId; open: string; close: string }>;

const COUNTS: Record<string, readonly [number, number, number, number, number]> = {
  'before the US clock change': [390, 78, 26, 7, 1],
  'after the US clock change': [390, 78, 26, 7, 1],
  'before the US autumn change': [390, 78, 26, 7, 1],
  'after the US autumn change': [390, 78, 26, 7, 1],
  'half day after Thanksgiving': [210, 42, 14, 4, 1],
  'half day before Christmas': [210, 42, 14, 4, 1],
  'London before its change': [510, 102, 34, 9, 1],
  'London after its change': [510, 102, 34, 9, 1],
  'Frankfurt before its change': [510, 102, 34, 9, 1],
  'Frankfurt after its change': [510, 102, 34, 9, 1],
  'a crypto day': [1440, 288, 96, 24, 1],
};

class Log implements BarSink {
  readonly bars: FormingBar[] = [];
  readonly revisions: FormingBar[] = [];
  partials = 0;
  formed = 0;
  onForming = (): void => void this.formed++;
  onPartial = (): void => void this.partials++;
  onClosed = (bar: FormingBar): void => void this.bars.push(bar);
  onRevised = (bar: FormingBar): void => void this.revisions.push(bar);

  of(interval: Interval): Bar[] {
    return this.bars.filter((bar) => bar.interval === interval).map((bar) => bar.toBar('m', 's'));
  }
}

interface Trade {
  readonly at: number;
  readonly price: number;
  readonly size: number;
}

/** Feeds trades as quotes: the volume they carry is the day's so far. */
function build(calendar: CalendarId, trades: readonly Trade[], seenSince: number, endsAt: number): Log {
  const log = new Log();
  const builder = new BarBuilder(A, venues.windows(calendar), INTERVALS, log, seenSince);
  let total = 0;
  for (const { at, price, size } of trades) {
    builder.advance(at - 1);
    total += size;
    builder.tick(tick(at, price, total));
  }
  builder.advance(endsAt + CLOSE_GRACE_MS);
  return log;
}

function tick(at: number, price: number, dayVolume: number | null, more: Partial<BarTick> = {}): BarTick {
  return { at, price, dayVolume, dayOpen: null, dayHigh: null, dayLow: null, kind: 'simulated', ...more };
}

/** The slow and plain way: for each bucket written down in advance, look at every trade. */
function reference(trades: readonly Trade[], open: number, close: number, interval: Interval): object[] {
  const bars: object[] = [];
  const length = interval === '1d' ? close - open : INTERVAL_MS[interval];
  for (let from = open; from < close; from += length) {
    const to = Math.min(from + length, close);
    const own = trades.filter(
      ({ at }) => (at >= from && at < to) || (to === close && at >= close && at <= close + MINUTE),
    );
    if (own.length === 0) continue;
    const prices = own.map(({ price }) => price);
    bars.push({
      openTime: from,
      closeTime: to,
      o: prices[0],
      h: Math.max(...prices),
      l: Math.min(...prices),
      c: prices.at(-1),
      volume: own.reduce((sum, { size }) => sum + size, 0),
    });
  }
  return bars;
}

const shape = ({ openTime, closeTime, o, h, l, c, volume }: Bar) => ({ openTime, closeTime, o, h, l, c, volume });

/** Trades at arbitrary instants of a session, ascending. */
function tradesIn(open: number, close: number): fc.Arbitrary<Trade[]> {
  return fc
    .array(
      fc.record({
        at: fc.integer({ min: open, max: close - 1 }),
        price: fc.integer({ min: 1, max: 1_000 }),
        size: fc.integer({ min: 0, max: 50 }),
      }),
      { minLength: 1, maxLength: 60 },
    )
    .map((trades) => trades.sort((a, b) => a.at - b.at));
}

describe.each(Object.entries(SESSIONS))('%s', (name, { calendar, open: from, close: to }) => {
  const open = Date.parse(from);
  const close = Date.parse(to);

  it('has the stated number of bars when something trades every minute', () => {
    const trades = Array.from({ length: (close - open) / MINUTE }, (_, i) => ({
      at: open + i * MINUTE + 7,
      price: 100 + (i % 9),
      size: 3,
    }));
    const log = build(calendar, trades, open, close);
    expect(INTERVALS.map((interval) => log.of(interval).length)).toEqual(COUNTS[name]);
    expect(log.bars.every(({ flags }) => flags === 0)).toBe(true);
  });

  it('gives the bars of the slow reference for any trades', () => {
    fc.assert(
      fc.property(tradesIn(open, close), (trades) => {
        const log = build(calendar, trades, open, close);
        for (const interval of INTERVALS) {
          expect(log.of(interval).map(shape)).toEqual(reference(trades, open, close, interval));
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('the closing print', () => {
  const { open: from, close: to } = SESSIONS['half day after Thanksgiving'];
  const [open, close] = [Date.parse(from), Date.parse(to)];

  it('belongs to the last bar of each interval for a minute, and later trades to none', () => {
    const trades = [
      { at: close - 30_000, price: 100, size: 1 },
      { at: close + 1_500, price: 105, size: 10 },
    ];
    const log = build('XNYS', [...trades, { at: close + 61_000, price: 900, size: 100 }], open, close + 2 * MINUTE);
    for (const interval of INTERVALS)
      expect(log.of(interval).map(shape)).toEqual(reference(trades, open, close, interval));
    expect(log.revisions).toHaveLength(0);
  });

  it('revises the bar that was complete before it came', () => {
    const log = build(
      'XNYS',
      [
        { at: close - 30_000, price: 100, size: 1 },
        { at: close + 40_000, price: 105, size: 10 },
      ],
      open,
      close + 2 * MINUTE,
    );
    expect(log.revisions.map(({ interval, c, volume }) => [interval, c, volume])).toEqual(
      INTERVALS.map((interval) => [interval, 105, 11]),
    );
  });
});

describe('time', () => {
  const open = Date.parse(SESSIONS['before the US clock change'].open);

  it('completes a bar two seconds after its end, not before, and takes its late trades until then', () => {
    const log = new Log();
    const builder = new BarBuilder(A, venues.windows('XNYS'), ['1m'], log, open);
    builder.tick(tick(open + 10, 100, 1));
    builder.tick(tick(open + MINUTE + 5, 200, 2));
    builder.advance(open + MINUTE + CLOSE_GRACE_MS - 1);
    expect(log.bars).toHaveLength(0);
    builder.tick(tick(open + MINUTE - 5, 90, 3));
    builder.advance(open + MINUTE + CLOSE_GRACE_MS);
    expect(log.of('1m').map(({ l, c, volume, availableAt }) => [l, c, volume, availableAt])).toEqual([
      [90, 90, 2, open + MINUTE + CLOSE_GRACE_MS],
    ]);
  });

  it('builds nothing on a day without a session, whatever is quoted', () => {
    const closed = Date.parse('2026-07-03T13:30:00Z');
    const trades = Array.from({ length: 390 }, (_, i) => ({ at: closed + i * MINUTE, price: 100, size: 1 }));
    const log = build('XNYS', trades, closed - 3_600_000, closed + 8 * 3_600_000);
    expect([log.bars, log.partials]).toEqual([[], 0]);
  });

  it('leaves a lost minute and a halt as gaps', () => {
    const minutes = [0, 1, 3, 4, 60, 61];
    const log = build(
      'XNYS',
      minutes.map((m) => ({ at: open + m * MINUTE, price: 100, size: 1 })),
      open,
      open + 66 * MINUTE,
    );
    expect(log.of('1m').map(({ openTime }) => (openTime - open) / MINUTE)).toEqual(minutes);
    expect(log.of('5m').map(({ openTime }) => (openTime - open) / MINUTE)).toEqual([0, 60]);
  });

  it('does not depend on the zone of the machine', () => {
    const zone = process.env['TZ'];
    const results = ['America/New_York', 'Asia/Kolkata', 'UTC'].map((name) => {
      process.env['TZ'] = name;
      const trades = Array.from({ length: 50 }, (_, i) => ({ at: open + i * 7 * MINUTE, price: 100 + i, size: 1 }));
      return build('XNYS', trades, open, open + 7 * 3_600_000).bars.map((bar) => bar.toBar('m', 's'));
    });
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  it('knows no bar before the open', () => {
    const log = build('XNYS', [{ at: open - 3 * MINUTE, price: 1, size: 1 }], open - 3_600_000, open + MINUTE);
    expect(log.bars).toEqual([]);
  });
});

describe('volume', () => {
  const open = Date.parse(SESSIONS['before the US clock change'].open);
  const one = (ticks: readonly BarTick[], seenSince = open): Bar[] => {
    const log = new Log();
    const builder = new BarBuilder(A, venues.windows('XNYS'), ['1m', '1d'], log, seenSince);
    for (const each of ticks) builder.tick(each);
    builder.advance(open + 24 * 3_600_000);
    return log.of('1m');
  };

  it('is unknown where the source counts none', () => {
    expect(one([tick(open, 100, null), tick(open + 5, 101, null)])[0]?.volume).toBeNull();
  });

  it('begins anew when the day’s total falls, and the bar says so', () => {
    const bars = one([
      tick(open, 100, 500),
      tick(open + 5, 100, 20),
      tick(open + 9, 100, 30),
      tick(open + MINUTE, 100, 31),
    ]);
    expect(bars.map(({ volume, flags }) => [volume, flags])).toEqual([
      [510, ['volume_reset']],
      [1, []],
    ]);
  });

  it('of a session that we came late to is not put into the bar we came in', () => {
    const bars = one(
      [tick(open + 30 * MINUTE + 20_000, 100, 9_000), tick(open + 31 * MINUTE, 100, 9_007)],
      open + 30 * MINUTE + 15_000,
    );
    expect(bars.map(({ volume, flags }) => [volume, flags])).toEqual([
      [0, ['partial']],
      [7, []],
    ]);
  });

  it('of a new session starts at nothing, without a flag', () => {
    const next = Date.parse(SESSIONS['after the US clock change'].open);
    const log = new Log();
    const builder = new BarBuilder(A, venues.windows('XNYS'), ['1m'], log, open);
    builder.tick(tick(open + 5, 100, 70));
    builder.tick(tick(next + 5, 100, 8));
    builder.advance(next + 2 * MINUTE);
    expect(log.of('1m').map(({ volume, flags }) => [volume, flags])).toEqual([
      [70, []],
      [8, []],
    ]);
  });
});

describe('what was missed', () => {
  const open = Date.parse(SESSIONS['before the US clock change'].open);
  const setUp = () => {
    const log = new Log();
    return { log, builder: new BarBuilder(A, venues.windows('XNYS'), ['1m', '5m', '1d'], log, open + 30_000) };
  };

  it('makes partial the bars that began before we listened, and only those', () => {
    const { log, builder } = setUp();
    for (let minute = 0; minute < 6; minute++) builder.tick(tick(open + minute * MINUTE + 40_000, 100, minute));
    builder.advance(open + 11 * MINUTE);
    expect(log.of('1m').map(({ flags }) => flags.length)).toEqual([1, 0, 0, 0, 0, 0]);
    expect(log.of('5m').map(({ flags }) => flags.length)).toEqual([1, 0]);
    expect(log.partials).toBe(3);
  });

  it('is mended by what the source knows', () => {
    const { builder } = setUp();
    builder.tick(tick(open + 40_000, 100, 50));
    const own = builder.forming('1m') as FormingBar;
    const bar = own.toBar('m', 's');
    builder.adopt({ ...bar, o: 90, h: 120, l: 80, c: 99, volume: 44, flags: [] });
    expect(own.toBar('m', 's')).toMatchObject({ o: 90, h: 120, l: 80, c: 100, flags: [] });
    builder.adopt({ ...bar, o: 1, h: 1, l: 1 });
    expect(own.toBar('m', 's')).toMatchObject({ o: 90 });
  });

  it('with a bar that begins with the first quote makes it partial: how many units that quote had is not known', () => {
    const { log, builder } = setUp();
    builder.tick(tick(open + 61_000, 100, 1));
    builder.advance(open + 123_000);
    builder.interrupt();
    builder.tick(tick(open + 180_000, 101, 5_000));
    builder.tick(tick(open + 240_000, 102, 5_005));
    builder.advance(open + 303_000);
    expect(log.of('1m').map(({ flags, volume }) => [flags, volume])).toEqual([
      [[], 0],
      [['partial'], 0],
      [[], 5],
    ]);
  });

  it('while the source was silent makes partial what formed then', () => {
    const { log, builder } = setUp();
    builder.tick(tick(open + 61_000, 100, 1));
    builder.interrupt();
    expect(builder.seenSince).toBe(Number.POSITIVE_INFINITY);
    builder.tick(tick(open + 70_000, 101, 5_000));
    expect(builder.seenSince).toBe(open + 70_001);
    builder.tick(tick(open + 120_000, 102, 5_001));
    builder.advance(open + 10 * MINUTE);
    expect(log.of('1m').map(({ flags, volume }) => [flags, volume])).toEqual([
      [['partial'], 0],
      [[], 1],
    ]);
  });

  it('does not matter to a daily bar whose source tells the session’s own figures', () => {
    const { log, builder } = setUp();
    builder.tick(tick(open + 3 * 3_600_000, 100, 7_000, { dayOpen: 95, dayHigh: 111, dayLow: 94 }));
    builder.advance(open + 24 * 3_600_000);
    expect(log.of('1d').map(shape)).toMatchObject([{ o: 95, h: 111, l: 94, c: 100, volume: 7_000 }]);
    expect(log.of('1d')[0]?.flags).toEqual([]);
  });

  it('goes on from a bar that was stored while it formed', () => {
    const { log, builder } = setUp();
    const window: BarWindow = { openTime: open, closeTime: open + 5 * MINUTE };
    const before: Bar = {
      market: 'm',
      symbol: A,
      interval: '5m',
      ...window,
      availableAt: open + 20_000,
      o: 90,
      h: 130,
      l: 85,
      c: 99,
      volume: 10,
      complete: false,
      extended: false,
      flags: [],
      source: 's',
      kind: 'simulated',
    };
    builder.restore(before);
    builder.tick(tick(open + 40_000, 100, 50));
    builder.advance(open + 10 * MINUTE);
    expect(log.of('5m').map(shape)).toMatchObject([{ o: 90, h: 130, l: 85, c: 100 }]);
    expect(log.of('5m')[0]?.flags).toEqual(['partial']);
  });
});

describe('kinds', () => {
  it('a complete daily bar of a real source is an end-of-day value; a simulated one stays simulated', () => {
    const open = Date.parse(SESSIONS['before the US clock change'].open);
    const kinds = (['delayed', 'simulated'] as const).map((kind) => {
      const log = new Log();
      const builder = new BarBuilder(A, venues.windows('XNYS'), INTERVALS, log, open);
      builder.tick(tick(open, 100, 1, { kind }));
      builder.advance(open + 24 * 3_600_000);
      return log.bars.map((bar) => bar.toBar('m', 's').kind);
    });
    expect(kinds).toEqual([
      ['delayed', 'delayed', 'delayed', 'delayed', 'end_of_day'],
      Array.from({ length: 5 }, () => 'simulated'),
    ]);
  });
});
