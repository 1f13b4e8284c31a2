import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { entityTag, isSameEntity } from './etag.ts';
import { HTTP_LIMITS } from './limits.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { AccessHook } from '../identity/access/access-hook.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { ProblemError } from './problem.ts';
import type { RouteTable } from './route-table.ts';

/** Paths that answer in every phase of the process: they say what the phase is. */
const ALWAYS_OPEN = new Set(['/health', '/livez', '/readyz', '/metrics']);
const CLOSED_BY_CLIENT = 499;
const UNREADABLE = ['timeout', 'headers', 'reset', 'malformed'] as const;

export interface EdgeParts {
  readonly log: Logger;
  readonly lifecycle: Lifecycle;
  readonly metrics: Metrics;
  readonly routes: RouteTable;
  readonly access: Pick<AccessHook, 'check'>;
  readonly allowedOrigins: readonly string[];
}

/** What every request passes on its way in and every answer on its way out. Order of checks: phase, size, limit, path, identity, policy. */
export function addHttpHooks(fastify: FastifyInstance, parts: EdgeParts): void {
  const observe = observer(parts);
  fastify.server.on('clientError', observe.unreadable);
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    observe.begin();
    done();
  });
  fastify.decorateRequest('principal', null);
  fastify.addHook('onRequest', (request, reply, done) => {
    allowOrigin(request, reply, parts.allowedOrigins);
    const preflight = isPreflight(request, parts);
    const fault = phaseFault(request, parts.lifecycle) ?? sizeFault(request);
    if (fault !== null) done(fault);
    else if (preflight)
      void reply
        .status(204)
        .header('access-control-allow-methods', parts.routes.methodsOf(pathOf(request)).join(', '))
        .send();
    else whenChecked(request, reply, parts, done);
  });
  fastify.addHook('onSend', (request, reply, payload, done) => done(null, withEntityTag(request, reply, payload)));
  fastify.addHook('onResponse', (request, reply, done) => {
    observe.end(request, reply.statusCode, reply.elapsedTime);
    done();
  });
  fastify.addHook('onRequestAbort', (request, done) => {
    observe.end(request, CLOSED_BY_CLIENT, 0);
    done();
  });
}

/** Asks the guard, which mostly knows at once; only then a wrong path is told. */
function whenChecked(
  request: FastifyRequest,
  reply: FastifyReply,
  { access, routes }: EdgeParts,
  done: (error?: Error) => void,
): void {
  const goOn = () => done(pathFault(request, routes) ?? undefined);
  try {
    const checked = access.check(request, reply);
    if (checked instanceof Promise) checked.then(goOn, done);
    else goOn();
  } catch (error) {
    done(error as Error);
  }
}

function pathOf(request: FastifyRequest): string {
  const end = request.url.indexOf('?');
  return end < 0 ? request.url : request.url.slice(0, end);
}

function phaseFault(request: FastifyRequest, lifecycle: Lifecycle): ProblemError | null {
  if (lifecycle.phase === 'running' || ALWAYS_OPEN.has(pathOf(request))) return null;
  return lifecycle.phase === 'draining'
    ? new ProblemError('draining', 'The server is stopping and takes no new work.', {
        headers: { connection: 'close' },
      })
    : new ProblemError('starting', 'The server is not ready yet.');
}

function sizeFault(request: FastifyRequest): ProblemError | null {
  if (Buffer.byteLength(request.url) > HTTP_LIMITS.urlBytes)
    return new ProblemError('uri_too_long', `The URL is longer than ${HTTP_LIMITS.urlBytes} bytes.`);
  const headers = request.raw.rawHeaders;
  let bytes = 0;
  // Two bytes stand between a name and its value and two after it; header text is Latin-1, one byte a character.
  for (const part of headers) bytes += part.length + 2;
  return bytes > HTTP_LIMITS.headerBytes
    ? new ProblemError('headers_too_large', `The headers are larger than ${HTTP_LIMITS.headerBytes} bytes.`)
    : null;
}

