import { describe, expect, it } from '@jest/globals';
import type { StreamBar } from '@ziggy/contracts';
import { putBar, united } from './bar-columns.ts';

const bar = (openTime: number, close = openTime, closed = true): StreamBar => ({
  openTime,
  closeTime: openTime + 1,
  open: close,
  high: close,
  low: close,
  close,
  volume: null,
  closed,
});

describe('united', () => {
  it('joins bars in order and keeps each value at its bar; what neither has is null', () => {
    const { bars, indicators } = united(
      { bars: [bar(2), bar(3)], indicators: { a: { x: [20, 30] } } },
      { bars: [bar(1), bar(2), bar(4)], indicators: { b: { y: [1, 2, 4] }, a: { x: [null, 21, null] } } },
      'held',
    );
    expect(bars.map(({ openTime }) => openTime)).toEqual([1, 2, 3, 4]);
    expect(indicators).toEqual({ a: { x: [null, 21, 30, null] }, b: { y: [1, 2, null, 4] } });
  });

  it('prefers a closed bar, then the other of two closed, then the newer of two forming', () => {
    const close = (held: StreamBar, other: StreamBar, newer: 'held' | 'other') =>
      united({ bars: [held], indicators: {} }, { bars: [other], indicators: {} }, newer).bars[0]?.close;
    expect(close(bar(1, 10), bar(1, 11, false), 'other')).toBe(10);
    expect(close(bar(1, 10, false), bar(1, 11), 'held')).toBe(11);
    expect(close(bar(1, 10), bar(1, 11), 'held')).toBe(11);
    expect(close(bar(1, 10, false), bar(1, 11, false), 'held')).toBe(10);
    expect(close(bar(1, 10, false), bar(1, 11, false), 'other')).toBe(11);
  });
});

describe('putBar', () => {
  it('keeps the values that an update does not carry, and begins a new bar without them', () => {
    const image = { bars: [bar(1), bar(2, 2, false)], indicators: { a: { x: [1, 2] }, b: { y: [7, 8] } } };
    expect(putBar(image, bar(2, 5), { a: { x: 9 } })).toBe(1);
    expect(image.indicators).toEqual({ a: { x: [1, 9] }, b: { y: [7, 8] } });
    expect(putBar(image, bar(3, 6, false), { a: { x: 10 }, c: { z: 1 } })).toBe(2);
    expect(image.indicators).toEqual({ a: { x: [1, 9, 10] }, b: { y: [7, 8, null] }, c: { z: [null, null, 1] } });
    expect(image.bars.map(({ close }) => close)).toEqual([1, 5, 6]);
  });
});
