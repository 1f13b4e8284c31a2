import type { ProblemCode, Role, Scope } from '@ziggy/contracts';
import type { ZodObject, ZodType } from 'zod';
import type { CsvView } from './csv.ts';

/** A value that only an earlier example can know: a member of the answer to it, e.g. the id of what it made. */
export interface FromExample {
  readonly from: string;
  readonly member: string;
}

/** Parameters of one request that really works; a test sends it and checks the answer against `answer`. */
export interface RouteExample {
  readonly params?: Readonly<Record<string, string | FromExample>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** What kind of market it works on; any unless said. */
  readonly market?: 'tape';
}

/** Who may call a route, from least to most; `public` asks for nobody. Each role holds what the one before it holds. */
export type RouteRole = 'public' | Role;

/** Scope that an API key needs. */
export type RouteScope = Scope;

/** Class of a route's rate limit; `none` is for probes. */
export type RouteRateClass = 'auth' | 'read' | 'write' | 'trade' | 'heavy' | 'chat' | 'none';

/** The policy of a route: what it declares is what the guard asks for and what the OpenAPI document says. */
export interface RouteAccess {
  readonly role: RouteRole;
  /** Scope of a key; unless said `read` for GET and `write` for what writes. */
  readonly scope?: RouteScope;
  /** Only a signed-in person, no key. */
  readonly person?: boolean;
  /** Only a session that proved its password or code within five minutes. */
  readonly fresh?: boolean;
  /** Reads and writes the caller's own rows. */
  readonly own?: boolean;
  /** Or whoever brings the token of `METRICS_TOKEN`, who is nobody otherwise. */
  readonly orMetricsToken?: boolean;
}

/** What a route promises: from this the OpenAPI operation is made, and in development every answer is held to it. */
export interface ApiRouteDefinition {
  /** Unique, `<group>.<verb>`, e.g. `market.quotes`. */
  readonly operationId: string;
  /** Group of the path. */
  readonly tag: string;
  readonly access: RouteAccess;
  /** Class of its rate limit; unless said `read` for GET and `write` for what writes. */
  readonly rateClass?: RouteRateClass;
  /** One line. */
  readonly summary: string;
  /** Units, nulls and limits in words. */
  readonly description: string;
  readonly query?: ZodObject;
  readonly params?: ZodObject;
  readonly body?: ZodType;
  readonly answer: ZodType;
  /** Status of the good answer; 200 unless said. */
  readonly status?: number;
  readonly answerDescription?: string;
  /** Media type of the answer when it is not JSON; `answer` is then a string. */
  readonly mediaType?: string;
  /** Codes that this route can end with, besides those of every route. */
  readonly problems?: readonly ProblemCode[];
  /** A status besides the good one that has the same body (`/readyz` answers 503 with its checks). */
  readonly alsoStatus?: readonly number[];
  /** When the handler answers null and the caller 204 without a body. */
  readonly emptyWhen?: string;
  readonly example?: RouteExample;
  /** Delivery stage of the design: 1 named by the customer, 2 the product, 3 later. */
  readonly stage: 1 | 2 | 3;
  /** `Cache-Control` when it is not `private, no-cache`; where it hangs on the answer, null leaves it so. */
  readonly cache?: string | ((answer: never, query: never) => string | null);
  /** How the list is written for `Accept: text/csv`; without it the route speaks JSON alone. */
  readonly csv?: CsvView<never>;
  /**
   * Writes take `Idempotency-Key` unless said otherwise. `required`: refused without one. `none`: the answer must not be
   * stored, because it holds a secret.
   */
  readonly idempotency?: 'required' | 'none';
}

/** Scope that a key needs for a route: what is declared, else by what the route does and who may do it. */
export function scopeOf(access: RouteAccess, method: string): RouteScope {
  if (access.scope !== undefined) return access.scope;
  if (method === 'GET' || method === 'HEAD') return 'read';
  return access.role === 'risk' || access.role === 'admin' ? 'admin' : 'write';
}

/** Class of a route's rate limit; null is without limit. */
export function rateClassOf(
  { rateClass, tag, access }: Pick<ApiRouteDefinition, 'rateClass' | 'tag' | 'access'>,
  method: string,
): Exclude<RouteRateClass, 'none'> | null {
  if (rateClass !== undefined) return rateClass === 'none' ? null : rateClass;
  if (tag === 'auth' && access.role === 'public') return 'auth';
  return method === 'GET' || method === 'HEAD' ? 'read' : 'write';
}

const DEFINITIONS = new WeakMap<object, ApiRouteDefinition>();

/** Declares a handler as an operation of the API. A handler without it is not in the document, and a test names it. */
export function ApiRoute(definition: ApiRouteDefinition): MethodDecorator {
  return (_target, _name, descriptor) => {
    DEFINITIONS.set(descriptor.value as object, definition);
  };
}

/** The declaration of a handler function, if it has one. */
export function apiRouteOf(handler: object): ApiRouteDefinition | undefined {
  return DEFINITIONS.get(handler);
}
