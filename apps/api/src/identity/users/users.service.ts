import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type {
  InviteAnswer,
  InviteBody,
  MemberAnswer,
  MemberBody,
  ProfileBody,
  UsersAnswer,
  UsersQuery,
  WireUser,
} from '@ziggy/contracts';
import { DataSource } from 'typeorm';
import { Mailer } from '../../mail/mailer.ts';
import { WallClock } from '../../platform/clock.ts';
import { ProblemError } from '../../platform/problem.ts';
import { AuditLog, actorOf } from '../audit/audit-log.ts';
import type { Origin, Principal } from '../caller.ts';
import { readEmail } from '../email.ts';
import { bodyFault, checkLocale, checkTimeZone, notFound, versionConflict } from '../faults.ts';
import { IdentityChanges } from '../identity-changes.ts';
import { PageCursors } from '../page-cursor.ts';
import { Sessions } from '../sessions/sessions.service.ts';
import { rowsOf } from '../sql.ts';
import type { Queryable } from '../sql.ts';
import { isLastAdmin, lockAdmins } from './admins.ts';
import { invitationMail, resetMail } from './link-mail.ts';
import { Links } from './links.ts';
import { insertUser } from './new-user.ts';
import { USER_SELECT, userWithId, wireMember, wireUser } from './user-rows.ts';
import type { UserRow } from './user-rows.ts';

const CSV_MAX = 50_000;

/** What the administration of users works with, held together. */
@Injectable()
export class UserTools {
  readonly db: DataSource;
  readonly changes: IdentityChanges;
  readonly audit: AuditLog;
  readonly links: Links;
  readonly sessions: Sessions;
  readonly cursors: PageCursors;
  readonly clock: WallClock;

  constructor(
    @InjectDataSource() db: DataSource,
    changes: IdentityChanges,
    audit: AuditLog,
    links: Links,
    sessions: Sessions,
    cursors: PageCursors,
    clock: WallClock,
  ) {
    this.db = db;
    this.changes = changes;
    this.audit = audit;
    this.links = links;
    this.sessions = sessions;
    this.cursors = cursors;
    this.clock = clock;
  }
}

/** The people of an organisation. Those of another are not there. */
@Injectable()
export class Users {
  readonly #tools: UserTools;
  readonly #mailer: Mailer;

  constructor(tools: UserTools, mailer: Mailer) {
    this.#tools = tools;
    this.#mailer = mailer;
  }

  /** Newest first. `whole`: all rows at once, for an export. */
  async page(caller: Principal, query: UsersQuery, whole: boolean): Promise<UsersAnswer> {
    const { cursor, limit, ...filters } = query;
    const scope = [caller.organisationId, filters];
    const [at = null, id = null] = cursor === undefined ? [] : this.#tools.cursors.read(cursor, scope);
    const size = whole ? CSV_MAX + 1 : limit;
    const rows = await rowsOf<UserRow>(
      this.#tools.db,
      `${USER_SELECT} WHERE u.organisation_id = $1
         AND ($2::timestamptz IS NULL OR (u.created_at, u.id) < ($2, $3))
         AND ($4::text IS NULL OR u.role = $4)
         AND ($5::text IS NULL OR strpos(lower(u.email || ' ' || u.display_name), lower($5)) > 0)
         AND ($6::text IS NULL OR $6 = CASE WHEN u.disabled_at IS NOT NULL THEN 'disabled'
              WHEN u.password_hash IS NOT NULL OR u.subject IS NOT NULL THEN 'active' ELSE 'invited' END)
       ORDER BY u.created_at DESC, u.id DESC LIMIT $7`,
      [caller.organisationId, at, id, query.role ?? null, query.q ?? null, query.state ?? null, size + 1],
    );
    const page = rows.slice(0, size);
    const last = page.at(-1);
    const more = rows.length > size && last !== undefined;
    return {
      items: page.map(wireMember),
      nextCursor: more ? this.#tools.cursors.make([last.created_at.toISOString(), last.id], scope) : null,
    };
  }

