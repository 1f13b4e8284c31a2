import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { barsAnswer, quotesAnswer, readyzAnswer, sourcesAnswer } from '@ziggy/contracts';
import type { Symbol } from '@ziggy/domain';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { BarRepository } from '../src/charts/store/bar.repository.ts';
import { LiveBars } from '../src/charts/live/live-bars.ts';
import { BarWriter } from '../src/charts/store/bar-writer.ts';
import { MarketStore } from '../src/market/run/market-store.ts';
import { Leadership } from '../src/persistence/leadership.ts';
import { ask, createDatabase, eventually, startApp } from './harness.ts';
import type { TestApp } from './harness.ts';
import { aBar, HandSource, handDriven } from './market-testing.ts';
import { endServers, requireBuild, signInAt, startServer } from './process-testing.ts';

const TEN = Date.UTC(2026, 2, 4, 15);
const MINUTE = 60_000;
const SPAN = 2 ** 32;

const sourcesOf = async (app: TestApp) => sourcesAnswer.parse((await app.get('/market/sources')).json());
const quoteOf = async (app: TestApp, symbol = 'AAA') =>
  quotesAnswer.parse((await app.get(`/market/quotes?symbols=${symbol}`)).json()).items[0]?.quote ?? null;

describe('two processes on one database', () => {
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let [first, second]: TestApp[] = [];
  const sources = [new HandSource(TEN), new HandSource(TEN)] as const;
  const [leading, following] = sources;
  beforeAll(async () => {
    database = await createDatabase();
    first = await startApp({ database, features: handDriven(leading) });
    second = await startApp({ database, features: handDriven(following) });
  });
  afterAll(async () => {
    await first?.close();
    await second?.close();
    await database.drop();
  });
  const apps = (): [TestApp, TestApp] => [first as TestApp, second as TestApp];

  it('choose one leader, and both say which', async () => {
    const [one, two] = apps();
    const [told, repeated] = [await sourcesOf(one), await sourcesOf(two)];
    expect(told.leader).toEqual({ node: one.app.get(Leadership).node, fence: 1 });
    expect(repeated.leader).toEqual(told.leader);
    expect([told.adapters[0]?.state, repeated.adapters[0]?.state]).toEqual(['ok', 'off']);
    expect([leading.observed, following.observed]).toEqual([true, false]);
    const ready = await two.get('/readyz');
    expect([ready.status, readyzAnswer.parse(ready.json()).status]).toEqual([200, 'degraded']);
  });

  it('let the other serve what is stored, marked stale, without asking the source', async () => {
    const [one, two] = apps();
    leading.bars_ = [0, 1].map((n) => aBar('AAA', '1m', TEN + n * MINUTE, TEN + (n + 1) * MINUTE, 100 + n));
    for (const source of sources) source.at = TEN + 10 * MINUTE;
    leading.quote('AAA', 101, { volume: 500 });
    const path = `/market/bars/AAA?interval=1m&from=${new Date(TEN).toISOString()}&to=${new Date(TEN + 2 * MINUTE).toISOString()}`;
    expect(barsAnswer.parse((await one.get(path)).json()).items).toHaveLength(2);
    const shown = await eventually(
      () => quoteOf(two),
      (quote) => quote !== null,
      10_000,
    );
    expect([(await quoteOf(one))?.stale, shown?.stale, shown?.price]).toEqual([false, true, 101]);
    const stored = barsAnswer.parse((await two.get(path)).json());
    expect([stored.items.length, stored.coverage.present]).toEqual([2, 2]);
    const none = await two.get('/market/bars/CCC?interval=1m');
    expect([none.status, none.json<{ code: string }>().code, none.headers.get('retry-after')]).toEqual([
      503,
      'source_unavailable',
      expect.any(String),
    ]);
    expect(following.barsAsked).toEqual([]);
  });

  it('hand over when the leader’s session dies: the open bar goes on from the last quote, partial unless the source knows it', async () => {
    const [one, two] = apps();
    const v = (await quoteOf(one))?.v ?? Infinity;
    expect(Math.floor(v / SPAN)).toBe(1);
    for (const source of sources) source.at = TEN + 10 * MINUTE + 20_000;
    leading.quote('AAA', 103, { volume: 700 });
    leading.quote('BBB', 50, { volume: 10 });
    await one.app.get(MarketStore).store();
    await one.app.get(BarWriter).flush();
    // The source knows AAA's open minute, and BBB's not.
    const open = TEN + 10 * MINUTE;
    following.bars_ = [
      aBar('AAA', '1m', open, open + MINUTE, 103, {
        o: 99_000_000,
        l: 98_000_000,
        h: 104_000_000,
        volume: 640,
        complete: false,
      }),
    ];
    await one.app.get(Leadership).stop();
    await eventually(() => following.observed, Boolean, 12_000);
    expect((await sourcesOf(two)).leader).toEqual({ node: two.app.get(Leadership).node, fence: 2 });

    const live = two.app.get(LiveBars);
    await eventually(
      () => live.forming('AAA' as Symbol, '1m')?.flags.length,
      (flags) => flags === 0,
    );
    expect(live.forming('AAA' as Symbol, '1m')).toMatchObject({
      o: 99_000_000,
      h: 104_000_000,
      c: 103_000_000,
      volume: 640,
    });
    expect(live.forming('BBB' as Symbol, '1m')).toMatchObject({ o: 50_000_000, flags: ['partial'] });
    // What was traded between the last stored quote and the first new one counts.
    following.quote('BBB', 51, { volume: 25 });
    expect(live.forming('BBB' as Symbol, '1m')).toMatchObject({ o: 50_000_000, c: 51_000_000, volume: 15 });
    const renewed = await quoteOf(two, 'BBB');
    expect(renewed).toMatchObject({ price: 51, stale: false });
    expect(Math.floor((renewed?.v ?? 0) / SPAN)).toBe(2);
  });

  it('let the old leader write nothing more', async () => {
    const [one] = apps();
    const db = new pg.Client({ connectionString: database.url });
    await db.connect();
    try {
      const last = async () => (await db.query('SELECT price FROM quote_last ORDER BY instrument_id')).rows;
      const before = await last();
      leading.quote('AAA', 90, { volume: 900 });
      await one.app.get(MarketStore).store();
      const late = aBar('AAA', '1m', TEN, TEN + MINUTE, 1);
      one.app.get(BarWriter).add({ instrumentId: 1, bar: late, batchId: 0 });
      await one.app.get(BarWriter).flush();
      expect(await last()).toEqual(before);
      expect((await db.query('SELECT 1 FROM bar WHERE c = 1000000')).rows).toEqual([]);
    } finally {
      await db.end();
    }
  });
});

