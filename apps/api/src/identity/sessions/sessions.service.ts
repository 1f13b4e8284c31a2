import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { SessionsAnswer, SignInAnswer } from '@ziggy/contracts';
import { DataSource } from 'typeorm';
import { IDENTITY_CONFIG } from '../../config/identity.config.ts';
import type { IdentityConfig } from '../../config/identity.config.ts';
import { WallClock } from '../../platform/clock.ts';
import { roleHolds } from '../access/policy.ts';
import { AuditLog } from '../audit/audit-log.ts';
import type { Origin, Principal } from '../caller.ts';
import { notFound, unauthenticated } from '../faults.ts';
import { IdentityChanges } from '../identity-changes.ts';
import { digestOf, newId, newSecret } from '../secrets.ts';
import { rowOf, rowsOf } from '../sql.ts';
import type { Queryable } from '../sql.ts';
import { userWithId, wireUser } from '../users/user-rows.ts';
import type { UserRow } from '../users/user-rows.ts';
import { AccessTokens } from './access-tokens.ts';

const DAY_MS = 86_400_000;
export const FRESH_MS = 5 * 60_000;
/** Two tabs that refresh with the same cookie within this time both stay signed in. */
export const REUSE_GRACE_MS = 10_000;

/** What a sign-in gives: the body of the answer and the secret of the cookie. */
export interface SignedIn {
  readonly answer: SignInAnswer;
  readonly refreshToken: string;
}

interface SessionRow {
  readonly id: string;
  readonly organisation_id: string;
  readonly user_id: string;
  readonly created_at: Date;
  readonly last_seen_at: Date;
  readonly expires_at: Date;
  readonly generation: number;
  readonly rotated_at: Date;
  readonly address: string;
  readonly agent: string;
  readonly ended_at: Date | null;
}

type Rotation = { readonly token: string; readonly user: UserRow } | 'revoked' | 'expired' | 'unknown';

/** Sessions of people: a short access token, and a refresh token that changes with every use. */
@Injectable()
export class Sessions {
  readonly #db: DataSource;
  readonly #changes: IdentityChanges;
  readonly #tokens: AccessTokens;
  readonly #audit: AuditLog;
  readonly #clock: WallClock;
  readonly #config: IdentityConfig;

  constructor(
    @InjectDataSource() db: DataSource,
    changes: IdentityChanges,
    tokens: AccessTokens,
    audit: AuditLog,
    clock: WallClock,
    @Inject(IDENTITY_CONFIG) config: IdentityConfig,
  ) {
    this.#db = db;
    this.#changes = changes;
    this.#tokens = tokens;
    this.#audit = audit;
    this.#clock = clock;
    this.#config = config;
  }

  /** Opens a session, fresh from the start. @throws ProblemError `invalid_credentials` when the user was disabled meanwhile */
  async open(db: Queryable, user: UserRow, origin: Origin): Promise<SignedIn> {
    const now = this.#clock.now();
    const at = new Date(now);
    const id = newId('ses');
    const enabled = await rowOf(
      db,
      `UPDATE app_user SET last_seen_at = $2 WHERE id = $1 AND disabled_at IS NULL RETURNING id`,
      [user.id, at],
    );
    if (enabled === null) throw unauthenticated('invalid_credentials');
    await db.query(
      `INSERT INTO user_session (id, organisation_id, user_id, created_at, last_seen_at, rotated_at, expires_at, fresh_until, address, agent)
       VALUES ($1, $2, $3, $4, $4, $4, $5, $6, $7, $8)`,
      [
        id,
        user.organisation_id,
        user.id,
        at,
        new Date(now + this.#config.sessionDays * DAY_MS),
        new Date(now + FRESH_MS),
        origin.address ?? '',
        origin.agent,
      ],
    );
    await this.#audit.append(db, {
      organisationId: user.organisation_id,
      actor: user.id,
      action: 'session.started',
      target: id,
      origin,
    });
    const refreshToken = await this.#newToken(db, id, 0);
    return { answer: await this.#answer(id, user), refreshToken };
  }