  async invite(caller: Principal, body: InviteBody, base: string, origin: Origin): Promise<InviteAnswer> {
    const email = readEmail(body.email);
    if (email === null) throw bodyFault('/email', 'Must be an e-mail address in one script.');
    const { row, inviteUrl } = await this.#tools.changes.transaction(async (db) => {
      const { organisationId } = caller;
      const person = { organisationId, email, role: body.role, displayName: body.displayName ?? '', timeZone: 'UTC' };
      const id = await insertUser(db, { ...person, passwordHash: null }, this.#tools.clock.now());
      const inviteUrl = await this.#tools.links.make(db, 'invitation', id, base);
      const after = { email: email.address, role: body.role };
      await this.#note(db, caller, { action: 'user.invited', target: id, after, origin });
      const row = await userWithId(db, id);
      if (row === null) throw new Error('The new user is not there.');
      return { row, inviteUrl };
    });
    // After the commit: a mail cannot be taken back, and the database does not wait for a foreign server.
    const mailed = await this.#mailer.send(invitationMail(row.email, row.organisation_name, inviteUrl));
    return { ...wireMember(row), inviteUrl, mailed };
  }

  /** Role, disabling and links; felt by open sockets and cached sessions at once here, within 2 s elsewhere. */
  async change(caller: Principal, id: string, body: MemberBody, base: string, origin: Origin): Promise<MemberAnswer> {
    const { row, linkUrl } = await this.#tools.changes.transaction(async (db, announce) => {
      await lockAdmins(db, caller.organisationId);
      const row = await userWithId(db, id, true);
      if (row === null || row.organisation_id !== caller.organisationId) throw notFound();
      if (row.version !== body.version) throw versionConflict(wireMember(row));
      const role = body.role ?? row.role;
      const disabled = body.disabled ?? row.disabled_at !== null;
      if ((role !== 'admin' || disabled) && (await isLastAdmin(db, row)))
        throw new ProblemError('invalid_state', 'The last admin must stay one.', {
          extra: { state: 'last_admin', allowed: [] },
        });
      await db.query(
        `UPDATE app_user SET role = $2, disabled_at = CASE WHEN $3 THEN coalesce(disabled_at, $4) END, version = version + 1 WHERE id = $1`,
        [id, role, disabled, new Date(this.#tools.clock.now())],
      );
      const hasPassword = row.password_hash !== null;
      const linkUrl =
        body.newLink === true && !disabled
          ? await this.#tools.links.make(db, hasPassword ? 'reset' : 'invitation', id, base)
          : null;
      await this.#notes(db, caller, row, { role, disabled, newLink: linkUrl !== null }, origin);
      if (disabled && row.disabled_at === null) {
        // Who is let in again later signs in again: neither a session nor a link of before comes back to life.
        await this.#tools.links.void(db, id);
        const why = { because: 'user_disabled', actor: actorOf(caller), origin };
        await this.#tools.sessions.endOthers(db, announce, { userId: id, keep: null }, why);
      }
      announce(`user:${id}`);
      const changed = await userWithId(db, id);
      return { row: changed ?? row, linkUrl };
    });
    const mail = row.password_hash === null ? invitationMail : resetMail;
    const mailed = linkUrl === null ? null : await this.#mailer.send(mail(row.email, row.organisation_name, linkUrl));
    return { ...wireMember(row), linkUrl, mailed };
  }

  /** The caller's own profile. */
  async profile(caller: Principal, body: ProfileBody): Promise<WireUser> {
    checkTimeZone(body.timeZone);
    checkLocale(body.locale);
    // This installation has no accounts to choose from.
    if (typeof body.defaultAccountId === 'string') throw bodyFault('/defaultAccountId', 'There is no such account.');
    return this.#tools.changes.transaction(async (db) => {
      const row = await userWithId(db, caller.userId, true);
      if (row === null) throw notFound();
      if (row.version !== body.version) throw versionConflict(wireUser(row));
      await db.query(
        `UPDATE app_user SET display_name = $2, time_zone = $3, locale = $4, default_account_id = $5, version = version + 1 WHERE id = $1`,
        [
          row.id,
          body.displayName ?? row.display_name,
          body.timeZone ?? row.time_zone,
          body.locale ?? row.locale,
          body.defaultAccountId === undefined ? row.default_account_id : body.defaultAccountId,
        ],
      );
      const changed = await userWithId(db, caller.userId);
      return wireUser(changed ?? row);
    });
  }

  async #notes(
    db: Queryable,
    caller: Principal,
    row: UserRow,
    now: { role: string; disabled: boolean; newLink: boolean },
    origin: Origin,
  ): Promise<void> {
    const target = row.id;
    if (now.role !== row.role)
      await this.#note(db, caller, {
        action: 'user.role_changed',
        target,
        before: { role: row.role },
        after: { role: now.role },
        origin,
      });
    if (now.disabled !== (row.disabled_at !== null))
      await this.#note(db, caller, { action: now.disabled ? 'user.disabled' : 'user.enabled', target, origin });
    if (now.newLink) await this.#note(db, caller, { action: 'user.link_made', target, origin });
  }

  #note(
    db: Queryable,
    caller: Principal,
    event: { action: string; target: string; before?: unknown; after?: unknown; origin: Origin },
  ): Promise<void> {
    return this.#tools.audit.append(db, {
      organisationId: caller.organisationId,
      actor: actorOf(caller),
      ...event,
    });
  }
}
