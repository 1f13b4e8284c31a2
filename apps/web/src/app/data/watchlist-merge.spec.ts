import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mergeOrder, mergeWatchlist } from './watchlist-merge.ts';
import type { WatchlistEdit } from './watchlist-merge.ts';

const symbols = fc.uniqueArray(fc.constantFrom('A', 'B', 'C', 'D', 'E', 'F', 'G'));
const edit: fc.Arbitrary<WatchlistEdit> = fc.record({
  name: fc.constantFrom('One', 'Two'),
  sections: fc.array(fc.record({ title: fc.constantFrom('', 'X', 'Y'), symbols }), { maxLength: 4 }),
});

describe('mergeOrder', () => {
  it('takes the side that changed when only one did', () => {
    fc.assert(
      fc.property(symbols, symbols, (base, other) => {
        expect(mergeOrder(base, base, other)).toEqual(other);
        expect(mergeOrder(base, other, base)).toEqual(other);
      }),
    );
  });

  it('keeps what either added, drops what either took out, and holds nothing twice', () => {
    fc.assert(
      fc.property(symbols, symbols, symbols, (base, mine, theirs) => {
        const merged = mergeOrder(base, mine, theirs);
        const wanted = [...new Set([...base, ...mine, ...theirs])].filter((item) =>
          base.includes(item) ? mine.includes(item) && theirs.includes(item) : true,
        );
        expect([...merged].sort()).toEqual(wanted.sort());
      }),
    );
  });

  it('puts an addition of the other behind its neighbour', () => {
    expect(mergeOrder(['A', 'B', 'C'], ['C', 'A', 'B'], ['A', 'N', 'B', 'C'])).toEqual(['C', 'A', 'N', 'B']);
  });
});

describe('mergeWatchlist', () => {
  it('is the other side when one side changed nothing', () => {
    fc.assert(
      fc.property(edit, edit, (base, other) => {
        expect(mergeWatchlist(base, base, other)).toEqual(other);
        expect(mergeWatchlist(base, other, base)).toEqual(other);
      }),
    );
  });

  it('loses no symbol that either added', () => {
    fc.assert(
      fc.property(edit, edit, edit, (base, mine, theirs) => {
        const all = (list: WatchlistEdit): string[] => list.sections.flatMap((section) => section.symbols);
        const merged = new Set(all(mergeWatchlist(base, mine, theirs)));
        const before = new Set(all(base));
        for (const symbol of [...all(mine), ...all(theirs)]) if (!before.has(symbol)) expect(merged).toContain(symbol);
      }),
    );
  });

  it('keeps what was added to a section that the other removed', () => {
    const base = { name: 'L', sections: [{ title: 'X', symbols: ['A'] }] };
    const mine = { name: 'L', sections: [] };
    const theirs = { name: 'M', sections: [{ title: 'X', symbols: ['A', 'B'] }] };
    expect(mergeWatchlist(base, mine, theirs)).toEqual({ name: 'M', sections: [{ title: 'X', symbols: ['B'] }] });
    expect(mergeWatchlist(base, theirs, mine)).toEqual({ name: 'M', sections: [{ title: 'X', symbols: ['B'] }] });
  });
});
