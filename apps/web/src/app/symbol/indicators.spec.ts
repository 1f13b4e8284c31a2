import { describe, expect, it } from '@jest/globals';
import { readUrl, writeUrl } from '../data/url-state.ts';
import { SOME_INDICATORS } from '../testing/indicators.ts';
import { indicatorLabel, indicatorViews, readIndicator, splitIndicators } from './indicators.ts';
import type { ChosenIndicator } from './indicators.ts';
import { SYMBOL_URL } from './symbol-url.ts';

const byName = new Map(SOME_INDICATORS.map((entry) => [entry.name.toLowerCase(), entry] as const));
const read = (text: string): string => {
  const item = readIndicator(text, byName);
  return 'fault' in item ? `! ${item.fault}` : item.id;
};
const chosen = (...texts: string[]): ChosenIndicator[] =>
  texts.map((text) => {
    const item = readIndicator(text, byName);
    if ('fault' in item) throw new Error(item.fault);
    return item;
  });

describe('indicators of the address', () => {
  it('are split outside brackets, once each, at most ten', () => {
    expect(splitIndicators('sma(20),macd(12,26,9),sma(20)')).toEqual(['sma(20)', 'macd(12,26,9)']);
    expect(splitIndicators('sma(20),drop table')).toBeUndefined();
    expect(splitIndicators(Array.from({ length: 11 }, (_, i) => `sma(${i + 1})`).join(','))).toBeUndefined();
  });

  it('take defaults, fold names, and say what is wrong', () => {
    expect(read('SMA')).toBe('sma(20)');
    expect(read('bollinger(10)')).toBe('bollinger(10,2)');
    expect(read('bollinger(10,2.5)')).toBe('bollinger(10,2.5)');
    expect(read('trueRange')).toBe('trueRange');
    expect(read('sma(0)')).toBe('! sma(0): n: From 1 to 500.');
    expect(read('sma(2.5)')).toBe('! sma(2.5): n: A whole number from 1 to 500.');
    expect(read('sma(1,2)')).toBe('! sma(1,2): takes 1 parameters');
    expect(read('macd(26,12,9)')).toBe('! macd(26,12,9): fast must be less than slow.');
    expect(read('nope(3)')).toBe('! nope(3): unknown');
  });

  it('and range, adjustment and view go there and back', () => {
    const values = {
      tf: '1d',
      ind: ['sma(50)', 'macd(12,26,9)'],
      adj: 'raw',
      from: '2026-01-05',
      to: '2026-02-01',
      view: 'split',
    } as const;
    const params = writeUrl(SYMBOL_URL, values);
    expect(params['ind']).toBe('sma(50),macd(12,26,9)');
    expect(readUrl(SYMBOL_URL, params)).toEqual({ values, dropped: [] });
    expect(writeUrl(SYMBOL_URL, { ind: ['sma(20)', 'rsi(14)'], from: null, adj: 'splits' })).toEqual({
      ind: null,
      from: null,
      adj: null,
    });
    expect(readUrl(SYMBOL_URL, { ind: 'none' }).values.ind).toEqual([]);
    expect(readUrl(SYMBOL_URL, { from: '2026-02-30', to: 'soon', adj: 'all' }).dropped).toEqual(['adj', 'from', 'to']);
  });
});

describe('indicators on the chart', () => {
  it('are named by what they are', () => {
    expect(chosen('sma(20)', 'macd', 'trueRange', 'bollinger').map(indicatorLabel)).toEqual([
      'SMA 20',
      'MACD 12, 26, 9',
      'True Range',
      'Bollinger 20, 2',
    ]);
  });

  it('draw prices over the candles and everything in their own pane; what is not received is not drawn', () => {
    const views = indicatorViews(
      chosen('bollinger', 'macd', 'sma'),
      {
        'bollinger(20,2)': { middle: [1], upper: [2], percentB: [0.5] },
        'macd(12,26,9)': { macd: [1], histogram: [1] },
      },
      4,
    );
    expect(views.map(({ id, pane, decimals }) => [id, pane, decimals])).toEqual([
      ['bollinger(20,2)', 'price', 4],
      ['macd(12,26,9)', 'own', 4],
    ]);
    expect(views.map(({ lines }) => lines.map(({ name, style }) => `${name} ${style}`))).toEqual([
      ['middle line', 'upper line'],
      ['macd line', 'histogram histogram'],
    ]);
  });
});
