import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { problem, sourcesAnswer, watchlist, watchlistsAnswer, WATCHLISTS_MAX } from '@ziggy/contracts';
import type { Watchlist } from '@ziggy/contracts';
import pg from 'pg';
import { WatchlistInterest } from '../src/watchlists/watchlist-interest.ts';
import { ask, createDatabase, eventually, startApp } from './harness.ts';
import type { TestAnswer, TestApp } from './harness.ts';

const SIM = { MARKET_SOURCE: 'simulated', SIM_SEED: '7', SIM_START: '2026-03-04T14:50:00Z' };
const path = '/market/watchlists';

let database: Awaited<ReturnType<typeof createDatabase>>;
let app: TestApp;
beforeAll(async () => {
  database = await createDatabase();
  app = await startApp({ env: SIM, database });
}, 30_000);
afterAll(async () => {
  await app.close();
  await database.drop();
});

function send(method: string, at: string, body?: unknown, headers: Record<string, string> = {}): Promise<TestAnswer> {
  return ask(`${app.url}${at}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function made(name: string, symbols: string[] = ['AAPL']): Promise<Watchlist> {
  const answer = await send('POST', path, { name, sections: [{ title: 'One', symbols }] });
  expect([answer.status, answer.text]).toEqual([201, answer.text]);
  return watchlist.parse(answer.json());
}

const lists = async (): Promise<Watchlist[]> => watchlistsAnswer.parse((await app.get(path)).json()).items;

async function clear(): Promise<void> {
  for (const { id, version } of await lists()) await send('DELETE', `${path}/${id}?version=${version}`);
}

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

describe('watchlists', () => {
  it('are made, changed and removed', async () => {
    const list = await made('Mine', [' aapl', 'brk-b', '^GSPC']);
    expect(list).toMatchObject({
      name: 'Mine',
      version: 1,
      sections: [{ title: 'One', symbols: ['AAPL', 'BRK-B', '^GSPC'] }],
    });
    expect(list.id).toMatch(/^wl_[A-Za-z0-9_-]{12}$/);
    const changed = await send('PUT', `${path}/${list.id}`, { name: 'Yours', sections: [], version: 1 });
    expect(watchlist.parse(changed.json())).toEqual({ id: list.id, name: 'Yours', sections: [], version: 2 });
    expect((await lists()).find(({ id }) => id === list.id)?.name).toBe('Yours');
    const gone = await send('DELETE', `${path}/${list.id}?version=2`);
    expect([gone.status, gone.text]).toEqual([204, '']);
    expect((await lists()).some(({ id }) => id === list.id)).toBe(false);
  });

  it('refuse an old version and tell the present list', async () => {
    const list = await made('Two tabs');
    const edit = (name: string) => send('PUT', `${path}/${list.id}`, { name, sections: [], version: 1 });
    const answers = await Promise.all([edit('first'), edit('second')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const [won, lost] = answers.toSorted((a, b) => a.status - b.status) as [TestAnswer, TestAnswer];
    expect(problem.parse(lost.json())).toMatchObject({ code: 'version_conflict', current: won.json() });
    const removal = await send('DELETE', `${path}/${list.id}?version=1`);
    expect(problem.parse(removal.json())).toMatchObject({ code: 'version_conflict', current: won.json() });
  });

  it('give one and the same 404 for ids that are unknown, deleted and foreign', async () => {
    await query(`INSERT INTO watchlist (id, organisation_id, user_id, name, sections)
                 VALUES ('wl_foreignforei', 'org_other', 'usr_other', 'Secret', '[]')`);
    const list = await made('Short-lived');
    await send('DELETE', `${path}/${list.id}?version=1`);
    const bodies = [];
    for (const id of ['wl_foreignforei', list.id, 'wl_neverwas0000', 'x'.repeat(64)]) {
      for (const answer of [
        await send('PUT', `${path}/${id}`, { name: 'x', sections: [], version: 1 }),
        await send('DELETE', `${path}/${id}?version=1`),
      ]) {
        expect([id, answer.status]).toEqual([id, 404]);
        const { requestId: _, ...body } = problem.parse(answer.json());
        bodies.push(JSON.stringify(body));
      }
    }
    expect(new Set(bodies).size).toBe(1);
    expect((await lists()).map(({ name }) => name)).not.toContain('Secret');
    expect(await query(`SELECT name, version FROM watchlist WHERE id = 'wl_foreignforei'`)).toEqual([
      { name: 'Secret', version: 1 },
    ]);
  });

  it.each([
    ['no name', { sections: [] }, '/name', 'required'],
    ['a blank name', { name: '  ', sections: [] }, '/name', 'out_of_range'],
    ['a long name', { name: 'x'.repeat(61), sections: [] }, '/name', 'too_long'],
    ['an unknown field', { name: 'x', sections: [], colour: 'red' }, '/colour', 'parameter_unknown'],
    ['21 sections', { name: 'x', sections: Array(21).fill({ title: '', symbols: [] }) }, '/sections', 'limit_exceeded'],
    [
      'a malformed symbol',
      { name: 'x', sections: [{ title: '', symbols: ['AAPL', '../x'] }] },
      '/sections/0/symbols/1',
      'symbol_invalid',
    ],
    [
      'a symbol twice in a section',
      { name: 'x', sections: [{ title: '', symbols: ['AAPL', 'aapl'] }] },
      '/sections/0/symbols/1',
      'invalid_value',
    ],
    [
      '501 symbols',
      {
        name: 'x',
        sections: [0, 1].map((s) => ({ title: '', symbols: Array.from({ length: 251 - s }, (_, i) => `S${s}X${i}`) })),
      },
      '/sections',
      'limit_exceeded',
    ],
    ['a version at birth', { name: 'x', sections: [], version: 1 }, '/version', 'parameter_unknown'],
  ])('refuse %s', async (_what, body, at, code) => {
    const answer = await send('POST', path, body);
    expect(answer.status).toBe(422);
    expect(problem.parse(answer.json()).errors).toContainEqual(expect.objectContaining({ in: 'body', path: at, code }));
  });

  it('hold 50 lists, also when two are made at once', async () => {
    await clear();
    for (let i = 0; i < WATCHLISTS_MAX - 1; i++) await made(`List ${i}`, []);
    const both = await Promise.all([1, 2].map((n) => send('POST', path, { name: `Last ${n}`, sections: [] })));
    expect(both.map(({ status }) => status).sort()).toEqual([201, 422]);
    expect(problem.parse(both.find(({ status }) => status === 422)?.json())).toMatchObject({ limit: 50, actual: 51 });
    await clear();
  });

  it('are the symbols of the overview, the first 20', async () => {
    await clear();
    await made('Empty', []);
    await made(
      'Long',
      Array.from({ length: 25 }, (_, i) => `ZZ${i}`),
    );
    const { items } = (await app.get('/market/overview')).json<{ items: { symbol: string }[] }>();
    expect(items.map(({ symbol }) => symbol)).toEqual(Array.from({ length: 20 }, (_, i) => `ZZ${i}`));
    const all = (await app.get('/market/overview?universe=tracked')).json<{
      items: { symbol: string; sector: string | null }[];
    }>();
    expect(all.items).toContainEqual(expect.objectContaining({ symbol: 'AAPL', sector: 'Technology' }));
    await clear();
  });

  it('are written as CSV that no spreadsheet runs', async () => {
    await clear();
    await send('POST', path, {
      name: '=HYPERLINK("http://x")',
      sections: [{ title: 'a, b', symbols: ['AAPL', 'NVDA'] }],
    });
    const csv = await app.get(path, { accept: 'text/csv' });
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="watchlists.csv"');
    expect(csv.text.split('\r\n')).toEqual([
      'list,section,symbol',
      `"'=HYPERLINK(""http://x"")","a, b",AAPL`,
      `"'=HYPERLINK(""http://x"")","a, b",NVDA`,
      '',
    ]);
    await clear();
  });
});

describe('the symbols of watchlists', () => {
  const watched = async () =>
    sourcesAnswer.parse((await app.get('/market/sources')).json()).demand.byReason['watchlist'] ?? 0;

  it('are kept fresh while their list is there', async () => {
    await clear();
    expect(await watched()).toBe(0);
    const list = await made('Watched', ['AAPL', 'MSFT', 'NOSUCH']);
    await eventually(watched, (count) => count === 2);
    await send('PUT', `${path}/${list.id}`, {
      name: 'Watched',
      sections: [{ title: '', symbols: ['MSFT'] }],
      version: 1,
    });
    await eventually(watched, (count) => count === 1);
    await send('DELETE', `${path}/${list.id}?version=2`);
    expect(await watched()).toBe(0);
  });

  it('are given up a day after the list was seen last', async () => {
    let now = 0;
    const held = new Set<string>();
    const interest = new WatchlistInterest({
      demand: { acquire: (symbol) => !!held.add(symbol), release: (symbol) => void held.delete(symbol) },
      directory: {
        get: () => undefined,
        resolve: async (symbol) =>
          symbol === 'GHOST' ? { missing: 'unknown' } : ({ instrument: { symbol } } as never),
      },
      now: () => now,
    });
    interest.see('a', ['AAA', 'BBB', 'GHOST']);
    interest.see('b', ['BBB', 'CCC']);
    await interest.settled();
    expect([...held].sort()).toEqual(['AAA', 'BBB', 'CCC']);
    now = 23 * 3_600_000;
    interest.see('b', ['BBB', 'CCC']);
    now = 24 * 3_600_000;
    interest.sweep();
    expect([...held].sort()).toEqual(['BBB', 'CCC']);
    now = 47 * 3_600_000;
    interest.sweep();
    expect([...held]).toEqual([]);
  });
});

describe('a write with an Idempotency-Key', () => {
  const body = { name: 'Once', sections: [] };
  const key = (name: string) => ({ 'idempotency-key': name });
  const count = async (name: string) => (await lists()).filter((list) => list.name === name).length;

  it('happens once, and the same request again gets the stored answer', async () => {
    const first = await send('POST', path, body, key('first-key-1'));
    const again = await send('POST', path, { sections: [], name: 'Once' }, key('first-key-1'));
    expect([first.status, again.status, again.text]).toEqual([201, 201, first.text]);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'));
    expect(await count('Once')).toBe(1);
  });

  it('is refused when the body is another one, or the path', async () => {
    const other = await send('POST', path, { ...body, name: 'Other' }, key('first-key-1'));
    expect([other.status, problem.parse(other.json()).code]).toEqual([409, 'idempotency_key_reused']);
    expect(await count('Other')).toBe(0);
    const [a, b] = [await made('A'), await made('B')];
    const put = { name: 'AB', sections: [], version: 1 };
    expect((await send('PUT', `${path}/${a.id}`, put, key('first-key-1'))).status).toBe(200);
    const reused = await send('PUT', `${path}/${b.id}`, put, key('first-key-1'));
    expect(problem.parse(reused.json()).code).toBe('idempotency_key_reused');
  });

  it('happens once when sent ten times at once', async () => {
    const ten = await Promise.all(
      Array.from({ length: 10 }, () => send('POST', path, { ...body, name: 'Race' }, key('race-key-1'))),
    );
    for (const answer of ten) expect([201, 409]).toContain(answer.status);
    for (const refused of ten.filter(({ status }) => status === 409)) {
      expect(problem.parse(refused.json()).code).toBe('idempotency_in_progress');
      expect(refused.headers.get('retry-after')).not.toBeNull();
    }
    const bodies = new Set(ten.filter(({ status }) => status === 201).map(({ text }) => text));
    expect(bodies.size).toBe(1);
    expect(await count('Race')).toBe(1);
  });

  it('leaves nothing behind when it fails, so that it may be repeated', async () => {
    const list = await made('Later');
    const wrong = { name: 'Now', sections: [], version: 7 };
    expect((await send('PUT', `${path}/${list.id}`, wrong, key('retry-key-1'))).status).toBe(409);
    const right = await send('PUT', `${path}/${list.id}`, { ...wrong, version: 1 }, key('retry-key-1'));
    expect(right.status).toBe(200);
  });

  it('answers a removal again without a body', async () => {
    const list = await made('Gone');
    const remove = () => send('DELETE', `${path}/${list.id}?version=1`, undefined, key('remove-key'));
    expect((await remove()).status).toBe(204);
    const again = await remove();
    expect([again.status, again.text, again.headers.get('idempotency-replayed')]).toEqual([204, '', 'true']);
  });

  it('is refused with a malformed key', async () => {
    for (const bad of ['short', 'x'.repeat(65), 'has blanks in it']) {
      const answer = await send('POST', path, body, key(bad));
      expect([bad, answer.status, problem.parse(answer.json()).errors[0]?.path]).toEqual([bad, 422, 'idempotency-key']);
    }
  });

  it('is forgotten after a day', async () => {
    await query(`UPDATE idempotency_key SET created_at = created_at - interval '25 hours' WHERE key = 'first-key-1'`);
    const fresh = await send('POST', path, body, key('first-key-1'));
    expect([fresh.status, fresh.headers.get('idempotency-replayed')]).toEqual([201, null]);
    expect(await count('Once')).toBe(2);
  });
});
