import type { Role } from '@ziggy/contracts';
import { ProblemError } from '../../platform/problem.ts';
import type { EmailAddress } from '../email.ts';
import { newId } from '../secrets.ts';
import type { Queryable } from '../sql.ts';

export interface NewUser {
  readonly organisationId: string;
  readonly email: EmailAddress;
  readonly role: Role;
  readonly displayName: string;
  readonly timeZone: string;
  readonly passwordHash: string | null;
  readonly issuer?: string;
  readonly subject?: string;
}

/** Inserts a user and returns its id. @throws ProblemError `already_exists` for an address that is, or looks like, a known one */
export async function insertUser(db: Queryable, user: NewUser, now: number): Promise<string> {
  const id = newId('usr');
  const found = await db.query(`SELECT 1 FROM app_user WHERE email = $1 OR email_key = $2`, [
    user.email.address,
    user.email.key,
  ]);
  if ((found as unknown[]).length > 0) throw addressTaken();
  const rows = await db.query(
    `INSERT INTO app_user (id, organisation_id, email, email_key, display_name, role, time_zone, locale, password_hash,
       issuer, subject, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'en-GB', $8, $9, $10, $11)
     ON CONFLICT DO NOTHING RETURNING id`,
    [
      id,
      user.organisationId,
      user.email.address,
      user.email.key,
      user.displayName,
      user.role,
      user.timeZone,
      user.passwordHash,
      user.issuer ?? null,
      user.subject ?? null,
      new Date(now),
    ],
  );
  // Somebody else inserted it between the look and the insert.
  if ((rows as unknown[]).length === 0) throw addressTaken();
  return id;
}

function addressTaken(): ProblemError {
  return new ProblemError('already_exists', 'Somebody has this address, or one that looks the same.');
}

export interface NewOrganisation {
  readonly name: string;
  readonly timeZone: string;
  readonly baseCurrency: string;
}

export async function insertOrganisation(db: Queryable, organisation: NewOrganisation, now: number): Promise<string> {
  const id = newId('org');
  await db.query(
    `INSERT INTO organisation (id, name, time_zone, base_currency, created_at) VALUES ($1, $2, $3, $4, $5)`,
    [id, organisation.name, organisation.timeZone, organisation.baseCurrency, new Date(now)],
  );
  return id;
}
