import { describe, expect, it } from '@jest/globals';
import type { Bar, Symbol } from '@ziggy/domain';
import type { CorporateAction } from '@ziggy/market-sources';
import { adjustBars, needsCloses } from './adjust.ts';

const DAY = 86_400_000;
const bar = (day: number, price: number): Bar => ({
  market: 'm',
  symbol: 'A' as Symbol,
  interval: '1d',
  openTime: day * DAY,
  closeTime: day * DAY + 1,
  availableAt: day * DAY + 1,
  o: price,
  h: price,
  l: price,
  c: price,
  volume: 100,
  complete: true,
  extended: false,
  flags: [],
  source: 's',
  kind: 'simulated',
});
const action = (type: CorporateAction['type'], day: number, more: Partial<CorporateAction>): CorporateAction => ({
  symbol: 'A' as Symbol,
  type,
  exAt: day * DAY,
  ratio: null,
  amount: null,
  knownAt: 0,
  ...more,
});

const raw = [bar(1, 400), bar(2, 400), bar(3, 100), bar(4, 90)];
const split = action('split', 3, { ratio: 4 });
const dividend = action('dividend', 4, { amount: 10 });

describe('adjustment', () => {
  it('of splits divides prices and multiplies volumes before the ex-date, and leaves no jump', () => {
    expect(adjustBars(raw, [split, dividend], 'splits', 9 * DAY).map(({ c, volume }) => [c, volume])).toEqual([
      [100, 400],
      [100, 400],
      [100, 100],
      [90, 100],
    ]);
  });

  it('of everything takes dividends out too: the return of the holder is the change of the close', () => {
    const total = adjustBars(raw, [split, dividend], 'total', 9 * DAY).map(({ c }) => c);
    expect(total.slice(0, 3)).toEqual([90, 90, 90].map((price) => expect.closeTo(price, 9)));
    expect(total[3]).toBe(90);
  });

  it('counts a dividend in shares of the ex-date when a split falls on the same day', () => {
    const both = [action('split', 3, { ratio: 4 }), action('dividend', 3, { amount: 10 })];
    // 400 before is 100 in new shares, of which 10 are paid.
    expect(adjustBars(raw, both, 'total', 4 * DAY)[1]!.c).toBeCloseTo(90, 9);
  });

  it('takes a dividend after the last bar out when the close before it is known', () => {
    const old = raw.slice(0, 1);
    expect(adjustBars(old, [dividend], 'total', 4 * DAY)[0]!.c).toBe(400);
    expect(adjustBars(old, [dividend], 'total', 4 * DAY, () => 100)[0]!.c).toBeCloseTo(360, 9);
    expect(needsCloses(old, [dividend], 'total', 4 * DAY)).toBe(true);
    expect(needsCloses(raw, [dividend], 'total', 4 * DAY)).toBe(false);
    expect(needsCloses(old, [dividend], 'splits', 4 * DAY)).toBe(false);
  });

  it('leaves what is announced alone until it is in effect', () => {
    expect(adjustBars(raw, [{ ...split, knownAt: 0 }], 'splits', 3 * DAY - 1)).toBe(raw);
    expect(adjustBars(raw, [{ ...split, knownAt: 0 }], 'splits', 3 * DAY)).not.toBe(raw);
  });

  it('does nothing for raw bars, and knows nothing before it was announced', () => {
    expect(adjustBars(raw, [split], 'none', 9 * DAY)).toBe(raw);
    expect(adjustBars(raw, [{ ...split, knownAt: 5 * DAY }], 'splits', 4 * DAY)).toBe(raw);
  });

  it('multiplies several splits', () => {
    const twice = adjustBars(raw, [split, action('split', 2, { ratio: 2 })], 'splits', 9 * DAY);
    expect(twice.map(({ c, volume }) => [c, volume])).toEqual([
      [50, 800],
      [100, 400],
      [100, 100],
      [90, 100],
    ]);
  });
});
