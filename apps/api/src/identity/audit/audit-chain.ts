import { createHash } from 'node:crypto';

/** One row of the audit as it is hashed. `before` and `after` are JSON texts. */
export interface AuditRow {
  readonly organisationId: string;
  readonly seq: number;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly target: string | null;
  readonly before: string | null;
  readonly after: string | null;
  readonly requestId: string | null;
  readonly address: string | null;
}

/** Hash before the first row. */
export const FIRST_HASH = '0'.repeat(64);

/** SHA-256, hex, over the row and the hash of the row before: changing, removing or adding one breaks all that follow. */
export function auditHash(row: AuditRow, previous: string): string {
  const fields = [
    previous,
    row.organisationId,
    row.seq,
    row.at,
    row.actor,
    row.action,
    row.target,
    row.before,
    row.after,
    row.requestId,
    row.address,
  ];
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex');
}
