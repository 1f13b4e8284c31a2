import { describe, expect, it } from '@jest/globals';
import { TestBed } from '@angular/core/testing';
import type { Watchlist } from '@ziggy/contracts';
import { aPortal, settle } from '../testing/portal-bed.ts';
import { FETCH, NEW_KEY } from './environment.ts';
import { WatchlistsStore } from './watchlists.store.ts';

/** A server of one list that checks versions, as the real one does. */
function aServer(list: Watchlist) {
  let stored = list;
  const keys: (string | null)[] = [];
  const json = (body: unknown, status = 200): Response =>
    new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
  const fetcher: typeof fetch = async (_, init) => {
    if (init?.method === 'GET') return json({ items: [stored], nextCursor: null });
    keys.push(new Headers(init?.headers).get('idempotency-key'));
    const change = JSON.parse(String(init?.body)) as Watchlist;
    if (change.version !== stored.version) {
      const problem = { type: '/docs/errors/version_conflict', title: 'Old version', status: 409, detail: 'x' };
      return json({ ...problem, code: 'version_conflict', requestId: 'r', errors: [], current: stored }, 409);
    }
    stored = { ...change, id: stored.id, version: stored.version + 1 };
    return json(stored);
  };
  return { fetcher, keys, now: () => stored, change: (to: Watchlist) => (stored = to) };
}

const LIST: Watchlist = { id: 'wl_1', name: 'L', version: 1, sections: [{ title: '', symbols: ['A', 'B'] }] };

async function aStore(server: ReturnType<typeof aServer>): Promise<WatchlistsStore> {
  let key = 0;
  aPortal(undefined, [
    { provide: FETCH, useValue: server.fetcher },
    { provide: NEW_KEY, useValue: () => `key-${(key += 1)}` },
  ]);
  const store = TestBed.inject(WatchlistsStore);
  await settle();
  await settle();
  return store;
}
const withSymbols = (...symbols: string[]) => ({ name: 'L', sections: [{ title: '', symbols }] });

describe('WatchlistsStore', () => {
  it('merges with what another window saved, and keeps both', async () => {
    const server = aServer(LIST);
    const store = await aStore(server);
    expect(store.lists()).toEqual([LIST]);
    server.change({ ...LIST, version: 2, sections: [{ title: '', symbols: ['A', 'B', 'THEIRS'] }] });
    const saved = await store.save(LIST, withSymbols('B', 'A', 'MINE'));
    expect(saved?.sections[0]?.symbols.toSorted()).toEqual(['A', 'B', 'MINE', 'THEIRS']);
    expect(saved).toEqual(server.now());
    expect(store.lists()).toEqual([server.now()]);
    expect(new Set(server.keys).size).toBe(2);
  });

  it('writes quick changes one after the other, each upon the last', async () => {
    const server = aServer(LIST);
    const store = await aStore(server);
    const add = (symbol: string) =>
      store.change('wl_1', ({ name, sections }) => ({
        name,
        sections: sections.map((section) => ({ ...section, symbols: [...section.symbols, symbol] })),
      }));
    await Promise.all([add('C'), add('D')]);
    expect(server.now().sections[0]?.symbols).toEqual(['A', 'B', 'C', 'D']);
    expect(server.keys).toHaveLength(2);
  });

  it('shows nothing as done before the server said so, and says why it was not', async () => {
    const store = await aStore(aServer(LIST));
    expect(await store.change('wl_gone', (list) => list)).toBeNull();
    expect(store.failure()?.code).toBe('gone');
    expect(store.lists()).toEqual([LIST]);
    expect(store.busy()).toBe(false);
  });
});
