import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module.ts';
import { readConfig } from '../config/config.ts';
import { apiOperations } from '../platform/api-routes.ts';
import { WallClock } from '../platform/clock.ts';
import { createLogger } from '../platform/logger.ts';
import { openApiDocument } from '../platform/openapi.ts';

/** Text of docs/openapi.json: the document of the product's features, made without starting anything. */
export async function openApiFile(): Promise<string> {
  const config = readConfig({
    NODE_ENV: 'test',
    DATABASE_URL: 'postgres://none@localhost/none',
    AUTH_SECRET: 'no token is ever signed with this text',
  });
  const database = { ...config.database, url: 'postgres://none@localhost/none' };
  const parts = { config: { ...config, database }, log: createLogger({ level: 'silent' }), clock: new WallClock() };
  const app = await NestFactory.createApplicationContext(AppModule.with(parts), {
    preview: true,
    logger: false,
    abortOnError: false,
  });
  return `${JSON.stringify(openApiDocument(apiOperations(app)), null, 2)}\n`;
}
