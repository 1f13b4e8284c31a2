import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { WallClock } from '../../platform/clock.ts';
import { ProblemError } from '../../platform/problem.ts';
import { digestOf } from '../secrets.ts';
import { rowOf } from '../sql.ts';
import type { Queryable } from '../sql.ts';

const FAILURES_MAX = 5;
const WINDOW_MS = 15 * 60_000;
const FIRST_LOCK_MS = 60_000;
const LONGEST_LOCK_MS = 60 * 60_000;
/** After a day without a new lock the next one is short again. */
const FORGOTTEN_MS = 86_400_000;

interface FailureRow {
  readonly failures: number;
  readonly first_at: Date;
  readonly locks: number;
  readonly locked_until: Date | null;
}

/**
 * Counts failed proofs by address, whether somebody has it or not. Five within 15 minutes lock it for a minute, then for two,
 * four and so on up to an hour. Sessions that exist go on.
 */
@Injectable()
export class Lockout {
  readonly #db: DataSource;
  readonly #clock: WallClock;

  constructor(@InjectDataSource() db: DataSource, clock: WallClock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** @throws ProblemError `sign_in_locked` */
  async check(address: string, db: Queryable = this.#db): Promise<void> {
    const row = await rowOf<FailureRow>(db, `SELECT * FROM sign_in_failure WHERE key = $1`, [digestOf(address)]);
    const leftMs = (row?.locked_until?.getTime() ?? Number.NEGATIVE_INFINITY) - this.#clock.now();
    if (leftMs > 0) throw locked(leftMs);
  }

  /** Notes a failure; true when it is the one that locks. */
  failed(address: string): Promise<boolean> {
    return this.#db.transaction((db) => this.failedIn(db, address));
  }

  /** The same inside a transaction, which must be kept and not rolled back. */
  async failedIn(db: Queryable, address: string): Promise<boolean> {
    const now = this.#clock.now();
    const key = digestOf(address);
    await db.query(`INSERT INTO sign_in_failure (key, failures, first_at) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING`, [
      key,
      new Date(now),
    ]);
    const row = await rowOf<FailureRow>(db, `SELECT * FROM sign_in_failure WHERE key = $1 FOR UPDATE`, [key]);
    if (row === null) return false;
    const inWindow = now - row.first_at.getTime() < WINDOW_MS;
    const failures = inWindow ? row.failures + 1 : 1;
    const locks = failures >= FAILURES_MAX;
    const before = now - (row.locked_until?.getTime() ?? now) > FORGOTTEN_MS ? 0 : row.locks;
    const lockMs = Math.min(LONGEST_LOCK_MS, FIRST_LOCK_MS * 2 ** before);
    await db.query(
      `UPDATE sign_in_failure SET failures = $2, first_at = $3, locks = $4, locked_until = $5 WHERE key = $1`,
      [
        key,
        locks ? 0 : failures,
        inWindow && !locks ? row.first_at : new Date(now),
        locks ? before + 1 : before,
        locks ? new Date(now + lockMs) : row.locked_until,
      ],
    );
    return locks;
  }

  async succeeded(address: string): Promise<void> {
    await this.#db.query(`DELETE FROM sign_in_failure WHERE key = $1`, [digestOf(address)]);
  }
}

function locked(leftMs: number): ProblemError {
  return new ProblemError('sign_in_locked', 'Too many sign-ins failed; this one waits for a while.', {
    headers: { 'retry-after': String(Math.ceil(leftMs / 1_000)) },
  });
}
