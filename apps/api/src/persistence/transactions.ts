import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { AsyncLocalStorage } from 'node:async_hooks';
import { DataSource } from 'typeorm';
import type { EntityManager, QueryRunner } from 'typeorm';

interface Running {
  readonly runner: QueryRunner;
  readonly afterCommit: (() => void)[];
}

/**
 * One transaction for all that a piece of work writes, however deep: repositories query through this class and need not
 * know whether one is open. A transaction holds one connection of the pool, so it must be short and wait for nobody.
 */
@Injectable()
export class Transactions {
  readonly #db: DataSource;
  readonly #running = new AsyncLocalStorage<Running>();

  constructor(@InjectDataSource() db: DataSource) {
    this.#db = db;
  }

  /** Runs work in a transaction, or in the one that is open already. It commits when the work resolves. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running.getStore() !== undefined) return work();
    const runner = this.#db.createQueryRunner();
    const afterCommit: (() => void)[] = [];
    try {
      await runner.startTransaction();
      try {
        const result = await this.#running.run({ runner, afterCommit }, work);
        await runner.commitTransaction();
        for (const then of afterCommit) then();
        return result;
      } catch (error) {
        // Where the connection is gone there is nothing left to roll back; the cause is what counts.
        if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
        throw error;
      }
    } finally {
      await runner.release();
    }
  }

  /** One statement: in the open transaction, else by itself. */
  query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    const running = this.#running.getStore();
    return (running === undefined ? this.#db : running.runner).query(sql, [...parameters]) as Promise<Row[]>;
  }

  /** The open transaction as TypeORM knows it, e.g. for `EventLog.append`; throws where none is open. */
  get manager(): EntityManager {
    const running = this.#running.getStore();
    if (running === undefined) throw new Error('No transaction is open here.');
    return running.runner.manager;
  }

  /** Does something once the write is certain: at the commit, or at once when no transaction is open. */
  afterCommit(then: () => void): void {
    const running = this.#running.getStore();
    if (running === undefined) then();
    else running.afterCommit.push(then);
  }
}
