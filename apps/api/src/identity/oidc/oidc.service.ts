import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { ROLES } from '@ziggy/contracts';
import type { Role } from '@ziggy/contracts';
import {
  ClientSecretPost,
  None,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  discovery,
  enableNonRepudiationChecks,
  randomNonce,
  randomPKCECodeVerifier,
} from 'openid-client';
import type { Configuration } from 'openid-client';
import { DataSource } from 'typeorm';
import { IDENTITY_CONFIG } from '../../config/identity.config.ts';
import type { IdentityConfig, OidcConfig } from '../../config/identity.config.ts';
import { WallClock } from '../../platform/clock.ts';
import { Logger } from '../../platform/logger.ts';
import { ProblemError } from '../../platform/problem.ts';
import type { Origin } from '../caller.ts';
import { digestOf, newSecret } from '../secrets.ts';
import { rowOf } from '../sql.ts';
import type { SignedIn } from '../sessions/sessions.service.ts';
import { OidcUsers } from './oidc-users.ts';

export const FLOW_MS = 10 * 60_000;
const ISSUER_TIMEOUT_SEC = 8;

/** What the issuer says of a person, once everything was checked. */
export interface OidcPerson {
  readonly issuer: string;
  readonly subject: string;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly name: string;
  readonly role: Role | null;
}

export type OidcOutcome =
  | { readonly ok: true; readonly signedIn: SignedIn; readonly next: string }
  | { readonly ok: false; readonly code: 'oidc_failed' | 'oidc_refused' };

interface FlowRow {
  readonly nonce: string;
  readonly verifier: string;
  readonly next: string;
  readonly expires_at: Date;
}

/**
 * Sign-in at a foreign issuer: authorisation code with PKCE, state and nonce. The ID token's signature is checked against
 * the issuer's keys with one pinned algorithm, although TLS would do by the standard.
 */
@Injectable()
export class Oidc {
  readonly #db: DataSource;
  readonly #config: OidcConfig | null;
  readonly #users: OidcUsers;
  readonly #clock: WallClock;
  readonly #log: Logger;
  #client: Promise<Configuration> | null = null;

  constructor(
    @InjectDataSource() db: DataSource,
    @Inject(IDENTITY_CONFIG) config: IdentityConfig,
    users: OidcUsers,
    clock: WallClock,
    logger: Logger,
  ) {
    this.#db = db;
    this.#config = config.oidc;
    this.#users = users;
    this.#clock = clock;
    this.#log = logger.child({ context: 'Oidc' });
  }

  /** Where the browser goes, and the state that its cookie must hold when it comes back; null when the issuer is silent. */
  async start(next: string | undefined, callback: string): Promise<{ url: string; state: string } | null> {
    const config = this.#configured();
    const client = await this.#discovered(config).catch((error: unknown) => {
      this.#log.warn({ err: error }, 'the issuer of foreign sign-ins does not answer');
      return null;
    });
    if (client === null) return null;
    const [state, nonce, verifier] = [newSecret(), randomNonce(), randomPKCECodeVerifier()];
    await this.#db.query(
      `WITH gone AS (DELETE FROM oidc_flow WHERE expires_at < $6)
       INSERT INTO oidc_flow (hash, nonce, verifier, next, expires_at) VALUES ($1, $2, $3, $4, $5)`,
      [
        digestOf(state),
        nonce,
        verifier,
        safeNext(next),
        new Date(this.#clock.now() + FLOW_MS),
        new Date(this.#clock.now()),
      ],
    );
    const url = buildAuthorizationUrl(client, {
      redirect_uri: callback,
      scope: config.scopes,
      state,
      nonce,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    return { url: url.href, state };
  }

  /** @param bound state of the browser's cookie: who started elsewhere cannot finish here */
  async finish(url: URL, bound: string | undefined, origin: Origin): Promise<OidcOutcome> {
    const config = this.#configured();
    const state = url.searchParams.get('state');
    if (state === null || state !== bound) return { ok: false, code: 'oidc_failed' };
    const flow = await rowOf<FlowRow>(this.#db, `DELETE FROM oidc_flow WHERE hash = $1 RETURNING *`, [digestOf(state)]);
    if (flow === null || flow.expires_at.getTime() <= this.#clock.now()) return { ok: false, code: 'oidc_failed' };
    const person = await this.#exchange(config, url, state, flow);
    if (person === null) return { ok: false, code: 'oidc_failed' };
    const signedIn = await this.#users.signIn(person, origin);
    return signedIn === null ? { ok: false, code: 'oidc_refused' } : { ok: true, signedIn, next: flow.next };
  }

  async #exchange(config: OidcConfig, url: URL, state: string, flow: FlowRow): Promise<OidcPerson | null> {
    try {
      const tokens = await authorizationCodeGrant(await this.#discovered(config), url, {
        expectedState: state,
        expectedNonce: flow.nonce,
        pkceCodeVerifier: flow.verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined) return null;
      return {
        issuer: config.issuer,
        subject: claims.sub,
        email: typeof claims['email'] === 'string' ? claims['email'] : null,
        emailVerified: claims['email_verified'] === true,
        name: typeof claims['name'] === 'string' ? claims['name'].slice(0, 80) : '',
        role: roleOf(config, claims[config.groupsClaim]),
      };
    } catch (error) {
      // The message of the library may quote what the issuer sent; only its code is safe to keep.
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      this.#log.warn({ code, name: error instanceof Error ? error.name : undefined }, 'a foreign sign-in was refused');
      return null;
    }
  }

  #configured(): OidcConfig {
    if (this.#config !== null) return this.#config;
    throw new ProblemError('not_configured', 'Sign-in with OpenID Connect is not set up.', {
      extra: { setting: 'OIDC_ISSUER' },
    });
  }

  #discovered(config: OidcConfig): Promise<Configuration> {
    const issuer = new URL(config.issuer);
    const execute = [enableNonRepudiationChecks, ...(issuer.protocol === 'http:' ? [allowInsecureRequests] : [])];
    this.#client ??= discovery(
      issuer,
      config.clientId,
      { id_token_signed_response_alg: config.algorithm },
      config.clientSecret === null ? None() : ClientSecretPost(config.clientSecret),
      { execute, timeout: ISSUER_TIMEOUT_SEC },
    ).catch((error: unknown) => {
      this.#client = null;
      throw new ProblemError('upstream_failed', 'The issuer does not answer.', { cause: error });
    });
    return this.#client;
  }
}

/** The highest role that a person's groups give; null when none does. */
function roleOf(config: OidcConfig, groups: unknown): Role | null {
  const names = Array.isArray(groups) ? groups.map(String) : typeof groups === 'string' ? [groups] : [];
  const roles = new Set(names.map((name) => config.roles.get(name)));
  return ROLES.findLast((role) => roles.has(role)) ?? null;
}

/** A path of the portal; anything else - another host, `//`, a backslash, a control character - is its first page. */
export function safeNext(next: string | undefined): string {
  const home = '/app/';
  if (next === undefined || !next.startsWith(home) || /[\\\p{Cc}]/u.test(next) || next.length > 2_000) return home;
  const url = URL.parse(next, 'http://portal.invalid');
  if (url?.host !== 'portal.invalid' || !url.pathname.startsWith(home)) return home;
  return url.pathname + url.search + url.hash;
}
