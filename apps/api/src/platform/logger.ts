import type { LoggerService } from '@nestjs/common';
import { pino, stdTimeFunctions } from 'pino';
import type { DestinationStream } from 'pino';
import { PinoPretty } from 'pino-pretty';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Writes one line: fields, then words (`info({ symbol }, 'subscribed')`), or words alone. */
export interface LogLine {
  (fields: object, message?: string): void;
  (message: string): void;
}

/**
 * Structured log, the injection token of itself: `constructor(logger: Logger) { this.log = logger.child({ context: 'MarketService' }); }`.
 * Secrets in known fields never reach the output.
 */
export abstract class Logger {
  abstract readonly trace: LogLine;
  abstract readonly debug: LogLine;
  abstract readonly info: LogLine;
  abstract readonly warn: LogLine;
  abstract readonly error: LogLine;
  abstract readonly fatal: LogLine;
  /** A logger whose every line carries these fields too. */
  abstract child(fields: Record<string, unknown>): Logger;
}

const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'password',
  'passwd',
  'secret',
  'token',
  'accessToken',
  'refreshToken',
  'apiKey',
  'ticket',
  'databaseUrl',
  'DATABASE_URL',
];
const quoted = (name: string) => (/^\w+$/.test(name) ? name : `["${name}"]`);
const under = (prefix: string, name: string) => (name.startsWith('[') ? `${prefix}${name}` : `${prefix}.${name}`);
const REDACTED_PATHS = SECRET_FIELDS.map(quoted).flatMap((name) => [
  name,
  under('*', name),
  under('*.*', name),
  under('*.*.*', name),
]);

// A connection string keeps its host, for the reader; its password goes, wherever the string turns up.
const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s@]+@/gi;

/** Hides the password of every connection string in a text. */
export function withoutUrlPasswords(text: string): string {
  return text.includes('://') ? text.replace(URL_PASSWORD, '$1***@') : text;
}

/** `pretty` is for a person at a terminal; everything else gets one JSON object a line. */
export function createLogger(options: { level: LogLevel; pretty?: boolean; destination?: DestinationStream }): Logger {
  const destination =
    options.destination ??
    (options.pretty ? PinoPretty({ colorize: true, sync: true, ignore: 'pid,hostname' }) : undefined);
  const settings = {
    level: options.level,
    base: {},
    timestamp: stdTimeFunctions.isoTime,
    redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
    hooks: { streamWrite: withoutUrlPasswords },
  };
  return destination === undefined ? pino(settings) : pino(settings, destination);
}

/** Lets Nest's own messages join the same log. Its start-up chatter (one line a route) is for debugging. */
export class NestLog implements LoggerService {
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  log(message: unknown, context?: unknown): void {
    this.#log.debug({ context }, String(message));
  }

  warn(message: unknown, context?: unknown): void {
    this.#log.warn({ context }, String(message));
  }

  debug(message: unknown, context?: unknown): void {
    this.#log.debug({ context }, String(message));
  }

  verbose(message: unknown, context?: unknown): void {
    this.#log.trace({ context }, String(message));
  }

  error(message: unknown, ...more: unknown[]): void {
    this.#log.error(message instanceof Error ? { err: message, more } : { more }, String(message));
  }

  fatal(message: unknown, ...more: unknown[]): void {
    this.#log.fatal({ more }, String(message));
  }
}
