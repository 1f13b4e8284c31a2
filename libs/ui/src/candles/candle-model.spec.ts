import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ChartBar, IndicatorView } from './bars.ts';
import { CandleModel, MAX_BARS } from './candle-model.ts';
import { chartSummary, slotWords } from './summary.ts';
import { ZoneShift } from './zone-shift.ts';

const MINUTE = 60_000;
const bar = (openTime: number, close = 100, closed = true): ChartBar => ({
  openTime,
  closeTime: openTime + MINUTE,
  open: 99,
  high: Math.max(101, close),
  low: Math.min(98, close),
  close,
  volume: 10,
  closed,
});
const loaded = (bars: readonly ChartBar[], zone = 'UTC', intervalMs = MINUTE): CandleModel => {
  const model = new CandleModel();
  model.load({ bars, gaps: [], indicators: [], intervalMs, shift: new ZoneShift(zone) });
  return model;
};

describe('ZoneShift', () => {
  const clock = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 16);

  it('reads the exchange clock on both days of a year when clocks change', () => {
    const shift = new ZoneShift('America/New_York');
    expect(clock(shift.wallSeconds(Date.UTC(2026, 2, 8, 6, 59)))).toBe('2026-03-08T01:59');
    expect(clock(shift.wallSeconds(Date.UTC(2026, 2, 8, 7, 0)))).toBe('2026-03-08T03:00');
    expect(clock(shift.wallSeconds(Date.UTC(2026, 10, 1, 5, 59)))).toBe('2026-11-01T01:59');
    expect(clock(shift.wallSeconds(Date.UTC(2026, 10, 1, 6, 0)))).toBe('2026-11-01T01:00');
    expect(clock(shift.wallSeconds(Date.UTC(2026, 10, 2, 14, 30)))).toBe('2026-11-02T09:30');
  });

  it('agrees with Intl at any instant and zone', () => {
    const zones = ['America/New_York', 'Europe/Berlin', 'Asia/Kolkata', 'Australia/Lord_Howe', 'UTC'];
    const shifts = new Map(zones.map((zone) => [zone, new ZoneShift(zone)]));
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2035, 0) }),
        (zone, at) => {
          const written = new Date(at).toLocaleString('sv-SE', { timeZone: zone });
          const shifted = new Date(shifts.get(zone)!.wallSeconds(at) * 1000)
            .toISOString()
            .slice(0, 19)
            .replace('T', ' ');
          expect(shifted).toBe(written);
        },
      ),
    );
  });

  it('refuses a zone that does not exist', () => {
    expect(() => new ZoneShift('Mars/Olympus')).toThrow(RangeError);
  });
});

describe('CandleModel', () => {
  it('keeps the axis rising and the true epoch, through the hour that autumn repeats', () => {
    const start = Date.UTC(2026, 10, 1, 4, 30);
    const bars = Array.from({ length: 180 }, (_, index) => bar(start + index * MINUTE));
    const { all } = loaded(bars, 'America/New_York');
    expect(all.map((slot) => slot.bar?.openTime)).toEqual(bars.map(({ openTime }) => openTime));
    for (let index = 1; index < all.length; index += 1) expect(all[index]!.time).toBeGreaterThan(all[index - 1]!.time);
  });

  it('drops what is out of order or doubled instead of passing it on', () => {
    expect(loaded([bar(2 * MINUTE), bar(MINUTE), bar(2 * MINUTE), bar(3 * MINUTE)]).all).toHaveLength(2);
  });

  it('leaves whitespace for a gap, bounded, and none over held bars or before the first', () => {
    const model = new CandleModel();
    const bars = [bar(0), bar(MINUTE), bar(5 * MINUTE), bar(10_000 * MINUTE)];
    model.load({
      bars,
      gaps: [
        { from: -5 * MINUTE, to: 0, reason: 'x' },
        { from: MINUTE, to: 5 * MINUTE, reason: 'missing_bar' },
        { from: 6 * MINUTE, to: 10_000 * MINUTE, reason: 'outage' },
      ],
      indicators: [],
      intervalMs: MINUTE,
      shift: new ZoneShift('UTC'),
    });
    const holes = model.all.filter((slot) => slot.bar === null).map((slot) => slot.time / 60);
    expect(holes.slice(0, 3)).toEqual([2, 3, 4]);
    expect(holes).toHaveLength(3 + 120);
    expect(model.oldest).toBe(0);
  });

  it('replaces the forming bar, appends the next, corrects an older one, and refuses what does not fit', () => {
    const model = loaded([bar(0), bar(MINUTE), bar(2 * MINUTE, 100, false)]);
    expect(model.apply(bar(2 * MINUTE, 105), { a: { v: 1 } }).kind).toBe('last');
    expect(model.apply(bar(2 * MINUTE, 106)).kind).toBe('last');
    expect(model.last).toMatchObject({ bar: { close: 106 }, point: { a: { v: 1 } } });
    expect(model.apply(bar(3 * MINUTE)).kind).toBe('appended');
    expect(model.apply(bar(MINUTE, 90)).kind).toBe('older');
    expect(model.all[1]?.bar?.close).toBe(90);
    expect(model.apply(bar(-MINUTE)).kind).toBe('none');
    expect(model.apply(bar(MINUTE + 1)).kind).toBe('none');
    expect(new CandleModel().apply(bar(0)).kind).toBe('appended');
  });

  it('equals a fresh snapshot after any run of updates', () => {
    const update = fc.record({ slot: fc.integer({ min: 0, max: 30 }), close: fc.integer({ min: 1, max: 500 }) });
    fc.assert(
      fc.property(fc.array(update, { maxLength: 60 }), (updates) => {
        const model = loaded([bar(0)]);
        const want = new Map([[0, bar(0)]]);
        for (const { slot, close } of updates) {
          const next = bar(slot * MINUTE, close);
          const change = model.apply(next);
          if (change.kind !== 'none') want.set(next.openTime, next);
          expect(change.kind === 'none').toBe(slot * MINUTE < Math.max(...want.keys()) && !want.has(slot * MINUTE));
        }
        const bars = [...want.values()].sort((a, b) => a.openTime - b.openTime);
        expect(model.all.map((slot) => slot.bar)).toEqual(bars);
        expect(loaded(bars).all.map(({ time }) => time)).toEqual(model.all.map(({ time }) => time));
      }),
    );
  });

  it('holds at most its bound, newest kept', () => {
    const model = loaded(Array.from({ length: MAX_BARS + 5 }, (_, index) => bar(index * MINUTE)));
    expect(model.all).toHaveLength(MAX_BARS);
    for (let index = 0; index <= 1000; index += 1) model.apply(bar((MAX_BARS + 5 + index) * MINUTE));
    expect(model.all).toHaveLength(MAX_BARS);
    expect(model.last?.bar?.openTime).toBe((MAX_BARS + 1005) * MINUTE);
  });

  it('puts indicator values at their bars and warm-up at null', () => {
    const sma: IndicatorView = {
      id: 'sma(2)',
      label: 'SMA 2',
      pane: 'price',
      lines: [{ name: 'value', label: '' }],
      values: { value: [null, 7] },
    };
    const model = new CandleModel();
    model.load({
      bars: [bar(0), bar(MINUTE)],
      gaps: [],
      indicators: [sma],
      intervalMs: MINUTE,
      shift: new ZoneShift('UTC'),
    });
    expect(model.all.map(({ point }) => point['sma(2)']?.['value'])).toEqual([null, 7]);
  });

  it('gives a day its exchange date', () => {
    const model = loaded([bar(Date.UTC(2026, 2, 4, 14, 30))], 'America/New_York', 86_400_000);
    expect(model.last?.time).toBe(Date.UTC(2026, 2, 4) / 1000);
  });

  it('finds the slot of a time', () => {
    const model = loaded([bar(0), bar(2 * MINUTE)]);
    expect([-1, 0, 60, 120, 999].map((time) => model.indexOfTime(time))).toEqual([-1, 0, 0, 1, 1]);
  });
});

