import { freeText } from '../data/url-state.ts';
import type { UrlField, UrlValues } from '../data/url-state.ts';
import type { Query } from '../data/rest-client.ts';

/** A calendar day, as date fields of browsers write it. */
const day: UrlField<string> = {
  initial: '',
  read: (text) => (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : undefined),
  write: (value) => value,
};

/** What of the audit is in its URL: the filter. Days are UTC, both inside. */
export const AUDIT_URL = {
  actor: freeText(64),
  action: freeText(64),
  target: freeText(64),
  request: freeText(64),
  from: day,
  to: day,
};
export type AuditFilter = UrlValues<typeof AUDIT_URL>;

const DAY_MS = 86_400_000;

/** A filter as the server asks it: its range ends before `to`. */
export function auditQuery(filter: AuditFilter): Query {
  return {
    actor: filter.actor || undefined,
    action: filter.action || undefined,
    target: filter.target || undefined,
    requestId: filter.request || undefined,
    ...auditRange(filter),
  };
}

/** Only the range of a filter. */
export function auditRange({ from, to }: Pick<AuditFilter, 'from' | 'to'>): Query {
  return {
    from: from === '' ? undefined : `${from}T00:00:00.000Z`,
    to: to === '' ? undefined : new Date(Date.parse(to) + DAY_MS).toISOString(),
  };
}
