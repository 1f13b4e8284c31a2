import fastifyStatic from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { PortalConfig } from '@ziggy/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify';
import { existsSync, statSync } from 'node:fs';
import { extname, join, normalize, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SERVER_CONFIG } from '../config/server.config.ts';
import type { ServerConfig } from '../config/server.config.ts';
import { IDENTITY_CONFIG } from '../config/identity.config.ts';
import type { IdentityConfig } from '../config/identity.config.ts';
import { Setup } from '../identity/sessions/setup.service.ts';
import { BUILD_INFO } from '../platform/build-info.ts';
import { HTML, htmlPage } from '../platform/html.ts';
import { ProblemError } from '../platform/problem.ts';
import { RunningMarket } from '../platform/running-market.ts';

const BUILT_PORTAL = fileURLToPath(new URL('../../../web/dist/browser', import.meta.url));
/** The portal's build puts a hash of the content in these names, so they never change. */
const HASHED = /[-.][A-Za-z0-9_-]{8}\.(?:js|css|woff2?|png|svg|ico|webp|avif|json|wasm)$/;
const ASSET_TYPES = new Set([
  '.js',
  '.mjs',
  '.css',
  '.map',
  '.json',
  '.webmanifest',
  '.ico',
  '.png',
  '.svg',
  '.jpg',
  '.jpeg',
  '.webp',
  '.avif',
  '.gif',
  '.woff',
  '.woff2',
  '.ttf',
  '.wasm',
  '.txt',
  '.xml',
]);
const FOREVER = 'public, max-age=31536000, immutable';
const ASK_EACH_TIME = 'no-cache';

/** Serves the portal under `/app/`, and tells it at run time where it is. Every deep link without a file gets its index page. */
export async function addPortal(
  fastify: FastifyInstance,
  app: NestFastifyApplication,
  page: RouteShorthandOptions,
): Promise<void> {
  const config = app.get<ServerConfig>(SERVER_CONFIG);
  const root = config.webRoot === null ? BUILT_PORTAL : resolve(config.webRoot);
  await app.register(fastifyStatic, {
    root: existsSync(root) ? root : fileURLToPath(new URL('.', import.meta.url)),
    serve: false,
    cacheControl: false,
  });
  const constant = configOf(config, app.get(RunningMarket, { strict: false }));
  const setup = app.get(Setup, { strict: false });
  const identity = app.get<IdentityConfig>(IDENTITY_CONFIG);
  const oidc = identity.oidc?.name ?? null;
  const portalConfig = (): PortalConfig => ({
    ...constant,
    idleLockMinutes: identity.idleLockMinutes,
    signIn: { setupOpen: setup.open, oidc },
  });
  fastify.get('/', page, (_request, reply) => reply.redirect('/app/', 302));
  fastify.get('/app', page, (_request, reply) => reply.redirect('/app/', 308));
  fastify.get('/app/config.json', page, (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(JSON.stringify(portalConfig())),
  );
  fastify.get<{ Params: { '*': string } }>('/app/*', page, (request, reply) => sendPortalFile(root, request, reply));
}

function configOf(config: ServerConfig, market: RunningMarket): Omit<PortalConfig, 'idleLockMinutes' | 'signIn'> {
  return {
    version: BUILD_INFO.version,
    build: config.environment === 'production' ? 'production' : 'development',
    apiBase: '',
    market: {
      id: market.id,
      source: market.source,
      kind: market.kind,
      chosenBy: market.chosenBy,
      reason: market.reason,
      since: new Date(market.since).toISOString(),
    },
    wsMaxReconnectAttempts: config.maxReconnectAttempts,
  };
}

function sendPortalFile(
  root: string,
  request: FastifyRequest<{ Params: { '*': string } }>,
  reply: FastifyReply,
): FastifyReply {
  const asked = normalize(request.params['*']);
  if (isFileBelow(root, asked)) {
    return reply.header('cache-control', HASHED.test(asked) ? FOREVER : ASK_EACH_TIME).sendFile(asked, root);
  }
  if (ASSET_TYPES.has(extname(asked).toLowerCase()))
    throw new ProblemError('route_not_found', 'The portal has no such file.');
  if (!isFileBelow(root, 'index.html'))
    return reply.status(503).type(HTML).header('cache-control', 'no-store').send(NOT_BUILT);
  return reply.header('cache-control', ASK_EACH_TIME).sendFile('index.html', root);
}

function isFileBelow(root: string, path: string): boolean {
  const file = join(root, path);
  return (
    file.startsWith(root + sep) && !path.includes('\0') && statSync(file, { throwIfNoEntry: false })?.isFile() === true
  );
}

const NOT_BUILT = htmlPage(
  'The portal is not built',
  `<h1>The portal is not built yet</h1>
<p>The API runs; the pages of the portal were not found. Build everything and start again:</p>
<pre>npm start</pre>
<p>or build the portal alone and reload this page:</p>
<pre>npx nx build web</pre>
<p class="muted">A portal built elsewhere is served when <code>WEB_ROOT</code> names its folder. The API is described at <a href="/docs">/docs</a>.</p>`,
);
