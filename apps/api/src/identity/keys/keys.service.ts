import { randomBytes } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { ApiKey, ApiKeyBody, ApiKeysAnswer, NewApiKeyAnswer, Scope } from '@ziggy/contracts';
import { DataSource } from 'typeorm';
import { WallClock } from '../../platform/clock.ts';
import { ProblemError } from '../../platform/problem.ts';
import { roleHolds } from '../access/policy.ts';
import { AuditLog } from '../audit/audit-log.ts';
import type { Origin, Principal } from '../caller.ts';
import { bodyFault, notFound } from '../faults.ts';
import { IdentityChanges } from '../identity-changes.ts';
import { digestOf, newId, newSecret } from '../secrets.ts';
import { rowOf, rowsOf } from '../sql.ts';
import type { Queryable } from '../sql.ts';
import { userWithId } from '../users/user-rows.ts';
import { KeyUse } from './key-use.ts';

const DAY_MS = 86_400_000;
/** A key that was replaced lives on this long, so that its programs can be changed one by one. */
const OVERLAP_MS = DAY_MS;
/** Keys that work, per person: more is a program that makes them by mistake. */
const KEYS_MAX = 50;

interface KeyRow {
  readonly id: string;
  readonly user_id: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: Scope[];
  readonly allow_from: string[];
  readonly expires_at: Date;
  readonly last_used_at: Date | null;
  readonly created_at: Date;
}

/** API keys: `zk_<prefix>_<secret>`, shown once, stored hashed, never more than their owner's role of the moment. */
@Injectable()
export class Keys {
  readonly #db: DataSource;
  readonly #changes: IdentityChanges;
  readonly #audit: AuditLog;
  readonly #use: KeyUse;
  readonly #clock: WallClock;

  constructor(
    @InjectDataSource() db: DataSource,
    changes: IdentityChanges,
    audit: AuditLog,
    use: KeyUse,
    clock: WallClock,
  ) {
    this.#db = db;
    this.#changes = changes;
    this.#audit = audit;
    this.#use = use;
    this.#clock = clock;
  }

  /** The caller's keys; an admin sees all of the organisation. */
  async list(caller: Principal): Promise<ApiKeysAnswer> {
    await this.#use.flush();
    const rows = await rowsOf<KeyRow>(
      this.#db,
      `SELECT * FROM api_key WHERE organisation_id = $1 AND ($2 OR user_id = $3) AND revoked_at IS NULL
       ORDER BY created_at DESC, id LIMIT 1000`,
      [caller.organisationId, roleHolds(caller.role, 'admin'), caller.userId],
    );
    return { items: rows.map(wireKey) };
  }

  async create(caller: Principal, body: ApiKeyBody, origin: Origin): Promise<NewApiKeyAnswer> {
    body.allowFrom.forEach((range, index) => {
      if (!isRange(range)) throw bodyFault(`/allowFrom/${index}`, 'Must be an IP address or a CIDR range.');
    });
    const now = this.#clock.now();
    const prefix = randomBytes(8).toString('base64url').slice(0, 10);
    const secret = `zk_${prefix}_${newSecret()}`;
    const id = newId('key');
    const row = await this.#changes.transaction(async (db, announce) => {
      if (body.replaces !== undefined) await this.#replace(db, caller, body.replaces, announce);
      await this.#checkRoom(db, caller, body.replaces ?? null, now);
      const made = await rowOf<KeyRow>(
        db,
        `INSERT INTO api_key (id, organisation_id, user_id, name, prefix, hash, scopes, allow_from, expires_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING *`,
        [
          id,
          caller.organisationId,
          caller.userId,
          body.name,
          prefix,
          digestOf(secret),
          [...new Set(body.scopes)],
          body.allowFrom,
          new Date(now + body.expiresInDays * DAY_MS),
          new Date(now),
        ],
      );
      const after = {
        name: body.name,
        scopes: body.scopes,
        allowFrom: body.allowFrom,
        replaces: body.replaces ?? null,
      };
      await this.#audit.append(db, { ...this.#by(caller, origin), action: 'key.created', target: id, after });
      return made;
    });
    if (row === null) throw new Error('The new key is not there.');
    return { ...wireKey(row), secret };
  }

  /** @throws DomainError `not_found`, also for a key of another */
  async revoke(caller: Principal, id: string, origin: Origin): Promise<void> {
    await this.#changes.transaction(async (db, announce) => {
      const row = await rowOf<KeyRow>(
        db,
        `UPDATE api_key SET revoked_at = $4 WHERE id = $1 AND organisation_id = $2 AND revoked_at IS NULL
           AND ($5 OR user_id = $3) RETURNING *`,
        [id, caller.organisationId, caller.userId, new Date(this.#clock.now()), roleHolds(caller.role, 'admin')],
      );
      if (row === null) throw notFound();
      announce(`key:${id}`);
      await this.#audit.append(db, {
        ...this.#by(caller, origin),
        action: 'key.revoked',
        target: id,
        before: { name: row.name, scopes: row.scopes },
      });
    });
  }

  /** @throws ProblemError `invalid_state` when the caller has as many keys that work as one may have */
  async #checkRoom(db: Queryable, caller: Principal, replaced: string | null, now: number): Promise<void> {
    // The row of the user is the lock: two keys made at once are counted one after the other.
    await userWithId(db, caller.userId, true);
    const row = await rowOf<{ keys: number }>(
      db,
      `SELECT count(*)::int AS keys FROM api_key WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2
         AND id IS DISTINCT FROM $3`,
      [caller.userId, new Date(now), replaced],
    );
    if ((row?.keys ?? 0) >= KEYS_MAX)
      throw new ProblemError('invalid_state', `One person has at most ${KEYS_MAX} keys; revoke one first.`, {
        extra: { state: 'full', allowed: ['revoke'] },
      });
  }

  async #replace(db: Queryable, caller: Principal, id: string, announce: (subject: string) => void): Promise<void> {
    const row = await rowOf<KeyRow>(
      db,
      `UPDATE api_key SET expires_at = least(expires_at, $4)
       WHERE id = $1 AND user_id = $2 AND organisation_id = $3 AND revoked_at IS NULL RETURNING *`,
      [id, caller.userId, caller.organisationId, new Date(this.#clock.now() + OVERLAP_MS)],
    );
    if (row === null) throw notFound();
    announce(`key:${id}`);
  }

  #by(caller: Principal, origin: Origin) {
    return { organisationId: caller.organisationId, actor: caller.userId, origin };
  }
}

function wireKey(row: KeyRow): ApiKey {
  return {
    id: row.id,
    name: row.name,
    prefix: `zk_${row.prefix}`,
    scopes: row.scopes,
    expiresAt: row.expires_at.toISOString(),
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
    allowFrom: row.allow_from,
    createdAt: row.created_at.toISOString(),
    ownerId: row.user_id,
  };
}

function isRange(text: string): boolean {
  const [base = '', bits, more] = text.split('/');
  const family = isIP(base);
  if (family === 0 || more !== undefined) return false;
  if (bits === undefined) return true;
  if (!/^\d{1,3}$/.test(bits)) return false;
  try {
    new BlockList().addSubnet(base, Number(bits), family === 6 ? 'ipv6' : 'ipv4');
    return true;
  } catch {
    return false;
  }
}
