import { describe, expect, it } from '@jest/globals';
import { TestBed } from '@angular/core/testing';
import { CursorList } from './cursor-list.ts';
import { localProblem } from './problem.ts';

const PAGES: Readonly<Record<string, { items: string[]; nextCursor: string | null }>> = {
  first: { items: ['a', 'b'], nextCursor: 'second' },
  second: { items: ['c'], nextCursor: null },
};
const aList = () => TestBed.runInInjectionContext(() => new CursorList<string>());
const fromPages = (cursor = 'first') => Promise.resolve(PAGES[cursor] ?? { items: [], nextCursor: null });

describe('a list behind a cursor', () => {
  it('adds page to page until there is none, and begins anew when it is read again', async () => {
    const list = aList();
    expect(list.items()).toBeNull();
    await list.ask(fromPages);
    expect([list.items(), list.hasMore()]).toEqual([['a', 'b'], true]);
    await list.more();
    expect([list.items(), list.hasMore()]).toEqual([['a', 'b', 'c'], false]);
    await list.more();
    expect(list.items()).toEqual(['a', 'b', 'c']);
    await list.refresh();
    expect(list.items()).toEqual(['a', 'b']);
    list.replace('B', (item) => item === 'b');
    expect(list.items()).toEqual(['a', 'B']);
  });

  it('forgets rows of another question at once, keeps its own when reading fails', async () => {
    const list = aList();
    await list.ask(fromPages);
    let fail = true;
    const asked = list.ask((cursor) => (fail ? Promise.reject(localProblem('timeout')) : fromPages(cursor)));
    expect(list.items()).toBeNull();
    await asked;
    expect([list.items(), list.problem()?.code]).toEqual([null, 'timeout']);
    fail = false;
    await list.refresh();
    expect([list.items(), list.problem()]).toEqual([['a', 'b'], null]);
    fail = true;
    await list.more();
    expect([list.items(), list.hasMore(), list.problem()?.code]).toEqual([['a', 'b'], true, 'timeout']);
  });

  it('takes no late page of an older question', async () => {
    const list = aList();
    let answer: (page: { items: string[]; nextCursor: null }) => void = () => undefined;
    const slow = list.ask(() => new Promise((resolve) => (answer = resolve)));
    await list.ask(fromPages);
    answer({ items: ['late'], nextCursor: null });
    await slow;
    expect(list.items()).toEqual(['a', 'b']);
  });
});
