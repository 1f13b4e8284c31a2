import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { Role, Scope } from '@ziggy/contracts';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from '../platform/problem.ts';

/** Who sent a request, in whose organisation, and with what rights. Owned rows are read and written by these two ids. */
export interface Caller {
  readonly organisationId: string;
  readonly userId: string;
  readonly role: Role;
  readonly kind: 'person' | 'key';
  /** Scopes of the key; a person has all that the role allows. */
  readonly scopes: readonly Scope[];
}

/** A caller together with the credential that proved it. */
export interface Principal extends Caller {
  /** `session:<id>` or `key:<id>`: what to end to make the credential void. */
  readonly credential: string;
  /** When the credential itself ends (access token or key), epoch ms. */
  readonly expiresAt: number;
  /** Until when the session counts as just proven, epoch ms; null for keys and for sessions that are not. */
  readonly freshUntil: number | null;
}

export const ALL_SCOPES: readonly Scope[] = ['read', 'write', 'trade', 'admin'];

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the access hook, before the body is read; null for a stranger. */
    principal: Principal | null;
  }
}

/** The caller of a request that the guard has let through. */
export function callerOf(request: FastifyRequest): Principal {
  if (request.principal === null) throw new ProblemError('unauthenticated', 'Sign in first.');
  return request.principal;
}

const requestOf = (context: ExecutionContext): FastifyRequest => context.switchToHttp().getRequest<FastifyRequest>();

/** The caller of the request, as a parameter of a handler: `list(@CurrentCaller() caller: Caller)`. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext): Principal =>
  callerOf(requestOf(context)),
);

/** The caller of a public route, if there is one. */
export const MaybeCaller = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Principal | null => requestOf(context).principal,
);

/** Where a request came from, for sessions and the audit. */
export interface Origin {
  readonly requestId: string | null;
  readonly address: string | null;
  readonly agent: string;
}

/** The origin of the request, as a parameter of a handler. */
export const RequestOrigin = createParamDecorator((_data: unknown, context: ExecutionContext): Origin => {
  const request = requestOf(context);
  return {
    requestId: request.id,
    address: request.ip,
    agent: (request.headers['user-agent'] ?? 'unknown').slice(0, 200),
  };
});