describe('a process that loses the lead while it takes it', () => {
  it('takes no quotes', async () => {
    const database = await createDatabase();
    const [leading, following] = [new HandSource(TEN), new HandSource(TEN)];
    const one = await startApp({ database, features: handDriven(leading) });
    const two = await startApp({ database, features: handDriven(following) });
    const third = new pg.Client({ connectionString: database.url });
    await third.connect();
    try {
      const [bars, store] = [two.app.get(BarRepository), two.app.get(MarketStore)];
      const formingAt = bars.formingAt.bind(bars);
      let goOn: (() => void) | null = null;
      bars.formingAt = async (...scope) => {
        await new Promise<void>((resolve) => (goOn = resolve));
        return formingAt(...scope);
      };
      await one.app.get(Leadership).stop();
      const release = await eventually(() => goOn, Boolean, 12_000);

      // Another process waits for the lock and has it the moment that the session dies.
      const locks = await third.query(
        `SELECT pid, format('%s, %s', classid, objid) AS key FROM pg_locks JOIN pg_stat_activity USING (pid)
         WHERE locktype = 'advisory' AND datname = current_database() AND application_name = 'ziggyai-leader'`,
      );
      const taken = third.query(`SELECT pg_advisory_lock(${locks.rows[0]?.key})`);
      await one.app.get(DataSource).query('SELECT pg_terminate_backend($1)', [locks.rows[0]?.pid]);
      await taken;
      await third.query(`UPDATE leader SET node = 'third', fence = fence + 1`);
      await eventually(() => two.app.get(Leadership).standing === 'follower', Boolean, 15_000);

      let restored = 0;
      const restore = store.restore.bind(store);
      store.restore = () => restore().finally(() => restored++);
      release?.();
      await eventually(() => restored, Boolean, 12_000);
      expect(following.observed).toBe(false);
    } finally {
      await third.end();
      await one.close();
      await two.close();
      await database.drop();
    }
  }, 60_000);
});

describe('a leader whose session is cut', () => {
  it('leads again, above every version that it gave out before, or gives way; never two lead', async () => {
    const source = new HandSource(TEN);
    const app = await startApp({ features: handDriven(source) });
    const admin = new pg.Client({ connectionString: process.env['TEST_POSTGRES_URL'] });
    await admin.connect();
    try {
      source.quote('AAA', 100);
      const before = (await quoteOf(app))?.v ?? Infinity;
      await admin.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name = 'ziggyai-leader'`,
        [new URL(app.databaseUrl).pathname.slice(1)],
      );
      await eventually(
        async () => (await sourcesOf(app)).leader?.fence,
        (fence) => fence === 2,
      );
      await eventually(() => app.app.get(Leadership).leads);
      expect(source.observed).toBe(true);
      source.quote('AAA', 101);
      const after = await eventually(
        () => quoteOf(app),
        (quote) => quote?.price === 101,
      );
      expect(Math.floor((after?.v ?? 0) / SPAN)).toBe(2);
      expect(after?.v).toBeGreaterThan(before);
    } finally {
      await admin.end();
      await app.close();
    }
  });
});

describe('a leader that is killed', () => {
  beforeAll(requireBuild);
  afterEach(endServers);

  it('is followed within 12 s, and the market goes on at or after its time', async () => {
    const database = await createDatabase();
    try {
      const leader = await startServer({ SIM_START: '2026-03-04T15:00:00Z' }, database);
      const origins = [await signInAt(leader)];
      const follower = await startServer({ SIM_START: '2026-03-04T15:00:00Z' }, database);
      origins.push(await signInAt(follower));
      const [one = '', two = ''] = origins;
      const told = async (origin: string) => sourcesAnswer.parse((await ask(`${origin}/market/sources`)).json());
      const quote = async (origin: string) =>
        quotesAnswer.parse((await ask(`${origin}/market/quotes?symbols=AAPL`)).json()).items[0]?.quote ?? null;
      const before = await eventually(
        () => quote(one),
        (value) => value !== null && !value.stale,
      );
      const { leader: row, clock } = await told(one);
      expect((await told(two)).leader).toEqual(row);
      const killedAt = performance.now();
      leader.child.kill('SIGKILL');
      const next = await eventually(
        async () => (await told(two)).leader,
        (value) => value?.node !== row?.node,
        12_000,
      );
      const fresh = await eventually(
        () => quote(two),
        (value) => value !== null && !value.stale,
        12_000 - (performance.now() - killedAt),
      );
      expect(next?.fence).toBe((row?.fence ?? 0) + 1);
      expect(fresh?.v).toBeGreaterThan(before?.v ?? Infinity);
      expect(Date.parse((await told(two)).clock.now)).toBeGreaterThanOrEqual(Date.parse(clock.now));
    } finally {
      await endServers();
      await database.drop();
    }
  }, 60_000);
});
