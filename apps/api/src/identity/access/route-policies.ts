import { Injectable } from '@nestjs/common';
import type { ApiRouteDefinition } from '../../platform/api-route.ts';
import type { ApiOperation } from '../../platform/api-routes.ts';
import type { Principal } from '../caller.ts';
import { refusalOf } from './policy.ts';

/** What the guard knows of one operation. */
export interface RoutePolicy {
  readonly method: string;
  readonly definition: ApiRouteDefinition;
}

/** The policy of every operation, by method and path template. */
@Injectable()
export class RoutePolicies {
  readonly #policies = new Map<string, RoutePolicy>();

  /** @throws Error naming every handler that declares no policy: the application must not start with one */
  fill(operations: readonly ApiOperation[]): void {
    const bare = operations.filter(({ definition }) => definition === undefined).map(({ handler }) => handler);
    if (bare.length > 0) throw new Error(`Handlers without a declared policy (@ApiRoute): ${bare.join(', ')}`);
    for (const { method, path, definition } of operations) {
      if (definition !== undefined) this.#policies.set(`${method} ${path}`, { method, definition });
    }
  }

  of(method: string, path: string): RoutePolicy | undefined {
    return this.#policies.get(`${method === 'HEAD' ? 'GET' : method} ${path}`);
  }

  get all(): IterableIterator<RoutePolicy> {
    return this.#policies.values();
  }

  /** Ids of the operations that a caller may call; what needs a fresh session is among them. */
  allowedTo(principal: Principal, now: number): string[] {
    return [...this.#policies.values()]
      .filter(
        ({ definition, method }) => refusalOf({ ...definition.access, fresh: false }, principal, method, now) === null,
      )
      .map(({ definition }) => definition.operationId)
      .sort();
  }
}
