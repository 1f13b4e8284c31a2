import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type * as ConfigModuleExports from '../../apps/api/src/config/config.module.ts';
import type * as ConfigExports from '../../apps/api/src/config/config.ts';
import type * as MarketExports from '../../apps/api/src/market/market.gateway.ts';
import type * as ClockModuleExports from '../../apps/api/src/platform/clock.ts';
import type * as LogExports from '../../apps/api/src/platform/logger.ts';
import type * as PlatformExports from '../../apps/api/src/platform/platform.module.ts';
import type * as RoutesExports from '../../apps/api/src/platform/route-table.ts';
import type * as RunningExports from '../../apps/api/src/platform/running-market.ts';
import type * as FeedsExports from '../../apps/api/src/stream/channel-feed.ts';
import type * as HubsExports from '../../apps/api/src/stream/hubs.ts';
import type * as AdapterExports from '../../apps/api/src/stream/stream.adapter.ts';
import type * as StreamsExports from '../../apps/api/src/stream/stream.module.ts';
import type { FanoutServer } from './fanout-server.ts';

/** The built application: its decorators cannot be stripped, so its sources do not run as they are. */
const built = (path: string): string => new URL(`../../apps/api/dist/${path}`, import.meta.url).href;

/** Knows every symbol and has no image of any: the bench measures live values. */
class BenchFeed {
  prepare = async (): Promise<null> => null;
  snapshot = (): readonly [] => [];
  acquire = (): void => undefined;
  release = (): void => undefined;
}

// One address opens all connections here; every other limit and switch is as it ships.
const ENVIRONMENT = {
  NODE_ENV: 'test',
  WS_CONNECTIONS_PER_ADDRESS: '100000',
  WS_NEW_CONNECTIONS_PER_SECOND: '100000',
  WS_NEW_CONNECTIONS_BURST: '100000',
};

/**
 * The product's own path: a Nest application with configuration, log, metrics, lifecycle and the whole stream module,
 * the real gate, adapter and gateway, and a feed that publishes into the real hub.
 */
export async function startProduct(): Promise<FanoutServer> {
  await import('reflect-metadata');
  const { Global, Module } = await import('@nestjs/common');
  const { NestFactory } = await import('@nestjs/core');
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  const api = {
    config: (await import(built('config/config.js'))) as typeof ConfigExports,
    configModule: (await import(built('config/config.module.js'))) as typeof ConfigModuleExports,
    platform: (await import(built('platform/platform.module.js'))) as typeof PlatformExports,
    logger: (await import(built('platform/logger.js'))) as typeof LogExports,
    clock: (await import(built('platform/clock.js'))) as typeof ClockModuleExports,
    routes: (await import(built('platform/route-table.js'))) as typeof RoutesExports,
    running: (await import(built('platform/running-market.js'))) as typeof RunningExports,
    streams: (await import(built('stream/stream.module.js'))) as typeof StreamsExports,
    adapter: (await import(built('stream/stream.adapter.js'))) as typeof AdapterExports,
    feeds: (await import(built('stream/channel-feed.js'))) as typeof FeedsExports,
    hubs: (await import(built('stream/hubs.js'))) as typeof HubsExports,
    market: (await import(built('market/market.gateway.js'))) as typeof MarketExports,
  };
  const market = {
    id: 'sim:1:bench',
    source: 'simulated',
    kind: 'simulated',
    chosenBy: 'configuration',
    reason: 'bench',
    since: Date.now(),
  };
  class BenchMarket {}
  Global()(BenchMarket);
  Module({
    imports: [api.streams.StreamModule],
    providers: [
      api.market.MarketGateway,
      { provide: api.feeds.MarketFeed, useClass: BenchFeed },
      { provide: api.running.RunningMarket, useValue: market },
    ],
    exports: [api.running.RunningMarket],
  })(BenchMarket);
  class BenchApp {}
  const log = api.logger.createLogger({ level: 'error' });
  const imports = [
    api.configModule.ConfigModule.with(api.config.readConfig(ENVIRONMENT)),
    api.platform.PlatformModule.with({ log, clock: new api.clock.WallClock(), routes: new api.routes.RouteTable() }),
    BenchMarket,
  ];
  Module({ imports })(BenchApp);
  const app = await NestFactory.create<NestFastifyApplication>(BenchApp, new FastifyAdapter(), { logger: false });
  app.useWebSocketAdapter(app.get(api.adapter.StreamAdapter, { strict: false }));
  await app.listen(0, '127.0.0.1');
  const hub = app.get<HubsExports.LatestValueHub>(api.hubs.MARKET_HUB, {
    strict: false,
  });
  const { port } = app.getHttpServer().address() as AddressInfo;
  return {
    port,
    publish: (symbol, frame) => hub.publish(symbol, symbol, frame),
    counters: () => ({ conflated: hub.counters.conflated, encoded: hub.counters.encoded, writes: hub.counters.writes }),
  };
}
