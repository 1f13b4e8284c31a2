import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { IdentityChanges } from '../src/identity/identity-changes.ts';
import { ACCESS_TOKEN_MS, AccessTokens, CLOCK_SKEW_MS } from '../src/identity/sessions/access-tokens.ts';
import { WallClock } from '../src/platform/clock.ts';
import { StreamAccess } from '../src/stream/stream-access.ts';
import { eventually, startApp } from './harness.ts';
import { send } from './identity-testing.ts';
import { aKey, aPerson } from './people.ts';
import type { TestPerson } from './people.ts';
import { StreamProbe, StreamTestApp, refusedUpgrade } from './stream-testing.ts';
import { WebSocket } from 'ws';

let streams: StreamTestApp;
beforeAll(async () => {
  streams = await StreamTestApp.start({
    ANONYMOUS_CHANNELS: 'market',
    WS_AUTH_TIMEOUT_MS: '5000',
    // All of them come from one address here, and a user's limit is what is tested.
    WS_CONNECTIONS_PER_ADDRESS: '1000',
  });
});
afterAll(() => streams.close());

const as = (person: TestPerson) => ({ headers: { ...person.headers } });
const ticketOf = async (person: TestPerson, body: object = {}) =>
  (await send(streams.app, 'POST', '/auth/ws-ticket', { body, headers: person.headers })).json<{ ticket: string }>()
    .ticket;

describe('guarantee 2: nobody gets in without a right', () => {
  it('refuses a foreign origin and bad credentials at the upgrade', async () => {
    const person = await aPerson(streams.app);
    const url = `${streams.app.wsUrl}/ws/charts`;
    const foreign = await refusedUpgrade(url, { origin: 'https://evil.example', ...as(person) });
    expect([foreign.status, foreign.body['code']]).toEqual([403, 'origin_refused']);
    for (const headers of [
      { authorization: 'Bearer nonsense' },
      { authorization: `Bearer ${person.accessToken.slice(0, -3)}` },
      { 'x-api-key': 'zk_nothing' },
    ] as Record<string, string>[]) {
      // Also where strangers are welcome: who shows something must be right.
      for (const path of ['/ws/charts', '/ws/market'])
        expect((await refusedUpgrade(`${streams.app.wsUrl}${path}`, { headers })).status).toBe(401);
    }
  });

  it('sends no data byte before the token, and closes 4502 after 5 s (+-0.5)', async () => {
    const startedAt = performance.now();
    const probe = await streams.connect('/ws/charts', { stranger: true });
    probe.send({ type: 'subscribe', symbols: ['AAPL'], id: 'early' });
    expect((await probe.next('error')).data.code).toBe(103);
    const { code, at } = await probe.closed;
    expect(code).toBe(4502);
    expect(at - startedAt).toBeGreaterThan(4_500);
    expect(new Set(probe.frames.map(({ type }) => type))).toEqual(new Set(['error']));
  }, 15_000);

  it('opens with a token, a ticket that works once, or a first frame', async () => {
    const person = await aPerson(streams.app);
    const header = await streams.connect('/ws/charts', as(person));
    expect((await header.next('hello')).data.user).toBe(person.userId);
    const ticket = await ticketOf(person);
    const once = await streams.connect(`/ws/charts?ticket=${ticket}`);
    expect((await once.next('hello')).data.user).toBe(person.userId);
    expect((await refusedUpgrade(`${streams.app.wsUrl}/ws/charts?ticket=${ticket}`)).status).toBe(401);
    const narrow = await ticketOf(person, { channels: ['market'] });
    expect((await refusedUpgrade(`${streams.app.wsUrl}/ws/charts?ticket=${narrow}`)).status).toBe(401);
    const frame = await streams.connect('/ws/charts', { stranger: true });
    frame.send({ type: 'auth', token: person.accessToken });
    expect((await frame.next('hello')).data.user).toBe(person.userId);
    const wrong = await streams.connect('/ws/charts', { stranger: true });
    wrong.send({ type: 'auth', token: 'nonsense' });
    expect((await wrong.closed).code).toBe(4500);
  });

  it('opens with an API key that may read, as a header or a first frame, and with no other', async () => {
    const person = await aPerson(streams.app);
    const reading = await aKey(streams.app, person, ['read']);
    const header = await streams.connect('/ws/alerts', { headers: { 'x-api-key': reading } });
    expect((await header.next('hello')).data.user).toBe(person.userId);
    await header.ask('subscription_ack', { type: 'subscribe', symbols: ['*'] });
    const frame = await streams.connect('/ws/alerts', { stranger: true });
    frame.send({ type: 'auth', token: reading });
    expect((await frame.next('hello')).data.user).toBe(person.userId);
    const writing = await aKey(streams.app, person, ['write']);
    const refused = await refusedUpgrade(`${streams.app.wsUrl}/ws/alerts`, { headers: { 'x-api-key': writing } });
    expect([refused.status, refused.body['code']]).toEqual([403, 'forbidden']);
    const barred = await streams.connect('/ws/alerts', { stranger: true });
    barred.send({ type: 'auth', token: writing, id: 1 });
    expect((await barred.closed).code).toBe(4503);
    expect(barred.answersTo(1)).toMatchObject([{ type: 'error', data: { code: 104, name: 'forbidden' } }]);
  });

  it('lets strangers into the channels of ANONYMOUS_CHANNELS alone', async () => {
    const stranger = await streams.open('/ws/market', { stranger: true });
    expect(stranger.of('hello')[0]?.data.user).toBeUndefined();
  });
});

