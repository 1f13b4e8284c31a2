import { Injectable } from '@nestjs/common';
import { SignJWT, errors, jwtVerify } from 'jose';
import { WallClock } from '../../platform/clock.ts';
import { AuthKeys } from '../secrets.ts';

export const ACCESS_TOKEN_MS = 15 * 60_000;
/** Clocks of replicas may differ by this much. */
export const CLOCK_SKEW_MS = 120_000;
const ALGORITHM = 'HS256';
const ISSUER = 'ziggyai';
const AUDIENCE = 'ziggyai-api';
const TOKEN_MAX = 2_048;
/** Checked tokens that are remembered; the signature of each is computed once. */
const REMEMBERED = 10_000;

/** What a good access token says. Rights are not in it: they are looked up, so that a change acts at once. */
export interface TokenClaims {
  readonly sessionId: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

export type TokenVerdict = TokenClaims | 'expired' | 'invalid';

/** Access tokens: JWT, HS256 only, 15 minutes. */
@Injectable()
export class AccessTokens {
  readonly #keys: AuthKeys;
  readonly #clock: WallClock;
  readonly #checked = new Map<string, TokenClaims>();

  constructor(keys: AuthKeys, clock: WallClock) {
    this.#keys = keys;
    this.#clock = clock;
  }

  async issue(sessionId: string, userId: string): Promise<{ token: string; expiresAt: number }> {
    const now = Math.floor(this.#clock.now() / 1_000);
    const expires = now + ACCESS_TOKEN_MS / 1_000;
    const token = await new SignJWT({ sid: sessionId })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'at+jwt' })
      .setSubject(userId)
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt(now)
      .setExpirationTime(expires)
      .sign(this.#keys.signing);
    return { token, expiresAt: expires * 1_000 };
  }

  /** At once for a token that was checked before, else a promise. */
  check(token: string): TokenVerdict | Promise<TokenVerdict> {
    const known = this.#checked.get(token);
    if (known !== undefined) {
      if (this.#clock.now() < known.expiresAt + CLOCK_SKEW_MS) return known;
      this.#checked.delete(token);
      return 'expired';
    }
    return token.length > TOKEN_MAX ? 'invalid' : this.#verify(token);
  }

  async #verify(token: string): Promise<TokenVerdict> {
    try {
      const { payload } = await jwtVerify(token, this.#keys.signing, {
        algorithms: [ALGORITHM],
        typ: 'at+jwt',
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ['exp', 'iat', 'sid', 'sub'],
        clockTolerance: CLOCK_SKEW_MS / 1_000,
        currentDate: new Date(this.#clock.now()),
      });
      const { sid, exp } = payload;
      if (typeof sid !== 'string' || exp === undefined) return 'invalid';
      const claims = { sessionId: sid, expiresAt: exp * 1_000 };
      this.#remember(token, claims);
      return claims;
    } catch (error) {
      if (error instanceof errors.JWTExpired) return 'expired';
      if (error instanceof errors.JOSEError || error instanceof TypeError) return 'invalid';
      throw error;
    }
  }

  #remember(token: string, claims: TokenClaims): void {
    // The oldest goes first; a token lives 15 minutes, so most that fall out are dead.
    if (this.#checked.size >= REMEMBERED)
      for (const first of this.#checked.keys()) {
        this.#checked.delete(first);
        break;
      }
    this.#checked.set(token, claims);
  }
}
