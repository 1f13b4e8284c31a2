import type { INestApplicationContext } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest, RouteShorthandOptions } from 'fastify';
import { SERVER_CONFIG } from '../../config/server.config.ts';
import type { ServerConfig } from '../../config/server.config.ts';
import { RateLimits } from '../access/rate-limits.ts';
import { RefreshCookie } from '../sessions/refresh-cookie.ts';
import { FLOW_MS, Oidc } from './oidc.service.ts';

const STATE_COOKIE = 'ziggy_oidc';
const CALLBACK = '/auth/oidc/callback';
const SIGN_IN = '/app/sign-in';

const failed = (code: string): string => `${SIGN_IN}?error=${code}`;

/**
 * The two addresses that a browser visits on its way to a foreign issuer and back. They answer with redirects, so they are
 * pages and no operations of the API.
 */
export function addOidcPages(
  fastify: FastifyInstance,
  app: INestApplicationContext,
  page: RouteShorthandOptions,
): void {
  const oidc = app.get(Oidc, { strict: false });
  const cookie = app.get(RefreshCookie, { strict: false });
  const limits = app.get(RateLimits, { strict: false });
  const { publicUrl } = app.get<ServerConfig>(SERVER_CONFIG);
  const callbackOf = (request: FastifyRequest) => `${publicUrl ?? `${request.protocol}://${request.host}`}${CALLBACK}`;
  // Lax: the browser comes back from the issuer's site, where a strict cookie would stay behind.
  const options = { path: '/auth/oidc', httpOnly: true, sameSite: 'lax' } as const;

  fastify.get<{ Querystring: { next?: string } }>('/auth/oidc/start', page, async (request, reply) => {
    await limits.take('auth', null, request.ip, reply);
    const { next } = request.query;
    const started = await oidc.start(typeof next === 'string' ? next : undefined, callbackOf(request));
    if (started === null) return reply.header('cache-control', 'no-store').redirect(failed('oidc_failed'), 302);
    const { url, state } = started;
    const secure = callbackOf(request).startsWith('https:');
    return reply
      .setCookie(STATE_COOKIE, state, { ...options, secure, maxAge: FLOW_MS / 1_000 })
      .header('cache-control', 'no-store')
      .redirect(url, 302);
  });

  fastify.get(CALLBACK, page, async (request, reply) => {
    await limits.take('auth', null, request.ip, reply);
    const url = new URL(callbackOf(request));
    url.search = request.url.includes('?') ? request.url.slice(request.url.indexOf('?')) : '';
    const origin = {
      requestId: request.id,
      address: request.ip,
      agent: (request.headers['user-agent'] ?? 'unknown').slice(0, 200),
    };
    const outcome = await oidc.finish(url, request.cookies[STATE_COOKIE], origin);
    reply.clearCookie(STATE_COOKIE, options).header('cache-control', 'no-store');
    if (!outcome.ok) return reply.redirect(failed(outcome.code), 302);
    cookie.set(request, reply, outcome.signedIn.refreshToken);
    return reply.redirect(outcome.next, 302);
  });
}