  /** Makes a running session fresh: its person has just proven the password. */
  async prove(
    db: Queryable,
    announce: (subject: string) => void,
    principal: Principal,
    user: UserRow,
  ): Promise<SignInAnswer> {
    const id = sessionOf(principal);
    const until = new Date(this.#clock.now() + FRESH_MS);
    await db.query(`UPDATE user_session SET fresh_until = $2 WHERE id = $1`, [id, until]);
    announce(principal.credential);
    return this.#answer(id, user);
  }

  /**
   * Exchanges a refresh token. One that was used before means that two hold it, so the whole family ends - unless it was
   * used within the last 10 s, as two tabs of one browser do.
   */
  async rotate(refreshToken: string, origin: Origin): Promise<SignedIn> {
    const [id = ''] = refreshToken.split('.');
    const rotation = await this.#changes.transaction(async (db, announce): Promise<Rotation> => {
      const session = await rowOf<SessionRow>(db, `SELECT * FROM user_session WHERE id = $1 FOR UPDATE`, [id]);
      const user = session === null ? null : await userWithId(db, session.user_id);
      if (session === null || user === null) return 'unknown';
      if (session.ended_at !== null || user.disabled_at !== null) return 'revoked';
      if (this.#hasExpired(session)) return 'expired';
      const token = await rowOf<{ generation: number }>(
        db,
        `SELECT generation FROM refresh_token WHERE hash = $1 AND session_id = $2`,
        [digestOf(refreshToken), id],
      );
      if (token === null) return 'unknown';
      if (token.generation === session.generation) return { token: await this.#advance(db, session), user };
      const rotatedAgo = this.#clock.now() - session.rotated_at.getTime();
      if (token.generation === session.generation - 1 && rotatedAgo <= REUSE_GRACE_MS)
        return { token: await this.#newToken(db, id, session.generation), user };
      await this.#end(db, announce, session, { because: 'reuse', actor: 'system', origin });
      return 'revoked';
    });
    if (rotation === 'revoked') throw unauthenticated('token_revoked');
    if (rotation === 'expired') throw unauthenticated('token_expired');
    if (rotation === 'unknown') throw unauthenticated('unauthenticated');
    return { answer: await this.#answer(id, rotation.user), refreshToken: rotation.token };
  }

  /** Ends the caller's session, or all of the caller's sessions. */
  async signOut(principal: Principal, everywhere: boolean, origin: Origin): Promise<void> {
    await this.#changes.transaction(async (db, announce) => {
      const scope = everywhere ? `user_id = $1` : `id = $1`;
      const sessions = await rowsOf<SessionRow>(
        db,
        `SELECT * FROM user_session WHERE ${scope} AND ended_at IS NULL FOR UPDATE`,
        [everywhere ? principal.userId : sessionOf(principal)],
      );
      for (const session of sessions)
        await this.#end(db, announce, session, { because: 'sign_out', actor: principal.userId, origin });
    });
  }

  /** Ends all sessions of a user but one, in the transaction of what made that necessary. */
  async endOthers(
    db: Queryable,
    announce: (subject: string) => void,
    owner: { userId: string; keep: string | null },
    why: { because: string; actor: string; origin: Origin },
  ): Promise<void> {
    const sessions = await rowsOf<SessionRow>(
      db,
      `SELECT * FROM user_session WHERE user_id = $1 AND ended_at IS NULL AND id IS DISTINCT FROM $2 FOR UPDATE`,
      [owner.userId, owner.keep],
    );
    for (const session of sessions) await this.#end(db, announce, session, why);
  }

  async list(principal: Principal): Promise<SessionsAnswer> {
    const now = this.#clock.now();
    const sessions = await rowsOf<SessionRow>(
      this.#db,
      `SELECT * FROM user_session WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY created_at DESC, id LIMIT 200`,
      [principal.userId, new Date(now)],
    );
    return {
      items: sessions
        .filter((session) => !this.#hasExpired(session))
        .map((session) => ({
          id: session.id,
          createdAt: session.created_at.toISOString(),
          lastSeenAt: session.last_seen_at.toISOString(),
          address: session.address,
          agent: session.agent,
          current: principal.credential === `session:${session.id}`,
        })),
    };
  }

  /** Ends one of the caller's sessions, `others`, or (admin) one of anybody in the organisation. */
  async revoke(principal: Principal, id: string, origin: Origin): Promise<void> {
    const why = { because: 'revoked', actor: principal.userId, origin };
    await this.#changes.transaction(async (db, announce) => {
      if (id === 'others')
        return this.endOthers(db, announce, { userId: principal.userId, keep: sessionOf(principal) }, why);
      const session = await rowOf<SessionRow>(
        db,
        `SELECT * FROM user_session WHERE id = $1 AND organisation_id = $2 AND ended_at IS NULL FOR UPDATE`,
        [id, principal.organisationId],
      );
      const allowed = session?.user_id === principal.userId || roleHolds(principal.role, 'admin');
      if (session === null || !allowed) throw notFound();
      return this.#end(db, announce, session, why);
    });
  }

  async #end(
    db: Queryable,
    announce: (subject: string) => void,
    session: SessionRow,
    { because, actor, origin }: { because: string; actor: string; origin: Origin },
  ): Promise<void> {
    await db.query(`UPDATE user_session SET ended_at = $2, ended_because = $3 WHERE id = $1`, [
      session.id,
      new Date(this.#clock.now()),
      because,
    ]);
    await db.query(`DELETE FROM refresh_token WHERE session_id = $1`, [session.id]);
    announce(`session:${session.id}`);
    await this.#audit.append(db, {
      organisationId: session.organisation_id,
      actor,
      action: 'session.ended',
      target: session.id,
      after: { because },
      origin,
    });
  }

  async #advance(db: Queryable, session: SessionRow): Promise<string> {
    const at = new Date(this.#clock.now());
    await db.query(
      `UPDATE user_session SET generation = generation + 1, rotated_at = $2, last_seen_at = $2 WHERE id = $1`,
      [session.id, at],
    );
    // Whoever changes the user holds its row and asks for this session's next, which is ours: so this waits for nobody.
    await db.query(
      `UPDATE app_user SET last_seen_at = $2
       WHERE id = (SELECT id FROM app_user WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED)`,
      [session.user_id, at],
    );
    return this.#newToken(db, session.id, session.generation + 1);
  }

  async #newToken(db: Queryable, sessionId: string, generation: number): Promise<string> {
    const token = `${sessionId}.${newSecret()}`;
    await db.query(`INSERT INTO refresh_token (hash, session_id, generation) VALUES ($1, $2, $3)`, [
      digestOf(token),
      sessionId,
      generation,
    ]);
    return token;
  }

  async #answer(sessionId: string, user: UserRow): Promise<SignInAnswer> {
    const { token, expiresAt } = await this.#tokens.issue(sessionId, user.id);
    return {
      accessToken: token,
      expiresAt: new Date(expiresAt).toISOString(),
      user: wireUser(user),
      organisation: { id: user.organisation_id, name: user.organisation_name },
    };
  }

  #hasExpired(session: SessionRow): boolean {
    const now = this.#clock.now();
    const idleSince = session.last_seen_at.getTime();
    return now >= session.expires_at.getTime() || now >= idleSince + this.#config.sessionIdleDays * DAY_MS;
  }
}

/** Id of a person's session. */
export function sessionOf(principal: Principal): string {
  return principal.credential.slice('session:'.length);
}
