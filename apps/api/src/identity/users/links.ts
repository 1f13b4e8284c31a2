import { Inject, Injectable } from '@nestjs/common';
import { LINK_PATHS } from '@ziggy/contracts';
import { SERVER_CONFIG } from '../../config/server.config.ts';
import type { ServerConfig } from '../../config/server.config.ts';
import { WallClock } from '../../platform/clock.ts';
import { ProblemError } from '../../platform/problem.ts';
import { digestOf, newSecret } from '../secrets.ts';
import { rowOf } from '../sql.ts';
import type { Queryable } from '../sql.ts';

export const LINK_MS = 72 * 3_600_000;
export type LinkPurpose = keyof typeof LINK_PATHS;

/** Links that work once, for 72 hours. Their secret stands behind `#`, so that it is in no log of any server. */
@Injectable()
export class Links {
  readonly #clock: WallClock;
  readonly #publicUrl: string | null;

  constructor(clock: WallClock, @Inject(SERVER_CONFIG) config: ServerConfig) {
    this.#clock = clock;
    this.#publicUrl = config.publicUrl;
  }

  /** Makes a link; earlier ones of the same user become void. `base`: where the portal is, unless `PUBLIC_URL` says it. */
  async make(db: Queryable, purpose: LinkPurpose, userId: string | null, base = ''): Promise<string> {
    const now = this.#clock.now();
    const secret = newSecret();
    if (userId !== null) await this.void(db, userId);
    await db.query(`INSERT INTO one_time_link (hash, purpose, user_id, expires_at) VALUES ($1, $2, $3, $4)`, [
      digestOf(secret),
      purpose,
      userId,
      new Date(now + LINK_MS),
    ]);
    return `${this.#publicUrl ?? base}${LINK_PATHS[purpose]}#token=${secret}`;
  }

  /** Makes the open links of a user void. */
  async void(db: Queryable, userId: string): Promise<void> {
    await db.query(`UPDATE one_time_link SET used_at = $2 WHERE user_id = $1 AND used_at IS NULL`, [
      userId,
      new Date(this.#clock.now()),
    ]);
  }

  /** Whose an open link is, without using it up. @throws ProblemError `expired`, also for one that never was */
  async ownerOf(db: Queryable, secret: string, purposes: readonly LinkPurpose[]): Promise<string | null> {
    const row = await rowOf<{ user_id: string | null }>(
      db,
      `SELECT user_id FROM one_time_link WHERE hash = $1 AND used_at IS NULL AND expires_at > $2 AND purpose = ANY($3)`,
      [digestOf(secret), new Date(this.#clock.now()), purposes],
    );
    if (row === null) throw gone();
    return row.user_id;
  }

  /** Uses a link up. @throws ProblemError `expired`, also for one that never was */
  async use(db: Queryable, secret: string, purposes: readonly LinkPurpose[]): Promise<{ userId: string | null }> {
    const row = await rowOf<{ user_id: string | null }>(
      db,
      `UPDATE one_time_link SET used_at = $2
       WHERE hash = $1 AND used_at IS NULL AND expires_at > $2 AND purpose = ANY($3) RETURNING user_id`,
      [digestOf(secret), new Date(this.#clock.now()), purposes],
    );
    if (row === null) throw gone();
    return { userId: row.user_id };
  }
}

function gone(): ProblemError {
  return new ProblemError('expired', 'This link was used, replaced, or is too old.');
}
