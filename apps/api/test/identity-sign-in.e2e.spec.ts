import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { meAnswer, sessionsAnswer, signInAnswer } from '@ziggy/contracts';
import { Secret, TOTP } from 'otpauth';
import pg from 'pg';
import { Passwords } from '../src/identity/passwords.ts';
import { startApp } from './harness.ts';
import type { TestApp } from './harness.ts';
import { PASSWORD, TestBrowser, outcome, send, setUp, setupToken } from './identity-testing.ts';
import { StillMarketModule } from './platform-testing.ts';

let now = Date.parse('2026-03-04T14:30:00.000Z');
const MINUTE = 60_000;
const start = () => startApp({ features: [StillMarketModule], as: null, now: () => now });

describe('the first run', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await start();
  });
  afterAll(() => app.close());

  const body = { organisation: 'Analytical Engines', email: 'Ada@Example.com', password: PASSWORD };

  it('has no account that anybody could guess', async () => {
    for (const [email, password] of [
      ['admin@example.com', 'admin'],
      ['admin@localhost.localdomain', 'password'],
    ]) {
      expect(outcome(await send(app, 'POST', '/auth/login', { body: { email, password } }))).toEqual([
        401,
        'invalid_credentials',
      ]);
    }
  });

  it('takes the printed link once, makes organisation and admin, and signs in', async () => {
    const token = await setupToken(app);
    const wrong = await send(app, 'POST', '/auth/setup', { body: { ...body, token: 'x'.repeat(43) } });
    expect(outcome(wrong)).toEqual([410, 'expired']);
    const weak = await send(app, 'POST', '/auth/setup', { body: { ...body, token, password: 'aaaaaaaaaaaaaa' } });
    expect(weak.json()).toMatchObject({ code: 'weak_password', rules: ['few_characters', 'pattern'] });
    const zone = await send(app, 'POST', '/auth/setup', { body: { ...body, token, timeZone: 'Mars/Olympus' } });
    expect(zone.json()).toMatchObject({ code: 'validation_failed', errors: [{ in: 'body', path: '/timeZone' }] });

    const [one, two] = await Promise.all([
      send(app, 'POST', '/auth/setup', { body: { ...body, token } }),
      send(app, 'POST', '/auth/setup', { body: { ...body, token: await setupToken(app) } }),
    ]);
    expect([one.status, two.status].sort()).toEqual([201, 403]);
    const good = one.status === 201 ? one : two;
    expect(signInAnswer.parse(good.json()).user).toMatchObject({ email: 'ada@example.com', role: 'admin' });
    expect(good.headers.getSetCookie()[0]).toMatch(/^ziggy_refresh=.+; Path=\/auth; HttpOnly; SameSite=Strict$/);
    expect(outcome(await send(app, 'POST', '/auth/setup', { body: { ...body, token } }))).toEqual([
      403,
      'setup_closed',
    ]);
  });
});

