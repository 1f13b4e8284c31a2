import { Global, Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationBootstrap } from '@nestjs/common';
import { InjectDataSource, TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { DatabaseConfig } from '../config/database.config.ts';
import { Metrics } from '../platform/metrics.ts';
import { Readiness } from '../platform/lifecycle.ts';
import type { ReadyState } from '../platform/lifecycle.ts';
import { dataSourceOptions } from './data-source.ts';
import { EventLog } from './event-log.ts';
import { EventReader } from './event-reader.ts';
import { EventRetention } from './event-retention.ts';
import { Transactions } from './transactions.ts';

/**
 * The database connection of the application, and the event log on it, for every module. The schema must be up to date: `migrate` runs before the
 * application starts.
 */
@Global()
@Module({})
export class PersistenceModule implements OnApplicationBootstrap {
  readonly #dataSource: DataSource;
  readonly #readiness: Readiness;
  readonly #metrics: Metrics;

  constructor(@InjectDataSource() dataSource: DataSource, readiness: Readiness, metrics: Metrics) {
    this.#dataSource = dataSource;
    this.#readiness = readiness;
    this.#metrics = metrics;
  }

  static with(config: DatabaseConfig & { readonly url: string }): DynamicModule {
    return {
      module: PersistenceModule,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => ({
            ...dataSourceOptions(config),
            autoLoadEntities: true,
            retryAttempts: 3,
            retryDelay: 500,
          }),
        }),
      ],
      providers: [Transactions, EventLog, EventReader, EventRetention],
      exports: [Transactions, EventLog, EventReader, EventRetention],
    };
  }

  onApplicationBootstrap(): void {
    this.#readiness.register('database', async (): Promise<ReadyState> => {
      await this.#dataSource.query('SELECT 1');
      return 'ok';
    });
    let migrated = false;
    this.#readiness.register('migrations', async (): Promise<ReadyState> => {
      migrated ||= !(await this.#dataSource.showMigrations());
      return migrated ? 'ok' : 'down';
    });
    this.#countConnections();
  }

  #countConnections(): void {
    const pool = poolOf(this.#dataSource);
    if (pool === null) return;
    this.#metrics.gauge({
      name: 'ziggy_database_connections',
      help: 'Connections of the database pool, by state.',
      labelNames: ['state'],
      collect() {
        this.set({ state: 'open' }, pool.totalCount);
        this.set({ state: 'idle' }, pool.idleCount);
        this.set({ state: 'waiting' }, pool.waitingCount);
      },
    });
  }
}

interface PoolCounts {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

/** TypeORM's PostgreSQL driver keeps its `pg` pool in `master`; its types do not say so. */
function poolOf(dataSource: DataSource): PoolCounts | null {
  const pool = (dataSource.driver as unknown as { readonly master?: Partial<PoolCounts> }).master;
  return typeof pool?.totalCount === 'number' ? (pool as PoolCounts) : null;
}
