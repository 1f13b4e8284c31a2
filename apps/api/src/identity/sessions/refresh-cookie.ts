import { Inject, Injectable } from '@nestjs/common';
import { CSRF_HEADER } from '@ziggy/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import '@fastify/cookie';
import { IDENTITY_CONFIG } from '../../config/identity.config.ts';
import type { IdentityConfig } from '../../config/identity.config.ts';
import { SERVER_CONFIG } from '../../config/server.config.ts';
import type { ServerConfig } from '../../config/server.config.ts';
import { ProblemError } from '../../platform/problem.ts';
import { unauthenticated } from '../faults.ts';

const NAME = 'ziggy_refresh';
/** Tells the portal's scripts that there is a session worth refreshing. It says nothing of whose, and opens nothing. */
const HINT = 'ziggy_session';
const DAY_SEC = 86_400;

/**
 * The refresh token's cookie: out of reach of scripts, sent to `/auth` alone, never from another site. Beside it goes a hint
 * that the portal can read, so that a page without a session does not ask in vain.
 */
@Injectable()
export class RefreshCookie {
  readonly #server: ServerConfig;
  readonly #maxAge: number;

  constructor(@Inject(SERVER_CONFIG) server: ServerConfig, @Inject(IDENTITY_CONFIG) identity: IdentityConfig) {
    this.#server = server;
    this.#maxAge = identity.sessionDays * DAY_SEC;
  }

  set(request: FastifyRequest, reply: FastifyReply, token: string): void {
    const maxAge = this.#maxAge;
    void reply.setCookie(NAME, token, { ...this.#options(request), maxAge });
    void reply.setCookie(HINT, '1', { ...this.#hintOptions(request), maxAge });
  }

  clear(request: FastifyRequest, reply: FastifyReply): void {
    void reply.clearCookie(NAME, this.#options(request));
    void reply.clearCookie(HINT, this.#hintOptions(request));
  }

  /**
   * The token of a request that proves to come from our own page: `SameSite=Strict` keeps the cookie from other sites,
   * `Origin` names the page, and no form can add the header.
   * @throws ProblemError `origin_refused`, `csrf_failed`, `unauthenticated`
   */
  read(request: FastifyRequest): string {
    if (!this.#originAllowed(request))
      throw new ProblemError('origin_refused', 'Pages of this origin may not do this.');
    if (request.headers[CSRF_HEADER] === undefined)
      throw new ProblemError('csrf_failed', 'The header X-CSRF is missing.');
    const token = request.cookies[NAME];
    if (token === undefined || token.length > 200) throw unauthenticated('unauthenticated');
    return token;
  }

  /** Browsers name the origin with every POST, so one that does not is refused too. */
  #originAllowed(request: FastifyRequest): boolean {
    const url = URL.parse(request.headers.origin ?? '');
    if (url === null || url.origin === 'null') return false;
    const { allowedOrigins, publicUrl } = this.#server;
    if (allowedOrigins.includes(url.origin) || url.origin === publicUrl) return true;
    return URL.parse(`${url.protocol}//${request.host}`)?.host === url.host;
  }

  #options(request: FastifyRequest) {
    const secure = request.protocol === 'https' || this.#server.publicUrl?.startsWith('https:') === true;
    return { path: '/auth', httpOnly: true, sameSite: 'strict', secure } as const;
  }

  #hintOptions(request: FastifyRequest) {
    return { ...this.#options(request), path: '/app', httpOnly: false } as const;
  }
}
