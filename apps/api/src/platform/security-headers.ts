import helmet from 'helmet';
import type { HelmetOptions } from 'helmet';
import type { FastifyInstance } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';

const HOST = /^[A-Za-z0-9.-]+(?::\d{1,5})?$|^\[[0-9a-fA-F:]+\](?::\d{1,5})?$/;
/** Hosts whose headers are kept. People use few names for a server; who makes names up gets them computed. */
const HOSTS_MAX = 64;

// `'self'` does not cover the ws: scheme in every browser, so the streams of this very host are named.
function ownStreams(request: IncomingMessage, _response: ServerResponse): string {
  const host = request.headers.host ?? '';
  return HOST.test(host) ? `ws://${host} wss://${host}` : "'self'";
}

/** Strict headers for every answer. No script runs that is not a file of this server. */
export function addSecurityHeaders(fastify: FastifyInstance, options: { https: boolean }): void {
  const compute = helmet(settingsOf(options));
  const held = new Map<string, Readonly<Record<string, string>>>();
  fastify.addHook('onRequest', (request, reply, done) => {
    const host = request.headers.host ?? '';
    let headers = held.get(host);
    if (headers === undefined) {
      headers = headersOf(compute, request.raw);
      if (held.size >= HOSTS_MAX) held.clear();
      held.set(host, headers);
    }
    reply.headers(headers);
    done();
  });
}

/** What helmet writes for a request. It hangs on the host alone, and to compute it costs more than many a route. */
function headersOf(compute: ReturnType<typeof helmet>, request: IncomingMessage): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  const sink = {
    setHeader: (name: string, value: string) => (headers[name.toLowerCase()] = value),
    removeHeader: () => undefined,
  };
  compute(request, sink as unknown as ServerResponse, (error) => {
    if (error !== undefined) throw error as Error;
  });
  return headers;
}

function settingsOf(options: { https: boolean }): HelmetOptions {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        scriptSrcAttr: ["'none'"],
        // Angular and Swagger UI write the styles of their components as style elements.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        fontSrc: ["'self'", 'data:'],
        connectSrc: ["'self'", ownStreams],
        workerSrc: ["'self'", 'blob:'],
        manifestSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        ...(options.https ? { upgradeInsecureRequests: [] } : {}),
      },
    },
    // Over plain http on a local network browsers ignore these two, and complain about it in the console.
    strictTransportSecurity: options.https,
    crossOriginOpenerPolicy: options.https,
    originAgentCluster: options.https,
    referrerPolicy: { policy: 'no-referrer' },
    frameguard: { action: 'deny' },
  };
}
