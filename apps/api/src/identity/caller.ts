import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { RouteRole, RouteScope } from '../platform/api-route.ts';

/** Who sent a request, in whose organisation, and with what rights. Owned rows are read and written by these two ids. */
export interface Caller {
  readonly organisationId: string;
  readonly userId: string;
  readonly role: Exclude<RouteRole, 'public'>;
  readonly kind: 'person' | 'key';
  /** Scopes of the key; a person has all that the role allows. */
  readonly scopes: readonly RouteScope[];
}

/** The one caller of an installation that knows no users. */
const INSTALLATION: Caller = {
  organisationId: 'org_local',
  userId: 'usr_local',
  role: 'admin',
  kind: 'person',
  scopes: ['read', 'write', 'trade', 'admin'],
};

/** The caller of a request. */
export function callerOf(_request: FastifyRequest): Caller {
  return INSTALLATION;
}

/** The caller of the request, as a parameter of a handler: `list(@CurrentCaller() caller: Caller)`. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext): Caller =>
  callerOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
