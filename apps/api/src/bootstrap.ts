import 'reflect-metadata';
import cookie from '@fastify/cookie';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.ts';
import type { AppParts } from './app.module.ts';
import { IdempotencyInterceptor } from './idempotency/idempotency.interceptor.ts';
import { AccessHook } from './identity/access/access-hook.ts';
import { addOidcPages } from './identity/oidc/oidc-pages.ts';
import { RoutePolicies } from './identity/access/route-policies.ts';
import { ApiRouteInterceptor } from './platform/api-route.interceptor.ts';
import { apiOperations } from './platform/api-routes.ts';
import { addDocPages } from './platform/doc-pages.ts';
import { EventLoopWatch } from './platform/event-loop-watch.ts';
import { addHttpHooks } from './platform/http-hooks.ts';
import { createHttpAdapter, readJsonBodies } from './platform/http-server.ts';
import { Lifecycle } from './platform/lifecycle.ts';
import { NestLog } from './platform/logger.ts';
import { Metrics } from './platform/metrics.ts';
import { pageRoute } from './platform/page-route.ts';
import { ProblemFilter } from './platform/problem.filter.ts';
import { RouteTable } from './platform/route-table.ts';
import { addSecurityHeaders } from './platform/security-headers.ts';
import { addPortal } from './portal/portal-pages.ts';
import { addStreamPages } from './stream/stream-pages.ts';
import { StreamAdapter } from './stream/stream.adapter.ts';

export { Setup } from './identity/sessions/setup.service.ts';
export { migrate } from './persistence/migrate.ts';
export { WallClock } from './platform/clock.ts';
export { Lifecycle } from './platform/lifecycle.ts';

/** The whole application, configured and initialised, not yet listening. `main` and the tests both start here. */
export async function createApp(parts: AppParts): Promise<NestFastifyApplication> {
  const { config, log } = parts;
  const problems = new ProblemFilter(log);
  const adapter = createHttpAdapter(config.server, problems, log, parts.limits);
  const routes = new RouteTable();
  routes.watch(adapter.getInstance());
  readJsonBodies(adapter.getInstance());
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with({ ...parts, routes }), adapter, {
    logger: new NestLog(log.child({ context: 'nest' })),
    abortOnError: false,
    bodyParser: false,
  });
  app.useWebSocketAdapter(app.get(StreamAdapter));
  app.useGlobalFilters(problems);
  // The outer one stores and replays what the inner one has checked.
  app.useGlobalInterceptors(
    app.get(IdempotencyInterceptor, { strict: false }),
    new ApiRouteInterceptor({ checkAnswers: config.server.environment !== 'production' }),
  );
  const fastify = adapter.getInstance();
  addSecurityHeaders(fastify, { https: config.server.publicUrl?.startsWith('https:') === true });
  await app.register(cookie);
  app.get(RoutePolicies).fill(apiOperations(app));
  const access = app.get(AccessHook);
  const { allowedOrigins } = config.server;
  const lifecycle = app.get(Lifecycle);
  addHttpHooks(fastify, { log, lifecycle, metrics: app.get(Metrics), routes, access, allowedOrigins });
  addDocPages(fastify, app, pageRoute(problems));
  addStreamPages(fastify, pageRoute(problems));
  addOidcPages(fastify, app, pageRoute(problems));
  await addPortal(fastify, app, pageRoute(problems));
  await app.init();
  return app;
}

/** Opens the port; resolves with the address that was taken. From here on the process is ready as far as its parts are. */
export async function listen(
  app: NestFastifyApplication,
  port: number,
  host: string,
): Promise<{ port: number; host: string }> {
  await app.listen({ port, host });
  app.get(EventLoopWatch, { strict: false }).look();
  app.get(Lifecycle).started();
  const address = app.getHttpServer().address();
  return { host, port: typeof address === 'object' && address !== null ? address.port : port };
}

/** Refuses new work at once, then stops in order: clients, sources, stores, server, database connection. */
export async function stopApp(app: NestFastifyApplication, { hurried }: { hurried: boolean }): Promise<void> {
  app.get(Lifecycle).beginDraining({ hurried });
  await app.close();
}
