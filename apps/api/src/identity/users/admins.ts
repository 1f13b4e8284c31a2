import { rowsOf } from '../sql.ts';
import type { Queryable } from '../sql.ts';
import type { UserRow } from './user-rows.ts';

/** Locks the admins of an organisation, in one order: two who demote each other cannot both win. Before the row of any user. */
export async function lockAdmins(db: Queryable, organisationId: string): Promise<void> {
  await db.query(`SELECT 1 FROM app_user WHERE organisation_id = $1 AND role = 'admin' ORDER BY id FOR UPDATE`, [
    organisationId,
  ]);
}

/** Whether a user is the only admin of its organisation who can sign in. The admins must be locked. */
export async function isLastAdmin(db: Queryable, user: UserRow): Promise<boolean> {
  if (user.role !== 'admin' || user.disabled_at !== null) return false;
  const others = await rowsOf(
    db,
    `SELECT 1 FROM app_user WHERE organisation_id = $1 AND id <> $2 AND role = 'admin' AND disabled_at IS NULL
       AND (password_hash IS NOT NULL OR subject IS NOT NULL) LIMIT 1`,
    [user.organisation_id, user.id],
  );
  return others.length === 0;
}
