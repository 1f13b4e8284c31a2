import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { apiKeysAnswer, auditAnswer, auditVerifyAnswer, newApiKeyAnswer, usersAnswer } from '@ziggy/contracts';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { auditHash } from '../src/identity/audit/audit-chain.ts';
import { AuditLog } from '../src/identity/audit/audit-log.ts';
import { IdentityChanges } from '../src/identity/identity-changes.ts';
import { IdentityRetention } from '../src/identity/identity-retention.ts';
import { Sessions } from '../src/identity/sessions/sessions.service.ts';
import { userWithId } from '../src/identity/users/user-rows.ts';
import type { UserRow } from '../src/identity/users/user-rows.ts';
import { startApp } from './harness.ts';
import type { TestApp } from './harness.ts';
import { PASSWORD, TestBrowser, outcome, send, tokenOf } from './identity-testing.ts';
import { aKey, aPerson } from './people.ts';
import type { TestPerson } from './people.ts';
import { StillMarketModule } from './platform-testing.ts';

const ORIGIN = { requestId: null, address: '127.0.0.1', agent: 'test' };
let now = Date.parse('2026-03-04T14:30:00.000Z');
let app: TestApp;
let admin: TestPerson;
let stranger: TestPerson;
beforeAll(async () => {
  app = await startApp({ features: [StillMarketModule], as: null, now: () => now });
  admin = await aPerson(app);
  stranger = await aPerson(app);
});
afterAll(() => app.close());

const as = (person: TestPerson, method: string, path: string, body?: unknown) =>
  send(app, method, path, { headers: person.headers, ...(body === undefined ? {} : { body }) });

