import * as z from 'zod';
import { LOG_LEVELS } from '../platform/logger.ts';
import type { LogLevel } from '../platform/logger.ts';
import { list, onOff } from './variables.ts';

export const SERVER_CONFIG = Symbol('SERVER_CONFIG');

export interface ServerConfig {
  readonly environment: 'development' | 'production' | 'test';
  /** TCP port; 0 takes any free one. */
  readonly port: number;
  readonly host: string;
  /** Origin under which people reach the server, without a trailing slash; null when it is only known at run time. */
  readonly publicUrl: string | null;
  /** Addresses or CIDR ranges of proxies whose `X-Forwarded-*` headers are believed. */
  readonly trustProxy: readonly string[];
  /** Foreign origins that may read the API and open streams; the server's own is always allowed. */
  readonly allowedOrigins: readonly string[];
  readonly logLevel: LogLevel;
  readonly logPretty: boolean;
  /** Folder of the built portal, or null for the one of this checkout. */
  readonly webRoot: string | null;
  /** Bearer token that opens `/metrics` to Prometheus; null leaves it to admins. */
  readonly metricsToken: string | null;
  /** Reconnect attempts that the portal makes; 0 is without end. */
  readonly maxReconnectAttempts: number;
}

const origin = z
  .url({ protocol: /^https?$/, error: 'must be an origin such as https://desk.example.com', abort: true })
  .refine((text) => new URL(text).pathname === '/', { error: 'must be an origin, without a path' });

export const serverVariables = {
  NODE_ENV: z
    .enum(['development', 'production', 'test'])
    .default('development')
    .meta({ description: 'In production an `.env` file is not read, logs are JSON and `DATABASE_URL` is required.' }),
  PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(8000)
    .meta({ description: 'TCP port of the server; 0 takes any free one.' }),
  HOST: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .meta({ description: 'Address to listen on. `0.0.0.0` accepts connections from other machines.' }),
  PUBLIC_URL: origin.optional().meta({
    description: 'Origin under which people reach the server. With https, browsers are told to stay on https.',
  }),
  TRUST_PROXY: list(
    z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], { error: 'must be IP addresses or CIDR ranges' }),
  ).meta({ description: 'Comma list of proxy addresses or CIDR ranges whose `X-Forwarded-*` headers are believed.' }),
  ALLOWED_ORIGINS: list(origin).meta({
    description: 'Comma list of foreign origins whose pages may read the API and open streams.',
  }),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info').meta({ description: 'Least severe log level that is written.' }),
  LOG_PRETTY: onOff
    .optional()
    .meta({ description: 'Logs for a person instead of JSON. Unset: only in development, at a terminal.' }),
  WEB_ROOT: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Folder of the built portal; unset: `apps/web/dist/browser` of this checkout.' }),
  METRICS_TOKEN: z.string().min(16).max(200).optional().meta({
    description: 'Bearer token that opens `/metrics` to Prometheus. Unset: only an admin, or a key of one, reads it.',
    secret: true,
  }),
  WS_MAX_RECONNECT_ATTEMPTS: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .default(0)
    .meta({ description: 'Reconnect attempts of the portal before it gives up; 0 is without end.' }),
};

export function readServerConfig(env: z.output<z.ZodObject<typeof serverVariables>>): ServerConfig {
  return {
    environment: env.NODE_ENV,
    port: env.PORT,
    host: env.HOST,
    publicUrl: env.PUBLIC_URL === undefined ? null : new URL(env.PUBLIC_URL).origin,
    trustProxy: env.TRUST_PROXY,
    allowedOrigins: env.ALLOWED_ORIGINS.map((text) => new URL(text).origin),
    logLevel: env.LOG_LEVEL,
    logPretty: env.LOG_PRETTY ?? (env.NODE_ENV === 'development' && process.stdout.isTTY === true),
    webRoot: env.WEB_ROOT ?? null,
    metricsToken: env.METRICS_TOKEN ?? null,
    maxReconnectAttempts: env.WS_MAX_RECONNECT_ATTEMPTS,
  };
}
