import { Global, Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { InjectDataSource, TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { DatabaseConfig } from '../config/database.config.ts';
import { WallClock } from '../platform/clock.ts';
import { Logger } from '../platform/logger.ts';
import { Metrics } from '../platform/metrics.ts';
import { Readiness } from '../platform/lifecycle.ts';
import type { ReadyState } from '../platform/lifecycle.ts';
import { dataSourceOptions } from './data-source.ts';
import { DatabaseWatch } from './database-watch.ts';
import { EventLog } from './event-log.ts';
import { EventReader } from './event-reader.ts';
import { EventRetention } from './event-retention.ts';
import { Transactions } from './transactions.ts';

/** How often the database is asked whether it is there, beside those who ask for readiness (ms). */
const LOOK_EVERY_MS = 5_000;

/**
 * The database connection of the application, and the event log on it, for every module. The schema must be up to date: `migrate` runs before the
 * application starts.
 */
@Global()
@Module({})
export class PersistenceModule implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #dataSource: DataSource;
  readonly #readiness: Readiness;
  readonly #metrics: Metrics;

  readonly #wall: WallClock;
  readonly #log: Logger;
  #looking: NodeJS.Timeout | null = null;

  constructor(
    @InjectDataSource() dataSource: DataSource,
    readiness: Readiness,
    metrics: Metrics,
    wall: WallClock,
    log: Logger,
  ) {
    this.#wall = wall;
    this.#log = log;
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
    this.#watchDatabase();
    let migrated = false;
    this.#readiness.register('migrations', async (): Promise<ReadyState> => {
      migrated ||= !(await this.#dataSource.showMigrations());
      return migrated ? 'ok' : 'down';
    });
    this.#countConnections();
  }

  #watchDatabase(): void {
    const watch = new DatabaseWatch({
      ask: async () => {
        const rows: { at: number }[] = await this.#dataSource.query(
          'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS at',
        );
        return (rows[0] as { at: number }).at;
      },
      wall: this.#wall,
      elapsed: () => performance.now(),
      onWarning: (message, facts) => this.#log.warn({ context: 'Database', ...facts }, message),
    });
    this.#readiness.register('database', () => watch.look());
    this.#looking = setInterval(() => void watch.look(), LOOK_EVERY_MS);
    this.#looking.unref();
    this.#metrics.gauge({
      name: 'ziggy_database_up',
      help: 'Whether the database answered when it was asked last.',
      collect() {
        this.set(Number(watch.answers));
      },
    });
    this.#metrics.gauge({
      name: 'ziggy_database_clock_skew_seconds',
      help: "The database's clock minus this machine's; NaN before the first answer.",
      collect() {
        this.set((watch.skewMs ?? Number.NaN) / 1000);
      },
    });
  }

  onApplicationShutdown(): void {
    if (this.#looking !== null) clearInterval(this.#looking);
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