describe('people of an organisation', () => {
  it('come in by a link that works once, and only while it is young', async () => {
    const invited = await as(admin, 'POST', '/users', { email: 'Grace@Example.com', role: 'trader' });
    expect([invited.status, invited.json()['state']]).toEqual([201, 'invited']);
    const token = tokenOf(invited.json<{ inviteUrl: string }>().inviteUrl);
    const accept = (given: string) =>
      send(app, 'POST', '/auth/password', { body: { token: given, newPassword: PASSWORD, displayName: 'Grace' } });
    expect((await accept(token)).status).toBe(204);
    expect(outcome(await accept(token))).toEqual([410, 'expired']);
    const grace = new TestBrowser(app);
    expect((await grace.signIn('grace@example.com')).user).toMatchObject({ displayName: 'Grace', role: 'trader' });

    const late = await as(admin, 'POST', '/users', { email: 'late@example.com', role: 'viewer' });
    now += 73 * 3_600_000;
    admin = await aPerson(app, { organisationId: admin.organisationId });
    stranger = await aPerson(app);
    expect(outcome(await accept(tokenOf(late.json<{ inviteUrl: string }>().inviteUrl)))).toEqual([410, 'expired']);
  });

  it('may not set a password that is their own name, address or organisation', async () => {
    const invited = await as(admin, 'POST', '/users', { email: 'margarethamilton@example.com', role: 'viewer' });
    const token = tokenOf(invited.json<{ inviteUrl: string }>().inviteUrl);
    const accept = (newPassword: string) =>
      send(app, 'POST', '/auth/password', { body: { token, newPassword, displayName: 'Apollo Guidance' } });
    for (const own of ['margarethamilton1', 'Apollo Guidance!', 'test organisation'])
      expect([own, (await accept(own)).json()]).toEqual([
        own,
        expect.objectContaining({ code: 'weak_password', rules: ['personal'] }),
      ]);
    expect((await accept(PASSWORD)).status).toBe(204);
  });

  it('who are disabled lose sessions and links for good, and keep their keys', async () => {
    const { organisationId } = admin;
    const person = await aPerson(app, { role: 'trader', organisationId });
    const key = await aKey(app, person, ['read']);
    const change = async (body: object) => {
      const answer = await as(admin, 'PATCH', `/users/${person.userId}`, body);
      expect(answer.status).toBe(200);
      return answer.json<{ version: number; linkUrl: string | null }>();
    };
    const { version, linkUrl } = await change({ newLink: true, version: 1 });
    const { version: disabled } = await change({ disabled: true, version });
    const withKey = () => send(app, 'GET', '/auth/me', { headers: { 'x-api-key': key } }).then(outcome);
    expect(await withKey()).toEqual([401, 'token_revoked']);
    await change({ disabled: false, version: disabled });
    expect(outcome(await as(person, 'GET', '/auth/me'))).toEqual([401, 'token_revoked']);
    const body = { token: tokenOf(linkUrl), newPassword: PASSWORD };
    expect(outcome(await send(app, 'POST', '/auth/password', { body }))).toEqual([410, 'expired']);
    expect(await withKey()).toEqual([200, undefined]);
    const ended = auditAnswer
      .parse((await as(admin, 'GET', '/audit?action=session.ended&limit=200')).json())
      .items.find(({ target }) => target === person.sessionId);
    expect(ended).toMatchObject({ actor: admin.userId, after: { because: 'user_disabled' } });
  });

  it('who are disabled while they sign in do not get in', async () => {
    const person = await aPerson(app, { role: 'viewer', organisationId: admin.organisationId });
    const changes = app.app.get(IdentityChanges, { strict: false });
    const [read, disabled] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const signIn = changes.transaction(async (db) => {
      const user = await userWithId(db, person.userId);
      read.resolve();
      await disabled.promise;
      return app.app.get(Sessions, { strict: false }).open(db, user as UserRow, ORIGIN);
    });
    await read.promise;
    expect((await as(admin, 'PATCH', `/users/${person.userId}`, { disabled: true, version: 1 })).status).toBe(200);
    disabled.resolve();
    await expect(signIn).rejects.toMatchObject({ code: 'invalid_credentials' });
  });

  it('refreshes a session while its user is being changed, without a deadlock', async () => {
    const person = await aPerson(app, { organisationId: admin.organisationId });
    const changes = app.app.get(IdentityChanges, { strict: false });
    const sessions = app.app.get(Sessions, { strict: false });
    let rotation: Promise<unknown> = Promise.resolve();
    await changes.transaction(async (db, announce) => {
      await userWithId(db, person.userId, true);
      rotation = sessions.rotate(person.refreshToken, ORIGIN);
      await rotation;
      await sessions.endOthers(
        db,
        announce,
        { userId: person.userId, keep: null },
        { because: 'test', actor: 'system', origin: ORIGIN },
      );
    });
    expect(outcome(await as(person, 'GET', '/auth/me'))).toEqual([401, 'token_revoked']);
  });

  it('refuses addresses that exist, look like one that exists, mix scripts or hide characters', async () => {
    const invite = (email: string) => as(admin, 'POST', '/users', { email, role: 'viewer' }).then(outcome);
    expect(await invite('GRACE@example.com')).toEqual([409, 'already_exists']);
    expect(await invite('ｇｒａｃｅ@example.com')).toEqual([409, 'already_exists']); // full-width, NFKC makes it plain
    expect(await invite('gr\u0430ce@example.com')).toEqual([422, 'validation_failed']); // a Cyrillic letter among Latin ones
    expect(await invite('gra\u200Bce@example.com')).toEqual([422, 'validation_failed']);
    expect((await invite('paypa@example.com'))[0]).toBe(201);
    expect(await invite('\u0440\u0430\u0443\u0440\u0430@example.com')).toEqual([409, 'already_exists']); // wholly Cyrillic look-alike
    for (const email of ['no-at.example.com', 'a@b', 'a b@example.com', '@example.com', 'a@-x.com'])
      expect([email, ...(await invite(email))]).toEqual([email, 422, 'validation_failed']);
  });

  it('acts on a role change and on disabling at once, and keeps the last admin', async () => {
    const person = await aPerson(app, { role: 'risk', organisationId: admin.organisationId });
    expect((await as(person, 'GET', '/audit')).status).toBe(200);
    const change = (body: object) => as(admin, 'PATCH', `/users/${person.userId}`, body);
    expect((await change({ role: 'viewer', version: 1 })).status).toBe(200);
    expect(outcome(await as(person, 'GET', '/audit'))).toEqual([403, 'forbidden']);
    const stale = await change({ role: 'risk', version: 1 });
    expect([...outcome(stale), (stale.json()['current'] as { version: number }).version]).toEqual([
      409,
      'version_conflict',
      2,
    ]);
    expect((await change({ disabled: true, version: 2 })).status).toBe(200);
    expect(outcome(await as(person, 'GET', '/auth/me'))).toEqual([401, 'token_revoked']);
    const self = await as(stranger, 'PATCH', `/users/${stranger.userId}`, { role: 'viewer', version: 1 });
    expect(outcome(self)).toEqual([409, 'invalid_state']);
  });

  it('are listed by page and filter, and as CSV that no spreadsheet runs', async () => {
    await as(admin, 'POST', '/users', { email: 'formula@example.com', role: 'viewer', displayName: '=1+1' });
    const first = usersAnswer.parse((await as(admin, 'GET', '/users?limit=2')).json());
    expect(first.items).toHaveLength(2);
    const next = await as(admin, 'GET', `/users?limit=2&cursor=${first.nextCursor}`);
    const ids = usersAnswer.parse(next.json()).items.map(({ id }) => id);
    expect(first.items.some(({ id }) => ids.includes(id))).toBe(false);
    expect(outcome(await as(admin, 'GET', `/users?limit=2&role=admin&cursor=${first.nextCursor}`))).toEqual([
      400,
      'invalid_cursor',
    ]);
    const csv = await send(app, 'GET', '/users?state=invited', { headers: { ...admin.headers, accept: 'text/csv' } });
    expect(csv.text).toContain("'=1+1");
    expect(usersAnswer.parse((await as(admin, 'GET', '/users?q=grace')).json()).items).toHaveLength(1);
  });

  it('of another organisation are not there', async () => {
    const key = (await as(admin, 'POST', '/api-keys', { name: 'own', scopes: ['read'] })).json<{ id: string }>();
    const missing = await as(stranger, 'PATCH', '/users/usr_nothing', { role: 'viewer', version: 1 });
    const foreign = await as(stranger, 'PATCH', `/users/${admin.userId}`, { role: 'viewer', version: 1 });
    const same = ({ requestId: _, ...rest }: Record<string, unknown>) => rest;
    expect(foreign.status).toBe(404);
    expect(same(foreign.json())).toEqual(same(missing.json()));
    expect(outcome(await as(stranger, 'DELETE', `/auth/sessions/${admin.sessionId}`))).toEqual([404, 'not_found']);
    expect(outcome(await as(stranger, 'DELETE', `/api-keys/${key.id}`))).toEqual([404, 'not_found']);
    const body = { name: 'x', scopes: ['read'], replaces: key.id };
    expect(outcome(await as(stranger, 'POST', '/api-keys', body))).toEqual([404, 'not_found']);
    const texts = await Promise.all(
      ['/users?limit=200', '/audit?limit=200', '/api-keys', '/users/me/saved', '/users/organisation'].map((path) =>
        as(stranger, 'GET', path).then(({ text }) => text),
      ),
    );
    for (const text of texts)
      for (const id of [admin.organisationId, admin.userId, key.id, 'grace@example.com'])
        expect(text).not.toContain(id);
  });
});

