import { Injectable } from '@nestjs/common';
import type { JobKind, JobState } from '@ziggy/contracts';
import { Transactions } from '../persistence/transactions.ts';
import type { JobOutcome, JobRow } from './job.entity.ts';

const ms = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`;
const COLUMNS = `id, organisation_id, user_id, kind, input, state, progress, stage, resource, cancel_asked, taken, problem, result,
  ${ms('created_at')} AS created_ms, ${ms('started_at')} AS started_ms, ${ms('finished_at')} AS finished_ms`;
/** Jobs of one user that run at once. */
const RUNNING_PER_USER = 2;

/** Whose jobs are meant; `userId` null: those of the whole organisation. */
export interface JobScope {
  readonly organisationId: string;
  readonly userId: string | null;
}

export interface NewJob {
  readonly id: string;
  readonly organisationId: string;
  readonly userId: string;
  readonly kind: JobKind;
  readonly market: string | null;
  readonly input: unknown;
  readonly resource: string;
}

/** The `job` table. Times of leases are the database's, so that replicas agree. */
@Injectable()
export class JobRepository {
  readonly #db: Transactions;

  constructor(db: Transactions) {
    this.#db = db;
  }

  /** @returns null when the user has `queuedMax` jobs waiting already. */
  async insert(job: NewJob, queuedMax: number): Promise<JobRow | null> {
    return this.#db.run(async () => {
      await this.#db.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 2))`, [job.userId]);
      const rows = await this.#db.query<JobRow>(
        `INSERT INTO job (id, organisation_id, user_id, kind, market, input, resource, state, stage)
         SELECT $1, $2, $3, $4, $5, $6::jsonb, $7, 'queued', 'waiting'
         WHERE (SELECT count(*) FROM job WHERE user_id = $3 AND state = 'queued') < $8 RETURNING ${COLUMNS}`,
        [
          ...[job.id, job.organisationId, job.userId, job.kind, job.market, JSON.stringify(job.input)],
          ...[job.resource, queuedMax],
        ],
      );
      return rows[0] ?? null;
    });
  }

  async find(scope: JobScope, id: string): Promise<JobRow | null> {
    const rows = await this.#db.query<JobRow>(
      `SELECT ${COLUMNS} FROM job WHERE id = $1 AND organisation_id = $2 AND ($3::text IS NULL OR user_id = $3)`,
      [id, scope.organisationId, scope.userId],
    );
    return rows[0] ?? null;
  }

  /** Newest first, behind `before`. */
  async list(
    scope: JobScope,
    filter: { kind: JobKind | null; state: JobState | null; before: string | null; limit: number },
  ): Promise<JobRow[]> {
    return this.#db.query<JobRow>(
      `SELECT ${COLUMNS} FROM job WHERE organisation_id = $1 AND ($2::text IS NULL OR user_id = $2)
         AND ($3::text IS NULL OR kind = $3) AND ($4::text IS NULL OR state = $4)
         AND ($5::text IS NULL OR (created_at, id) < (SELECT created_at, id FROM job WHERE id = $5))
       ORDER BY created_at DESC, id DESC LIMIT $6`,
      [scope.organisationId, scope.userId, filter.kind, filter.state, filter.before, filter.limit],
    );
  }

  /** Takes the oldest job that waits, or whose worker is gone. */
  async take(worker: string, market: string, kinds: readonly string[], leaseMs: number): Promise<JobRow | null> {
    const rows = await this.#db.query<JobRow>(
      `WITH taken AS (
         UPDATE job SET state = 'running', worker = $1, lease_until = clock_timestamp() + $4 * interval '1 millisecond',
           started_at = coalesce(started_at, clock_timestamp()), taken = taken + 1
         WHERE id = (
           SELECT j.id FROM job j
           WHERE (j.market IS NULL OR j.market = $2) AND j.kind = ANY ($3)
             AND ((j.state = 'queued' AND (SELECT count(*) FROM job r WHERE r.user_id = j.user_id AND r.state = 'running') < $5)
               OR (j.state = 'running' AND j.lease_until < clock_timestamp()))
           ORDER BY j.created_at FOR UPDATE SKIP LOCKED LIMIT 1)
         RETURNING *
       ) SELECT ${COLUMNS} FROM taken`,
      [worker, market, kinds, leaseMs, RUNNING_PER_USER],
    );
    return rows[0] ?? null;
  }

  /** Keeps what a worker holds. @returns those of its jobs that it still holds, and whether each should end. */
  async renew(worker: string, leaseMs: number): Promise<{ id: string; cancel_asked: boolean }[]> {
    return this.#db.query(
      `WITH held AS (
         UPDATE job SET lease_until = clock_timestamp() + $2 * interval '1 millisecond'
         WHERE worker = $1 AND state = 'running' RETURNING id, cancel_asked
       ) SELECT id, cancel_asked FROM held`,
      [worker, leaseMs],
    );
  }

  async progress(id: string, worker: string, ratio: number | null, stage: string): Promise<void> {
    await this.#db.query(
      `UPDATE job SET progress = $3, stage = $4 WHERE id = $1 AND worker = $2 AND state = 'running'`,
      [id, worker, ratio, stage],
    );
  }

  async finish(id: string, worker: string, outcome: JobOutcome, stage: string): Promise<void> {
    await this.#db.query(
      `UPDATE job SET state = $3, stage = $4, problem = $5::jsonb, result = $6::jsonb, finished_at = clock_timestamp(),
         progress = CASE WHEN $3 = 'succeeded' THEN 1 ELSE progress END, lease_until = NULL
       WHERE id = $1 AND worker = $2 AND state = 'running'`,
      [id, worker, outcome.state, stage, json(outcome.problem), json(outcome.result)],
    );
  }

  /** Ends a job that waits at once, asks a running one to end. @returns null when it had ended. */
  async cancel(scope: JobScope, id: string): Promise<JobRow | null> {
    const rows = await this.#db.query<JobRow>(
      `WITH asked AS (
         UPDATE job SET cancel_asked = true, state = CASE state WHEN 'queued' THEN 'canceled' ELSE state END,
           stage = CASE state WHEN 'queued' THEN 'canceled' ELSE stage END,
           finished_at = CASE state WHEN 'queued' THEN clock_timestamp() END
         WHERE id = $1 AND organisation_id = $2 AND ($3::text IS NULL OR user_id = $3) AND state IN ('queued', 'running')
         RETURNING *
       ) SELECT ${COLUMNS} FROM asked`,
      [id, scope.organisationId, scope.userId],
    );
    return rows[0] ?? null;
  }
}

function json(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}
