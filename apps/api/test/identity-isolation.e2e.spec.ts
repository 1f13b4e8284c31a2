import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp } from './harness.ts';
import type { TestApp } from './harness.ts';
import { outcome, send } from './identity-testing.ts';
import { aPerson } from './people.ts';
import type { TestPerson } from './people.ts';

let app: TestApp;
let ours: TestPerson;
let theirs: TestPerson;
beforeAll(async () => {
  app = await startApp({ as: null });
  [ours, theirs] = [await aPerson(app), await aPerson(app)];
});
afterAll(() => app.close());

interface Sent {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
const as = (person: TestPerson, method: string, path: string, { body, headers = {} }: Sent = {}) =>
  send(app, method, path, { headers: { ...person.headers, ...headers }, ...(body === undefined ? {} : { body }) });

describe('two organisations side by side', () => {
  it('keep their watchlists apart: theirs are neither listed, read, changed nor removed', async () => {
    const list = { name: 'Ours alone', sections: [{ title: '', symbols: [] }] };
    const made = await as(ours, 'POST', '/market/watchlists', { body: list });
    expect(made.status).toBe(201);
    const { id, version } = made.json<{ id: string; version: number }>();
    expect((await as(theirs, 'GET', '/market/watchlists')).text).not.toContain(id);
    const path = `/market/watchlists/${id}`;
    expect(outcome(await as(theirs, 'PUT', path, { body: { ...list, version } }))[0]).toBe(404);
    expect(outcome(await as(theirs, 'DELETE', `${path}?version=${version}`))[0]).toBe(404);
    expect((await as(ours, 'GET', '/market/watchlists')).text).toContain(id);
  });

  it('share no cached answer: a tag of the one brings the other its own body', async () => {
    for (const path of ['/users', '/users/organisation', '/market/watchlists']) {
      const mine = await as(ours, 'GET', path);
      const tag = mine.headers.get('etag') ?? '';
      expect([path, mine.headers.get('cache-control')]).toEqual([path, expect.stringMatching(/private|no-store/)]);
      expect(mine.headers.get('vary')).toMatch(/authorization/i);
      const other = await as(theirs, 'GET', path, { headers: { 'if-none-match': tag } });
      expect([path, other.status]).toEqual([path, 200]);
      expect(other.text).not.toContain(ours.organisationId);
      expect(other.text).not.toContain(ours.email);
    }
  });

  it('may use the same idempotency key for different acts', async () => {
    const headers = { 'idempotency-key': 'the-same-key-in-both-organisations' };
    const make = (person: TestPerson, name: string) =>
      as(person, 'POST', '/market/watchlists', { body: { name }, headers });
    const [mine, other] = [await make(ours, 'Mine'), await make(theirs, 'Other')];
    expect([mine.status, other.status]).toEqual([201, 201]);
    expect([mine.json()['name'], other.json()['name']]).toEqual(['Mine', 'Other']);
    expect((await make(ours, 'Mine')).json()['id']).toBe(mine.json()['id']);
    expect((await make(theirs, 'Other')).json()['id']).toBe(other.json()['id']);
  });

  it('search, page and export their own rows only', async () => {
    const found = await as(theirs, 'GET', `/users?q=${encodeURIComponent(ours.email)}`);
    expect(found.json()['items']).toEqual([]);
    const { nextCursor } = (await as(ours, 'GET', '/users?limit=1')).json<{ nextCursor: string }>();
    const foreign = await as(theirs, 'GET', `/users?limit=1&cursor=${encodeURIComponent(nextCursor)}`);
    expect(outcome(foreign)).toEqual([400, 'invalid_cursor']);
    for (const path of ['/users', '/audit']) {
      const csv = await as(theirs, 'GET', path, { headers: { accept: 'text/csv' } });
      expect([path, csv.status]).toEqual([path, 200]);
      for (const secret of [ours.email, ours.userId, ours.organisationId]) expect(csv.text).not.toContain(secret);
    }
  });

  it('get the same answer about what is the other’s as about what never was', async () => {
    const ask = async (id: string) => {
      const answer = await as(theirs, 'PATCH', `/users/${id}`, { body: { role: 'viewer', version: 1 } });
      const { requestId: _, ...rest } = answer.json();
      return [answer.status, rest];
    };
    expect(await ask(ours.userId)).toEqual(await ask('usr_nothing'));
  });
});
