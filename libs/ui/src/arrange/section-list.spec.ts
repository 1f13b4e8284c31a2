import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { moveItem, stepItem } from './section-list.ts';
import type { ListSection } from './section-list.ts';

const sections: fc.Arbitrary<ListSection[]> = fc.array(
  fc.record({ title: fc.constantFrom('X', 'Y'), items: fc.uniqueArray(fc.constantFrom('A', 'B', 'C', 'D')) }),
  { minLength: 1, maxLength: 4 },
);
const all = (list: readonly ListSection[]): string[] => list.flatMap(({ items }) => [...items]).sort();

describe('moving', () => {
  it('loses and doubles nothing, wherever an item is put', () => {
    fc.assert(
      fc.property(sections, fc.nat(3), fc.nat(3), fc.nat(3), fc.nat(4), (list, section, at, to, place) => {
        const moved = moveItem(list, { section, at }, { section: to, at: place });
        expect(all(moved)).toEqual(all(list));
        for (const { items } of moved) expect(new Set(items).size).toBe(items.length);
      }),
    );
  });

  it('steps back to where it was', () => {
    const list = [
      { title: 'X', items: ['A', 'B'] },
      { title: 'Y', items: ['C'] },
    ];
    const down = stepItem(list, { section: 0, at: 1 }, 1);
    expect(down).toEqual({ section: 1, at: 0 });
    const moved = moveItem(list, { section: 0, at: 1 }, { section: 1, at: 0 });
    expect(moved[1]?.items).toEqual(['B', 'C']);
    expect(stepItem(moved, { section: 1, at: 0 }, -1)).toEqual({ section: 0, at: 1 });
    expect(stepItem(list, { section: 0, at: 0 }, -1)).toBeNull();
  });

  it('passes over a section that holds the item already', () => {
    const list = [
      { title: 'X', items: ['A'] },
      { title: 'Y', items: ['A'] },
      { title: 'Z', items: [] },
    ];
    expect(stepItem(list, { section: 0, at: 0 }, 1)).toEqual({ section: 2, at: 0 });
    expect(moveItem(list, { section: 0, at: 0 }, { section: 1, at: 0 })).toBe(list);
  });
});