describe('what is over', () => {
  it('is let go in the end: sessions, links, counts of failures, and nothing that is needed', async () => {
    const counts = async () => {
      const client = new pg.Client({ connectionString: app.databaseUrl });
      await client.connect();
      try {
        const { rows } = await client.query(
          `SELECT (SELECT count(*)::int FROM user_session) AS sessions, (SELECT count(*)::int FROM refresh_token) AS tokens,
             (SELECT count(*)::int FROM one_time_link) AS links, (SELECT count(*)::int FROM sign_in_failure) AS failures`,
        );
        return rows[0] as { sessions: number; tokens: number; links: number; failures: number };
      } finally {
        await client.end();
      }
    };
    const retention = app.app.get(IdentityRetention, { strict: false });
    await send(app, 'POST', '/auth/login', { body: { email: 'nobody@example.com', password: 'wrong' } });
    await as(admin, 'POST', '/users', { email: 'leftover@example.com', role: 'viewer' });
    const before = await counts();
    expect(Math.min(before.sessions, before.tokens, before.links, before.failures)).toBeGreaterThan(0);
    await retention.sweep();
    expect(await counts()).toMatchObject({ sessions: before.sessions, tokens: before.tokens });
    const began = now;
    now += 3 * 86_400_000;
    await retention.sweep();
    expect(await counts()).toMatchObject({ sessions: before.sessions, failures: 0 });
    now += 90 * 86_400_000;
    const young = await aPerson(app, { organisationId: admin.organisationId });
    await retention.sweep();
    expect(await counts()).toEqual({ sessions: 1, tokens: 1, links: 0, failures: 0 });
    expect((await as(young, 'GET', '/auth/me')).status).toBe(200);
    now = began;
    admin = await aPerson(app, { organisationId: admin.organisationId });
    stranger = await aPerson(app);
  });
});

