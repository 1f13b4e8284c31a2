import { ROLES } from '@ziggy/contracts';
import type { Role } from '@ziggy/contracts';
import { scopeOf } from '../../platform/api-route.ts';
import type { RouteAccess } from '../../platform/api-route.ts';
import { ProblemError } from '../../platform/problem.ts';
import type { Principal } from '../caller.ts';
import { forbidden, unauthenticated } from '../faults.ts';

/** Whether a role holds another. */
export function roleHolds(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/**
 * The one decision about a route: null lets the caller in, else the problem to answer. Asked of identity (401) first and of
 * the route's policy (403) then; the same for requests, event streams and sockets.
 */
export function refusalOf(
  access: RouteAccess,
  principal: Principal | null,
  method: string,
  now: number,
): ProblemError | null {
  if (access.role === 'public') return null;
  if (principal === null) return unauthenticated('unauthenticated');
  if (access.person === true && principal.kind !== 'person')
    return new ProblemError('person_required', 'An API key may not do this.');
  if (!roleHolds(principal.role, access.role)) return forbidden({ needRole: access.role });
  const scope = scopeOf(access, method);
  if (principal.kind === 'key' && !principal.scopes.includes(scope)) return forbidden({ needScope: scope });
  if (access.fresh === true && (principal.freshUntil === null || principal.freshUntil <= now))
    return unauthenticated('fresh_sign_in_required');
  return null;
}
