import { Injectable } from '@nestjs/common';
import { WallClock } from '../../platform/clock.ts';
import type { Origin, Principal } from '../caller.ts';
import { rowOf } from '../sql.ts';
import type { Queryable } from '../sql.ts';
import { FIRST_HASH, auditHash } from './audit-chain.ts';

/** What is written down about a change. Never a secret: not even hashed. */
export interface AuditEvent {
  readonly organisationId: string;
  /** Id of the user or key, or `system`. */
  readonly actor: string;
  /** `<thing>.<what was done>`, e.g. `user.role_changed`. */
  readonly action: string;
  readonly target?: string | null;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly origin?: Origin;
}

/** Who the audit says it was: the key, or the person. */
export function actorOf(caller: Principal): string {
  return caller.kind === 'key' ? caller.credential.slice('key:'.length) : caller.userId;
}

/** Appends to the audit, inside the transaction of the change itself: one is not without the other. */
@Injectable()
export class AuditLog {
  readonly #clock: WallClock;

  constructor(clock: WallClock) {
    this.#clock = clock;
  }

  async append(db: Queryable, event: AuditEvent): Promise<void> {
    // The head row is the lock that puts the writers of one organisation in a line.
    await db.query(`INSERT INTO audit_head (organisation_id, seq, hash) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING`, [
      event.organisationId,
      FIRST_HASH,
    ]);
    const head = await rowOf<{ seq: string; hash: string }>(
      db,
      `SELECT seq::text AS seq, hash FROM audit_head WHERE organisation_id = $1 FOR UPDATE`,
      [event.organisationId],
    );
    if (head === null) throw new Error('The audit of the organisation has no head.');
    const row = {
      organisationId: event.organisationId,
      seq: Number(head.seq) + 1,
      at: new Date(this.#clock.now()).toISOString(),
      actor: event.actor,
      action: event.action,
      target: event.target ?? null,
      before: jsonOf(event.before),
      after: jsonOf(event.after),
      requestId: event.origin?.requestId ?? null,
      address: event.origin?.address ?? null,
    };
    const hash = auditHash(row, head.hash);
    await db.query(
      `INSERT INTO audit (organisation_id, seq, at, actor, action, target, before, after, request_id, address, hash)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [...Object.values(row), hash],
    );
    await db.query(`UPDATE audit_head SET seq = $2, hash = $3 WHERE organisation_id = $1`, [
      event.organisationId,
      row.seq,
      hash,
    ]);
  }
}

function jsonOf(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}
