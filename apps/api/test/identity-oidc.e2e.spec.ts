import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { auditAnswer, meAnswer } from '@ziggy/contracts';
import { safeNext } from '../src/identity/oidc/oidc.service.ts';
import { ask, startApp } from './harness.ts';
import type { TestAnswer, TestApp } from './harness.ts';
import { PASSWORD, TestBrowser, outcome, send, setUp, tokenOf } from './identity-testing.ts';
import { TestIssuer } from './oidc-issuer.ts';
import type { IssuerFaults } from './oidc-issuer.ts';
import { StillMarketModule } from './platform-testing.ts';

let issuer: TestIssuer;
let app: TestApp;
beforeAll(async () => {
  issuer = await TestIssuer.start();
  app = await startApp({
    features: [StillMarketModule],
    as: null,
    env: {
      OIDC_ISSUER: issuer.url,
      OIDC_CLIENT_ID: TestIssuer.clientId,
      OIDC_CLIENT_SECRET: TestIssuer.clientSecret,
      OIDC_ROLES: 'desk:trader,everybody:viewer,owners:admin',
    },
  });
  await setUp(app);
});
afterAll(async () => {
  await app.close();
  await issuer.close();
});

const cookiesOf = (answer: TestAnswer) =>
  answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');

/** The whole way of a browser: start, agree at the issuer, come back. */
async function travel({
  next = '/app/',
  faults = {},
  cookie,
}: { next?: string; faults?: IssuerFaults; cookie?: string } = {}): Promise<TestAnswer> {
  const start = await app.get(`/auth/oidc/start?next=${encodeURIComponent(next)}`);
  expect(start.status).toBe(302);
  issuer.faults = faults;
  const back = issuer.agree(start.headers.get('location') ?? '');
  return ask(back, { headers: { cookie: cookie ?? cookiesOf(start) } });
}

/** Who came back from the issuer, in a browser of theirs. */
async function after(answer: TestAnswer) {
  const browser = new TestBrowser(app);
  browser.cookie = /ziggy_refresh=[^;]+/.exec(cookiesOf(answer))?.[0] ?? null;
  browser.keep(await browser.post('/auth/refresh'));
  return { browser, me: meAnswer.parse((await browser.call('GET', '/auth/me')).json()) };
}

async function meAfter(answer: TestAnswer) {
  return (await after(answer)).me;
}

