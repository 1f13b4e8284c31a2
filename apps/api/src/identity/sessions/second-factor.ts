import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { TotpAnswer, TotpBody } from '@ziggy/contracts';
import { Secret, TOTP } from 'otpauth';
import { WallClock } from '../../platform/clock.ts';
import { ProblemError } from '../../platform/problem.ts';
import { AuditLog } from '../audit/audit-log.ts';
import type { Origin, Principal } from '../caller.ts';
import { bodyFault, unauthenticated } from '../faults.ts';
import { IdentityChanges } from '../identity-changes.ts';
import { AuthKeys, digestOf, sameDigest } from '../secrets.ts';
import type { Queryable } from '../sql.ts';
import { userWithId } from '../users/user-rows.ts';
import type { UserRow } from '../users/user-rows.ts';

const PERIOD_SEC = 30;
/** One step before and one after: a clock may be 30 s off. */
const WINDOW = 1;
const RECOVERY_CODES = 10;
const RECOVERY_FORM = /^[a-z2-7]{8}-?[a-z2-7]{8}$/;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** One-time codes (TOTP, RFC 6238) and recovery codes. A code works once; secrets are stored encrypted. */
@Injectable()
export class SecondFactor {
  readonly #changes: IdentityChanges;
  readonly #keys: AuthKeys;
  readonly #audit: AuditLog;
  readonly #clock: WallClock;

  constructor(changes: IdentityChanges, keys: AuthKeys, audit: AuditLog, clock: WallClock) {
    this.#changes = changes;
    this.#keys = keys;
    this.#audit = audit;
    this.#clock = clock;
  }

  /** Uses up a code of the user; false when it is not valid or was used before. The row must be locked. */
  async use(db: Queryable, user: UserRow, code: string): Promise<boolean> {
    if (user.totp_secret === null) return false;
    const step = this.#stepOf(user.totp_secret, user.email, code);
    if (step !== null && step > Number(user.totp_step ?? -1)) {
      await db.query(`UPDATE app_user SET totp_step = $2 WHERE id = $1`, [user.id, step]);
      return true;
    }
    const given = recoveryDigest(code);
    const used = given === null ? undefined : user.recovery.find((stored) => sameDigest(stored, given));
    if (used === undefined) return false;
    await db.query(`UPDATE app_user SET recovery = array_remove(recovery, $2::bytea) WHERE id = $1`, [user.id, used]);
    return true;
  }

  /** Turns the second factor on in two calls (without code, then with), or off: null. */
  async change(principal: Principal, body: TotpBody, origin: Origin): Promise<TotpAnswer | null> {
    return this.#changes.transaction(async (db) => {
      const user = await userWithId(db, principal.userId, true);
      if (user === null) throw unauthenticated('token_revoked');
      const note = (action: string) =>
        this.#audit.append(db, {
          organisationId: user.organisation_id,
          actor: user.id,
          action,
          target: user.id,
          origin,
        });
      if (!body.enabled) {
        await db.query(
          `UPDATE app_user SET totp_secret = NULL, totp_pending = NULL, totp_step = NULL, recovery = '{}' WHERE id = $1`,
          [user.id],
        );
        await note('second_factor.removed');
        return null;
      }
      if (user.totp_secret !== null)
        throw new ProblemError('invalid_state', 'The second factor is on already; turn it off first.', {
          extra: { state: 'on', allowed: ['off'] },
        });
      if (body.code === undefined) return this.#begin(db, user);
      const answer = await this.#confirm(db, user, body.code);
      await note('second_factor.added');
      return answer;
    });
  }

  async #begin(db: Queryable, user: UserRow): Promise<TotpAnswer> {
    const secret = new Secret({ size: 20 });
    await db.query(`UPDATE app_user SET totp_pending = $2 WHERE id = $1`, [user.id, this.#keys.seal(secret.base32)]);
    const totp = totpOf(secret.base32, user.email);
    return { otpauthUrl: totp.toString(), secret: secret.base32, recoveryCodes: [] };
  }

  async #confirm(db: Queryable, user: UserRow, code: string): Promise<TotpAnswer> {
    if (user.totp_pending === null)
      throw new ProblemError('invalid_state', 'Ask for a secret first.', {
        extra: { state: 'off', allowed: ['begin'] },
      });
    const step = this.#stepOf(user.totp_pending, user.email, code);
    if (step === null) throw bodyFault('/code', 'The code does not fit; check the clock of the device.');
    const codes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode);
    await db.query(
      `UPDATE app_user SET totp_secret = totp_pending, totp_pending = NULL, totp_step = $2, recovery = $3::bytea[] WHERE id = $1`,
      [user.id, step, codes.map((text) => recoveryDigest(text))],
    );
    return { otpauthUrl: null, secret: null, recoveryCodes: codes };
  }

  /** The 30 s step that a code belongs to; null when it fits none near now. */
  #stepOf(sealed: Buffer, label: string, code: string): number | null {
    if (!/^\d{6}$/.test(code)) return null;
    const timestamp = this.#clock.now();
    const delta = totpOf(this.#keys.unseal(sealed), label).validate({ token: code, timestamp, window: WINDOW });
    return delta === null ? null : Math.floor(timestamp / 1_000 / PERIOD_SEC) + delta;
  }
}

function totpOf(base32: string, label: string): TOTP {
  return new TOTP({
    issuer: 'ZiggyAI',
    label,
    secret: Secret.fromBase32(base32),
    algorithm: 'SHA1',
    digits: 6,
    period: PERIOD_SEC,
  });
}

function newRecoveryCode(): string {
  const letters = Array.from(randomBytes(16), (byte) => ALPHABET[byte % ALPHABET.length] ?? '').join('');
  return `${letters.slice(0, 8)}-${letters.slice(8)}`;
}

function recoveryDigest(code: string): Buffer | null {
  const plain = code.trim().toLowerCase();
  return RECOVERY_FORM.test(plain) ? digestOf(plain.replace('-', '')) : null;
}
