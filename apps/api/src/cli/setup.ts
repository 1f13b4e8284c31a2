import 'reflect-metadata';
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { setupBody } from '@ziggy/contracts';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { RunConfig } from '../app.module.ts';
import { readConfig } from '../config/config.ts';
import { ConfigModule } from '../config/config.module.ts';
import { environment, workspaceRoot } from '../config/environment.ts';
import { keptAuthSecret } from '../identity/auth-secret.ts';
import { IdentityModule } from '../identity/identity.module.ts';
import { Setup } from '../identity/sessions/setup.service.ts';
import { MailModule } from '../mail/mail.module.ts';
import { startEmbeddedPostgres } from '../persistence/embedded-postgres.ts';
import { migrate } from '../persistence/migrate.ts';
import { PersistenceModule } from '../persistence/persistence.module.ts';
import { WallClock } from '../platform/clock.ts';
import { createLogger } from '../platform/logger.ts';
import { PlatformModule } from '../platform/platform.module.ts';
import { ProblemError } from '../platform/problem.ts';
import { RouteTable } from '../platform/route-table.ts';
import { readPassword } from './password.ts';
import { CommandError, UsageError, print } from './usage.ts';
import type { Command } from './usage.ts';

/** `ziggy setup`: the first run without a browser. The password comes from standard input, so that no list of processes shows it. */
export const setup: Command = {
  usage: [
    'setup (prints the one-time link)',
    'setup --organisation <name> --email <address> (password on standard input)',
  ],
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: { organisation: { type: 'string' }, email: { type: 'string' } },
    });
    const { organisation, email } = values;
    if ((organisation === undefined) !== (email === undefined))
      throw new UsageError('setup: --organisation and --email belong together.');
    return withSetup(async (service, base) => {
      const link = await service.link(base);
      if (link === null) throw new CommandError('This installation has its organisation and admin.');
      if (organisation === undefined || email === undefined) return print(link);
      const password = await readPassword();
      await make(service, { token: link.split('#token=')[1], organisation, email, password });
      print(`${organisation} is set up; ${email} is its admin.`);
    });
  },
};

async function make(service: Setup, given: Record<string, unknown>): Promise<void> {
  const body = setupBody.safeParse(given);
  if (!body.success)
    throw new CommandError(body.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'));
  try {
    await service.run(body.data, { requestId: null, address: null, agent: 'command line' }, Date.now());
  } catch (error) {
    const rules = error instanceof ProblemError ? error.extra['rules'] : undefined;
    const more = Array.isArray(rules) ? ` (${rules.join(', ')})` : '';
    throw new CommandError(`${error instanceof Error ? error.message : String(error)}${more}`);
  }
}

/** Opens the database alone, without a server: its own when it is named, else the embedded one, which must not be running. */
async function withSetup(work: (service: Setup, base: string) => Promise<void>): Promise<number> {
  const config = readConfig(environment());
  const log = createLogger({ level: 'warn' });
  const home = join(workspaceRoot(), '.ziggy');
  const embedded =
    config.database.url === null
      ? await startEmbeddedPostgres({ dir: config.database.embeddedDir ?? join(home, 'postgres') }).catch(() => {
          throw new CommandError(
            'The embedded database is in use: stop the server first, or take the link it printed.',
          );
        })
      : null;
  try {
    await embedded?.ensureDatabase('ziggy');
    const url = config.database.url ?? embedded?.url('ziggy') ?? '';
    const authSecret = config.identity.authSecret ?? keptAuthSecret(home);
    const database = { ...config.database, url };
    await migrate(database, log);
    const module = SetupModule.with({ ...config, database, identity: { ...config.identity, authSecret } }, log);
    const app = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
    try {
      await work(app.get(Setup), config.server.publicUrl ?? `http://localhost:${config.server.port}`);
    } finally {
      await app.close();
    }
    return 0;
  } finally {
    await embedded?.stop();
  }
}

@Module({})
class SetupModule {
  static with(config: RunConfig, log: ReturnType<typeof createLogger>): DynamicModule {
    return {
      module: SetupModule,
      imports: [
        ConfigModule.with(config),
        PlatformModule.with({ log, clock: new WallClock(), routes: new RouteTable() }),
        PersistenceModule.with(config.database),
        MailModule,
        IdentityModule,
      ],
    };
  }
}