describe('words of a chart', () => {
  const facts = { symbol: 'AAPL', interval: '1m', daily: false, zone: 'UTC', decimals: 2 };
  it('tell span, last, range and direction', () => {
    const text = chartSummary({ ...facts, slots: loaded([bar(0, 100), bar(MINUTE, 104.5, false)]).all });
    expect(text).toContain('AAPL, 2 bars of 1m');
    expect(text).toContain(
      'last 104.50, above the first close 100.00; low 98.00, high 104.50; the last bar is still forming.',
    );
    expect(chartSummary({ ...facts, slots: [] })).toBe('AAPL, 1m bars: none held.');
  });
  it('say a gap is a gap', () => {
    expect(slotWords({ time: 0, bar: null, point: {} }, { zone: 'UTC', daily: false, decimals: 2, lines: [] })).toBe(
      'No bar: a gap.',
    );
  });
  it('say the values of the indicators that are there', () => {
    const line = (id: string, label: string, compact = false) => ({
      id,
      name: 'value',
      label,
      short: label,
      colour: '',
      decimals: 1,
      compact,
    });
    const lines = [line('rsi(14)', 'RSI 14'), line('sma(20)', 'SMA 20'), line('obv', 'OBV', true)];
    const point = { 'rsi(14)': { value: 61.23 }, 'sma(20)': { value: null }, obv: { value: 4_560_000 } };
    expect(slotWords({ time: 0, bar: bar(0), point }, { zone: 'UTC', daily: false, decimals: 2, lines })).toMatch(
      /close 100\.00, RSI 14 61\.2, OBV 4\.56M\.$/,
    );
  });
});

describe('the first bar of a day', () => {
  const DAY = 86_400_000;
  it('carries what happened before it opened, if it opened within a week', () => {
    const model = loaded([bar(10 * DAY), bar(13 * DAY), bar(30 * DAY)], 'UTC', DAY);
    const on = (days: number): number | null =>
      model.firstOfDay(new Date(days * DAY).toISOString().slice(0, 10))?.bar?.openTime ?? null;
    expect(on(10)).toBe(10 * DAY);
    expect(on(11)).toBe(13 * DAY);
    expect(on(14)).toBeNull();
    expect(on(31)).toBeNull();
    expect(on(9)).toBeNull();
  });

  it('is the bar of its week where bars are weeks', () => {
    const model = loaded([bar(10 * DAY), bar(17 * DAY), bar(31 * DAY)], 'UTC', 7 * DAY);
    const on = (days: number): number | null =>
      model.firstOfDay(new Date(days * DAY).toISOString().slice(0, 10))?.bar?.openTime ?? null;
    expect([10, 12, 16, 17, 23, 31, 33].map(on)).toEqual([10, 10, 10, 17, 17, 31, 31].map((day) => day * DAY));
    expect([9, 25, 39].map(on)).toEqual([null, null, null]);
  });
});
