import { describe, expect, it } from '@jest/globals';
import { readUrl, writeUrl } from '../data/url-state.ts';
import { MARKETS_URL } from './markets-url.ts';

describe('the address of Markets', () => {
  it('comes back as it went', () => {
    const change = {
      view: 'movers',
      list: 'wl_4s1Qk0nXbZ7m',
      section: 'New',
      sort: { column: 'changePct', direction: 'desc' },
      cols: ['symbol', 'price'],
      rank: 'gaps',
    } as const;
    expect(readUrl(MARKETS_URL, writeUrl(MARKETS_URL, change)).values).toMatchObject(change);
  });

  it('leaves defaults out, and drops what is not allowed', () => {
    expect(writeUrl(MARKETS_URL, { view: 'grid', list: '', cols: null })).toEqual({
      view: null,
      list: null,
      cols: null,
    });
    const { values, dropped } = readUrl(MARKETS_URL, { cols: 'price,bid', list: '../x', view: 'pie' });
    expect(values).toMatchObject({ cols: null, list: '', view: 'grid' });
    expect([...dropped].sort()).toEqual(['cols', 'list', 'view']);
  });
});
