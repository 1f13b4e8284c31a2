import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { SetupBody } from '@ziggy/contracts';
import { DataSource } from 'typeorm';
import { ProblemError } from '../../platform/problem.ts';
import { AuditLog } from '../audit/audit-log.ts';
import type { Origin } from '../caller.ts';
import { readEmail } from '../email.ts';
import { bodyFault, checkTimeZone } from '../faults.ts';
import { IdentityChanges } from '../identity-changes.ts';
import { Passwords } from '../passwords.ts';
import { rowsOf } from '../sql.ts';
import type { Queryable } from '../sql.ts';
import { Links } from '../users/links.ts';
import { insertOrganisation, insertUser } from '../users/new-user.ts';
import { userWithId } from '../users/user-rows.ts';
import { Sessions } from './sessions.service.ts';
import type { SignedIn } from './sessions.service.ts';

/** Lock under which the first organisation is made, so that there is one first. */
const SETUP_LOCK = 0x2199_1b1;

/** The first run: a link on the console makes the organisation and its admin, once. There is no default password. */
@Injectable()
export class Setup implements OnApplicationBootstrap {
  readonly #db: DataSource;
  readonly #changes: IdentityChanges;
  readonly #passwords: Passwords;
  readonly #sessions: Sessions;
  readonly #links: Links;
  readonly #audit: AuditLog;
  #closed = false;

  constructor(
    @InjectDataSource() db: DataSource,
    changes: IdentityChanges,
    passwords: Passwords,
    sessions: Sessions,
    links: Links,
    audit: AuditLog,
  ) {
    this.#db = db;
    this.#changes = changes;
    this.#passwords = passwords;
    this.#sessions = sessions;
    this.#links = links;
    this.#audit = audit;
    changes.listen((subject) => {
      if (subject === 'setup') this.#closed = true;
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    this.#closed = await this.#exists();
  }

  /** Whether nobody has set this installation up yet. */
  get open(): boolean {
    return !this.#closed;
  }

  /** A new one-time link, or null when the setup is over. Earlier links stay good until one is used. */
  async link(base: string): Promise<string | null> {
    return (await this.#exists()) ? null : this.#links.make(this.#db, 'setup', null, base);
  }

  /** Makes the organisation and its admin, who is signed in at once. */
  async run(body: SetupBody, origin: Origin, now: number): Promise<SignedIn> {
    if (this.#closed) throw closed();
    const email = readEmail(body.email);
    if (email === null) throw bodyFault('/email', 'Must be an e-mail address.');
    checkTimeZone(body.timeZone);
    this.#passwords.checkStrength(body.password, [email.address.split('@')[0] ?? '', body.organisation]);
    const passwordHash = await this.#passwords.hash(body.password);
    return this.#changes.transaction(async (db, announce) => {
      await db.query('SELECT pg_advisory_xact_lock($1)', [SETUP_LOCK]);
      if (await this.#exists(db)) throw closed();
      await this.#links.use(db, body.token, ['setup']);
      const { organisation: name, timeZone, baseCurrency } = body;
      const organisationId = await insertOrganisation(db, { name, timeZone, baseCurrency }, now);
      const displayName = body.displayName ?? '';
      const owner = { organisationId, email, role: 'admin', displayName, timeZone, passwordHash } as const;
      const user = await userWithId(db, await insertUser(db, owner, now));
      if (user === null) throw new Error('The new admin is not there.');
      await db.query(`UPDATE one_time_link SET used_at = $1 WHERE purpose = 'setup' AND used_at IS NULL`, [
        new Date(now),
      ]);
      const after = { organisation: name, admin: email.address };
      await this.#audit.append(db, {
        organisationId,
        actor: user.id,
        action: 'setup.done',
        target: organisationId,
        after,
        origin,
      });
      announce('setup');
      return this.#sessions.open(db, user, origin);
    });
  }

  async #exists(db: Queryable = this.#db): Promise<boolean> {
    return (await rowsOf(db, 'SELECT 1 FROM organisation LIMIT 1')).length > 0;
  }
}

function closed(): ProblemError {
  return new ProblemError('setup_closed', 'This installation has its organisation and admin.');
}
