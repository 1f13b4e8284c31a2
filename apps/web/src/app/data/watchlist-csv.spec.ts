import { describe, expect, it } from '@jest/globals';
import { planImport, watchlistsCsv } from './watchlist-csv.ts';

const lists = [
  { id: 'wl_1', version: 1, name: '=Mine', sections: [{ title: 'a, "b"', symbols: ['AAPL', '^GSPC'] }] },
  { id: 'wl_2', version: 3, name: 'Yours', sections: [{ title: '', symbols: ['BRK-B'] }] },
];

describe('watchlists as CSV', () => {
  it('comes back as it went, formulas made harmless on the way', () => {
    const text = watchlistsCsv(lists);
    expect(text).toContain("'=Mine");
    expect(planImport(text, 'File')).toEqual({
      lists: lists.map(({ name, sections }) => ({ name, sections })),
      taken: 3,
      errors: [],
    });
  });

  it.each([
    ['a byte order mark and semicolons', '\uFEFFlist;section;symbol\r\nL;S;aapl\r\n'],
    ['columns in another order and tabs', 'symbol\tlist\tsection\nAAPL\tL\tS'],
    ['no heading', 'L,S,AAPL\n\n'],
  ])('reads %s', (_, text) => {
    expect(planImport(text, 'File').lists).toEqual([{ name: 'L', sections: [{ title: 'S', symbols: ['AAPL'] }] }]);
  });

  it('takes one column as a list named by the file', () => {
    expect(planImport('AAPL\nMSFT', 'File').lists).toEqual([
      { name: 'File', sections: [{ title: '', symbols: ['AAPL', 'MSFT'] }] },
    ]);
  });

  it('names ten bad rows among the others, by line', () => {
    const rows = Array.from({ length: 400 }, (_, i) => `L,S,S${i}`);
    for (let i = 0; i < 10; i += 1) rows[i * 7] = i === 3 ? 'L,S,S1' : `L,S,../etc ${i}`;
    const plan = planImport(`list,section,symbol\n${rows.join('\n')}`, 'File');
    expect(plan.taken).toBe(390);
    expect(plan.errors.map(({ line }) => line)).toEqual(Array.from({ length: 10 }, (_, i) => i * 7 + 2));
    expect(plan.errors[3]?.why).toBe('stands twice in its section');
  });

  it('says which rows are over a limit', () => {
    const plan = planImport(`symbol\n${Array.from({ length: 502 }, (_, i) => `S${i}`).join('\n')}`, 'File');
    expect(plan.taken).toBe(500);
    expect(plan.errors).toHaveLength(2);
    expect(plan.errors[0]?.why).toBe('over 500 symbols in the list');
  });

  it('makes nothing of an empty file', () => {
    expect(planImport('', 'File')).toEqual({ lists: [], taken: 0, errors: [] });
  });
});
