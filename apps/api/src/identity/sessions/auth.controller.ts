import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Req, Res } from '@nestjs/common';
import {
  idParams,
  loginBody,
  logoutBody,
  meAnswer,
  passwordBody,
  sessionsAnswer,
  setupBody,
  signInAnswer,
  totpAnswer,
  totpBody,
  wsTicketAnswer,
  wsTicketBody,
} from '@ziggy/contracts';
import type {
  LoginBody,
  LogoutBody,
  MeAnswer,
  PasswordBody,
  SessionsAnswer,
  SetupBody,
  SignInAnswer,
  TotpAnswer,
  TotpBody,
  WsTicketAnswer,
  WsTicketBody,
} from '@ziggy/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { ApiRoute } from '../../platform/api-route.ts';
import { zodPipe } from '../../platform/zod.pipe.ts';
import { CurrentCaller, MaybeCaller, RequestOrigin } from '../caller.ts';
import type { Origin, Principal } from '../caller.ts';
import { AuthService } from './auth.service.ts';

const EXAMPLE_PASSWORD = 'correct horse battery';
const nothing = z.undefined();

/** Sign-in and sessions. */
@Controller('auth')
export class AuthController {
  readonly #auth: AuthService;

  constructor(auth: AuthService) {
    this.#auth = auth;
  }

