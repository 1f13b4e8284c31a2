import { ROLES } from '@ziggy/contracts';
import type { Role, Scope } from '@ziggy/contracts';
import type { Choice } from '@ziggy/ui';

export const ROLE_NAMES: Readonly<Record<Role, string>> = {
  viewer: 'Viewer',
  analyst: 'Analyst',
  trader: 'Trader',
  risk: 'Risk',
  admin: 'Administrator',
};

/** What each role may, in one sentence. */
export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  viewer: 'Reads what the organisation sees, and keeps own lists, settings and keys.',
  analyst: 'All that a viewer may, and does research.',
  trader: 'All that an analyst may, and places paper orders.',
  risk: 'All that a trader may, reads the audit and can halt trading.',
  admin: 'All that risk may, and manages people and the organisation.',
};

export const ROLE_CHOICES: readonly Choice<Role>[] = ROLES.map((id) => ({ id, label: ROLE_NAMES[id] }));

/** The least role whose holder may give a key this scope. */
const NEEDED: Readonly<Record<Scope, Role>> = { read: 'viewer', write: 'viewer', trade: 'trader', admin: 'risk' };

export const SCOPE_WORDS: Readonly<Record<Scope, string>> = {
  read: 'Reads everything that you may read, streams too.',
  write: 'Changes what is yours, such as lists and alerts.',
  trade: 'Places and cancels paper orders.',
  admin: 'Does what needs the role risk or administrator.',
};

/** Whether a role holds another; each holds those before it. */
export function roleHolds(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** Why a scope is out of a role's reach; null when it is not. */
export function scopeBlocked(scope: Scope, role: Role): string | null {
  return roleHolds(role, NEEDED[scope]) ? null : `it needs the role ${ROLE_NAMES[NEEDED[scope]].toLowerCase()}`;
}
