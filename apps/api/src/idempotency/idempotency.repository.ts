import { Injectable } from '@nestjs/common';
import { Transactions } from '../persistence/transactions.ts';

/** Whose key it is, and for what. */
export interface IdempotencyScope {
  readonly organisationId: string;
  readonly userId: string;
  /** Method and path template. */
  readonly route: string;
  readonly key: string;
}

export interface StoredAnswer {
  readonly requestHash: string;
  readonly status: number;
  /** JSON text, byte for byte as it was sent; empty when there was no body. */
  readonly body: string;
}

/** The `idempotency_key` table. */
@Injectable()
export class IdempotencyRepository {
  readonly #db: Transactions;

  constructor(db: Transactions) {
    this.#db = db;
  }

  /**
   * Takes the key for the open transaction. @returns false when another request holds it. The lock ends with the
   * transaction, also when the process dies, so that no key is left behind as running.
   */
  async take(scope: IdempotencyScope): Promise<boolean> {
    const rows = await this.#db.query<{ taken: boolean }>(
      `SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS taken`,
      [JSON.stringify([scope.organisationId, scope.userId, scope.route, scope.key])],
    );
    return rows[0]?.taken === true;
  }

  async find(scope: IdempotencyScope, notBefore: Date): Promise<StoredAnswer | null> {
    const rows = await this.#db.query<StoredAnswer>(
      `SELECT request_hash AS "requestHash", status, body FROM idempotency_key
       WHERE organisation_id = $1 AND user_id = $2 AND route = $3 AND key = $4 AND created_at >= $5`,
      [scope.organisationId, scope.userId, scope.route, scope.key, notBefore],
    );
    return rows[0] ?? null;
  }

  async save(scope: IdempotencyScope, answer: StoredAnswer, at: Date): Promise<void> {
    await this.#db.query(
      `INSERT INTO idempotency_key (organisation_id, user_id, route, key, request_hash, status, body, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
       ON CONFLICT (organisation_id, user_id, route, key) DO UPDATE SET request_hash = EXCLUDED.request_hash,
         status = EXCLUDED.status, body = EXCLUDED.body, created_at = EXCLUDED.created_at`,
      [
        ...[scope.organisationId, scope.userId, scope.route, scope.key],
        ...[answer.requestHash, answer.status, answer.body, at],
      ],
    );
  }

  async sweep(before: Date): Promise<void> {
    await this.#db.query('DELETE FROM idempotency_key WHERE created_at < $1', [before]);
  }
}
