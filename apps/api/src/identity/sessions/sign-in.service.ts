import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { LoginBody, PasswordBody, SignInAnswer } from '@ziggy/contracts';
import { DataSource } from 'typeorm';
import { Logger } from '../../platform/logger.ts';
import { AuditLog } from '../audit/audit-log.ts';
import type { Origin, Principal } from '../caller.ts';
import { readEmail } from '../email.ts';
import { bodyFault, unauthenticated } from '../faults.ts';
import { IdentityChanges } from '../identity-changes.ts';
import { Passwords } from '../passwords.ts';
import { ProblemError } from '../../platform/problem.ts';
import { Links } from '../users/links.ts';
import { userWithAddress, userWithId } from '../users/user-rows.ts';
import type { UserRow } from '../users/user-rows.ts';
import { Lockout } from './lockout.ts';
import { SecondFactor } from './second-factor.ts';
import { Sessions, sessionOf } from './sessions.service.ts';

/** A sign-in; without a cookie when it only made a running session fresh. */
export interface SignInResult {
  readonly answer: SignInAnswer;
  readonly refreshToken: string | null;
}

/** Links whose owner sets a password by them. */
const OPENS_AN_ACCOUNT = ['invitation', 'reset'] as const;

interface SignInParts {
  readonly db: DataSource;
  readonly changes: IdentityChanges;
  readonly passwords: Passwords;
  readonly lockout: Lockout;
}

/** What every proof of a password needs, held together. */
@Injectable()
export class SignInTools implements SignInParts {
  readonly db: DataSource;
  readonly changes: IdentityChanges;
  readonly passwords: Passwords;
  readonly lockout: Lockout;

  constructor(@InjectDataSource() db: DataSource, changes: IdentityChanges, passwords: Passwords, lockout: Lockout) {
    this.db = db;
    this.changes = changes;
    this.passwords = passwords;
    this.lockout = lockout;
  }
}

/** Passwords: sign-in, proof within a session, change, and the links of invitations and resets. */
@Injectable()
export class SignIn {
  readonly #tools: SignInTools;
  readonly #sessions: Sessions;
  readonly #factor: SecondFactor;
  readonly #links: Links;
  readonly #audit: AuditLog;
  readonly #log: Logger;

  constructor(
    tools: SignInTools,
    sessions: Sessions,
    factor: SecondFactor,
    links: Links,
    audit: AuditLog,
    logger: Logger,
  ) {
    this.#tools = tools;
    this.#sessions = sessions;
    this.#factor = factor;
    this.#links = links;
    this.#audit = audit;
    this.#log = logger.child({ context: 'SignIn' });
  }

