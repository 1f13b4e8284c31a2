import type { Member, Role, WireUser } from '@ziggy/contracts';
import { rowOf } from '../sql.ts';
import type { Queryable } from '../sql.ts';

/** A row of `app_user`. */
export interface UserRow {
  readonly id: string;
  readonly organisation_id: string;
  readonly organisation_name: string;
  readonly email: string;
  readonly display_name: string;
  readonly role: Role;
  readonly time_zone: string;
  readonly locale: string;
  readonly default_account_id: string | null;
  readonly password_hash: string | null;
  readonly totp_secret: Buffer | null;
  readonly totp_pending: Buffer | null;
  readonly totp_step: string | null;
  readonly recovery: readonly Buffer[];
  readonly issuer: string | null;
  readonly subject: string | null;
  readonly disabled_at: Date | null;
  readonly last_seen_at: Date | null;
  readonly version: number;
  readonly created_at: Date;
}

export const USER_SELECT = `SELECT u.*, o.name AS organisation_name FROM app_user u JOIN organisation o ON o.id = u.organisation_id`;

export function userWithAddress(db: Queryable, address: string): Promise<UserRow | null> {
  return rowOf<UserRow>(db, `${USER_SELECT} WHERE u.email = $1`, [address]);
}

/** `lock` keeps others from changing the row until the transaction ends. */
export function userWithId(db: Queryable, id: string, lock = false): Promise<UserRow | null> {
  return rowOf<UserRow>(db, `${USER_SELECT} WHERE u.id = $1${lock ? ' FOR UPDATE OF u' : ''}`, [id]);
}

export function wireUser(row: UserRow): WireUser {
  return {
    id: row.id,
    email: row.email,
    displayName: row.display_name,
    role: row.role,
    timeZone: row.time_zone,
    locale: row.locale,
    defaultAccountId: row.default_account_id,
    version: row.version,
  };
}

export function wireMember(row: UserRow): Member {
  return {
    ...wireUser(row),
    state: row.disabled_at !== null ? 'disabled' : hasCredential(row) ? 'active' : 'invited',
    lastSeenAt: row.last_seen_at?.toISOString() ?? null,
    secondFactor: row.totp_secret !== null,
    createdAt: row.created_at.toISOString(),
  };
}

function hasCredential(row: UserRow): boolean {
  return row.password_hash !== null || row.subject !== null;
}
