import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Transactions } from '../persistence/transactions.ts';
import { Logger } from '../platform/logger.ts';
import { monotonicClock } from '../stream/stream-pulse.ts';
import { rowsOf } from './sql.ts';
import type { Queryable } from './sql.ts';

const POLL_MS = 1_000;
/** Without news for this long nothing cached is believed: revocation must hold within 5 s. */
const TRUSTED_MS = 3_000;
/**
 * So long it is believed all the same where the database refuses to answer at all: then it is most likely away for everybody,
 * so that nobody can revoke anything, and quotes must go on.
 */
const AWAY_MS = 30_000;
/** Rows are read again for a while, since a transaction may commit after a younger one. */
const WINDOW = '15 seconds';
const KEPT = '1 hour';
const CLEAN_EVERY = 600;

/** `session:<id>`, `user:<id>`, `key:<id>`, `setup`. */
export type ChangeSubject = string;

/**
 * Tells every replica what changed about whom: a change writes a row in its own transaction; each process applies its own at
 * once and reads the others' every second. A replica that hears nothing trusts nothing that it has cached.
 */
@Injectable()
export class IdentityChanges implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #db: DataSource;
  readonly #transactions: Transactions;
  readonly #log: Logger;
  readonly #listeners: ((subject: ChangeSubject) => void)[] = [];
  readonly #seen = new Set<string>();
  #timer: NodeJS.Timeout | null = null;
  #polling = false;
  /** The last attempt to read changes failed. */
  #failed = false;
  #polledAt = Number.NEGATIVE_INFINITY;
  #polls = 0;
  #applied = 0;

  constructor(@InjectDataSource() db: DataSource, transactions: Transactions, logger: Logger) {
    this.#db = db;
    this.#transactions = transactions;
    this.#log = logger.child({ context: 'IdentityChanges' });
  }

  /** Rises with each change: what was read before it may be old. */
  get applied(): number {
    return this.#applied;
  }

  /** Whether what is cached may be believed: false while changes of other replicas may be missed. */
  get trusted(): boolean {
    return monotonicClock.now() - this.#polledAt < (this.#failed ? AWAY_MS : TRUSTED_MS);
  }

  listen(listener: (subject: ChangeSubject) => void): void {
    this.#listeners.push(listener);
  }

  /** Runs a transaction, or joins the open one; what it announces is told everywhere once it is committed. */
  transaction<T>(work: (db: Queryable, announce: (subject: ChangeSubject) => void) => Promise<T>): Promise<T> {
    return this.#transactions.run(async () => {
      const subjects = new Set<ChangeSubject>();
      const result = await work(this.#transactions, (subject) => void subjects.add(subject));
      if (subjects.size > 0)
        await this.#transactions.query(`INSERT INTO identity_change (subject) SELECT unnest($1::text[])`, [
          [...subjects],
        ]);
      this.#transactions.afterCommit(() => {
        for (const subject of subjects) this.#apply(subject);
      });
      return result;
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.#poll();
    this.#timer = setInterval(() => void this.#poll(), POLL_MS);
    this.#timer.unref();
  }

  onApplicationShutdown(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #apply(subject: ChangeSubject): void {
    this.#applied++;
    for (const listener of this.#listeners) listener(subject);
  }

  async #poll(): Promise<void> {
    if (this.#polling) return;
    this.#polling = true;
    const startedAt = monotonicClock.now();
    try {
      const sql = `SELECT id::text AS id, subject FROM identity_change WHERE at > clock_timestamp() - interval '${WINDOW}' ORDER BY id`;
      const found = await rowsOf<{ id: string; subject: string }>(this.#db, sql);
      this.#take(found);
      this.#polledAt = startedAt;
      this.#failed = false;
      if (this.#polls++ % CLEAN_EVERY === 0)
        await this.#db.query(`DELETE FROM identity_change WHERE at < clock_timestamp() - interval '${KEPT}'`);
    } catch (error) {
      this.#failed = true;
      if (this.#timer !== null) this.#log.warn({ err: error }, 'changes of identity could not be read');
    } finally {
      this.#polling = false;
    }
  }

  #take(found: readonly { id: string; subject: string }[]): void {
    const ids = new Set(found.map(({ id }) => id));
    for (const id of this.#seen) if (!ids.has(id)) this.#seen.delete(id);
    for (const { id, subject } of found) {
      if (this.#seen.has(id)) continue;
      this.#seen.add(id);
      this.#apply(subject);
    }
  }
}
