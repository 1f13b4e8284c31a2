import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROLES, SCOPES } from '@ziggy/contracts';
import type { Role, Scope } from '@ziggy/contracts';
import { IdentityChanges } from '../src/identity/identity-changes.ts';
import { apiOperations } from '../src/platform/api-routes.ts';
import type { ApiOperation } from '../src/platform/api-routes.ts';
import { ask, startApp } from './harness.ts';
import type { TestAnswer, TestApp } from './harness.ts';
import { outcome } from './identity-testing.ts';
import { aKey, aPerson, anOrganisation } from './people.ts';

/** Somebody who calls every operation, and what the declaration of an operation means for them. */
interface Somebody {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Status and code when the guard must refuse, else null. */
  readonly refused: (operation: Operation) => [number, string] | null;
}
type Operation = ApiOperation & { readonly definition: NonNullable<ApiOperation['definition']> };

let shift = 0;
let app: TestApp;
let operations: Operation[];
const somebodies: Somebody[] = [];

// Written out here and not taken from the guard: that would only prove that it agrees with itself.
function scopeNeeded({ method, definition: { access } }: Operation): Scope {
  if (access.scope !== undefined) return access.scope;
  if (method === 'GET') return 'read';
  return access.role === 'admin' || access.role === 'risk' ? 'admin' : 'write';
}

beforeAll(async () => {
  app = await startApp({ as: null, now: () => Date.now() + shift });
  operations = apiOperations(app.app).filter((one): one is Operation => one.definition !== undefined);
  const organisationId = await anOrganisation(app);
  somebodies.push({ name: 'anonymous', headers: {}, refused: () => [401, 'unauthenticated'] });
  shift = -3_600_000;
  const expired = await aPerson(app, { organisationId });
  shift = 0;
  somebodies.push({ name: 'expired', headers: expired.headers, refused: () => [401, 'token_expired'] });
  const disabled = await aPerson(app, { organisationId });
  await app.app.get(IdentityChanges, { strict: false }).transaction(async (db, announce) => {
    await db.query('UPDATE app_user SET disabled_at = now() WHERE id = $1', [disabled.userId]);
    announce(`user:${disabled.userId}`);
  });
  somebodies.push({ name: 'disabled', headers: disabled.headers, refused: () => [401, 'token_revoked'] });
  for (const role of ROLES) {
    const { headers } = await aPerson(app, { role, organisationId });
    const refused = ({ definition: { access } }: Operation): [number, string] | null =>
      ROLES.indexOf(role) < ROLES.indexOf(access.role as Role) ? [403, 'forbidden'] : null;
    somebodies.push({ name: role, headers, refused });
  }
  const owner = await aPerson(app, { organisationId });
  for (const scope of SCOPES) {
    const refused = (operation: Operation): [number, string] | null => {
      if (operation.definition.access.person === true) return [403, 'person_required'];
      return scopeNeeded(operation) === scope ? null : [403, 'forbidden'];
    };
    somebodies.push({ name: `key ${scope}`, headers: { 'x-api-key': await aKey(app, owner, [scope]) }, refused });
  }
  const viewer = await aPerson(app, { role: 'viewer', organisationId });
  const refused = (operation: Operation): [number, string] | null => {
    if (operation.definition.access.person === true) return [403, 'person_required'];
    return operation.definition.access.role === 'viewer' && scopeNeeded(operation) === 'admin'
      ? null
      : [403, 'forbidden'];
  };
  somebodies.push({
    name: "viewer's admin key",
    headers: { 'x-api-key': await aKey(app, viewer, ['admin']) },
    refused,
  });
}, 60_000);
afterAll(() => app.close());

/** Calls an operation with a body that is no JSON: who is let in gets no further than that, and nothing changes. */
function call({ method, path, definition }: Operation, headers: Readonly<Record<string, string>>): Promise<TestAnswer> {
  const filled = path.replace(/:(\w+)/g, (_, name: string) => {
    const given = definition.example?.params?.[name];
    return encodeURIComponent(method === 'GET' && typeof given === 'string' ? given : 'nothing');
  });
  const search = new URLSearchParams(method === 'GET' ? { ...definition.example?.query } : {}).toString();
  const sent =
    method === 'GET' ? {} : { body: '{ no json', headers: { ...headers, 'content-type': 'application/json' } };
  return ask(`${app.url}${filled}${search === '' ? '' : `?${search}`}`, { method, headers, ...sent });
}

async function countsOfRows(): Promise<string> {
  const tables = ['organisation', 'app_user', 'user_session', 'api_key', 'one_time_link', 'audit', 'saved_item'];
  const parts = tables.map((name) => `(SELECT count(*) FROM ${name}) AS ${name}`);
  const changes = app.app.get(IdentityChanges, { strict: false });
  return JSON.stringify(await changes.transaction((db) => db.query(`SELECT ${parts.join(', ')}`)));
}

describe('every operation x everybody', () => {
  it('asks identity first, then the policy, and only then reads what was sent', async () => {
    const before = await countsOfRows();
    const wrong: unknown[] = [];
    let asked = 0;
    for (const operation of operations) {
      if (operation.definition.access.role === 'public') continue;
      for (const { name, headers, refused } of somebodies) {
        const answer = await call(operation, headers);
        const expected = refused(operation);
        const seen = outcome(answer);
        asked++;
        const good = expected === null ? ![401, 403].includes(seen[0]) && seen[0] < 500 : `${seen}` === `${expected}`;
        if (!good) wrong.push([operation.definition.operationId, name, seen, expected]);
      }
    }
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(300);
    expect(await countsOfRows()).toBe(before);
  }, 120_000);

  it('has only these public operations', () => {
    const open = operations.filter(({ definition }) => definition.access.role === 'public');
    expect(open.map(({ definition }) => definition.operationId).sort()).toEqual([
      'auth.login',
      'auth.refresh',
      'auth.setPassword',
      'auth.setup',
      'system.health',
      'system.live',
      'system.ready',
    ]);
  });

  it('says 401 with the header that names the way in', async () => {
    const answer = await app.get('/market/sources');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="ziggyai"');
  });

  it('asks the database about a caller once, not with every request', async () => {
    const person = await aPerson(app);
    await ask(`${app.url}/market/sources`, { headers: person.headers });
    const { CredentialStates } = await import('../src/identity/access/credential-states.ts');
    const states = app.app.get(CredentialStates, { strict: false });
    const before = states.loads;
    for (let i = 0; i < 50; i++) await ask(`${app.url}/market/sources`, { headers: person.headers });
    expect(states.loads - before).toBeLessThanOrEqual(1);
  });
});