describe('sign-in', () => {
  let app: TestApp;
  let browser: TestBrowser;
  beforeAll(async () => {
    app = await start();
    ({ browser } = await setUp(app));
  });
  afterAll(() => app.close());

  it('tells who the caller is, and what the caller may do', async () => {
    const me = meAnswer.parse((await browser.call('GET', '/auth/me')).json());
    expect(me).toMatchObject({ user: { email: 'ada@example.com', secondFactor: false, hasPassword: true }, key: null });
    expect(me.permissions).toEqual(expect.arrayContaining(['auth.me', 'auth.logout']));
    expect(outcome(await send(app, 'GET', '/auth/me'))).toEqual([401, 'unauthenticated']);
  });

  it('answers a wrong password and an unknown address alike', async () => {
    const wrong = await send(app, 'POST', '/auth/login', { body: { email: 'ada@example.com', password: 'wrong' } });
    const unknown = await send(app, 'POST', '/auth/login', { body: { email: 'bob@example.com', password: 'wrong' } });
    expect(outcome(wrong)).toEqual([401, 'invalid_credentials']);
    const without = ({ requestId: _, ...rest }: Record<string, unknown>) => rest;
    expect(without(wrong.json())).toEqual(without(unknown.json()));
    expect(wrong.headers.get('www-authenticate')).toContain('Bearer');
    expect(wrong.headers.get('cache-control')).toBe('no-store');
  });

  it('refuses an oversized password before it is hashed', async () => {
    const body = { email: 'ada@example.com', password: 'x'.repeat(100_000) };
    const answer = await send(app, 'POST', '/auth/login', { body });
    expect(answer.json()).toMatchObject({ status: 422, errors: [{ path: '/password', code: 'too_long' }] });
    expect(answer.text).not.toContain('xxxx');
  });

  it('expires the access token after 15 minutes and two of skew, and renews it by the cookie', async () => {
    const fresh = new TestBrowser(app);
    await fresh.signIn('ada@example.com');
    now += 16 * MINUTE;
    expect((await fresh.call('GET', '/auth/me')).status).toBe(200);
    now += 2 * MINUTE;
    const late = await fresh.call('GET', '/auth/me');
    expect(outcome(late)).toEqual([401, 'token_expired']);
    expect(late.headers.get('www-authenticate')).toBe('Bearer realm="ziggyai", error="invalid_token"');
    fresh.accessToken = null;
    fresh.keep(await fresh.post('/auth/refresh'));
    expect((await fresh.call('GET', '/auth/me')).status).toBe(200);
  });

  it('refuses forged, unsigned, truncated and foreign tokens', async () => {
    const fresh = new TestBrowser(app);
    const { accessToken } = await fresh.signIn('ada@example.com');
    const [header = '', payload = '', signature = ''] = accessToken.split('.');
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const longer = Buffer.from(JSON.stringify({ ...claims, exp: 9_999_999_999 })).toString('base64url');
    const bad = [
      `${none}.${payload}.`,
      `${none}.${payload}.${signature}`,
      `${header}.${longer}.${signature}`,
      `${header}.${payload}.${signature.slice(0, -4)}`,
      `${header}.${payload}`,
      accessToken.slice(5),
      `${header}.${payload}.${'A'.repeat(43)}`,
      'x'.repeat(7_000),
      '..',
    ];
    for (const token of bad) {
      const answer = await send(app, 'GET', '/auth/me', { headers: { authorization: `Bearer ${token}` } });
      expect([token.slice(0, 40), ...outcome(answer)]).toEqual([token.slice(0, 40), 401, 'unauthenticated']);
    }
    for (const authorization of ['Basic YTpi', 'Bearer', `bearer  ${accessToken} x`, accessToken])
      expect((await send(app, 'GET', '/auth/me', { headers: { authorization } })).status).toBe(401);
  });

  it('keeps two tabs that refresh at once signed in, and ends the family when an old cookie comes back', async () => {
    const one = new TestBrowser(app);
    await one.signIn('ada@example.com');
    const stolen = one.cookie;
    const two = new TestBrowser(app);
    two.cookie = stolen;
    const both = await Promise.all([one.post('/auth/refresh'), two.post('/auth/refresh')]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect(one.cookie).not.toBe(stolen);
    for (const tab of [one, two]) expect((await tab.post('/auth/refresh')).status).toBe(200);

    now += 11_000;
    const thief = new TestBrowser(app);
    thief.cookie = stolen;
    expect(outcome(await thief.post('/auth/refresh'))).toEqual([401, 'token_revoked']);
    for (const tab of [one, two]) expect(outcome(await tab.post('/auth/refresh'))).toEqual([401, 'token_revoked']);
    expect(outcome(await one.call('GET', '/auth/me'))).toEqual([401, 'token_revoked']);
  });

  it('asks a refresh for its origin and its header', async () => {
    const tab = new TestBrowser(app);
    await tab.signIn('ada@example.com');
    const cookie = { cookie: tab.cookie ?? '' };
    const refresh = (headers: Record<string, string>) =>
      send(app, 'POST', '/auth/refresh', { headers: { ...cookie, ...headers } }).then(outcome);
    expect(await refresh({ 'x-csrf': '1' })).toEqual([403, 'origin_refused']);
    expect(await refresh({ 'x-csrf': '1', origin: 'https://evil.example' })).toEqual([403, 'origin_refused']);
    expect(await refresh({ 'x-csrf': '1', origin: 'null' })).toEqual([403, 'origin_refused']);
    expect(await refresh({ origin: app.url })).toEqual([403, 'csrf_failed']);
    expect(outcome(await send(app, 'POST', '/auth/refresh', { headers: { 'x-csrf': '1', origin: app.url } }))).toEqual([
      401,
      'unauthenticated',
    ]);
    expect((await refresh({ 'x-csrf': '1', origin: app.url }))[0]).toBe(200);
  });

  it('signs out here, and everywhere', async () => {
    const [here, there] = [new TestBrowser(app), new TestBrowser(app)];
    await here.signIn('ada@example.com');
    await there.signIn('ada@example.com');
    expect((await here.post('/auth/logout', {})).status).toBe(204);
    expect(here.cookie).toBeNull();
    expect(outcome(await here.call('GET', '/auth/me'))).toEqual([401, 'token_revoked']);
    expect((await there.call('GET', '/auth/me')).status).toBe(200);
    await here.signIn('ada@example.com');
    expect((await here.post('/auth/logout', { everywhere: true })).status).toBe(204);
    expect(outcome(await there.call('GET', '/auth/me'))).toEqual([401, 'token_revoked']);
  });

  it('lists the sessions of the caller and ends one, or all others', async () => {
    const [one, two, three] = [new TestBrowser(app), new TestBrowser(app), new TestBrowser(app)];
    for (const tab of [one, two, three]) await tab.signIn('ada@example.com');
    const { items } = sessionsAnswer.parse((await one.call('GET', '/auth/sessions')).json());
    expect(items.filter(({ current }) => current)).toHaveLength(1);
    const other = sessionsAnswer.parse((await two.call('GET', '/auth/sessions')).json()).items.find((s) => s.current);
    expect((await one.call('DELETE', `/auth/sessions/${other?.id}`)).status).toBe(204);
    expect(outcome(await two.call('GET', '/auth/me'))).toEqual([401, 'token_revoked']);
    expect((await three.call('GET', '/auth/me')).status).toBe(200);
    expect((await one.call('DELETE', '/auth/sessions/others')).status).toBe(204);
    expect(outcome(await three.call('GET', '/auth/me'))).toEqual([401, 'token_revoked']);
    expect(outcome(await one.call('DELETE', '/auth/sessions/ses_nothing'))).toEqual([404, 'not_found']);
    expect((await one.call('GET', '/auth/me')).status).toBe(200);
  });

  it('changes the password with the present one, and ends the other sessions', async () => {
    const [here, there] = [new TestBrowser(app), new TestBrowser(app)];
    await here.signIn('ada@example.com');
    await there.signIn('ada@example.com');
    const next = 'battery horse correct';
    const change = (body: object) => here.post('/auth/password', body).then(outcome);
    expect(await change({ currentPassword: 'wrong', newPassword: next })).toEqual([401, 'invalid_credentials']);
    expect(await change({ currentPassword: PASSWORD, newPassword: 'short' })).toEqual([422, 'validation_failed']);
    expect(await change({ currentPassword: PASSWORD, newPassword: 'abcdefghijklm' })).toEqual([422, 'weak_password']);
    expect(await change({ newPassword: next })).toEqual([422, 'validation_failed']);
    expect((await change({ currentPassword: PASSWORD, newPassword: next }))[0]).toBe(204);
    expect(outcome(await there.call('GET', '/auth/me'))).toEqual([401, 'token_revoked']);
    expect((await here.call('GET', '/auth/me')).status).toBe(200);
    expect((await change({ currentPassword: next, newPassword: PASSWORD }))[0]).toBe(204);
  });

  it('locks an address after five failures, known or not, and longer each time', async () => {
    const attempt = (email: string, password: string) =>
      send(app, 'POST', '/auth/login', { body: { email, password } });
    now += 16 * MINUTE;
    for (const email of ['ada@example.com', 'nobody@example.com']) {
      for (let i = 0; i < 5; i++) expect((await attempt(email, 'wrong')).status).toBe(401);
      const locked = await attempt(email, PASSWORD);
      expect([...outcome(locked), locked.headers.get('retry-after')]).toEqual([429, 'sign_in_locked', '60']);
    }
    now += MINUTE;
    for (let i = 0; i < 5; i++) expect((await attempt('ada@example.com', 'wrong')).status).toBe(401);
    expect((await attempt('ada@example.com', PASSWORD)).headers.get('retry-after')).toBe('120');
    now += 2 * MINUTE;
    expect((await attempt('ada@example.com', PASSWORD)).status).toBe(200);
  });

  it('locks guesses that are sent all at once: the right one among them comes too late', async () => {
    const passwords = app.app.get(Passwords, { strict: false });
    const matches = passwords.matches.bind(passwords);
    const [entered, locked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    // The right guess has passed the first look at the lock and is being hashed while the others fail.
    const slow = jest.spyOn(passwords, 'matches').mockImplementation(async (stored, password) => {
      if (password === PASSWORD) {
        entered.resolve();
        await locked.promise;
      }
      return matches(stored, password);
    });
    const guess = (password: string) =>
      send(app, 'POST', '/auth/login', { body: { email: 'ada@example.com', password } }).then(outcome);
    const right = guess(PASSWORD);
    await entered.promise;
    for (let i = 0; i < 5; i++) expect(await guess(`wrong ${i}`)).toEqual([401, 'invalid_credentials']);
    locked.resolve();
    expect(await right).toEqual([429, 'sign_in_locked']);
    slow.mockRestore();
    now += 3 * MINUTE;
    await new TestBrowser(app).signIn('ada@example.com');
  });

  it('asks for the second factor once it is on; each code works once, each recovery code too', async () => {
    const tab = new TestBrowser(app);
    await tab.signIn('ada@example.com');
    now += 6 * MINUTE;
    expect(outcome(await tab.call('PUT', '/auth/totp', { enabled: true }))).toEqual([401, 'fresh_sign_in_required']);
    tab.accessToken = (await tab.signIn('ada@example.com')).accessToken;
    const { secret } = (await tab.call('PUT', '/auth/totp', { enabled: true })).json<{ secret: string }>();
    const totp = new TOTP({ secret: Secret.fromBase32(secret), issuer: 'ZiggyAI', label: 'x' });
    const code = () => totp.generate({ timestamp: now });
    expect(outcome(await tab.call('PUT', '/auth/totp', { enabled: true, code: '000000' }))[0]).toBe(422);
    const on = await tab.call('PUT', '/auth/totp', { enabled: true, code: code() });
    const { recoveryCodes } = on.json<{ recoveryCodes: string[] }>();
    expect(new Set(recoveryCodes).size).toBe(10);

    const login = (given?: string) =>
      send(app, 'POST', '/auth/login', {
        body: { email: 'ada@example.com', password: PASSWORD, ...(given === undefined ? {} : { code: given }) },
      });
    const without = await login();
    expect(without.json()).toMatchObject({ code: 'second_factor_required', methods: ['totp', 'recovery_code'] });
    expect(outcome(await login(code()))).toEqual([401, 'invalid_credentials']); // used when it was turned on
    now += 30_000;
    expect((await login(code())).status).toBe(200);
    expect(outcome(await login(code()))).toEqual([401, 'invalid_credentials']);
    expect((await login(recoveryCodes[3])).status).toBe(200);
    expect(outcome(await login(recoveryCodes[3]))).toEqual([401, 'invalid_credentials']);
    now += 16 * MINUTE;
    tab.accessToken = null;
    tab.keep(await tab.post('/auth/refresh'));
    tab.accessToken = (await tab.signIn('ada@example.com', PASSWORD, code())).accessToken;
    // Somebody who has the password tries codes, all at once: they are counted one after the other.
    const wrong = code() === '123456' ? '654321' : '123456';
    const guesses = (await Promise.all(Array.from({ length: 12 }, () => login(wrong)))).map(outcome).map(String);
    expect(guesses.filter((guess) => guess === '401,invalid_credentials')).toHaveLength(5);
    expect(guesses.filter((guess) => guess === '429,sign_in_locked')).toHaveLength(7);
    now += 2 * MINUTE;
    const off = await tab.call('PUT', '/auth/totp', { enabled: false });
    expect([off.status, off.text]).toEqual([204, '']);
    expect((await login()).status).toBe(200);
  });

  it('stores no secret in the clear', async () => {
    const tab = new TestBrowser(app);
    const { accessToken } = await tab.signIn('ada@example.com');
    const client = new pg.Client({ connectionString: app.databaseUrl });
    await client.connect();
    try {
      const tables = await client.query<{ table_name: string }>(
        `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
      );
      let text = '';
      for (const { table_name: name } of tables.rows)
        text += JSON.stringify((await client.query(`SELECT t::text FROM "${name}" t`)).rows);
      for (const secret of [PASSWORD, accessToken, tab.cookie?.split('.')[1] ?? '?'])
        expect(text).not.toContain(secret);
      expect(text).toContain('$argon2id$');
    } finally {
      await client.end();
    }
  });
});
