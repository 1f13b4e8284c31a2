import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Symbol } from '@ziggy/domain';
import { Demand, RELEASE_AFTER_MS } from './demand.ts';

const [A, B, C] = ['A', 'B', 'C'] as Symbol[] as [Symbol, Symbol, Symbol];
let now: number;
let demand: Demand;
let emitted: string[][];
beforeEach(() => {
  now = 0;
  emitted = [];
  demand = new Demand({ maxSymbols: 2, now: () => now });
  demand.wanted$.subscribe((wanted) => void emitted.push([...wanted]));
});

describe('demand', () => {
  it('tells the changes of one turn at once', async () => {
    demand.acquire(A, 'subscribed');
    demand.acquire(B, 'charts');
    demand.acquire(A, 'charts');
    await Promise.resolve();
    expect(emitted).toEqual([[], ['A', 'B']]);
  });

  it('guarantee 20: keeps a symbol for thirty seconds after its last interest, and forgets that when interest comes back', async () => {
    demand.acquire(A, 'subscribed');
    demand.acquire(A, 'subscribed');
    demand.release(A, 'subscribed');
    now += 2 * RELEASE_AFTER_MS;
    expect(demand.sweep()).toEqual([]);
    demand.release(A, 'subscribed');
    now += RELEASE_AFTER_MS - 1;
    expect(demand.sweep()).toEqual([]);
    demand.acquire(A, 'charts');
    now += RELEASE_AFTER_MS;
    expect(demand.sweep()).toEqual([]);
    demand.release(A, 'charts');
    now += RELEASE_AFTER_MS;
    expect(demand.sweep()).toEqual([A]);
    await Promise.resolve();
    expect(emitted.at(-1)).toEqual([]);
  });

  it('keeps what was asked for once for thirty seconds', () => {
    demand.ask(A);
    now += RELEASE_AFTER_MS - 1;
    expect(demand.sweep()).toEqual([]);
    demand.ask(A);
    now += RELEASE_AFTER_MS - 1;
    expect(demand.sweep()).toEqual([]);
    now += 1;
    expect(demand.sweep()).toEqual([A]);
  });

  it('refuses what the source cannot track, and nothing that it tracks already', () => {
    demand.acquire(A, 'universe');
    demand.acquire(B, 'subscribed');
    expect(demand.acquire(C, 'subscribed')).toBe(false);
    expect(demand.ask(C)).toBe(false);
    expect(demand.acquire(A, 'subscribed')).toBe(true);
    expect(demand.byReason()).toMatchObject({ universe: 1, subscribed: 2, rest: 0 });
  });

  it('ignores releases that nobody acquired', () => {
    demand.release(A, 'subscribed');
    demand.acquire(A, 'subscribed');
    demand.release(A, 'charts');
    now += 2 * RELEASE_AFTER_MS;
    expect(demand.sweep()).toEqual([]);
  });
});
