import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { rateClassOf } from '../../platform/api-route.ts';
import { WallClock } from '../../platform/clock.ts';
import { ProblemError } from '../../platform/problem.ts';
import { unauthenticated } from '../faults.ts';
import { Authenticator } from './authenticator.ts';
import type { Identification } from './authenticator.ts';
import { refusalOf } from './policy.ts';
import { RateLimits } from './rate-limits.ts';
import { RoutePolicies } from './route-policies.ts';
import type { RoutePolicy } from './route-policies.ts';

/**
 * The guard of every request, before its body is read: limit (429), identity (401), policy (403). What is no page and has no
 * policy is refused. Streams ask the same authenticator and the same policy at their upgrade.
 */
@Injectable()
export class AccessHook {
  readonly #authenticator: Authenticator;
  readonly #policies: RoutePolicies;
  readonly #limits: RateLimits;
  readonly #clock: WallClock;

  constructor(authenticator: Authenticator, policies: RoutePolicies, limits: RateLimits, clock: WallClock) {
    this.#authenticator = authenticator;
    this.#policies = policies;
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Sets `request.principal` or throws the problem to answer. Synchronous whenever nothing has to be asked. */
  check(request: FastifyRequest, reply: FastifyReply): void | Promise<void> {
    request.principal = null;
    const { config, url = '' } = request.routeOptions;
    if (config.page === true) return;
    const policy = request.is404 ? undefined : this.#policies.of(request.method, url);
    if (policy === undefined && !request.is404) throw new ProblemError('forbidden', 'This route declares no policy.');
    const found = this.#authenticator.identify({
      authorization: request.headers.authorization,
      apiKey: request.headers['x-api-key'],
      address: request.ip,
    });
    return found instanceof Promise
      ? found.then((later) => this.#decide(request, reply, policy, later))
      : this.#decide(request, reply, policy, found);
  }

  #decide(
    request: FastifyRequest,
    reply: FastifyReply,
    policy: RoutePolicy | undefined,
    found: Identification,
  ): void | Promise<void> {
    const principal = typeof found === 'string' ? null : found;
    // What is not there costs a read all the same, so that nobody looks for paths at full speed.
    const rateClass = policy === undefined ? 'read' : rateClassOf(policy.definition, policy.method);
    const limited = this.#limits.take(rateClass, principal, request.ip, reply);
    const admit = () => this.#admit(request, policy, found);
    return limited instanceof Promise ? limited.then(admit) : admit();
  }

  #admit(request: FastifyRequest, policy: RoutePolicy | undefined, found: Identification): void {
    // A path that is not there says so to everybody; the hook behind this one does.
    if (policy === undefined) return;
    const { access } = policy.definition;
    if (access.role !== 'public' && typeof found === 'string') throw unauthenticated(found);
    const principal = typeof found === 'string' ? null : found;
    const refusal = refusalOf(access, principal, policy.method, this.#clock.now());
    if (refusal !== null) throw refusal;
    request.principal = principal;
  }
}