describe('the own profile', () => {
  it('takes no account that does not exist', async () => {
    const person = await aPerson(app, { organisationId: admin.organisationId });
    const change = (body: object) => as(person, 'PATCH', '/users/me', body);
    expect((await change({ defaultAccountId: 'acc_nothing', version: 1 })).json()).toMatchObject({
      status: 422,
      errors: [{ in: 'body', path: '/defaultAccountId' }],
    });
    expect((await change({ defaultAccountId: null, version: 1 })).json()).toMatchObject({ version: 2 });
  });
});

describe('what the portal keeps', () => {
  it('is written by version, limited in size, and the own alone', async () => {
    const put = (person: TestPerson, body: object) => as(person, 'PUT', '/users/me/saved/layout/desk', body);
    expect((await put(admin, { value: { columns: 2 }, version: 0 })).json()).toMatchObject({ version: 1 });
    expect(outcome(await put(admin, { value: 3, version: 0 }))).toEqual([409, 'version_conflict']);
    expect((await put(admin, { value: 3, version: 1 })).json()).toMatchObject({ version: 2, value: 3 });
    expect((await put(admin, { value: 'x'.repeat(66_000), version: 2 })).status).toBe(422);
    expect((await as(stranger, 'GET', '/users/me/saved')).json()).toEqual({ items: [] });
    expect((await put(admin, { value: null, version: 2 })).json()).toMatchObject({ version: 0 });
    expect((await as(admin, 'GET', '/users/me/saved')).json()).toEqual({ items: [] });
  });
});

describe('API keys', () => {
  const make = async (body: object) =>
    newApiKeyAnswer.parse((await as(admin, 'POST', '/api-keys', { name: 'k', scopes: ['read'], ...body })).json());
  const use = (key: string, header = 'x-api-key') =>
    send(app, 'GET', '/auth/me', {
      headers: header === 'x-api-key' ? { 'x-api-key': key } : { authorization: `Bearer ${key}` },
    }).then(outcome);

  it('work in either header, say when they were used, and die when revoked', async () => {
    const key = await make({});
    expect(await use(key.secret)).toEqual([200, undefined]);
    expect(await use(key.secret, 'authorization')).toEqual([200, undefined]);
    const listed = apiKeysAnswer.parse((await as(admin, 'GET', '/api-keys')).json());
    expect(listed.items.find(({ id }) => id === key.id)?.lastUsedAt).toBe(new Date(now).toISOString());
    expect(JSON.stringify(listed)).not.toContain(key.secret.slice(-20));
    expect((await as(admin, 'DELETE', `/api-keys/${key.id}`)).status).toBe(204);
    expect(await use(key.secret)).toEqual([401, 'token_revoked']);
    for (const forged of [`${key.secret.slice(0, -1)}!`, key.secret.slice(0, -2), `${key.prefix}_${'A'.repeat(43)}`])
      expect(await use(forged)).toEqual([401, 'unauthenticated']);
  });

  it('expire, and overlap for a day when one follows another', async () => {
    const old = await make({ expiresInDays: 365 });
    const next = await make({ replaces: old.id });
    now += 23 * 3_600_000;
    expect(await use(old.secret)).toEqual([200, undefined]);
    now += 2 * 3_600_000;
    expect(await use(old.secret)).toEqual([401, 'token_expired']);
    expect(await use(next.secret)).toEqual([200, undefined]);
    now += 90 * 86_400_000;
    expect(await use(next.secret)).toEqual([401, 'token_expired']);
    admin = await aPerson(app, { organisationId: admin.organisationId });
  });

  it('are at most fifty a person, made at once or not; one of them can still be replaced', async () => {
    const owner = await aPerson(app, { organisationId: admin.organisationId });
    const one = (body: object = {}) => as(owner, 'POST', '/api-keys', { name: 'k', scopes: ['read'], ...body });
    const made = await Promise.all(Array.from({ length: 55 }, () => one()));
    expect(made.filter(({ status }) => status === 201)).toHaveLength(50);
    const refused = made.find(({ status }) => status !== 201);
    expect(refused?.json()).toMatchObject({ status: 409, code: 'invalid_state', state: 'full', allowed: ['revoke'] });
    const id = made.find(({ status }) => status === 201)?.json<{ id: string }>().id ?? '';
    expect((await one({ replaces: id })).status).toBe(201);
    expect((await as(owner, 'DELETE', `/api-keys/${id}`)).status).toBe(204);
    expect((await one()).status).toBe(409);
  });

  it('are tied to addresses when they say so', async () => {
    const here = await make({ allowFrom: ['127.0.0.0/8', '2001:db8::/32'] });
    const elsewhere = await make({ allowFrom: ['10.0.0.0/8'] });
    expect(await use(here.secret)).toEqual([200, undefined]);
    expect(await use(elsewhere.secret)).toEqual([401, 'unauthenticated']);
    const bad = await as(admin, 'POST', '/api-keys', { name: 'k', scopes: ['read'], allowFrom: ['10.0.0.0/99'] });
    expect(bad.json()).toMatchObject({ code: 'validation_failed', errors: [{ path: '/allowFrom/0' }] });
  });
});

