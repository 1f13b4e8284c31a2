import { Global, Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { MARKET_CONFIG } from '../../config/market.config.ts';
import type { MarketConfig } from '../../config/market.config.ts';
import { Leadership } from '../../persistence/leadership.ts';
import { WallClock } from '../../platform/clock.ts';
import { Logger } from '../../platform/logger.ts';
import { Metrics } from '../../platform/metrics.ts';
import { RunningMarket } from '../../platform/running-market.ts';
import { Lifecycle } from '../../platform/lifecycle.ts';
import { StreamCore } from '../../stream/stream-core.ts';
import { StreamModule } from '../../stream/stream.module.ts';
import { ActiveMarket } from './active-market.ts';
import { CalendarOverrides } from '../calendar/calendar-overrides.ts';
import { DataIds } from '../quotes/data-ids.ts';
import { Demand } from './demand.ts';
import { DriftNotes } from './drift-notes.ts';
import { InstrumentDirectory } from '../instruments/instrument-directory.ts';
import { MarketRepository } from '../run/market.repository.ts';
import { callSource } from './source-call.ts';
import { openSource } from './source.provider.ts';
import type { OpenSource } from './source.provider.ts';
import { Venues } from '../calendar/venues.ts';

/** Symbols that one process keeps fresh, whatever the source can do. */
const DEMAND_MAX = 5_000;
/** Longest wait for the source's word about one instrument; a socket's subscription waits for it. */
const RESOLVE_WITHIN_MS = 2_300;

/** The one active market and what everything asks about it: instruments, hours, versions, who wants what. */
@Global()
@Module({})
export class SourceModule implements OnApplicationShutdown {
  readonly #leadership: Leadership;

  constructor(leadership: Leadership) {
    this.#leadership = leadership;
  }

  /** After the stores have written what they had: the lock is given back last. */
  onApplicationShutdown(): Promise<void> {
    return this.#leadership.stop();
  }

  /** @param open where the source comes from; tests give another. */
  static with(open: OpenSource = openSource): DynamicModule {
    return {
      module: SourceModule,
      imports: [StreamModule],
      providers: [
        MarketRepository,
        Venues,
        {
          // Before the source: a market is made by its calendars.
          provide: CalendarOverrides,
          useFactory: async (db: DataSource, log: Logger): Promise<CalendarOverrides> => {
            const overrides = new CalendarOverrides(db, log.child({ context: 'Calendars' }));
            await overrides.load();
            return overrides;
          },
          inject: [getDataSourceToken(), Logger],
        },
        {
          provide: DriftNotes,
          useFactory: (metrics: Metrics, log: Logger) => new DriftNotes(metrics, log),
          inject: [Metrics, Logger],
        },
        {
          provide: ActiveMarket,
          useFactory: async (
            config: MarketConfig,
            repository: MarketRepository,
            wall: WallClock,
            log: Logger,
            metrics: Metrics,
            db: DataSource,
            core: StreamCore,
            drift: DriftNotes,
          ): Promise<ActiveMarket> => {
            const opened = await open({
              config,
              wall,
              log,
              clockOf: (key) => repository.clockOf(key),
              lastRunOf: (tapeId) => repository.lastRunOf(tapeId),
              onRequest: requestCounter(metrics),
              onDrift: drift.note,
            });
            const market = await openMarket(opened, repository, wall, log, (marketId) =>
              lead(marketId, db, core.node, log),
            );
            drift.open(repository, market.marketId, market.source);
            return market;
          },
          inject: [
            MARKET_CONFIG,
            MarketRepository,
            WallClock,
            Logger,
            Metrics,
            getDataSourceToken(),
            StreamCore,
            DriftNotes,
            CalendarOverrides,
          ],
        },
        { provide: RunningMarket, useExisting: ActiveMarket },
        {
          provide: Leadership,
          useFactory: ({ leadership }: ActiveMarket) => leadership,
          inject: [ActiveMarket],
        },
        {
          provide: DataIds,
          // A follower's versions begin with the leader's fence, below what the leader gives out.
          useFactory: ({ leadership }: ActiveMarket) => new DataIds(Math.max(1, leadership.row?.fence ?? 1)),
          inject: [ActiveMarket],
        },
        {
          provide: Demand,
          useFactory: (market: ActiveMarket, wall: WallClock) =>
            new Demand({
              maxSymbols: Math.min(DEMAND_MAX, market.adapter.capabilities().maxSymbols),
              now: () => wall.now(),
            }),
          inject: [ActiveMarket, WallClock],
        },
        {
          provide: InstrumentDirectory,
          useFactory: async (
            market: ActiveMarket,
            repository: MarketRepository,
            wall: WallClock,
            lifecycle: Lifecycle,
          ) => {
            const directory = new InstrumentDirectory({
              source: market.adapter,
              call: (work) =>
                callSource(work, {
                  withinMs: RESOLVE_WITHIN_MS,
                  priority: 'interactive',
                  wallNow: wall.now(),
                  stop: lifecycle.draining,
                }),
              save: (instruments) => repository.saveInstruments(market.marketId, instruments),
              wallNow: () => wall.now(),
            });
            directory.load(await repository.instruments(market.marketId));
            await directory.saveUniverse();
            return directory;
          },
          inject: [ActiveMarket, MarketRepository, WallClock, Lifecycle],
        },
      ],
      exports: [
        MarketRepository,
        Venues,
        CalendarOverrides,
        ActiveMarket,
        Leadership,
        RunningMarket,
        DataIds,
        Demand,
        InstrumentDirectory,
      ],
    };
  }
}

function requestCounter(metrics: Metrics): (endpoint: string, code: string) => void {
  const requests = metrics.counter({
    name: 'source_requests_total',
    help: 'Requests of the market source that left this process, by endpoint and outcome.',
    labelNames: ['endpoint', 'code'],
  });
  return (endpoint, code) => requests.inc({ endpoint, code });
}

/** Tries to lead the market; the first of several processes does. */
async function lead(marketId: number, db: DataSource, node: string, log: Logger): Promise<Leadership> {
  const { url } = db.options as { readonly url: string };
  const leadership = new Leadership({
    url,
    node,
    marketId,
    elapsed: () => performance.now(),
    log: log.child({ context: 'Leadership' }),
  });
  await leadership.start();
  return leadership;
}

/** Finds or makes the market's row, tries to lead it, and says loudly which market this is. */
async function openMarket(
  opened: Awaited<ReturnType<OpenSource>>,
  repository: MarketRepository,
  wall: WallClock,
  log: Logger,
  toLead: (marketId: number) => Promise<Leadership>,
): Promise<ActiveMarket> {
  const { adapter, chosenBy, reason } = opened;
  const kind = adapter.capabilities().bestKind;
  const detail = { licenceNote: adapter.licenceNote };
  const stored = await repository.open({ key: adapter.market, kind, source: adapter.id, detail });
  const market = new ActiveMarket({
    adapter,
    marketId: stored.id,
    leadership: await toLead(stored.id),
    clockAt: stored.clockAt,
    kind,
    chosenBy,
    reason,
    since: wall.now(),
  });
  log.warn(
    { market: market.id, source: market.source, kind, chosenBy, reason, context: 'Market' },
    `market source: ${market.source} (${kind}); ${reason}`,
  );
  if (adapter.licenceNote !== null) log.warn({ source: market.source, context: 'Market' }, adapter.licenceNote);
  return market;
}
