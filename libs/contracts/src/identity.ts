import { CHANNELS } from './stream.ts';
import { queryInt, timestamp } from './shared.ts';
import { z } from './zod.ts';

/** Roles from least to most; each holds what the one before it holds. */
export const ROLES = ['viewer', 'analyst', 'trader', 'risk', 'admin'] as const;
export type Role = (typeof ROLES)[number];
/** What an API key may do. */
export const SCOPES = ['read', 'write', 'trade', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export const PASSWORD_LENGTH = { min: 12, max: 128 } as const;
/** Where the portal takes over from a printed or mailed link; the secret stands behind `#`, which no server sees. */
export const LINK_PATHS = { setup: '/app/setup', invitation: '/app/welcome', reset: '/app/welcome' } as const;
/** Header that a request with the cookie must carry, with any value: no form and no foreign page can add it. */
export const CSRF_HEADER = 'x-csrf';

export const role = z.enum(ROLES).meta({ description: 'Role; each holds what the one before it holds.' });
export const scope = z.enum(SCOPES).meta({ description: 'What an API key may do.' });
const id = z.string().min(1).max(64);
const email = z
  .string()
  .min(3)
  .max(254)
  .meta({ description: 'E-mail address. Compared without regard to case, after NFKC.', example: 'ada@example.com' });
const newPassword = z
  .string()
  .min(PASSWORD_LENGTH.min)
  .max(PASSWORD_LENGTH.max)
  .meta({ description: 'New password, 12 to 128 characters.' });
const password = z.string().min(1).max(PASSWORD_LENGTH.max).meta({ description: 'Password.' });
const code = z
  .string()
  .min(6)
  .max(24)
  .meta({ description: 'One-time code of the authenticator, or a recovery code.', example: '123456' });
const linkToken = z.string().min(20).max(128).meta({ description: 'Secret of a single-use link.' });
const displayName = z.string().max(80).meta({ description: 'Name shown to others.' });
const timeZone = z.string().min(1).max(64).meta({ description: 'IANA time zone.', example: 'Europe/Berlin' });
const locale = z.string().min(2).max(35).meta({ description: 'BCP 47 tag for numbers and dates.', example: 'en-GB' });
const currency = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .meta({ description: 'ISO 4217 code.', example: 'USD' });
const version = z.int().min(1).meta({ description: 'Version of the row; an old one is a conflict.' });
const secret = (what: string) => z.string().meta({ description: `${what}, shown once and stored hashed.` });

export const user = z
  .object({
    id,
    email,
    displayName,
    role,
    timeZone,
    locale,
    defaultAccountId: z
      .string()
      .nullable()
      .meta({ description: 'Paper account that is used unless another is named.' }),
    version,
  })
  .meta({ id: 'User' });
export type WireUser = z.infer<typeof user>;
export const organisationRef = z.object({ id, name: z.string() }).meta({ id: 'OrganisationRef' });

export const signInAnswer = z
  .object({
    accessToken: z.string().meta({ description: 'Bearer token of 15 minutes; keep it in memory only.' }),
    expiresAt: timestamp,
    user,
    organisation: organisationRef,
  })
  .meta({ id: 'SignIn' });
export type SignInAnswer = z.infer<typeof signInAnswer>;

export const setupBody = z.strictObject({
  token: linkToken,
  organisation: z.string().min(2).max(80).meta({ description: 'Name of the organisation.' }),
  email,
  password: newPassword,
  displayName: displayName.optional(),
  timeZone: timeZone.default('UTC'),
  baseCurrency: currency.default('USD'),
});
export type SetupBody = z.infer<typeof setupBody>;

export const loginBody = z.strictObject({ email, password, code: code.optional() });
export type LoginBody = z.infer<typeof loginBody>;

export const logoutBody = z.strictObject({
  everywhere: z.boolean().default(false).meta({ description: 'Ends every session of the user, not only this one.' }),
});
export type LogoutBody = z.infer<typeof logoutBody>;

export const meAnswer = z
  .object({
    user: user.extend({
      secondFactor: z.boolean().meta({ description: 'A one-time code is asked at sign-in.' }),
      hasPassword: z.boolean().meta({ description: 'False for those who sign in at a foreign issuer only.' }),
    }),
    organisation: organisationRef,
    permissions: z.array(z.string()).meta({ description: 'Ids of the operations that this caller may call.' }),
    session: z
      .object({ id, freshUntil: timestamp.nullable().meta({ description: 'Until when it counts as just proven.' }) })
      .nullable()
      .meta({ description: 'The session of a person; null for a key.' }),
    key: z
      .object({ id, scopes: z.array(scope) })
      .nullable()
      .meta({ description: 'The API key; null for a person.' }),
  })
  .meta({ id: 'Me' });
export type MeAnswer = z.infer<typeof meAnswer>;

export const wsTicketBody = z.strictObject({
  channels: z
    .array(z.enum(CHANNELS))
    .min(1)
    .max(CHANNELS.length)
    .optional()
    .meta({ description: 'Channels that the ticket opens; all that the caller may open when it is missing.' }),
});
export type WsTicketBody = z.infer<typeof wsTicketBody>;
export const wsTicketAnswer = z
  .object({
    ticket: z.string().meta({ description: 'For `?ticket=` of one upgrade.' }),
    expiresAt: timestamp,
    channels: z.array(z.enum(CHANNELS)),
  })
  .meta({ id: 'WsTicket' });
export type WsTicketAnswer = z.infer<typeof wsTicketAnswer>;

export const passwordBody = z.strictObject({
  currentPassword: password.optional().meta({ description: 'Present password of the signed-in caller.' }),
  token: linkToken.optional().meta({ description: 'Secret of an invitation or reset link, instead of a session.' }),
  newPassword,
  displayName: displayName.optional(),
});
export type PasswordBody = z.infer<typeof passwordBody>;

export const sessionsAnswer = z
  .object({
    items: z.array(
      z
        .object({
          id,
          createdAt: timestamp,
          lastSeenAt: timestamp,
          address: z.string(),
          agent: z.string().meta({ description: 'Name that the browser gave of itself.' }),
          current: z.boolean(),
        })
        .meta({ id: 'UserSession' }),
    ),
  })
  .meta({ id: 'UserSessions' });
export type SessionsAnswer = z.infer<typeof sessionsAnswer>;
export const idParams = z.strictObject({ id: z.string().min(1).max(64).meta({ description: 'Id.' }) });

export const totpBody = z.strictObject({ enabled: z.boolean(), code: code.optional() });
export type TotpBody = z.infer<typeof totpBody>;
export const totpAnswer = z
  .object({
    otpauthUrl: z.string().nullable().meta({ description: 'For the QR code; null once the code was confirmed.' }),
    secret: z.string().nullable().meta({ description: 'Base32 secret, for typing; null once confirmed.' }),
    recoveryCodes: z.array(z.string()).meta({ description: 'Ten codes, shown once, each good for one sign-in.' }),
  })
  .meta({ id: 'SecondFactor' });
export type TotpAnswer = z.infer<typeof totpAnswer>;

export const profileBody = z.strictObject({
  displayName: displayName.optional(),
  timeZone: timeZone.optional(),
  locale: locale.optional(),
  defaultAccountId: z.string().max(64).nullable().optional(),
  version,
});
export type ProfileBody = z.infer<typeof profileBody>;

export const USER_STATES = ['invited', 'active', 'disabled'] as const;
export const member = user
  .extend({
    state: z.enum(USER_STATES),
    lastSeenAt: timestamp.nullable(),
    secondFactor: z.boolean(),
    createdAt: timestamp,
  })
  .meta({ id: 'Member' });
export type Member = z.infer<typeof member>;
const pageParams = {
  limit: queryInt(1, 200).default(50).meta({ description: 'Rows of one page.' }),
  cursor: z.string().max(256).optional().meta({ description: '`nextCursor` of the page before.' }),
};
const nextCursor = z.string().nullable().meta({ description: 'Cursor of the next page; null at the end.' });
export const usersQuery = z.strictObject({
  q: z.string().min(2).max(100).optional().meta({ description: 'Part of name or e-mail.' }),
  role: role.optional(),
  state: z.enum(USER_STATES).optional().meta({ description: 'invited, active or disabled.' }),
  ...pageParams,
});
export type UsersQuery = z.infer<typeof usersQuery>;
export const usersAnswer = z.object({ items: z.array(member), nextCursor }).meta({ id: 'Members' });
export type UsersAnswer = z.infer<typeof usersAnswer>;
export const inviteBody = z.strictObject({ email, role, displayName: displayName.optional() });
export type InviteBody = z.infer<typeof inviteBody>;
export const MAIL_OUTCOMES = ['sent', 'failed', 'not_configured'] as const;
export type MailOutcome = (typeof MAIL_OUTCOMES)[number];
const mailed = z.enum(MAIL_OUTCOMES).meta({
  description:
    'Whether the link was handed to the mail server too: sent, failed, or not_configured without `SMTP_URL`.',
});
export const inviteAnswer = member
  .extend({ inviteUrl: secret('Link of 72 hours with which the person sets a password'), mailed })
  .meta({ id: 'Invitation' });
export type InviteAnswer = z.infer<typeof inviteAnswer>;
export const memberBody = z.strictObject({
  role: role.optional(),
  disabled: z.boolean().optional(),
  newLink: z.literal(true).optional().meta({ description: 'Makes a new invitation or reset link.' }),
  version,
});
export type MemberBody = z.infer<typeof memberBody>;
export const memberAnswer = member
  .extend({
    linkUrl: secret('Invitation or reset link')
      .nullable()
      .meta({ description: 'The new link, shown once; else null.' }),
    mailed: mailed.nullable().meta({ description: 'Whether the new link was mailed; null without one.' }),
  })
  .meta({ id: 'ChangedMember' });
export type MemberAnswer = z.infer<typeof memberAnswer>;

const settingNumber = z.object({ value: z.number(), default: z.number(), min: z.number(), max: z.number() });
export const organisationAnswer = z
  .object({
    id,
    name: z.string(),
    baseCurrency: currency,
    timeZone,
    quotas: z.record(z.string(), settingNumber),
    flags: z.record(z.string(), z.object({ value: z.boolean(), default: z.boolean() })),
    retentionDays: z.record(z.string(), settingNumber),
    version,
  })
  .meta({ id: 'Organisation' });
export type OrganisationAnswer = z.infer<typeof organisationAnswer>;
export const organisationBody = z.strictObject({
  name: z.string().min(2).max(80).optional(),
  baseCurrency: currency.optional(),
  timeZone: timeZone.optional(),
  quotas: z.record(z.string(), z.number().nullable()).optional().meta({ description: 'null = the default again.' }),
  flags: z.record(z.string(), z.boolean().nullable()).optional().meta({ description: 'null = the default again.' }),
  retentionDays: z.record(z.string(), z.number().nullable()).optional().meta({ description: 'null = the default.' }),
  version,
});
export type OrganisationBody = z.infer<typeof organisationBody>;

export const SAVED_KINDS = ['layout', 'grid', 'view', 'drawings', 'hotkeys', 'template'] as const;
export const savedItem = z
  .object({
    kind: z.enum(SAVED_KINDS),
    key: z.string(),
    value: z.unknown().meta({ description: 'Whatever the portal keeps; null once removed.' }),
    version: z.int().min(0).meta({ description: '0 once removed.' }),
    updatedAt: timestamp,
  })
  .meta({ id: 'SavedItem' });
export type SavedItem = z.infer<typeof savedItem>;
export const savedQuery = z.strictObject({ kind: z.enum(SAVED_KINDS).optional().meta({ description: 'One kind.' }) });
export type SavedQuery = z.infer<typeof savedQuery>;
export const savedAnswer = z.object({ items: z.array(savedItem) }).meta({ id: 'SavedItems' });
export type SavedAnswer = z.infer<typeof savedAnswer>;
export const savedParams = z.strictObject({
  kind: z.enum(SAVED_KINDS).meta({ description: 'Kind of the item.' }),
  key: z
    .string()
    .regex(/^[A-Za-z0-9_.:^=&-]{1,64}$/)
    .meta({ description: 'Name of the item; for drawings the symbol.' }),
});
export const savedBody = z.strictObject({
  value: z.unknown().meta({ description: 'JSON of at most 64 KiB; null removes the item.' }),
  version: z.int().min(0).meta({ description: 'Version that was read; 0 makes a new item.' }),
});
export type SavedBody = z.infer<typeof savedBody>;

const cidr = z.string().min(2).max(64).meta({ description: 'Address or CIDR range.', example: '10.0.0.0/8' });
export const apiKey = z
  .object({
    id,
    name: z.string(),
    prefix: z.string().meta({ description: 'First characters, to recognise the key by.' }),
    scopes: z.array(scope),
    expiresAt: timestamp,
    lastUsedAt: timestamp.nullable(),
    allowFrom: z.array(cidr).meta({ description: 'Addresses it may be used from; empty is any.' }),
    createdAt: timestamp,
    ownerId: id,
  })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof apiKey>;
export const apiKeysAnswer = z.object({ items: z.array(apiKey) }).meta({ id: 'ApiKeys' });
export type ApiKeysAnswer = z.infer<typeof apiKeysAnswer>;
export const apiKeyBody = z.strictObject({
  name: z.string().min(1).max(60),
  scopes: z.array(scope).min(1).max(SCOPES.length),
  expiresInDays: z.int().min(1).max(365).default(90),
  allowFrom: z.array(cidr).max(10).default([]),
  replaces: id.optional().meta({ description: 'Id of the key that this one follows; the old one lives 24 h more.' }),
});
export type ApiKeyBody = z.infer<typeof apiKeyBody>;
export const newApiKeyAnswer = apiKey.extend({ secret: secret('The whole key') }).meta({ id: 'NewApiKey' });
export type NewApiKeyAnswer = z.infer<typeof newApiKeyAnswer>;

export const auditEntry = z
  .object({
    seq: z.int(),
    at: timestamp,
    actor: z.string().meta({ description: 'Id of the user or key, or `system`.' }),
    action: z.string().meta({ description: 'What was done, e.g. `user.role_changed`.' }),
    target: z.string().nullable().meta({ description: 'Id of what it was done to.' }),
    before: z.unknown().meta({ description: 'What changed, as it was; null when nothing was.' }),
    after: z.unknown().meta({ description: 'What changed, as it is; null when it is gone.' }),
    requestId: z.string().nullable(),
    address: z.string().nullable(),
    hash: z.string().meta({ description: 'SHA-256 over this row and the hash of the row before, hex.' }),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof auditEntry>;
const instant = z.union([timestamp, z.iso.date()]);
const range = {
  from: instant.optional().meta({ description: 'First instant, inside.' }),
  to: instant.optional().meta({ description: 'Last instant, outside.' }),
};
export const auditQuery = z.strictObject({
  actor: z.string().max(64).optional().meta({ description: 'Id of the user or key.' }),
  action: z.string().max(64).optional().meta({ description: 'Action, or its beginning, e.g. `user.`.' }),
  target: z.string().max(64).optional().meta({ description: 'Id of the target.' }),
  requestId: z.string().max(64).optional().meta({ description: 'Id of the request.' }),
  ...range,
  ...pageParams,
});
export type AuditQuery = z.infer<typeof auditQuery>;
export const auditAnswer = z
  .object({
    items: z.array(auditEntry),
    names: z.record(z.string(), z.string()).meta({
      description:
        'Names behind the ids of actors and targets, as far as they are people and API keys of the organisation. Empty in an export.',
    }),
    nextCursor,
  })
  .meta({ id: 'AuditPage' });
export type AuditAnswer = z.infer<typeof auditAnswer>;
export const auditVerifyQuery = z.strictObject(range);
export type AuditVerifyQuery = z.infer<typeof auditVerifyQuery>;
export const auditVerifyAnswer = z
  .object({
    ok: z.boolean(),
    checked: z.int(),
    headHash: z.string().nullable().meta({ description: 'Hash of the newest row; null while there is none.' }),
    firstBroken: z.int().nullable().meta({ description: 'Sequence number of the first row that does not fit.' }),
  })
  .meta({ id: 'AuditVerification' });
export type AuditVerifyAnswer = z.infer<typeof auditVerifyAnswer>;
