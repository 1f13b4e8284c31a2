import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { WallClock } from '../platform/clock.ts';
import { Logger } from '../platform/logger.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Sessions that ended stay this long for who asks what happened; what they did stays in the audit. */
const ENDED_SESSION_MS = 30 * DAY_MS;
const ENDED_LINK_MS = 7 * DAY_MS;
/** A day after its last lock an address starts anew anyway. */
const OLD_FAILURE_MS = 2 * DAY_MS;
const RETENTION_LOCK = 0x2199_1a7;

/** What nothing asks for any more, and before when. Refresh tokens go with their session. */
const RULES: readonly { readonly sql: string; readonly keptMs: number }[] = [
  { sql: `DELETE FROM user_session WHERE least(ended_at, expires_at) < $1`, keptMs: ENDED_SESSION_MS },
  { sql: `DELETE FROM one_time_link WHERE least(used_at, expires_at) < $1`, keptMs: ENDED_LINK_MS },
  { sql: `DELETE FROM sign_in_failure WHERE greatest(first_at, locked_until) < $1`, keptMs: OLD_FAILURE_MS },
];

/** Lets go of sessions, links and counts of failures that are over. Replicas take turns. */
@Injectable()
export class IdentityRetention {
  readonly #db: DataSource;
  readonly #clock: WallClock;
  readonly #log: Logger;

  constructor(@InjectDataSource() db: DataSource, clock: WallClock, logger: Logger) {
    this.#db = db;
    this.#clock = clock;
    this.#log = logger.child({ context: 'IdentityRetention' });
  }

  @Interval('identity-retention', HOUR_MS)
  async sweep(): Promise<void> {
    const now = this.#clock.now();
    try {
      await this.#db.transaction(async (db) => {
        const [turn] = await db.query<[{ ours: boolean }]>('SELECT pg_try_advisory_xact_lock($1) AS ours', [
          RETENTION_LOCK,
        ]);
        if (!turn.ours) return;
        for (const { sql, keptMs } of RULES) await db.query(sql, [new Date(now - keptMs)]);
      });
    } catch (error) {
      this.#log.warn({ err: error }, 'what is over was not let go; the next turn tries again');
    }
  }
}
