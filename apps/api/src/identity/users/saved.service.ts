import { Injectable } from '@nestjs/common';
import type { SavedAnswer, SavedBody, SavedItem, SavedQuery } from '@ziggy/contracts';
import type { Principal } from '../caller.ts';
import { bodyFault, versionConflict } from '../faults.ts';
import { rowOf, rowsOf } from '../sql.ts';
import { Organisations } from './organisations.service.ts';
import { UserTools } from './users.service.ts';

const VALUE_BYTES = 64 * 1024;

interface SavedRow {
  readonly kind: SavedItem['kind'];
  readonly key: string;
  readonly value: unknown;
  readonly version: number;
  readonly updated_at: Date;
}

/** What the portal keeps for a user: layouts, grids, drawings. */
@Injectable()
export class SavedItems {
  readonly #tools: UserTools;
  readonly #organisations: Organisations;

  constructor(tools: UserTools, organisations: Organisations) {
    this.#tools = tools;
    this.#organisations = organisations;
  }

  async list(caller: Principal, { kind }: SavedQuery): Promise<SavedAnswer> {
    const rows = await rowsOf<SavedRow>(
      this.#tools.db,
      `SELECT * FROM saved_item WHERE user_id = $1 AND ($2::text IS NULL OR kind = $2) ORDER BY kind, key`,
      [caller.userId, kind ?? null],
    );
    return { items: rows.map(wire) };
  }

  /** Writes when the version is the stored one; 0 makes a new item and `null` removes it. */
  async put(
    caller: Principal,
    { kind, key }: Pick<SavedItem, 'kind' | 'key'>,
    { value, version }: SavedBody,
  ): Promise<SavedItem> {
    const text = JSON.stringify(value ?? null);
    if (Buffer.byteLength(text) > VALUE_BYTES) throw bodyFault('/value', `At most ${VALUE_BYTES} bytes of JSON.`);
    const { quotas } = await this.#organisations.read(caller);
    return this.#tools.changes.transaction(async (db) => {
      // One writer of a user's items at a time, also for those that do not exist yet.
      await db.query('SELECT 1 FROM app_user WHERE id = $1 FOR UPDATE', [caller.userId]);
      const where = [caller.userId, kind, key];
      const sql = 'SELECT * FROM saved_item WHERE user_id = $1 AND kind = $2 AND key = $3';
      const known = await rowOf<SavedRow>(db, sql, where);
      if ((known?.version ?? null) !== (version === 0 ? null : version))
        throw versionConflict(known === null ? null : wire(known));
      const at = new Date(this.#tools.clock.now());
      if (value === null || value === undefined) {
        await db.query('DELETE FROM saved_item WHERE user_id = $1 AND kind = $2 AND key = $3', where);
        return { kind, key, value: null, version: 0, updatedAt: at.toISOString() };
      }
      if (known === null) {
        const rows = await rowsOf(db, 'SELECT 1 FROM saved_item WHERE user_id = $1', [caller.userId]);
        const most = quotas['savedItemsPerUser']?.value ?? 200;
        if (rows.length >= most) throw bodyFault('/value', `At most ${most} items of a user.`);
      }
      const row = await rowOf<SavedRow>(
        db,
        `INSERT INTO saved_item (user_id, kind, key, value, version, updated_at) VALUES ($1, $2, $3, $4, 1, $5)
         ON CONFLICT (user_id, kind, key) DO UPDATE SET value = EXCLUDED.value, version = saved_item.version + 1,
           updated_at = EXCLUDED.updated_at RETURNING *`,
        [...where, text, at],
      );
      if (row === null) throw new Error('The saved item is not there.');
      return wire(row);
    });
  }
}

function wire(row: SavedRow): SavedItem {
  return {
    kind: row.kind,
    key: row.key,
    value: row.value,
    version: row.version,
    updatedAt: row.updated_at.toISOString(),
  };
}
