import { Injectable } from '@nestjs/common';
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
import { WallClock } from '../../platform/clock.ts';
import type { Origin, Principal } from '../caller.ts';
import { Me } from './me.service.ts';
import { RefreshCookie } from './refresh-cookie.ts';
import { SecondFactor } from './second-factor.ts';
import { Sessions } from './sessions.service.ts';
import { Setup } from './setup.service.ts';
import { SignIn } from './sign-in.service.ts';
import { Tickets } from './tickets.service.ts';

/** The parts behind `/auth`, held together. */
@Injectable()
export class AuthParts {
  readonly setup: Setup;
  readonly signIn: SignIn;
  readonly sessions: Sessions;
  readonly factor: SecondFactor;
  readonly me: Me;
  readonly cookie: RefreshCookie;

  constructor(setup: Setup, signIn: SignIn, sessions: Sessions, factor: SecondFactor, me: Me, cookie: RefreshCookie) {
    this.setup = setup;
    this.signIn = signIn;
    this.sessions = sessions;
    this.factor = factor;
    this.me = me;
    this.cookie = cookie;
  }
}

/** What `/auth` does: the services' work, and the cookie that goes with it. */
@Injectable()
export class AuthService {
  readonly #parts: AuthParts;
  readonly #tickets: Tickets;
  readonly #clock: WallClock;

  constructor(parts: AuthParts, tickets: Tickets, clock: WallClock) {
    this.#parts = parts;
    this.#tickets = tickets;
    this.#clock = clock;
  }

  async setup(body: SetupBody, origin: Origin, request: FastifyRequest, reply: FastifyReply): Promise<SignInAnswer> {
    const { answer, refreshToken } = await this.#parts.setup.run(body, origin, this.#clock.now());
    this.#parts.cookie.set(request, reply, refreshToken);
    return answer;
  }

  async login(
    { body, present }: { body: LoginBody; present: Principal | null },
    origin: Origin,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<SignInAnswer> {
    const { answer, refreshToken } = await this.#parts.signIn.login(body, present, origin);
    if (refreshToken !== null) this.#parts.cookie.set(request, reply, refreshToken);
    return answer;
  }

  async refresh(origin: Origin, request: FastifyRequest, reply: FastifyReply): Promise<SignInAnswer> {
    const { cookie, sessions } = this.#parts;
    const { answer, refreshToken } = await sessions.rotate(cookie.read(request), origin);
    cookie.set(request, reply, refreshToken);
    return answer;
  }

  async logout(
    { body, caller }: { body: LogoutBody; caller: Principal },
    origin: Origin,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    await this.#parts.sessions.signOut(caller, body.everywhere, origin);
    this.#parts.cookie.clear(request, reply);
  }

  ticket(caller: Principal, body: WsTicketBody): Promise<WsTicketAnswer> {
    return this.#tickets.make(caller, body);
  }

  me(caller: Principal): Promise<MeAnswer> {
    return this.#parts.me.of(caller);
  }

  setPassword(body: PasswordBody, caller: Principal | null, origin: Origin): Promise<void> {
    return this.#parts.signIn.setPassword(body, caller, origin);
  }

  sessions(caller: Principal): Promise<SessionsAnswer> {
    return this.#parts.sessions.list(caller);
  }

  endSession(caller: Principal, id: string, origin: Origin): Promise<void> {
    return this.#parts.sessions.revoke(caller, id, origin);
  }

  setSecondFactor(caller: Principal, body: TotpBody, origin: Origin): Promise<TotpAnswer | null> {
    return this.#parts.factor.change(caller, body, origin);
  }
}
