import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CredentialStates } from '../src/identity/access/credential-states.ts';
import { eventually, startApp } from './harness.ts';
import type { TestApp } from './harness.ts';
import { outcome, send } from './identity-testing.ts';
import { aKey, aPerson } from './people.ts';
import { StillMarketModule } from './platform-testing.ts';

const env = { RATE_READ_PER_MINUTE: '20', RATE_AUTH_PER_MINUTE: '3' };
let app: TestApp;
let second: TestApp;
beforeAll(async () => {
  app = await startApp({ features: [StillMarketModule], as: null, env });
  second = await startApp({
    features: [StillMarketModule],
    as: null,
    env,
    database: { url: app.databaseUrl },
  });
});
afterAll(async () => {
  await second.close();
  await app.close();
});

describe('rate limits', () => {
  it('tell what is left, and refuse with 429 what is over, for each caller apart', async () => {
    const [one, other] = [await aPerson(app), await aPerson(app)];
    const first = await send(app, 'GET', '/auth/me', { headers: one.headers });
    expect(first.headers.get('ratelimit-policy')).toBe('"read";q=20;w=60');
    expect(first.headers.get('ratelimit')).toBe('"read";r=19;t=3');
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => send(app, 'GET', '/auth/me', { headers: one.headers })),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(9);
    expect(outcome(refused[0] as (typeof answers)[number])).toEqual([429, 'rate_limited']);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await send(app, 'GET', '/auth/me', { headers: other.headers })).status).toBe(200);
  });

  it('hold over replicas', async () => {
    const person = await aPerson(app);
    for (let i = 0; i < 19; i++) await send(app, 'GET', '/auth/me', { headers: person.headers });
    // Once the replicas have added up, the second knows of the first one's requests with its own first one.
    await eventually(
      async () => {
        const answers = await Promise.all(
          Array.from({ length: 4 }, () => send(second, 'GET', '/auth/me', { headers: person.headers })),
        );
        return answers.some(({ status }) => status === 429);
      },
      Boolean,
      10_000,
    );
  });

  it('count sign-ins exactly, by address, on all replicas together', async () => {
    const body = { email: 'nobody@example.com', password: 'wrong' };
    const statuses = [];
    for (const replica of [app, second, app, second, app])
      statuses.push((await send(replica, 'POST', '/auth/login', { body })).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
  });

  it('let probes through, and limit the search for paths', async () => {
    for (let i = 0; i < 40; i++) expect((await app.get('/health')).status).toBe(200);
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => app.get(`/nothing/${i}`)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404, 429]));
  });
});

describe('keys that nobody knows', () => {
  it('are not looked for once their address has used its requests up, while a known key is let through', async () => {
    const app = await startApp({ features: [StillMarketModule], as: null, env });
    const person = await aPerson(app);
    const key = await aKey(app, person, ['read']);
    const ask = (secret: string, path = '/auth/me') => send(app, 'GET', path, { headers: { 'x-api-key': secret } });
    expect((await ask(key)).status).toBe(200);
    const forged = (i: number) => `zk_${String(i).padStart(10, 'x')}_${'y'.repeat(43)}`;
    for (let i = 0; i < 30; i++) await ask(forged(i));
    const states = app.app.get(CredentialStates, { strict: false });
    const before = states.loads;
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => ask(forged(100 + i))));
    expect(new Set(answers.map((answer) => String(outcome(answer))))).toEqual(new Set(['429,rate_limited']));
    expect(answers[0]?.headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await ask(key)).status).toBe(200);
    // Probes ask nobody who they are, so a key costs them nothing either.
    expect((await ask(forged(200), '/health')).status).toBe(200);
    expect(states.loads).toBe(before);
    await app.close();
  });
});
