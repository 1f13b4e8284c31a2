import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.ts';
import type { Origin } from '../caller.ts';
import { WallClock } from '../../platform/clock.ts';
import { readEmail } from '../email.ts';
import { IdentityChanges } from '../identity-changes.ts';
import { rowOf } from '../sql.ts';
import type { Queryable } from '../sql.ts';
import { Sessions } from '../sessions/sessions.service.ts';
import type { SignedIn } from '../sessions/sessions.service.ts';
import { insertUser } from '../users/new-user.ts';
import { USER_SELECT, userWithAddress, userWithId } from '../users/user-rows.ts';
import type { UserRow } from '../users/user-rows.ts';
import type { OidcPerson } from './oidc.service.ts';

/** Finds, links or makes the user of a foreign sign-in. */
@Injectable()
export class OidcUsers {
  readonly #changes: IdentityChanges;
  readonly #sessions: Sessions;
  readonly #audit: AuditLog;
  readonly #clock: WallClock;

  constructor(changes: IdentityChanges, sessions: Sessions, audit: AuditLog, clock: WallClock) {
    this.#changes = changes;
    this.#sessions = sessions;
    this.#audit = audit;
    this.#clock = clock;
  }

  /** Null when the person has no role here, no usable address, or is disabled. */
  async signIn(person: OidcPerson, origin: Origin): Promise<SignedIn | null> {
    return this.#changes.transaction(async (db, announce) => {
      const user =
        (await this.#known(db, person)) ?? (await this.#linked(db, person)) ?? (await this.#made(db, person));
      if (user === null || user.disabled_at !== null) return null;
      const current = await this.#withRole(db, announce, user, person, origin);
      return this.#sessions.open(db, current, origin);
    });
  }

  #known(db: Queryable, person: OidcPerson): Promise<UserRow | null> {
    return rowOf<UserRow>(db, `${USER_SELECT} WHERE u.issuer = $1 AND u.subject = $2 FOR UPDATE OF u`, [
      person.issuer,
      person.subject,
    ]);
  }

  /** An account of this address becomes the person's, when the issuer has checked that it is theirs. */
  async #linked(db: Queryable, person: OidcPerson): Promise<UserRow | null> {
    const email = person.emailVerified && person.email !== null ? readEmail(person.email) : null;
    const user = email === null ? null : await userWithAddress(db, email.address);
    if (user === null || user.subject !== null) return null;
    await db.query(`UPDATE app_user SET issuer = $2, subject = $3 WHERE id = $1`, [
      user.id,
      person.issuer,
      person.subject,
    ]);
    return user;
  }

  async #made(db: Queryable, person: OidcPerson): Promise<UserRow | null> {
    const email = person.emailVerified && person.email !== null ? readEmail(person.email) : null;
    const home = await rowOf<{ id: string; time_zone: string }>(
      db,
      `SELECT id, time_zone FROM organisation ORDER BY created_at, id LIMIT 1`,
    );
    if (email === null || home === null || person.role === null) return null;
    if ((await rowOf(db, `SELECT 1 FROM app_user WHERE email_key = $1`, [email.key])) !== null) return null;
    const { issuer, subject, role, name } = person;
    const base = { organisationId: home.id, timeZone: home.time_zone, displayName: name, passwordHash: null };
    const id = await insertUser(db, { ...base, email, role, issuer, subject }, this.#clock.now());
    return userWithId(db, id);
  }

  /** The issuer's groups decide the role at each sign-in, where they say something. */
  async #withRole(
    db: Queryable,
    announce: (subject: string) => void,
    user: UserRow,
    person: OidcPerson,
    origin: Origin,
  ): Promise<UserRow> {
    if (person.role === null || person.role === user.role) return user;
    await db.query(`UPDATE app_user SET role = $2, version = version + 1 WHERE id = $1`, [user.id, person.role]);
    announce(`user:${user.id}`);
    await this.#audit.append(db, {
      organisationId: user.organisation_id,
      actor: 'system',
      action: 'user.role_changed',
      target: user.id,
      before: { role: user.role },
      after: { role: person.role },
      origin,
    });
    return { ...user, role: person.role };
  }
}
