import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.ts';
import type { AuditEvent } from '../audit/audit-log.ts';
import type { Origin } from '../caller.ts';
import { WallClock } from '../../platform/clock.ts';
import { Logger } from '../../platform/logger.ts';
import { ProblemError } from '../../platform/problem.ts';
import { readEmail } from '../email.ts';
import type { EmailAddress } from '../email.ts';
import { IdentityChanges } from '../identity-changes.ts';
import { rowOf } from '../sql.ts';
import type { Queryable } from '../sql.ts';
import { Sessions } from '../sessions/sessions.service.ts';
import type { SignedIn } from '../sessions/sessions.service.ts';
import { isLastAdmin, lockAdmins } from '../users/admins.ts';
import { Links } from '../users/links.ts';
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
  readonly #links: Links;
  readonly #clock: WallClock;
  readonly #log: Logger;

  constructor(
    changes: IdentityChanges,
    sessions: Sessions,
    audit: AuditLog,
    links: Links,
    clock: WallClock,
    logger: Logger,
  ) {
    this.#changes = changes;
    this.#sessions = sessions;
    this.#audit = audit;
    this.#links = links;
    this.#clock = clock;
    this.#log = logger.child({ context: 'OidcUsers' });
  }

  /** Null when the person has no role here, no usable address, or is disabled. */
  async signIn(person: OidcPerson, origin: Origin): Promise<SignedIn | null> {
    try {
      return await this.#try(person, origin);
    } catch (error) {
      // Two browsers of somebody new at once: the other one has made the account meanwhile.
      if (error instanceof ProblemError && error.code === 'already_exists') return this.#try(person, origin);
      throw error;
    }
  }

  #try(person: OidcPerson, origin: Origin): Promise<SignedIn | null> {
    return this.#changes.transaction(async (db, announce) => {
      const email = person.emailVerified && person.email !== null ? readEmail(person.email) : null;
      const found = await this.#found(db, person, email);
      if (found === null) {
        const made = email === null ? null : await this.#made(db, person, email, origin);
        return made === null ? null : this.#sessions.open(db, made, origin);
      }
      await lockAdmins(db, found.organisation_id);
      const user = await userWithId(db, found.id, true);
      if (user === null || user.disabled_at !== null) return null;
      if (user.subject === null) await this.#link(db, user, person, origin);
      else if (user.issuer !== person.issuer || user.subject !== person.subject) return null;
      const current = await this.#withRole(db, announce, user, person, origin);
      return this.#sessions.open(db, current, origin);
    });
  }

  /** Who came as this person before; else the account of the address, if the issuer has checked that it is theirs. */
  async #found(db: Queryable, { issuer, subject }: OidcPerson, email: EmailAddress | null): Promise<UserRow | null> {
    const known = await rowOf<UserRow>(db, `${USER_SELECT} WHERE u.issuer = $1 AND u.subject = $2`, [issuer, subject]);
    return known ?? (email === null ? null : userWithAddress(db, email.address));
  }

  /** From now on the account is the person's. Links that somebody may still hold no longer open it. */
  async #link(db: Queryable, user: UserRow, { issuer, subject }: OidcPerson, origin: Origin): Promise<void> {
    await db.query(`UPDATE app_user SET issuer = $2, subject = $3 WHERE id = $1`, [user.id, issuer, subject]);
    await this.#links.void(db, user.id);
    await this.#note(db, user, { action: 'user.linked', after: { issuer }, origin });
  }

  async #made(db: Queryable, person: OidcPerson, email: EmailAddress, origin: Origin): Promise<UserRow | null> {
    const home = await rowOf<{ id: string; time_zone: string }>(
      db,
      `SELECT id, time_zone FROM organisation ORDER BY created_at, id LIMIT 1`,
    );
    if (home === null || person.role === null) return null;
    if ((await rowOf(db, `SELECT 1 FROM app_user WHERE email_key = $1`, [email.key])) !== null) return null;
    const { issuer, subject, role, name } = person;
    const base = { organisationId: home.id, timeZone: home.time_zone, displayName: name, passwordHash: null };
    const id = await insertUser(db, { ...base, email, role, issuer, subject }, this.#clock.now());
    const user = await userWithId(db, id);
    if (user !== null)
      await this.#note(db, user, { action: 'user.created', after: { email: email.address, role, issuer }, origin });
    return user;
  }

  /** The issuer's groups decide the role at each sign-in, where they say something and somebody else stays admin. */
  async #withRole(
    db: Queryable,
    announce: (subject: string) => void,
    user: UserRow,
    { role }: OidcPerson,
    origin: Origin,
  ): Promise<UserRow> {
    if (role === null || role === user.role) return user;
    if (await isLastAdmin(db, user)) {
      this.#log.warn({ userId: user.id, role }, "the issuer's role was not taken: the last admin must stay one");
      return user;
    }
    await db.query(`UPDATE app_user SET role = $2, version = version + 1 WHERE id = $1`, [user.id, role]);
    announce(`user:${user.id}`);
    await this.#note(db, user, {
      action: 'user.role_changed',
      before: { role: user.role },
      after: { role },
      origin,
    });
    return { ...user, role };
  }

  #note(
    db: Queryable,
    user: UserRow,
    event: Pick<AuditEvent, 'action' | 'before' | 'after' | 'origin'>,
  ): Promise<void> {
    return this.#audit.append(db, {
      organisationId: user.organisation_id,
      actor: 'system',
      target: user.id,
      ...event,
    });
  }
}