// Checked here and not after the body was read: a stranger at a wrong path must not learn anything by what he sends.
function pathFault(request: FastifyRequest, routes: RouteTable): ProblemError | null {
  if (!request.is404) return null;
  const allowed = routes.methodsOf(pathOf(request));
  if (allowed.length === 0) return new ProblemError('route_not_found', 'There is nothing at this path.');
  return new ProblemError('method_not_allowed', `This path answers ${allowed.join(', ')}.`, {
    headers: { allow: allowed.join(', ') },
  });
}

function allowOrigin(request: FastifyRequest, reply: FastifyReply, allowedOrigins: readonly string[]): void {
  reply.header('vary', 'Authorization, X-API-Key, Accept, Origin');
  const origin = request.headers.origin;
  if (origin === undefined || !allowedOrigins.includes(origin)) return;
  reply.headers({
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers':
      'ETag, Location, Retry-After, X-Request-Id, RateLimit, RateLimit-Policy, Idempotency-Replayed',
  });
  if (request.method !== 'OPTIONS') return;
  reply.headers({
    'access-control-allow-headers':
      'Authorization, Content-Type, Idempotency-Key, If-None-Match, X-API-Key, X-CSRF, X-Request-Id, traceparent',
    'access-control-max-age': '600',
  });
}

function isPreflight(request: FastifyRequest, { allowedOrigins, routes }: EdgeParts): boolean {
  const { origin, 'access-control-request-method': method } = request.headers;
  if (request.method !== 'OPTIONS' || method === undefined || origin === undefined) return false;
  return allowedOrigins.includes(origin) && routes.methodsOf(pathOf(request)).length > 0;
}

/** Tags every good JSON answer to a read, and answers 304 when the reader has it already. */
function withEntityTag(request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
  if (
    reply.statusCode !== 200 ||
    typeof payload !== 'string' ||
    (request.method !== 'GET' && request.method !== 'HEAD')
  )
    return payload;
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'private, no-cache');
  if (!String(reply.getHeader('content-type')).startsWith('application/json')) return payload;
  const tag = reply.getHeader('etag')?.toString() ?? entityTag(payload);
  reply.header('etag', tag);
  if (!isSameEntity(request.headers['if-none-match'], tag)) return payload;
  reply.status(304).removeHeader('content-type').removeHeader('content-length');
  return '';
}

/** Why a request could not be read; a few words, since causes are labels. */
function causeOf(code: string | undefined): (typeof UNREADABLE)[number] {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'timeout';
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers';
  return code === 'ECONNRESET' ? 'reset' : 'malformed';
}

/** RED by route template and status class, and one log line a request; probes are logged at debug, they come all the time. */
function observer({ log, metrics }: EdgeParts) {
  const http = log.child({ context: 'http' });
  const labelNames = ['method', 'route', 'status'] as const;
  const requests = metrics.counter({
    name: 'ziggy_http_requests_total',
    help: 'Requests by route template and status class.',
    labelNames,
  });
  const duration = metrics.histogram({
    name: 'ziggy_http_request_duration_seconds',
    help: 'Time from the request to the end of its answer.',
    labelNames,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  });
  const unreadable = metrics.counter({
    name: 'ziggy_http_unreadable_total',
    help: 'Connections that ended before they had said a request or an upgrade, by cause.',
    labelNames: ['cause'],
  });
  for (const cause of UNREADABLE) unreadable.inc({ cause }, 0);
  const inFlight = metrics.gauge({ name: 'ziggy_http_requests_in_flight', help: 'Requests that have no answer yet.' });
  const done = new WeakSet<FastifyRequest>();
  return {
    begin: () => inFlight.inc(),
    unreadable: (error: Error & { code?: string }) => unreadable.inc({ cause: causeOf(error.code) }),
    end: (request: FastifyRequest, status: number, ms: number) => {
      if (done.has(request)) return;
      done.add(request);
      inFlight.dec();
      const route = request.routeOptions.url ?? null;
      const labels = { method: request.method, route: route ?? 'unmatched', status: `${Math.floor(status / 100)}xx` };
      requests.inc(labels);
      duration.observe(labels, ms / 1_000);
      const line = {
        requestId: request.id,
        method: request.method,
        route,
        path: route === null ? pathOf(request).slice(0, 256) : undefined,
        status,
        ms: Math.round(ms * 10) / 10,
      };
      if (route !== null && ALWAYS_OPEN.has(route)) http.debug(line, 'request');
      else http.info(line, 'request');
    },
  };
}
