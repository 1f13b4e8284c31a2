import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SERVER_CONFIG } from '../../config/server.config.ts';
import type { RateClass } from '../../config/identity.config.ts';
import type { ServerConfig } from '../../config/server.config.ts';
import { rateClassOf } from '../../platform/api-route.ts';
import { WallClock } from '../../platform/clock.ts';
import { bringsMetricsToken } from '../../platform/metrics-access.ts';
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
  readonly #config: Pick<ServerConfig, 'metricsToken'>;

  constructor(
    authenticator: Authenticator,
    policies: RoutePolicies,
    limits: RateLimits,
    clock: WallClock,
    @Inject(SERVER_CONFIG) config: ServerConfig,
  ) {
    this.#authenticator = authenticator;
    this.#policies = policies;
    this.#limits = limits;
    this.#clock = clock;
    this.#config = config;
  }

  /** Sets `request.principal` or throws the problem to answer. Synchronous whenever nothing has to be asked. */
  check(request: FastifyRequest, reply: FastifyReply): void | Promise<void> {
    request.principal = null;
    const { config, url = '' } = request.routeOptions;
    if (config.page === true) return;
    const policy = request.is404 ? undefined : this.#policies.of(request.method, url);
    if (policy === undefined && !request.is404) throw new ProblemError('forbidden', 'This route declares no policy.');
    if (
      policy?.definition.access.orMetricsToken === true &&
      bringsMetricsToken(this.#config, request.headers.authorization)
    )
      return;
    // What is not there costs a read all the same, so that nobody looks for paths at full speed.
    const rateClass = policy === undefined ? 'read' : rateClassOf(policy.definition, policy.method);
    // Probes ask nobody who they are.
    if (rateClass === null && policy?.definition.access.role === 'public') return;
    const found = this.#authenticator.identify({
      authorization: request.headers.authorization,
      apiKey: request.headers['x-api-key'],
      address: request.ip,
      beforeAsking: () => this.#limits.refuseSpent(rateClass ?? 'read', request.ip, reply),
    });
    return found instanceof Promise
      ? found.then((later) => this.#decide(request, reply, { policy, rateClass }, later))
      : this.#decide(request, reply, { policy, rateClass }, found);
  }

  #decide(
    request: FastifyRequest,
    reply: FastifyReply,
    { policy, rateClass }: { policy: RoutePolicy | undefined; rateClass: RateClass | null },
    found: Identification,
  ): void | Promise<void> {
    const principal = typeof found === 'string' ? null : found;
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