describe('guarantee 18: limits are exact', () => {
  it('holds 20 connections of one user under 60 parallel opens, and counts back to zero', async () => {
    const person = await aPerson(streams.app);
    // Each path holds ten; so two paths full are a user's twenty.
    const opened = await Promise.all(
      Array.from({ length: 60 }, (_, i) => streams.connect(i % 2 === 0 ? '/ws/charts' : '/ws/market', as(person))),
    );
    await eventually(
      () => opened.filter(({ closeCode }) => closeCode === null).length,
      (open) => open === 20,
    );
    const codes = new Set(opened.map(({ closeCode }) => closeCode).filter((code) => code !== null));
    expect([...codes].every((code) => code === 4507 || code === 4504)).toBe(true);
    for (const probe of opened) probe.terminate();
    const again = await eventually(
      async () => {
        const probe = await streams.connect('/ws/charts', as(person));
        await probe.next('hello');
        return probe.closeCode;
      },
      (code) => code === null,
    );
    expect(again).toBeNull();
  });
});

describe('guarantee 19: tokens end, sockets follow', () => {
  it('keeps the socket when the token is renewed, and never lets it change hands', async () => {
    const [person, other] = [await aPerson(streams.app), await aPerson(streams.app)];
    const probe = await streams.connect('/ws/charts', as(person));
    await probe.next('hello');
    const tokens = streams.app.app.get(AccessTokens, { strict: false });
    const { token } = await tokens.issue(person.sessionId, person.userId);
    const ack = await probe.ask('subscription_ack', { type: 'auth', token });
    expect(ack.data.status).toBe('authenticated');
    expect((await probe.ask('error', { type: 'auth', token: other.accessToken })).data.code).toBe(112);
    expect((await probe.ask('error', { type: 'auth', token: 'nonsense' })).data.code).toBe(103);
    expect(probe.closeCode).toBeNull();
  });

  /** A token that ends so many milliseconds from now. */
  async function tokenFor(person: TestPerson, milliseconds: number): Promise<string> {
    const clock = streams.app.app.get(WallClock, { strict: false });
    const tokens = streams.app.app.get(AccessTokens, { strict: false });
    const real = clock.now;
    clock.now = () => Date.now() - ACCESS_TOKEN_MS + milliseconds;
    const issuing = tokens.issue(person.sessionId, person.userId);
    clock.now = real;
    return (await issuing).token;
  }

  it('answers an ended token with 111, and keeps the socket that shows it beside a good one', async () => {
    const person = await aPerson(streams.app);
    const probe = await streams.open('/ws/charts', as(person));
    const ended = await tokenFor(person, -CLOCK_SKEW_MS - 60_000);
    const { data } = await probe.ask('error', { type: 'auth', token: ended });
    expect(data).toMatchObject({ code: 111, name: 'token_expired', temporary: false });
    expect(probe.closeCode).toBeNull();
    const fresh = await streams.connect('/ws/charts', { stranger: true });
    fresh.send({ type: 'auth', token: ended });
    expect((await fresh.next('error')).data.code).toBe(111);
    // It may come back, with a renewed one.
    expect((await fresh.closed).code).toBe(4002);
  });

  it('holds nothing against a token that could not be judged: 110, and 1013 for who has no other', async () => {
    const person = await aPerson(streams.app);
    const [known, fresh] = [
      await streams.open('/ws/charts', as(person)),
      await streams.connect('/ws/charts', { stranger: true }),
    ];
    const access = streams.app.app.get(StreamAccess, { strict: false });
    const judged = jest.spyOn(access, 'authenticate').mockRejectedValue(new Error('away'));
    const token = person.accessToken;
    expect((await known.ask('error', { type: 'auth', token })).data).toMatchObject({ code: 110, temporary: true });
    fresh.send({ type: 'auth', token });
    expect((await fresh.next('error')).data.code).toBe(110);
    expect((await fresh.closed).code).toBe(1013);
    judged.mockRestore();
    expect((await known.ask('subscription_ack', { type: 'auth', token })).data.status).toBe('authenticated');
  });

  it('closes 4002 when the token ends', async () => {
    const person = await aPerson(streams.app);
    const token = await tokenFor(person, 2_000);
    const probe = await streams.connect('/ws/charts', { headers: { authorization: `Bearer ${token}` } });
    await probe.next('hello');
    expect((await probe.closed).code).toBe(4002);
  });

  it('closes 4500 when session or key is revoked or the user is disabled, also on another replica within 5 s', async () => {
    const second = await startApp({
      database: { url: streams.app.databaseUrl },
      features: streams.features,
      env: { LOG_LEVEL: 'warn' },
    });
    try {
      const [signedOut, disabled, kept] = [
        await aPerson(streams.app),
        await aPerson(streams.app),
        await aPerson(streams.app),
      ];
      const open = async (person: TestPerson) => {
        const probes = [
          await streams.connect('/ws/charts', as(person)),
          new StreamProbe(new WebSocket(`${second.wsUrl}/ws/charts`, as(person))),
        ];
        for (const probe of probes) await probe.next('hello');
        return probes;
      };
      const [one, two, three] = [await open(signedOut), await open(disabled), await open(kept)];
      const startedAt = performance.now();
      await send(streams.app, 'POST', '/auth/logout', { body: {}, headers: signedOut.headers });
      await streams.app.app.get(IdentityChanges, { strict: false }).transaction(async (db, announce) => {
        await db.query('UPDATE app_user SET disabled_at = now() WHERE id = $1', [disabled.userId]);
        announce(`user:${disabled.userId}`);
      });
      for (const probe of [...one, ...two]) {
        const { code, at } = await probe.closed;
        expect(code).toBe(4500);
        expect(at - startedAt).toBeLessThan(5_000);
      }
      // The same holds for requests on the other replica.
      expect((await send(second, 'GET', '/auth/me', { headers: signedOut.headers })).status).toBe(401);
      for (const probe of three) {
        expect(probe.closeCode).toBeNull();
        probe.terminate();
      }
    } finally {
      await second.close();
    }
  }, 20_000);
});
