import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { RunConfig } from './app.module.ts';
import { ConfigError, readConfig } from './config/config.ts';
import type { Config } from './config/config.ts';
import { environment, workspaceRoot } from './config/environment.ts';
import { keptAuthSecret } from './identity/auth-secret.ts';
import { startEmbeddedPostgres } from './persistence/embedded-postgres.ts';
import type { EmbeddedPostgres } from './persistence/embedded-postgres.ts';
import { errorCodeOf, isDatabaseRefusal, isDatabaseUnreached } from './platform/database-away.ts';
import { withinDeadline } from './platform/deadline.ts';
import { createLogger } from './platform/logger.ts';
import type { Logger } from './platform/logger.ts';

const EMBEDDED_DATABASE = 'ziggy';
/** The clients' drain has 30 s; sources, stores, server and database share the rest. */
const STOP_DEADLINE_MS = 45_000;

interface Running {
  stopApp?: (hurried: boolean) => Promise<void>;
  database?: EmbeddedPostgres;
}

/** config -> log -> database -> application -> listen; a signal runs it backwards. The only place that ends the process. */
async function main(): Promise<void> {
  const config = readConfig(environment());
  const log = createLogger({ level: config.server.logLevel, pretty: config.server.logPretty });
  const running: Running = {};
  stopOnSignals(running, log);
  try {
    await start(config, running, log);
  } catch (error) {
    explain(error, config, log);
    await stop(running, true).catch(() => undefined);
    process.exit(1);
  }
}

async function start(config: Config, running: Running, log: Logger): Promise<void> {
  // Reading the application's code takes as long as starting PostgreSQL, so both happen at once.
  const [{ migrate, Setup }, url] = await Promise.all([
    import('./bootstrap.ts'),
    config.database.url ?? embeddedUrl(config, running, log),
  ]);
  const authSecret = config.identity.authSecret ?? keptAuthSecret(join(workspaceRoot(), '.ziggy'));
  const runConfig: RunConfig = {
    ...config,
    database: { ...config.database, url },
    identity: { ...config.identity, authSecret },
  };
  await migrate(runConfig.database, log);
  const { port, app } = await serve(runConfig, running, log, config.server.port);
  log.info({ port, host: config.server.host }, `ZiggyAI is open at ${openAddress(config, port)}`);
  const setupLink = await app.get(Setup).link(openOrigin(config, port));
  // To the console itself and not into the log, which may be kept and sent on: who has the link becomes the admin.
  if (setupLink !== null)
    process.stdout.write(`\nFirst start: make the organisation and its admin at\n${setupLink}\n\n`);
}

interface Served {
  readonly port: number;
  readonly app: NestFastifyApplication;
}

/** Makes the application and opens the port. It may ask to be made anew, when its market is over and another one begins. */
async function serve(config: RunConfig, running: Running, log: Logger, onPort: number): Promise<Served> {
  const { createApp, Lifecycle, listen, stopApp, WallClock } = await import('./bootstrap.ts');
  const app = await createApp({ config, log, clock: new WallClock() });
  running.stopApp = (hurried) => stopApp(app, { hurried });
  const { port } = await listen(app, onPort, config.server.host);
  app.get(Lifecycle).onRestart(() => {
    stopApp(app, { hurried: true })
      .then(() => serve(config, running, log, port))
      .then(
        () => log.info({ port }, 'the next market is open'),
        (error: unknown) => {
          explain(error, config, log);
          process.exit(1);
        },
      );
  });
  return { port, app };
}

async function embeddedUrl(config: Config, running: Running, log: Logger): Promise<string> {
  const dir = config.database.embeddedDir ?? join(workspaceRoot(), '.ziggy', 'postgres');
  const postgresLog = log.child({ context: 'postgres' });
  log.info({ dir }, 'starting the embedded PostgreSQL');
  running.database = await startEmbeddedPostgres({ dir, log: (line) => postgresLog.debug(line) });
  await running.database.ensureDatabase(EMBEDDED_DATABASE);
  return running.database.url(EMBEDDED_DATABASE);
}

/** Where a person goes. */
function openAddress(config: Config, port: number): string {
  return `${openOrigin(config, port)}/app/`;
}

/** The public address when it is configured, else this machine. */
function openOrigin({ server }: Config, port: number): string {
  const here =
    server.host === '0.0.0.0' || server.host === '::'
      ? 'localhost'
      : server.host.includes(':')
        ? `[${server.host}]`
        : server.host;
  return server.publicUrl ?? `http://${here}:${port}`;
}

function explain(error: unknown, config: Config, log: Logger): void {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const { port, host } = config.server;
  if (code === 'EADDRINUSE')
    log.fatal(`Port ${port} on ${host} is taken by another program. Stop it, or set PORT to a free port.`);
  else if (code === 'EACCES') log.fatal(`Port ${port} may not be opened by this user. Set PORT to a port above 1023.`);
  else if (code === 'EADDRNOTAVAIL') log.fatal(`HOST ${host} is no address of this machine.`);
  else if (isDatabaseUnreached(error)) log.fatal(`The database of DATABASE_URL cannot be reached: ${reasonOf(error)}.`);
  else if (isDatabaseRefusal(error)) log.fatal(`The database of DATABASE_URL turns us away: ${reasonOf(error)}.`);
  else log.fatal({ err: error }, 'ZiggyAI could not start');
}

function reasonOf(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : (errorCodeOf(error) ?? 'no reason was given');
}

/** First signal: stop in order. Second: at once. */
function stopOnSignals(running: Running, log: Logger): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) {
      log.warn({ signal }, 'second signal: leaving at once');
      process.exit(130);
    }
    stopping = true;
    log.info({ signal }, 'stopping');
    withinDeadline(() => stop(running, signal === 'SIGINT'), STOP_DEADLINE_MS).then(
      () => {
        log.info('stopped');
        process.exit(0);
      },
      (error: unknown) => {
        log.fatal({ err: error }, 'the stop failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  // A launcher that started us with a channel and is gone, however it went, must not leave us behind.
  process.on('disconnect', () => {
    if (!stopping) onSignal('SIGTERM');
  });
  const onDefect = (error: unknown): void => {
    log.fatal({ err: error }, 'defect: an error nobody handled; leaving');
    process.exit(70);
  };
  process.on('uncaughtException', onDefect);
  process.on('unhandledRejection', onDefect);
}

async function stop(running: Running, hurried: boolean): Promise<void> {
  await running.stopApp?.(hurried);
  await running.database?.stop();
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigError ? error.message : String(error)}\n`);
  process.exit(1);
});