  @Post('setup')
  @ApiRoute({
    operationId: 'auth.setup',
    tag: 'auth',
    access: { role: 'public' },
    summary: 'Make the organisation and its admin, once',
    description:
      'Takes the token of the link that the first start prints. Makes the organisation and its admin, who is signed in at once. From then on 403 `setup_closed`.',
    body: setupBody,
    answer: signInAnswer,
    status: 201,
    problems: ['setup_closed', 'expired', 'weak_password', 'rate_limited'],
    example: {
      body: {
        token: '{setupToken}',
        organisation: 'Analytical Engines',
        email: 'ada@example.com',
        password: EXAMPLE_PASSWORD,
      },
    },
    stage: 1,
    cache: 'no-store',
  })
  setup(
    @Body(zodPipe(setupBody, 'body')) body: SetupBody,
    @RequestOrigin() origin: Origin,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignInAnswer> {
    return this.#auth.setup(body, origin, request, reply);
  }

  @Post('login')
  @HttpCode(200)
  @ApiRoute({
    operationId: 'auth.login',
    tag: 'auth',
    access: { role: 'public' },
    summary: 'Sign in',
    description:
      'Sets the refresh cookie. With the access token of a running session of the same person it makes that session fresh for five minutes instead. Five failures within 15 minutes lock the address for a while.',
    body: loginBody,
    answer: signInAnswer,
    problems: ['invalid_credentials', 'second_factor_required', 'sign_in_locked', 'rate_limited', 'overloaded'],
    example: { body: { email: 'ada@example.com', password: EXAMPLE_PASSWORD } },
    stage: 1,
    cache: 'no-store',
  })
  login(
    @Body(zodPipe(loginBody, 'body')) body: LoginBody,
    @MaybeCaller() present: Principal | null,
    @RequestOrigin() origin: Origin,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignInAnswer> {
    return this.#auth.login({ body, present }, origin, request, reply);
  }

  @Post('refresh')
  @HttpCode(200)
  @ApiRoute({
    operationId: 'auth.refresh',
    tag: 'auth',
    access: { role: 'public' },
    rateClass: 'write',
    summary: 'Exchange the refresh cookie for a new access token',
    description:
      'Needs the cookie, an `Origin` that is ours and the header `X-CSRF`. The cookie changes with each use; one that was used before ends its whole session, unless that was within the last 10 s (two tabs).',
    answer: signInAnswer,
    problems: ['unauthenticated', 'token_expired', 'token_revoked', 'origin_refused', 'csrf_failed', 'rate_limited'],
    example: {},
    stage: 1,
    cache: 'no-store',
  })
  refresh(
    @RequestOrigin() origin: Origin,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignInAnswer> {
    return this.#auth.refresh(origin, request, reply);
  }

  @Post('logout')
  @HttpCode(204)
  @ApiRoute({
    operationId: 'auth.logout',
    tag: 'auth',
    access: { role: 'viewer', person: true, own: true },
    summary: 'Sign out',
    description: 'Ends the session, or with `everywhere` all sessions of the user; their streams close within 5 s.',
    body: logoutBody,
    answer: nothing,
    status: 204,
    example: { body: {} },
    stage: 1,
    cache: 'no-store',
  })
  logout(
    @Body(zodPipe(logoutBody, 'body')) body: LogoutBody,
    @CurrentCaller() caller: Principal,
    @RequestOrigin() origin: Origin,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    return this.#auth.logout({ body, caller }, origin, request, reply);
  }

  @Get('me')
  @ApiRoute({
    operationId: 'auth.me',
    tag: 'auth',
    access: { role: 'viewer', own: true },
    summary: 'Who the caller is and what the caller may do',
    description:
      '`permissions` lists the ids of all operations that role and scopes allow. One of `session` and `key` is null.',
    answer: meAnswer,
    example: {},
    stage: 1,
    cache: 'no-store',
  })
  me(@CurrentCaller() caller: Principal): Promise<MeAnswer> {
    return this.#auth.me(caller);
  }

  @Post('ws-ticket')
  @HttpCode(200)
  @ApiRoute({
    operationId: 'auth.streamTicket',
    tag: 'auth',
    access: { role: 'viewer', scope: 'read', own: true },
    rateClass: 'read',
    summary: 'A ticket for one upgrade',
    description:
      'For `?ticket=` of a stream, since browsers send no header with an upgrade. Good for 30 s, once, on any replica. The stream then lasts as long as an access token, unless an `auth` frame renews it.',
    body: wsTicketBody,
    answer: wsTicketAnswer,
    idempotency: 'none',
    example: { body: { channels: ['market', 'charts'] } },
    stage: 1,
    cache: 'no-store',
  })
  ticket(
    @Body(zodPipe(wsTicketBody, 'body')) body: WsTicketBody,
    @CurrentCaller() caller: Principal,
  ): Promise<WsTicketAnswer> {
    return this.#auth.ticket(caller, body);
  }

  @Post('password')
  @HttpCode(204)
  @ApiRoute({
    operationId: 'auth.setPassword',
    tag: 'auth',
    access: { role: 'public' },
    summary: 'Change the password, or set it with a link',
    description:
      'Either a signed-in person sends `currentPassword`, or the holder of an invitation or reset link (single use, 72 h) sends `token`. The other sessions of the user end.',
    body: passwordBody,
    answer: nothing,
    status: 204,
    problems: ['unauthenticated', 'invalid_credentials', 'expired', 'weak_password', 'sign_in_locked', 'rate_limited'],
    example: { body: { token: '{inviteToken}', newPassword: 'battery horse correct' } },
    stage: 2,
    cache: 'no-store',
  })
  password(
    @Body(zodPipe(passwordBody, 'body')) body: PasswordBody,
    @MaybeCaller() caller: Principal | null,
    @RequestOrigin() origin: Origin,
  ): Promise<void> {
    return this.#auth.setPassword(body, caller, origin);
  }

  @Get('sessions')
  @ApiRoute({
    operationId: 'auth.sessions',
    tag: 'auth',
    access: { role: 'viewer', person: true, own: true },
    summary: 'Sessions of the caller',
    description: 'Where the caller is signed in now, newest first. `current` marks the session of this request.',
    answer: sessionsAnswer,
    example: {},
    stage: 2,
    cache: 'no-store',
  })
  sessions(@CurrentCaller() caller: Principal): Promise<SessionsAnswer> {
    return this.#auth.sessions(caller);
  }

  @Delete('sessions/:id')
  @HttpCode(204)
  @ApiRoute({
    operationId: 'auth.endSession',
    tag: 'auth',
    access: { role: 'viewer', person: true, own: true },
    summary: 'End a session',
    description:
      'Ends one session of the caller, or all but the present one with the id `others`. An admin ends any of the organisation. Its streams close within 5 s on all replicas.',
    params: idParams,
    answer: nothing,
    status: 204,
    problems: ['not_found'],
    example: { params: { id: 'others' } },
    stage: 2,
    cache: 'no-store',
  })
  endSession(
    @Param(zodPipe(idParams, 'path')) { id }: { id: string },
    @CurrentCaller() caller: Principal,
    @RequestOrigin() origin: Origin,
  ): Promise<void> {
    return this.#auth.endSession(caller, id, origin);
  }

  @Put('totp')
  @ApiRoute({
    operationId: 'auth.setSecondFactor',
    tag: 'auth',
    access: { role: 'viewer', person: true, fresh: true, own: true },
    summary: 'Turn the second factor on or off',
    description:
      'On takes two calls: without `code` it answers the secret, with a code of it the ten recovery codes, shown once. Off needs no code.',
    body: totpBody,
    answer: totpAnswer,
    emptyWhen: 'The second factor is off.',
    problems: ['invalid_state'],
    idempotency: 'none',
    example: { body: { enabled: true } },
    stage: 3,
    cache: 'no-store',
  })
  totp(
    @Body(zodPipe(totpBody, 'body')) body: TotpBody,
    @CurrentCaller() caller: Principal,
    @RequestOrigin() origin: Origin,
  ): Promise<TotpAnswer | null> {
    return this.#auth.setSecondFactor(caller, body, origin);
  }
}
