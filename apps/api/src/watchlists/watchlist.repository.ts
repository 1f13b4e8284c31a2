import { Injectable } from '@nestjs/common';
import type { WatchlistSections } from '@ziggy/contracts';
import { Transactions } from '../persistence/transactions.ts';
import type { Owner, WatchlistRow } from './watchlist.entity.ts';

const COLUMNS = 'id, name, sections, version';

/** The `watchlist` table. Every statement names the owner: a list of somebody else is not there. */
@Injectable()
export class WatchlistRepository {
  readonly #db: Transactions;

  constructor(db: Transactions) {
    this.#db = db;
  }

  /** In the order in which they were made. */
  async list({ organisationId, userId }: Owner): Promise<WatchlistRow[]> {
    return this.#db.query<WatchlistRow>(
      `SELECT ${COLUMNS} FROM watchlist WHERE organisation_id = $1 AND user_id = $2 ORDER BY created_at, id`,
      [organisationId, userId],
    );
  }

  async find({ organisationId, userId }: Owner, id: string): Promise<WatchlistRow | null> {
    const rows = await this.#db.query<WatchlistRow>(
      `SELECT ${COLUMNS} FROM watchlist WHERE id = $1 AND organisation_id = $2 AND user_id = $3`,
      [id, organisationId, userId],
    );
    return rows[0] ?? null;
  }

  /** Lists that were made or changed since; their symbols are kept fresh. */
  async changedSince(at: Date): Promise<WatchlistRow[]> {
    return this.#db.query<WatchlistRow>(
      `SELECT ${COLUMNS} FROM watchlist WHERE updated_at >= $1 ORDER BY updated_at DESC LIMIT 1000`,
      [at],
    );
  }

  /** How many lists the owner has. Until the transaction ends nobody else counts them, so that a limit holds. */
  async countForInsert({ organisationId, userId }: Owner): Promise<number> {
    await this.#db.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 1))`, [`${organisationId}|${userId}`]);
    const rows = await this.#db.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM watchlist WHERE organisation_id = $1 AND user_id = $2`,
      [organisationId, userId],
    );
    return rows[0]?.count ?? 0;
  }

  async insert(owner: Owner, list: { id: string; name: string; sections: WatchlistSections }): Promise<WatchlistRow> {
    const rows = await this.#db.query<WatchlistRow>(
      `INSERT INTO watchlist (id, organisation_id, user_id, name, sections) VALUES ($1, $2, $3, $4, $5) RETURNING ${COLUMNS}`,
      [list.id, owner.organisationId, owner.userId, list.name, JSON.stringify(list.sections)],
    );
    return rows[0] as WatchlistRow;
  }

  /** @returns null when there is no such list of this version. */
  async update(owner: Owner, list: WatchlistRow): Promise<WatchlistRow | null> {
    const rows = await this.#db.query<WatchlistRow>(
      `WITH changed AS (
         UPDATE watchlist SET name = $5, sections = $6, version = version + 1, updated_at = now()
         WHERE id = $1 AND organisation_id = $2 AND user_id = $3 AND version = $4 RETURNING ${COLUMNS}
       ) SELECT * FROM changed`,
      [list.id, owner.organisationId, owner.userId, list.version, list.name, JSON.stringify(list.sections)],
    );
    return rows[0] ?? null;
  }

  /** @returns false when there is no such list of this version. */
  async delete(owner: Owner, id: string, version: number): Promise<boolean> {
    const rows = await this.#db.query(
      `WITH gone AS (
         DELETE FROM watchlist WHERE id = $1 AND organisation_id = $2 AND user_id = $3 AND version = $4 RETURNING id
       ) SELECT * FROM gone`,
      [id, owner.organisationId, owner.userId, version],
    );
    return rows.length > 0;
  }
}
