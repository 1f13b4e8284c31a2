import { BlockList, isIP } from 'node:net';
import { Injectable } from '@nestjs/common';
import { WallClock } from '../../platform/clock.ts';
import type { Principal } from '../caller.ts';
import { KeyUse } from '../keys/key-use.ts';
import { digestOf, sameDigest } from '../secrets.ts';
import { AccessTokens } from '../sessions/access-tokens.ts';
import type { TokenVerdict } from '../sessions/access-tokens.ts';
import { CredentialStates } from './credential-states.ts';
import type { CredentialState } from './credential-states.ts';

/** What somebody shows: at most one of the two is looked at, the token first. */
export interface Credentials {
  /** `Authorization` header. */
  readonly authorization?: string | undefined;
  /** `X-API-Key` header. */
  readonly apiKey?: string | string[] | undefined;
  readonly address: string;
  /** Called before a key that nobody has shown yet costs a query; it may throw. */
  readonly beforeAsking?: () => void;
}

export type Refusal = 'unauthenticated' | 'token_expired' | 'token_revoked';
/** A principal, why there is none although something was shown, or null for a stranger. */
export type Identification = Principal | Refusal | null;

export const KEY_FORM = /^zk_([A-Za-z0-9_-]{10})_[A-Za-z0-9_-]{43}$/;
const BEARER = /^Bearer +(\S+)$/i;

/** Says who shows a credential. One place for requests, event streams and sockets. */
@Injectable()
export class Authenticator {
  readonly #tokens: AccessTokens;
  readonly #states: CredentialStates;
  readonly #use: KeyUse;
  readonly #clock: WallClock;

  constructor(tokens: AccessTokens, states: CredentialStates, use: KeyUse, clock: WallClock) {
    this.#tokens = tokens;
    this.#states = states;
    this.#use = use;
    this.#clock = clock;
  }

  /** At once when token and state are known, which is nearly always; else a promise. */
  identify({ authorization, apiKey, address, beforeAsking }: Credentials): Identification | Promise<Identification> {
    if (authorization !== undefined) {
      const token = BEARER.exec(authorization)?.[1];
      return token === undefined ? 'unauthenticated' : this.secret(token, address, beforeAsking);
    }
    if (apiKey === undefined) return null;
    return typeof apiKey === 'string' && KEY_FORM.test(apiKey)
      ? this.#key(apiKey, address, beforeAsking)
      : 'unauthenticated';
  }

  /** The owner of an access token or API key. */
  secret(secret: string, address: string, beforeAsking?: () => void): Identification | Promise<Identification> {
    return KEY_FORM.test(secret) ? this.#key(secret, address, beforeAsking) : this.#token(secret);
  }

  /** The principal behind a credential's name, as it stands now; what a ticket stands for. */
  async named(credential: string): Promise<Identification> {
    const id = credential.slice(credential.indexOf(':') + 1);
    const state = await (credential.startsWith('session:') ? this.#states.session(id) : this.#states.key(id));
    return this.#principal(state, null);
  }

  #token(token: string): Identification | Promise<Identification> {
    const verdict = this.#tokens.check(token);
    return verdict instanceof Promise ? verdict.then((later) => this.#ofToken(later)) : this.#ofToken(verdict);
  }

  #ofToken(verdict: TokenVerdict): Identification | Promise<Identification> {
    if (verdict === 'expired') return 'token_expired';
    if (verdict === 'invalid') return 'unauthenticated';
    const state = this.#states.session(verdict.sessionId);
    const { expiresAt } = verdict;
    return state instanceof Promise
      ? state.then((later) => this.#principal(later, expiresAt))
      : this.#principal(state, expiresAt);
  }

  #key(key: string, address: string, beforeAsking?: () => void): Identification | Promise<Identification> {
    const prefix = KEY_FORM.exec(key)?.[1] ?? '';
    // A token is signed; a key may be anything, and each new one would be looked for.
    if (!this.#states.knowsPrefix(prefix)) beforeAsking?.();
    const state = this.#states.keyWithPrefix(prefix);
    return state instanceof Promise
      ? state.then((later) => this.#ofKey(later, key, address))
      : this.#ofKey(state, key, address);
  }

  #ofKey(state: CredentialState | null, key: string, address: string): Identification {
    if (state?.hash == null || !sameDigest(state.hash, digestOf(key))) return 'unauthenticated';
    // A key from the wrong place is as good as none: it is not told that the key is right.
    if (!addressAllowed(state.allowFrom, address)) return 'unauthenticated';
    const principal = this.#principal(state, null);
    if (principal !== null && typeof principal === 'object') this.#use.note(state.credential);
    return principal;
  }

  #principal(state: CredentialState | null, tokenExpiresAt: number | null): Identification {
    if (state === null || state.ended) return 'token_revoked';
    const now = this.#clock.now();
    if (now >= state.expiresAt) return 'token_expired';
    return {
      organisationId: state.organisationId,
      userId: state.userId,
      role: state.role,
      kind: state.kind,
      scopes: state.scopes,
      credential: state.credential,
      expiresAt: Math.min(state.expiresAt, tokenExpiresAt ?? Number.POSITIVE_INFINITY),
      freshUntil: state.freshUntil !== null && state.freshUntil > now ? state.freshUntil : null,
    };
  }
}

function addressAllowed(ranges: readonly string[], address: string): boolean {
  if (ranges.length === 0) return true;
  const list = new BlockList();
  for (const range of ranges) {
    const [base = '', bits] = range.split('/');
    const family = isIP(base) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(base, family);
    else list.addSubnet(base, Number(bits), family);
  }
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  return isIP(plain) !== 0 && list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
}