describe('sign-in at a foreign issuer', () => {
  it('makes the person with the highest role of its groups, and goes where it was asked to', async () => {
    issuer.claims = {
      sub: 'person-1',
      email: 'Grace@Example.com',
      email_verified: true,
      name: 'Grace',
      groups: ['everybody', 'desk', 'unknown'],
    };
    const answer = await travel({ next: '/app/charts?symbol=AAPL' });
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/app/charts?symbol=AAPL']);
    expect((await meAfter(answer)).user).toMatchObject({
      email: 'grace@example.com',
      role: 'trader',
      displayName: 'Grace',
    });
    issuer.claims = { ...issuer.claims, groups: ['everybody'] };
    expect((await meAfter(await travel())).user.role).toBe('viewer');
  });

  it('links an account of the same address only when the issuer has verified it', async () => {
    const ada = { sub: 'person-2', email: 'ada@example.com', groups: ['owners'] };
    issuer.claims = { ...ada, email_verified: false };
    expect((await travel()).headers.get('location')).toBe('/app/sign-in?error=oidc_refused');
    issuer.claims = { ...ada, email_verified: true };
    expect((await meAfter(await travel())).user).toMatchObject({ email: 'ada@example.com', role: 'admin' });
  });

  it('never takes the last admin away, whatever the groups say', async () => {
    issuer.claims = { sub: 'person-2', email: 'ada@example.com', email_verified: true, groups: ['everybody'] };
    expect((await meAfter(await travel())).user.role).toBe('admin');
    issuer.claims = { sub: 'person-4', email: 'edsger@example.com', email_verified: true, groups: ['owners'] };
    expect((await meAfter(await travel())).user.role).toBe('admin');
    issuer.claims = { sub: 'person-2', email: 'ada@example.com', email_verified: true, groups: ['everybody'] };
    expect((await meAfter(await travel())).user.role).toBe('viewer');
  });

  it('writes down whom it made, linked and gave another role', async () => {
    issuer.claims = { sub: 'person-4', email: 'edsger@example.com', email_verified: true, groups: ['owners'] };
    const { browser } = await after(await travel());
    const items = auditAnswer.parse((await browser.call('GET', '/audit?action=user.&limit=200')).json()).items;
    expect(items.map(({ actor, action, after }) => [actor, action, after])).toEqual([
      ['system', 'user.role_changed', { role: 'viewer' }],
      ['system', 'user.created', { email: 'edsger@example.com', role: 'admin', issuer: issuer.url }],
      ['system', 'user.linked', { issuer: issuer.url }],
      ['system', 'user.role_changed', { role: 'viewer' }],
      ['system', 'user.created', { email: 'grace@example.com', role: 'trader', issuer: issuer.url }],
    ]);
  });

  it('takes an invited account over with its open link, and never one that is disabled', async () => {
    issuer.claims = { sub: 'person-4', email: 'edsger@example.com', email_verified: true, groups: ['owners'] };
    const { browser } = await after(await travel());
    const invite = async (email: string) =>
      (await browser.post('/users', { email, role: 'viewer' })).json<{ id: string; inviteUrl: string }>();
    const barbara = await invite('barbara@example.com');
    const john = await invite('john@example.com');
    await browser.call('PATCH', `/users/${john.id}`, { disabled: true, version: 1 });
    issuer.claims = { sub: 'person-5', email: 'barbara@example.com', email_verified: true, groups: [] };
    expect((await meAfter(await travel())).user.email).toBe('barbara@example.com');
    const body = { token: tokenOf(barbara.inviteUrl), newPassword: PASSWORD };
    expect(outcome(await send(app, 'POST', '/auth/password', { body }))).toEqual([410, 'expired']);
    issuer.claims = { sub: 'person-6', email: 'john@example.com', email_verified: true, groups: [] };
    expect((await travel()).headers.get('location')).toBe('/app/sign-in?error=oidc_refused');
    const enabled = await browser.call('PATCH', `/users/${john.id}`, { disabled: false, version: 2 });
    expect([enabled.status, enabled.json()['state']]).toEqual([200, 'invited']);
  });

  it('lets somebody new in by two browsers at once, as one account', async () => {
    issuer.claims = { sub: 'person-7', email: 'niklaus@example.com', email_verified: true, groups: ['desk'] };
    const answers = await Promise.all(Array.from({ length: 4 }, () => travel()));
    const people = await Promise.all(answers.map(meAfter));
    expect(new Set(people.map(({ user }) => user.id)).size).toBe(1);
  });

  it('refuses who is in no group that has a role', async () => {
    issuer.claims = { sub: 'person-3', email: 'eve@example.com', email_verified: true, groups: ['strangers'] };
    expect((await travel()).headers.get('location')).toBe('/app/sign-in?error=oidc_refused');
  });

  it.each<[string, IssuerFaults]>([
    ['a foreign nonce', { nonce: 'another' }],
    ['another audience', { audience: 'somebody-else' }],
    ['another issuer', { issuer: 'http://127.0.0.1:9' }],
    ['an expired token', { expiresInSec: -600 }],
    ['a key that was rotated away', { rotatedAway: true }],
    ['no algorithm', { algorithm: 'none' }],
    ['an algorithm that is not the pinned one', { algorithm: 'HS256' }],
  ])('refuses %s', async (_, faults) => {
    issuer.claims = { sub: 'person-1', email: 'grace@example.com', email_verified: true, groups: ['desk'] };
    const answer = await travel({ faults });
    expect(answer.headers.get('location')).toBe('/app/sign-in?error=oidc_failed');
    expect(cookiesOf(answer)).not.toContain('ziggy_refresh=');
  });

  it('finishes only in the browser that started, and only once', async () => {
    expect((await travel({ cookie: 'ziggy_oidc=somebody' })).headers.get('location')).toContain('oidc_failed');
    const start = await app.get('/auth/oidc/start');
    issuer.faults = {};
    const back = issuer.agree(start.headers.get('location') ?? '');
    const headers = { cookie: cookiesOf(start) };
    expect((await ask(back, { headers })).headers.get('location')).toBe('/app/');
    expect((await ask(back, { headers })).headers.get('location')).toContain('oidc_failed');
  });

  it('leads nowhere but into the portal', () => {
    for (const next of [
      '//evil.example',
      'https://evil.example',
      '/app/../docs',
      '/app/\\evil.example',
      '/docs',
      '/app//..//../x\n',
    ])
      expect([next, safeNext(next)]).toEqual([next, '/app/']);
    expect(safeNext('/app/charts?symbol=%5EGSPC#x')).toBe('/app/charts?symbol=%5EGSPC#x');
  });

  it('leads back to the sign-in, with a word, while the issuer is silent', async () => {
    const silent = await startApp({
      features: [StillMarketModule],
      as: null,
      env: { OIDC_ISSUER: 'http://127.0.0.1:9', OIDC_CLIENT_ID: 'ziggy' },
    });
    try {
      const answer = await silent.get('/auth/oidc/start?next=/app/markets');
      expect([answer.status, answer.headers.get('location')]).toEqual([302, '/app/sign-in?error=oidc_failed']);
      expect(silent.log.some(({ msg }) => String(msg).includes('issuer of foreign sign-ins does not answer'))).toBe(
        true,
      );
    } finally {
      await silent.close();
    }
  });

  it('is said not to be set up where it is not', async () => {
    const bare = await startApp({ features: [StillMarketModule] });
    try {
      const answer = await send(bare, 'GET', '/auth/oidc/start');
      expect([...outcome(answer), answer.json()['setting']]).toEqual([422, 'not_configured', 'OIDC_ISSUER']);
    } finally {
      await bare.close();
    }
  });
});
