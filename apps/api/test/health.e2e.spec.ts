import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { healthAnswer, livezAnswer, problem, readyzAnswer } from '@ziggy/contracts';
import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import { Lifecycle, Readiness } from '../src/platform/lifecycle.ts';
import { eventually, startApp } from './harness.ts';
import type { TestApp } from './harness.ts';
import { outcome } from './identity-testing.ts';
import { aKey, aPerson } from './people.ts';
import { ProvokingModule, StillMarketModule } from './platform-testing.ts';

const still = { features: [StillMarketModule], imports: [ProvokingModule] };

describe('a running application', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp(still);
  });
  afterAll(() => app.close());

  it('says at /health what it is, always the same', async () => {
    const first = await app.get('/health');
    expect(healthAnswer.strict().parse(first.json())).toMatchObject({
      ok: true,
      market: { id: 'sim:1:test', source: 'simulated', kind: 'simulated' },
    });
    expect((await app.get('/health')).text).toBe(first.text);
  });

  it('says at /livez that it lives and at /readyz how its parts are', async () => {
    expect(livezAnswer.parse((await app.get('/livez')).json())).toEqual({ status: 'ok' });
    const ready = await app.get('/readyz');
    expect(ready.status).toBe(200);
    const { status, checks } = readyzAnswer.parse(ready.json());
    expect(status).toBe('ok');
    expect(Object.fromEntries(checks.map((check) => [check.name, check.status]))).toMatchObject({
      database: 'ok',
      migrations: 'ok',
      stream: 'ok',
    });
    for (const { latencyMs } of checks) expect(latencyMs).toBeGreaterThanOrEqual(0);
    expect(ready.headers.get('cache-control')).toBe('no-store');
  });

  it('counts requests by route template and status class', async () => {
    await app.get('/test/input/abc?symbols=x');
    await app.get('/test/input/def?symbols=x');
    await app.get('/nothing/1');
    await app.get('/nothing/2');
    const { text, headers } = await app.get('/metrics');
    expect(headers.get('content-type')).toContain('text/plain');
    expect(text).toContain('ziggy_http_requests_total{method="GET",route="/test/input/:id",status="2xx"} 2');
    expect(text).toContain('ziggy_http_requests_total{method="GET",route="unmatched",status="4xx"} 2');
    for (const name of [
      'ziggy_http_request_duration_seconds_bucket',
      'ziggy_http_requests_in_flight',
      'nodejs_eventloop_lag_p99_seconds',
      'process_cpu_seconds_total',
      'ziggy_database_connections{state="open"}',
    ]) {
      expect(text).toContain(name);
    }
  });

  it('answers /health in under a millisecond at the server', async () => {
    for (let i = 0; i < 100; i++) await app.get('/health');
    const times = app.log.filter((line) => line['route'] === '/health').map((line) => Number(line['ms']));
    // The quickest tenth: what it costs when no other test holds the processor.
    expect(times.sort((a, b) => a - b)[Math.floor(times.length / 10)]).toBeLessThan(1);
  });
});

describe('an application whose database drops its connections', () => {
  it('answers 503 for what was under way, and serves again when it is back', async () => {
    const app = await startApp(still);
    const url = new URL(app.databaseUrl);
    const admin = new pg.Client({ connectionString: process.env['TEST_POSTGRES_URL'] });
    await admin.connect();
    const name = url.pathname.slice(1);
    const others = 'FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()';
    try {
      const waiting = app.get('/test/sleepy-query');
      await eventually(
        () => admin.query(`SELECT 1 ${others} AND query LIKE '%pg_sleep%' AND state = 'active'`, [name]),
        ({ rowCount }) => rowCount === 1,
      );
      await admin.query(`SELECT pg_terminate_backend(pid) ${others}`, [name]);
      const answer = await waiting;
      expect([answer.status, problem.parse(answer.json()).code]).toEqual([503, 'database_unavailable']);
      await eventually(
        () => app.get('/test/query'),
        ({ status }) => status === 200,
      );
      await eventually(
        () => app.get('/readyz'),
        ({ status }) => status === 200,
      );
    } finally {
      await admin.end();
      await app.close();
    }
  });
});

describe('an application that is not serving', () => {
  it('refuses work with 503 while it starts and while it drains, and says which', async () => {
    const app = await startApp({ ...still, listen: false });
    const fastify = app.app.getHttpAdapter().getInstance() as FastifyInstance;
    const early = await fastify.inject('/test/aged');
    expect([early.statusCode, problem.parse(early.json()).code, early.headers['retry-after']]).toEqual([
      503,
      'starting',
      '2',
    ]);
    expect(
      await fastify.inject('/readyz').then((answer) => [answer.statusCode, readyzAnswer.parse(answer.json()).status]),
    ).toEqual([503, 'starting']);
    expect((await fastify.inject('/health')).statusCode).toBe(200);
    app.app.get(Lifecycle).beginDraining();
    const late = await fastify.inject('/test/aged');
    expect([late.statusCode, problem.parse(late.json()).code]).toEqual([503, 'draining']);
    expect(
      await fastify.inject('/readyz').then((answer) => [answer.statusCode, readyzAnswer.parse(answer.json()).status]),
    ).toEqual([503, 'draining']);
    await app.close();
  });

  it('is not ready, but lives, when its database is gone', async () => {
    const app = await startApp(still);
    app.app.get(Readiness).register('database', () => Promise.reject(new Error('gone')));
    const ready = await app.get('/readyz');
    expect([ready.status, readyzAnswer.parse(ready.json()).status]).toEqual([503, 'down']);
    expect((await app.get('/livez')).status).toBe(200);
    await app.close();
  });

  it('opens /metrics to an admin, to a key of one and to the token that is set, and to nobody else', async () => {
    const token = 'a-token-of-some-length';
    const app = await startApp({ ...still, as: null, env: { METRICS_TOKEN: token } });
    const [admin, viewer] = [await aPerson(app), await aPerson(app, { role: 'viewer' })];
    const seen = async (headers: Readonly<Record<string, string>>, path = '/metrics') => {
      const answer = await app.get(path, headers);
      return answer.status === 200 ? [200, answer.headers.get('content-type')?.split(';')[0]] : outcome(answer);
    };
    const good = [200, 'text/plain'];
    expect(await seen({ authorization: `Bearer ${token}` })).toEqual(good);
    expect(await seen(admin.headers)).toEqual(good);
    expect(await seen({ 'x-api-key': await aKey(app, admin, ['read']) })).toEqual(good);
    expect(await seen({})).toEqual([401, 'unauthenticated']);
    expect(await seen({ authorization: `Bearer ${token}x` })).toEqual([401, 'unauthenticated']);
    expect(await seen({ authorization: token })).toEqual([401, 'unauthenticated']);
    expect(await seen(viewer.headers)).toEqual([403, 'forbidden']);
    // It opens this one door.
    expect(await seen({ authorization: `Bearer ${token}` }, '/users')).toEqual([401, 'unauthenticated']);
    await app.close();
  });

  it('leaves /metrics to admins without a token', async () => {
    const app = await startApp({ ...still, as: null });
    expect(outcome(await app.get('/metrics'))).toEqual([401, 'unauthenticated']);
    expect(outcome(await app.get('/metrics', { authorization: 'Bearer null' }))).toEqual([401, 'unauthenticated']);
    expect((await app.get('/metrics', (await aPerson(app)).headers)).status).toBe(200);
    await app.close();
  });
});
