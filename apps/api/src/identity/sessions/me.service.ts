import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { MeAnswer } from '@ziggy/contracts';
import { DataSource } from 'typeorm';
import { WallClock } from '../../platform/clock.ts';
import { RoutePolicies } from '../access/route-policies.ts';
import type { Principal } from '../caller.ts';
import { unauthenticated } from '../faults.ts';
import { userWithId, wireUser } from '../users/user-rows.ts';

/** Who the caller is and what the caller may do. */
@Injectable()
export class Me {
  readonly #db: DataSource;
  readonly #policies: RoutePolicies;
  readonly #clock: WallClock;

  constructor(@InjectDataSource() db: DataSource, policies: RoutePolicies, clock: WallClock) {
    this.#db = db;
    this.#policies = policies;
    this.#clock = clock;
  }

  async of(principal: Principal): Promise<MeAnswer> {
    const user = await userWithId(this.#db, principal.userId);
    if (user === null) throw unauthenticated('token_revoked');
    const id = principal.credential.slice(principal.credential.indexOf(':') + 1);
    const fresh = principal.freshUntil;
    return {
      user: {
        ...wireUser(user),
        secondFactor: user.totp_secret !== null,
        hasPassword: user.password_hash !== null,
      },
      organisation: { id: user.organisation_id, name: user.organisation_name },
      permissions: this.#policies.allowedTo(principal, this.#clock.now()),
      session:
        principal.kind === 'person' ? { id, freshUntil: fresh === null ? null : new Date(fresh).toISOString() } : null,
      key: principal.kind === 'key' ? { id, scopes: [...principal.scopes] } : null,
    };
  }
}