describe('the audit', () => {
  it('names a row that was changed, removed at the end, or taken out, behind the back of its triggers', async () => {
    const verify = async () => auditVerifyAnswer.parse((await as(admin, 'GET', '/audit/verify')).json());
    const whole = await verify();
    expect(whole).toMatchObject({ ok: true, firstBroken: null });
    expect(whole.checked).toBeGreaterThan(10);
    const client = new pg.Client({ connectionString: app.databaseUrl });
    await client.connect();
    const own = 'organisation_id = $1';
    try {
      for (const statement of ['UPDATE audit SET actor = actor', 'DELETE FROM audit', 'TRUNCATE audit'])
        await expect(client.query(statement)).rejects.toThrow('append-only');
      await client.query('ALTER TABLE audit DISABLE TRIGGER ALL');
      await client.query(`UPDATE audit SET actor = 'usr_innocent' WHERE ${own} AND seq = 4`, [admin.organisationId]);
      expect(await verify()).toMatchObject({ ok: false, firstBroken: 4 });
      await client.query(`DELETE FROM audit WHERE ${own} AND seq = 3`, [admin.organisationId]);
      expect(await verify()).toMatchObject({ ok: false, firstBroken: 3 });
      const reader = await aPerson(app, { organisationId: stranger.organisationId });
      const last = `SELECT max(seq) FROM audit WHERE ${own}`;
      await client.query(`DELETE FROM audit WHERE organisation_id = $1 AND seq = (${last})`, [stranger.organisationId]);
      const cut = auditVerifyAnswer.parse((await as(reader, 'GET', '/audit/verify')).json());
      expect(cut.ok).toBe(false);

      // Who can write the table can compute hashes as well; only the head then tells that the end is another one.
      const fourth = await aPerson(app, { role: 'risk' });
      const checked = async () => auditVerifyAnswer.parse((await as(fourth, 'GET', '/audit/verify')).json());
      const log = app.app.get(AuditLog, { strict: false });
      const { organisationId } = fourth;
      await app.app.get(DataSource).transaction(async (db) => {
        await log.append(db, { organisationId, actor: 'usr_one', action: 'test.first' });
        await log.append(db, { organisationId, actor: 'usr_one', action: 'test.last' });
      });
      const { checked: length, ok } = await checked();
      expect(ok).toBe(true);
      const stored = await client.query(`SELECT * FROM audit WHERE ${own} AND seq >= $2 ORDER BY seq`, [
        organisationId,
        length - 1,
      ]);
      const [before, row] = stored.rows as { hash: string; at: Date; action: string; seq: string }[];
      const forged = {
        ...{ organisationId, seq: length, at: row?.at.toISOString() ?? '', actor: 'usr_innocent', action: 'test.last' },
        ...{ target: null, before: null, after: null, requestId: null, address: null },
      };
      await client.query(`UPDATE audit SET actor = $3, hash = $4 WHERE ${own} AND seq = $2`, [
        organisationId,
        length,
        forged.actor,
        auditHash(forged, before?.hash ?? ''),
      ]);
      expect(await checked()).toMatchObject({ ok: false, firstBroken: length });
    } finally {
      await client.end();
    }
  });

  it('names the people and keys of its own organisation, and nobody else', async () => {
    const own = await aPerson(app);
    const reader = await aPerson(app, { role: 'risk', organisationId: own.organisationId });
    const made = newApiKeyAnswer.parse((await as(own, 'POST', '/api-keys', { name: 'feed', scopes: ['read'] })).json());
    const elsewhere = await aPerson(app);
    await app.app.get(DataSource).transaction((db) =>
      app.app.get(AuditLog, { strict: false }).append(db, {
        organisationId: own.organisationId,
        actor: own.userId,
        action: 'test.touched',
        target: elsewhere.userId,
      }),
    );
    const { items, names } = auditAnswer.parse((await as(reader, 'GET', '/audit')).json());
    const spoken = new Set(items.flatMap(({ actor, target }) => [actor, target]));
    expect([spoken.has(own.userId), spoken.has(made.id), spoken.has(elsewhere.userId)]).toEqual([true, true, true]);
    expect(names[own.userId]).toEqual(expect.stringMatching(/\S/));
    expect(names[made.id]).toBe(`Key feed (${made.prefix})`);
    expect(names).not.toHaveProperty(elsewhere.userId);
  });

  it('keeps one chain under 20 writers at once, filters, pages and exports', async () => {
    const third = await aPerson(app);
    const log = app.app.get(AuditLog, { strict: false });
    const changes = app.app.get(IdentityChanges, { strict: false });
    const verify = async () => auditVerifyAnswer.parse((await as(third, 'GET', '/audit/verify')).json());
    const verdicts = Array.from({ length: 5 }, verify);
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        changes.transaction((db) =>
          log.append(db, {
            organisationId: third.organisationId,
            actor: 'system',
            action: 'test.written',
            after: { i },
          }),
        ),
      ),
    );
    expect((await Promise.all(verdicts)).map(({ ok }) => ok)).toEqual(Array.from({ length: 5 }, () => true));
    expect(await verify()).toMatchObject({ ok: true, checked: 21 });
    const page = auditAnswer.parse((await as(third, 'GET', '/audit?action=test.&limit=15')).json());
    expect(page.items.map(({ seq }) => seq)).toEqual(Array.from({ length: 15 }, (_, i) => 21 - i));
    const rest = await as(third, 'GET', `/audit?action=test.&limit=15&cursor=${page.nextCursor}`);
    expect(auditAnswer.parse(rest.json())).toMatchObject({ nextCursor: null });
    const csv = await send(app, 'GET', '/audit?action=test.', { headers: { ...third.headers, accept: 'text/csv' } });
    expect(csv.text.trim().split('\r\n')).toHaveLength(21);
  });
});

describe('secrets', () => {
  it('reach neither the log, nor an error, nor a URL', async () => {
    const browser = new TestBrowser(app);
    await browser.signIn('grace@example.com');
    const key = newApiKeyAnswer.parse(
      (await as(admin, 'POST', '/api-keys', { name: 'canary', scopes: ['read'] })).json(),
    ).secret;
    const { ticket } = (await browser.post('/auth/ws-ticket', {})).json<{ ticket: string }>();
    await send(app, 'GET', '/auth/me', { headers: { 'x-api-key': `${key}x` } });
    await send(app, 'POST', '/auth/login', { body: { email: 'grace@example.com', password: `${PASSWORD}canary` } });
    await send(app, 'POST', '/auth/password', {
      body: { token: ticket, newPassword: `${PASSWORD}canary`, extra: ticket },
    });
    await send(app, 'GET', `/market/nothing?ticket=${ticket}`, { headers: browser.headers });
    const secrets = [PASSWORD, key, ticket, browser.cookie?.split('=')[1] ?? '?', browser.accessToken ?? '?'];
    const log = JSON.stringify(app.log);
    expect(app.log.length).toBeGreaterThan(20);
    for (const secret of secrets) expect(log).not.toContain(secret);
  });
});
