import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { barsAnswer, quotesAnswer, readyzAnswer, sessionAnswer } from '@ziggy/contracts';
import pg from 'pg';
import { BarWriter } from '../src/charts/store/bar-writer.ts';
import { CredentialStates } from '../src/identity/access/credential-states.ts';
import { CalendarOverrides } from '../src/market/calendar/calendar-overrides.ts';
import { Leadership } from '../src/persistence/leadership.ts';
import { monotonicClock } from '../src/stream/stream-pulse.ts';
import { lineTo } from './database-testing.ts';
import type { DatabaseLine } from './database-testing.ts';
import { createDatabase, eventually, startApp } from './harness.ts';
import type { TestApp } from './harness.ts';
import { aBar, HandSource, handDriven } from './market-testing.ts';

const TEN = Date.UTC(2026, 2, 4, 15);
const MINUTE = 60_000;
const METRICS_TOKEN = 'a token of the tests for metrics';

const readiness = async (app: TestApp) => {
  const answer = await app.get('/readyz');
  const { status, checks } = readyzAnswer.parse(answer.json());
  return { http: answer.status, status, database: checks.find(({ name }) => name === 'database')?.status };
};
const quoteOf = async (app: TestApp, symbol = 'AAA') =>
  quotesAnswer.parse((await app.get(`/market/quotes?symbols=${symbol}`)).json()).items[0]?.quote ?? null;

describe('a database that is away for a while', () => {
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let line: DatabaseLine;
  let app: TestApp;
  let cutAt = 0;
  const source = new HandSource(TEN);
  const minutes = `/market/bars/AAA?interval=1m&from=${new Date(TEN).toISOString()}&to=${new Date(TEN + 3 * MINUTE).toISOString()}`;
  beforeAll(async () => {
    database = await createDatabase();
    line = await lineTo(database.url);
    app = await startApp({ database: line, features: handDriven(source), env: { METRICS_TOKEN } });
    source.quote('AAA', 100);
    await eventually(() => quoteOf(app));
    await eventually(
      () => readiness(app),
      ({ status }) => status === 'ok',
    );
  });
  afterAll(async () => {
    await app.close();
    await line.close();
    await database.drop();
  });

  it('is told as degraded, while quotes go on and bars wait', async () => {
    line.cut();
    cutAt = performance.now();
    expect(
      await eventually(
        () => readiness(app),
        ({ database: state }) => state !== 'ok',
      ),
    ).toEqual({
      http: 200,
      status: 'degraded',
      database: 'degraded',
    });
    await eventually(() => !app.app.get(Leadership).leads);
    source.at = TEN + 20_000;
    source.quote('AAA', 101);
    expect(await quoteOf(app)).toMatchObject({ price: 101, stale: false });
    // The minute ends without its database.
    source.at = TEN + MINUTE + 3_000;
    source.quote('AAA', 102);
    await eventually(
      () => app.app.get(BarWriter).waiting,
      (waiting) => waiting > 0,
    );
    await eventually(() => app.app.get(BarWriter).failing);
    // Admins cannot be told apart now; who has the token of metrics still sees what is wrong.
    const metrics = (await app.get('/metrics', { authorization: `Bearer ${METRICS_TOKEN}` })).text;
    expect(metrics).toMatch(/^ziggy_database_up 0$/m);
    expect(metrics).toMatch(/^bars_waiting [1-9]/m);
  });

  it('knows for half a minute who asks, and lets nobody in whom it did not know before', async () => {
    // Longer than a replica that hears nothing would believe what it has cached.
    await eventually(
      () => performance.now() - cutAt,
      (ms) => ms > 4_000,
    );
    const states = app.app.get(CredentialStates, { strict: false });
    const { loads } = states;
    expect((await app.get('/market/quotes?symbols=AAA')).status).toBe(200);
    expect(states.loads).toBe(loads);
    const unknown = { 'x-api-key': `zk_${'a'.repeat(10)}_${'b'.repeat(43)}` };
    expect((await app.get('/market/quotes?symbols=AAA', unknown)).status).toBe(503);
    const now = monotonicClock.now.bind(monotonicClock);
    const later = jest.spyOn(monotonicClock, 'now').mockImplementation(() => now() + 31_000);
    expect((await app.get('/market/quotes?symbols=AAA')).status).toBe(503);
    later.mockRestore();
  });

  it('lets bars be answered by the source', async () => {
    source.bars_ = [aBar('AAA', '1m', TEN, TEN + MINUTE, 101)];
    const page = barsAnswer.parse((await app.get(minutes)).json());
    expect(page.items[0]).toMatchObject({ closed: true, close: 101 });
    source.bars_ = [];
  });

  it('gets what waited when it is back, and is led as before, above every earlier version', async () => {
    const { fence } = app.app.get(Leadership);
    line.mend();
    await eventually(() => app.app.get(Leadership).leads, Boolean, 10_000);
    expect(app.app.get(Leadership).fence).toBe(fence + 1);
    await eventually(
      () => app.app.get(BarWriter).waiting,
      (waiting) => waiting === 0,
      20_000,
    );
    await eventually(
      () => readiness(app),
      ({ status }) => status === 'ok',
    );
    const db = new pg.Client({ connectionString: database.url });
    await db.connect();
    try {
      const stored = await db.query(
        `SELECT (c / 1000000)::int AS close FROM bar WHERE interval_s = 60 AND available_at IS NOT NULL`,
      );
      expect(stored.rows).toEqual([{ close: 101 }]);
    } finally {
      await db.end();
    }
  }, 40_000);
});

