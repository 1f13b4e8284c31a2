import type { Role, Scope } from '@ziggy/contracts';
import { ALL_SCOPES } from '../src/identity/caller.ts';
import type { Principal } from '../src/identity/caller.ts';
import { readEmail } from '../src/identity/email.ts';
import { IdentityChanges } from '../src/identity/identity-changes.ts';
import { Keys } from '../src/identity/keys/keys.service.ts';
import { AccessTokens } from '../src/identity/sessions/access-tokens.ts';
import { Sessions } from '../src/identity/sessions/sessions.service.ts';
import type { SignedIn } from '../src/identity/sessions/sessions.service.ts';
import type { Queryable } from '../src/identity/sql.ts';
import { insertOrganisation, insertUser } from '../src/identity/users/new-user.ts';
import { userWithAddress, userWithId } from '../src/identity/users/user-rows.ts';
import type { UserRow } from '../src/identity/users/user-rows.ts';
import { WallClock } from '../src/platform/clock.ts';
import type { TestApp } from './harness.ts';
import type { Credentials } from './speaker.ts';

const ORIGIN = { requestId: null, address: '127.0.0.1', agent: 'test' };
const SPEAKER = 'speaker@example.com';

type AppHandle = Pick<TestApp, 'app'>;

/** A person of a test: made in the database at once, without the cost of a password. */
export interface TestPerson {
  readonly userId: string;
  readonly organisationId: string;
  readonly email: string;
  readonly sessionId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly headers: { readonly authorization: string };
}

let people = 0;

/** An organisation of one's own. */
export function anOrganisation({ app }: AppHandle, name = 'Test organisation'): Promise<string> {
  return app.get(IdentityChanges, { strict: false }).transaction((db) => insertOrganisationNamed(db, name));
}

/** A signed-in person with a role, in a new organisation unless one is named. */
export async function aPerson(
  handle: AppHandle,
  { role = 'admin', organisationId }: { role?: Role; organisationId?: string } = {},
): Promise<TestPerson> {
  const organisation = organisationId ?? (await anOrganisation(handle));
  const email = `person${++people}@example.com`;
  const { user, signedIn } = await signIn(handle, (db) => insertPerson(db, organisation, email, role));
  const { accessToken } = signedIn.answer;
  return {
    userId: user.id,
    organisationId: organisation,
    email,
    sessionId: sessionOf(signedIn),
    accessToken,
    refreshToken: signedIn.refreshToken,
    headers: { authorization: `Bearer ${accessToken}` },
  };
}

/** The secret of a new API key of somebody. */
export async function aKey({ app }: AppHandle, owner: TestPerson, scopes: readonly Scope[]): Promise<string> {
  const { organisationId, userId, sessionId } = owner;
  const principal: Principal = {
    organisationId,
    userId,
    role: 'admin',
    kind: 'person',
    scopes: ALL_SCOPES,
    credential: `session:${sessionId}`,
    expiresAt: Infinity,
    freshUntil: Infinity,
  };
  const body = { name: scopes.join(' '), scopes: [...scopes], expiresInDays: 1, allowFrom: [] };
  return (await app.get(Keys, { strict: false }).create(principal, body, ORIGIN)).secret;
}

/** Who speaks for a test at its own application, until the end however the test's clock goes. */
export interface Speaker {
  readonly userId: string;
  readonly organisationId: string;
  readonly sessionId: string;
  credentials(): Promise<Credentials>;
}

/** The speaker of an application; on a database that has one already, the same person. */
export async function aSpeaker(handle: AppHandle, role: Role): Promise<Speaker> {
  const { user, signedIn } = await signIn(handle, async (db) => {
    const known = await userWithAddress(db, SPEAKER);
    return known?.id ?? insertPerson(db, await insertOrganisationNamed(db, 'Test organisation'), SPEAKER, role);
  });
  const sessionId = sessionOf(signedIn);
  const clock = handle.app.get(WallClock, { strict: false });
  let issued = { token: signedIn.answer.accessToken, at: clock.now() };
  return {
    userId: user.id,
    organisationId: user.organisation_id,
    sessionId,
    async credentials() {
      if (Math.abs(clock.now() - issued.at) > 60_000) {
        const { token } = await handle.app.get(AccessTokens, { strict: false }).issue(sessionId, user.id);
        issued = { token, at: clock.now() };
      }
      return { authorization: `Bearer ${issued.token}` };
    },
  };
}

async function signIn(
  { app }: AppHandle,
  idOf: (db: Queryable) => Promise<string>,
): Promise<{ user: UserRow; signedIn: SignedIn }> {
  const sessions = app.get(Sessions, { strict: false });
  return app.get(IdentityChanges, { strict: false }).transaction(async (db) => {
    const user = await userWithId(db, await idOf(db));
    if (user === null) throw new Error('The user is not there.');
    return { user, signedIn: await sessions.open(db, user, ORIGIN) };
  });
}

function insertOrganisationNamed(db: Queryable, name: string): Promise<string> {
  return insertOrganisation(db, { name, timeZone: 'UTC', baseCurrency: 'USD' }, Date.now());
}

function insertPerson(db: Queryable, organisationId: string, address: string, role: Role): Promise<string> {
  const email = readEmail(address);
  if (email === null) throw new Error(`${address} is no address.`);
  const base = { displayName: '', timeZone: 'UTC', passwordHash: null };
  return insertUser(db, { organisationId, email, role, ...base }, Date.now());
}

const sessionOf = ({ refreshToken }: SignedIn): string => refreshToken.split('.')[0] ?? '';
