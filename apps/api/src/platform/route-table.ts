import type { FastifyInstance, HTTPMethods } from 'fastify';

/** One mounted route: what Fastify really serves. */
export interface MountedRoute {
  readonly method: HTTPMethods;
  /** Path template, e.g. `/market/bars/:symbol`. */
  readonly path: string;
  /** A page or file for people, not an operation of the API. */
  readonly page: boolean;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Marks a page for people: it is in no OpenAPI document. */
    page?: boolean;
  }
}

/** Everything that is mounted, for the `Allow` header, preflight answers and the comparison with the OpenAPI document. */
export class RouteTable {
  readonly #routes: MountedRoute[] = [];
  readonly #matchers: { readonly matches: RegExp; readonly method: HTTPMethods }[] = [];

  /** Must be called before the first route is added. */
  watch(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', ({ method, url, config }) => {
      const page = config?.page === true;
      for (const one of Array.isArray(method) ? method : [method]) this.#add(one, url, page);
    });
  }

  get routes(): readonly MountedRoute[] {
    return this.#routes;
  }

  /** Methods that the path of a URL can be asked with; empty when there is nothing at that path. */
  methodsOf(path: string): string[] {
    const methods = this.#matchers.filter(({ matches }) => matches.test(path)).map(({ method }) => method);
    return [...new Set(methods)].sort();
  }

  #add(method: HTTPMethods, path: string, page: boolean): void {
    this.#routes.push({ method, path, page });
    this.#matchers.push({ method, matches: matcherOf(path) });
  }
}

function matcherOf(template: string): RegExp {
  const escaped = template.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/:[A-Za-z_]\w*/g, '[^/]+').replace(/\*/g, '.*')}$`);
}