describe('a database whose clock is not ours', () => {
  it.each([
    [10_000, 200, 'degraded'],
    [60_000, 503, 'down'],
  ])('by %d ms answers %d at /readyz: %s', async (skew, http, status) => {
    const app = await startApp({ features: handDriven(new HandSource(TEN)), now: () => Date.now() - skew });
    try {
      expect(await readiness(app)).toEqual({ http, status, database: status });
      const told = /^ziggy_database_clock_skew_seconds (\S+)$/m.exec((await app.get('/metrics')).text)?.[1];
      expect(Math.round(Number(told) * 10)).toBe(skew / 100);
      expect(app.log.some(({ msg }) => String(msg).includes('clock of the database'))).toBe(true);
    } finally {
      await app.close();
    }
  });
});

describe('a closure that an operator adds', () => {
  it('changes the session, the bars and the gaps within a minute, and at the next start', async () => {
    const database = await createDatabase();
    const source = new HandSource(TEN);
    const app = await startApp({ database, features: handDriven(source) });
    const db = new pg.Client({ connectionString: database.url });
    await db.connect();
    const session = async (of: TestApp, date: string) =>
      sessionAnswer.parse((await of.get(`/market/session?exchange=XNYS&date=${date}`)).json());
    const gapsOf = async (of: TestApp) =>
      barsAnswer.parse(
        (await of.get('/market/bars/BBB?interval=1h&from=2026-03-02T00:00:00Z&to=2026-03-04T00:00:00Z')).json(),
      );
    try {
      expect((await gapsOf(app)).coverage.expected).toBe(14);
      expect((await session(app, '2026-03-04')).halfDay).toBe(false);
      source.quote('AAA', 100);
      await db.query(
        `INSERT INTO calendar_override (calendar, date, close_minute, reason, created_by)
         VALUES ('XNYS', '2026-03-02', NULL, 'A storm', 'test'), ('XNYS', '2026-03-04', 603, 'A flood', 'test'), ('XNYS', '2051-01-01', NULL, 'never', 'test')`,
      );
      // One impossible row spoils the calendar's set, and is told; the rules hold.
      await app.app.get(CalendarOverrides).load();
      expect(app.log.some(({ msg }) => String(msg).includes('were refused'))).toBe(true);
      expect((await session(app, '2026-03-02')).isSession).toBe(true);
      await db.query(`DELETE FROM calendar_override WHERE date > '2050-12-31'`);
      await app.app.get(CalendarOverrides).load();
      expect(await session(app, '2026-03-02')).toMatchObject({ isSession: false, reason: 'A storm' });
      // 603 minutes after midnight: 10:03 in New York, three minutes after TEN.
      expect(await session(app, '2026-03-04')).toMatchObject({
        halfDay: true,
        close: '2026-03-04T15:03:00.000Z',
        phase: 'open',
      });
      expect((await gapsOf(app)).coverage.expected).toBe(7);
      // The hour that formed ends with the session.
      source.at = TEN + 3 * MINUTE + 2_000;
      const hour = await eventually(
        async () =>
          barsAnswer.parse((await app.get('/market/bars/AAA?interval=1h&from=2026-03-04T14:30:00Z')).json()).items[0],
        (bar) => bar?.closed === true,
      );
      expect(hour).toMatchObject({ openTime: '2026-03-04T14:30:00.000Z', closeTime: '2026-03-04T15:03:00.000Z' });
      await app.close();
      const again = await startApp({ database, features: handDriven(new HandSource(TEN + 4 * MINUTE)) });
      expect((await session(again, '2026-03-02')).reason).toBe('A storm');
      expect((await session(again, '2026-03-04')).phase).toBe('post');
      await db.query('DELETE FROM calendar_override');
      await again.app.get(CalendarOverrides).load();
      await again.close();
    } finally {
      await db.end();
      await database.drop();
    }
  });
});