  /** Checks address, password and second factor; opens a session, or makes the present one of the same person fresh. */
  async login(body: LoginBody, present: Principal | null, origin: Origin): Promise<SignInResult> {
    const email = readEmail(body.email);
    const address = email?.address ?? body.email;
    const { lockout, changes, db } = this.#tools;
    await lockout.check(address);
    const user = email === null ? null : await userWithAddress(db, email.address);
    await this.#prove(user, address, body.password, origin);
    const verdict = await changes.transaction(
      async (tx, announce): Promise<SignInResult | 'no_code' | 'wrong_code'> => {
        const locked = user === null ? null : await userWithId(tx, user.id, true);
        if (locked === null) throw unauthenticated('invalid_credentials');
        // Codes that were sent at once wait for the row, one after the other: the lock that an earlier one caused counts.
        await lockout.check(address, tx);
        if (locked.totp_secret !== null && body.code === undefined) return 'no_code';
        if (locked.totp_secret !== null && !(await this.#factor.use(tx, locked, body.code ?? ''))) {
          const action = (await lockout.failedIn(tx, address)) ? 'sign_in.locked' : 'sign_in.failed';
          await this.#audit.append(tx, { ...changed(locked, action, origin), actor: 'system' });
          return 'wrong_code';
        }
        if (present?.kind === 'person' && present.userId === locked.id)
          return { answer: await this.#sessions.prove(tx, announce, present, locked), refreshToken: null };
        return this.#sessions.open(tx, locked, origin);
      },
    );
    if (verdict === 'no_code') throw unauthenticated('second_factor_required', { methods: ['totp', 'recovery_code'] });
    if (verdict === 'wrong_code') throw unauthenticated('invalid_credentials');
    await lockout.succeeded(address);
    return verdict;
  }

  /** Changes the password of the caller, or sets the one of a link. Other sessions end. */
  async setPassword(body: PasswordBody, caller: Principal | null, origin: Origin): Promise<void> {
    if ((body.currentPassword === undefined) === (body.token === undefined))
      throw bodyFault('/currentPassword', 'Send either currentPassword or token.');
    if (body.token !== undefined) return this.#acceptLink(body, body.token, origin);
    if (caller?.kind !== 'person') throw unauthenticated('unauthenticated');
    const user = await userWithId(this.#tools.db, caller.userId);
    if (user === null) throw unauthenticated('unauthenticated');
    await this.#tools.lockout.check(user.email);
    await this.#prove(user, user.email, body.currentPassword ?? '', origin);
    this.#tools.passwords.checkStrength(body.newPassword, contextOf(user));
    const hash = await this.#tools.passwords.hash(body.newPassword);
    await this.#tools.changes.transaction(async (db, announce) => {
      await db.query(`UPDATE app_user SET password_hash = $2 WHERE id = $1`, [user.id, hash]);
      await this.#audit.append(db, changed(user, 'password.changed', origin));
      const why = { because: 'password_changed', actor: user.id, origin };
      await this.#sessions.endOthers(db, announce, { userId: user.id, keep: sessionOf(caller) }, why);
    });
    await this.#tools.lockout.succeeded(user.email);
  }

  async #acceptLink(body: PasswordBody, token: string, origin: Origin): Promise<void> {
    const ownerId = await this.#links.ownerOf(this.#tools.db, token, OPENS_AN_ACCOUNT);
    const owner = ownerId === null ? null : await userWithId(this.#tools.db, ownerId);
    this.#tools.passwords.checkStrength(body.newPassword, [
      body.displayName ?? '',
      ...(owner === null ? [] : contextOf(owner)),
    ]);
    const hash = await this.#tools.passwords.hash(body.newPassword);
    const address = await this.#tools.changes.transaction(async (db, announce) => {
      const { userId } = await this.#links.use(db, token, OPENS_AN_ACCOUNT);
      const user = userId === null ? null : await userWithId(db, userId, true);
      if (user === null || user.disabled_at !== null)
        throw new ProblemError('expired', 'This link was used, replaced, or is too old.');
      await db.query(
        `UPDATE app_user SET password_hash = $2, display_name = coalesce($3, display_name), version = version + 1 WHERE id = $1`,
        [user.id, hash, body.displayName ?? null],
      );
      await this.#audit.append(db, changed(user, 'password.set_by_link', origin));
      const why = { because: 'password_changed', actor: user.id, origin };
      await this.#sessions.endOthers(db, announce, { userId: user.id, keep: null }, why);
      announce(`user:${user.id}`);
      return user.email;
    });
    await this.#tools.lockout.succeeded(address);
  }

  async #prove(user: UserRow | null, address: string, password: string, origin: Origin): Promise<void> {
    const fits = await this.#tools.passwords.matches(user?.password_hash ?? null, password);
    // Guesses that were sent at once have all passed the first check: the right one among them comes too late as well.
    await this.#tools.lockout.check(address);
    if (fits && user !== null && user.disabled_at === null) return;
    await this.#failed(user, address, origin);
  }

  /** Counts the failure and ends in 401. Not awaited: an address that exists must not take longer than one that does not. */
  async #failed(user: UserRow | null, address: string, origin: Origin): Promise<never> {
    const locks = await this.#tools.lockout.failed(address);
    if (user !== null) {
      const action = locks ? 'sign_in.locked' : 'sign_in.failed';
      this.#tools.db
        .transaction((db) => this.#audit.append(db, { ...changed(user, action, origin), actor: 'system' }))
        .catch((error: unknown) => this.#log.error({ err: error }, 'a failed sign-in could not be written down'));
    }
    throw unauthenticated('invalid_credentials');
  }
}

function changed(user: UserRow, action: string, origin: Origin) {
  return { organisationId: user.organisation_id, actor: user.id, action, target: user.id, origin };
}

function contextOf(user: UserRow): string[] {
  return [user.email.split('@')[0] ?? '', user.display_name, user.organisation_name];
}
