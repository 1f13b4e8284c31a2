import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.ts';
import type { AppParts } from './app.module.ts';
import { NestLog } from './platform/logger.ts';
import { ProblemFilter } from './platform/problem.filter.ts';

/** The whole application, configured and initialised, not yet listening. `main` and the tests both start here. */
export async function createApp(parts: AppParts): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter();
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(parts), adapter, {
    logger: new NestLog(parts.log.child({ context: 'nest' })),
    abortOnError: false,
    bodyParser: false,
  });
  app.useGlobalFilters(app.get(ProblemFilter));
  await app.init();
  return app;
}
