import * as z from 'zod';
import { databaseVariables, readDatabaseConfig } from './database.config.ts';
import type { DatabaseConfig } from './database.config.ts';
import { identityVariables, readIdentityConfig } from './identity.config.ts';
import type { IdentityConfig } from './identity.config.ts';
import { mailVariables, readMailConfig } from './mail.config.ts';
import type { MailConfig } from './mail.config.ts';
import { marketVariables, readMarketConfig } from './market.config.ts';
import type { MarketConfig } from './market.config.ts';
import { readServerConfig, serverVariables } from './server.config.ts';
import type { ServerConfig } from './server.config.ts';
import { readStreamConfig, streamVariables } from './stream.config.ts';
import type { StreamConfig } from './stream.config.ts';

export interface Config {
  readonly server: ServerConfig;
  readonly database: DatabaseConfig;
  readonly stream: StreamConfig;
  readonly market: MarketConfig;
  readonly identity: IdentityConfig;
  readonly mail: MailConfig;
}

/** Every variable that the process honours, by subsystem; the generated page keeps this order. */
export const VARIABLE_GROUPS = {
  server: serverVariables,
  database: databaseVariables,
  market: marketVariables,
  stream: streamVariables,
  identity: identityVariables,
  mail: mailVariables,
} as const;

const environment = z.object({
  ...serverVariables,
  ...databaseVariables,
  ...marketVariables,
  ...streamVariables,
  ...identityVariables,
  ...mailVariables,
});

/** One variable that cannot be used. `given` is null when it was not set, and is never shown for a secret. */
export interface ConfigFault {
  readonly variable: string;
  readonly given: string | null;
  readonly problem: string;
}

/** All faults of the environment at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    super(['The configuration cannot be used:', ...faults.map(describeFault)].join('\n'));
    this.faults = faults;
  }
}

function describeFault({ variable, given, problem }: ConfigFault): string {
  return `  ${variable}: ${problem} (given: ${given === null ? 'nothing' : JSON.stringify(given)})`;
}

/** Reads the environment once. Throws `ConfigError` naming every fault. An empty variable counts as unset. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const result = environment.safeParse(given);
  const faults = result.success ? [] : result.error.issues.map((issue) => faultOf(issue, given));
  faults.push(...productionFaults(given), ...companionFaults(given));
  if (!result.success || faults.length > 0) throw new ConfigError(faults);
  const values = result.data;
  return {
    server: readServerConfig(values),
    database: readDatabaseConfig(values),
    stream: readStreamConfig(values),
    market: readMarketConfig(values),
    identity: readIdentityConfig(values),
    mail: readMailConfig(values),
  };
}

function faultOf(issue: z.core.$ZodIssue, given: Readonly<Record<string, string | undefined>>): ConfigFault {
  const variable = String(issue.path[0] ?? '');
  const value = given[variable];
  return {
    variable,
    given: value === undefined ? null : isSecret(variable) ? '(hidden)' : value,
    problem: problemOf(issue),
  };
}

function problemOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_small')
    return `must be at least ${issue.minimum}${issue.origin === 'string' ? ' characters' : ''}`;
  if (issue.code === 'too_big')
    return `must be at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : ''}`;
  if (issue.code === 'invalid_type')
    return issue.expected === 'int' ? 'must be a whole number' : `must be a ${issue.expected}`;
  return issue.message;
}

const PLACEHOLDER = /change-?me|placeholder|example|your-|<.*>|xxxx/i;

/** In production nothing is made up: the database is named, and no secret is a placeholder. */
function productionFaults(given: Readonly<Record<string, string | undefined>>): ConfigFault[] {
  if (given['NODE_ENV'] !== 'production') return [];
  const faults: ConfigFault[] = [];
  for (const variable of ['DATABASE_URL', 'AUTH_SECRET']) {
    if (given[variable] === undefined) faults.push({ variable, given: null, problem: 'is required in production' });
  }
  for (const variable of SECRETS) {
    if (PLACEHOLDER.test(given[variable] ?? ''))
      faults.push({ variable, given: '(hidden)', problem: 'is a placeholder, which production refuses' });
  }
  return faults;
}

/** Half of a setting does nothing, so it is a fault and not a surprise. */
const COMPANIONS: readonly (readonly [string, string])[] = [
  ['SMTP_URL', 'MAIL_FROM'],
  ['OIDC_ISSUER', 'OIDC_CLIENT_ID'],
];

function companionFaults(given: Readonly<Record<string, string | undefined>>): ConfigFault[] {
  return COMPANIONS.flatMap(([one, other]) => {
    if ((given[one] === undefined) === (given[other] === undefined)) return [];
    const [there, missing] = given[one] === undefined ? [other, one] : [one, other];
    return [{ variable: missing, given: null, problem: `is required with ${there}` }];
  });
}

/** What a variable's schema says about it. */
export function variableMeta(schema: z.ZodType): { description: string; secret: boolean } {
  const meta = schema.meta() ?? {};
  return { description: meta.description ?? '', secret: meta['secret'] === true };
}

const SECRETS: readonly string[] = Object.entries(environment.shape)
  .filter(([, schema]) => variableMeta(schema).secret)
  .map(([name]) => name);

function isSecret(variable: string): boolean {
  return SECRETS.includes(variable);
}
