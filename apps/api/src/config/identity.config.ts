import { ROLES } from '@ziggy/contracts';
import type { Role } from '@ziggy/contracts';
import * as z from 'zod';
import { list } from './variables.ts';

export const IDENTITY_CONFIG = Symbol('IDENTITY_CONFIG');

/** Classes of routes that are limited apart from each other. */
export const RATE_CLASSES = ['auth', 'read', 'write', 'trade', 'heavy', 'chat'] as const;
export type RateClass = (typeof RATE_CLASSES)[number];

/** A foreign identity provider (OpenID Connect). */
export interface OidcConfig {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | null;
  /** What the sign-in page calls it. */
  readonly name: string;
  readonly scopes: string;
  readonly groupsClaim: string;
  /** Group to role; the highest role of a person's groups counts. */
  readonly roles: ReadonlyMap<string, Role>;
  /** The one algorithm that ID tokens may be signed with. */
  readonly algorithm: string;
}

export interface IdentityConfig {
  /** Signs access tokens and encrypts one-time-code secrets; null until the start has found or made one. */
  readonly authSecret: string | null;
  /** Days after which a session ends, however active. */
  readonly sessionDays: number;
  /** Days without a refresh after which a session ends. */
  readonly sessionIdleDays: number;
  /** Minutes without pointer or key after which the portal covers itself; 0 is never. */
  readonly idleLockMinutes: number;
  /** Requests a minute of one caller. */
  readonly perMinute: Readonly<Record<RateClass, number>>;
  readonly oidc: OidcConfig | null;
}

const whole = (least: number, most: number, usual: number, description: string) =>
  z.coerce.number().int().min(least).max(most).default(usual).meta({ description });

const groupRole = z.string().regex(new RegExp(`^[^:,]{1,100}:(?:${ROLES.join('|')})$`), {
  error: `must be group:role with a role of ${ROLES.join(', ')}`,
});

export const identityVariables = {
  AUTH_SECRET: z.string().min(32).max(512).optional().meta({
    description:
      'Secret that signs access tokens, at least 32 random characters, the same on every replica. Required in production; elsewhere one is made and kept in `.ziggy/auth-secret`.',
    secret: true,
  }),
  SESSION_DAYS: whole(1, 365, 30, 'Days after which a session ends, however active.'),
  SESSION_IDLE_DAYS: whole(1, 365, 14, 'Days without use after which a session ends.'),
  IDLE_LOCK_MINUTES: whole(
    0,
    1_440,
    30,
    'Minutes without pointer or key after which the portal covers itself until the password is given; 0 is never.',
  ),
  RATE_AUTH_PER_MINUTE: whole(1, 1_000_000, 10, 'Sign-in requests a minute from one address.'),
  RATE_READ_PER_MINUTE: whole(1, 1_000_000, 600, 'Reads a minute of one user, key or, without sign-in, address.'),
  RATE_WRITE_PER_MINUTE: whole(1, 1_000_000, 120, 'Writes a minute of one user, key or address.'),
  RATE_TRADE_PER_MINUTE: whole(1, 1_000_000, 120, 'Writes under `/trade` a minute of one user or key.'),
  RATE_HEAVY_PER_MINUTE: whole(1, 1_000_000, 20, 'Costly requests a minute of one user or key.'),
  RATE_CHAT_PER_MINUTE: whole(1, 1_000_000, 20, 'Chat requests a minute of one user or key.'),
  OIDC_ISSUER: z
    .url({ protocol: /^https?$/, error: 'must be the URL of the issuer' })
    .refine((text) => isSafeIssuer(text), { error: 'must be https, or http on this machine' })
    .optional()
    .meta({ description: 'Issuer for sign-in with OpenID Connect. Unset: passwords only.' }),
  OIDC_CLIENT_ID: z.string().min(1).max(200).optional().meta({ description: 'Client id at the issuer.' }),
  OIDC_CLIENT_SECRET: z
    .string()
    .min(1)
    .max(500)
    .optional()
    .meta({ description: 'Client secret at the issuer; unset for a public client.', secret: true }),
  OIDC_NAME: z.string().min(1).max(40).default('single sign-on').meta({ description: 'Name on the sign-in button.' }),
  OIDC_SCOPES: z.string().min(1).max(200).default('openid email profile').meta({ description: 'Scopes asked for.' }),
  OIDC_GROUPS_CLAIM: z.string().min(1).max(100).default('groups').meta({ description: 'Claim that lists the groups.' }),
  OIDC_ROLES: list(groupRole).meta({
    description: 'Comma list of group:role. The highest role of a person counts; without one the sign-in is refused.',
  }),
  OIDC_ALGORITHM: z
    .enum(['RS256', 'PS256', 'ES256', 'EdDSA'])
    .default('RS256')
    .meta({ description: 'The one algorithm that ID tokens may be signed with.' }),
};

function isSafeIssuer(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'https:' || ['127.0.0.1', '[::1]', 'localhost'].includes(url?.hostname ?? '');
}

type Values = z.output<z.ZodObject<typeof identityVariables>>;

export function readIdentityConfig(env: Values): IdentityConfig {
  return {
    authSecret: env.AUTH_SECRET ?? null,
    sessionDays: env.SESSION_DAYS,
    sessionIdleDays: env.SESSION_IDLE_DAYS,
    idleLockMinutes: env.IDLE_LOCK_MINUTES,
    perMinute: {
      auth: env.RATE_AUTH_PER_MINUTE,
      read: env.RATE_READ_PER_MINUTE,
      write: env.RATE_WRITE_PER_MINUTE,
      trade: env.RATE_TRADE_PER_MINUTE,
      heavy: env.RATE_HEAVY_PER_MINUTE,
      chat: env.RATE_CHAT_PER_MINUTE,
    },
    oidc: readOidcConfig(env),
  };
}

function readOidcConfig(env: Values): OidcConfig | null {
  if (env.OIDC_ISSUER === undefined || env.OIDC_CLIENT_ID === undefined) return null;
  return {
    issuer: env.OIDC_ISSUER,
    clientId: env.OIDC_CLIENT_ID,
    clientSecret: env.OIDC_CLIENT_SECRET ?? null,
    name: env.OIDC_NAME,
    scopes: env.OIDC_SCOPES,
    groupsClaim: env.OIDC_GROUPS_CLAIM,
    roles: new Map(env.OIDC_ROLES.map((entry) => entry.split(':') as [string, Role])),
    algorithm: env.OIDC_ALGORITHM,
  };
}
