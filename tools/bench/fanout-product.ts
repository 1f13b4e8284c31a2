import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { MarketDataFrame, SignInAnswer } from '@ziggy/contracts';
import { DataSource } from 'typeorm';
import type * as BootstrapExports from '../../apps/api/src/bootstrap.ts';
import type * as ConfigExports from '../../apps/api/src/config/config.ts';
import type * as SetupExports from '../../apps/api/src/identity/sessions/setup.service.ts';
import type * as MarketExports from '../../apps/api/src/market/market.gateway.ts';
import type * as LogExports from '../../apps/api/src/platform/logger.ts';
import type * as RunningExports from '../../apps/api/src/platform/running-market.ts';
import type * as FeedsExports from '../../apps/api/src/stream/channel-feed.ts';
import type * as LedgerExports from '../../apps/api/src/stream/connection-ledger.ts';
import type * as HubsExports from '../../apps/api/src/stream/hubs.ts';
import type * as StreamsExports from '../../apps/api/src/stream/stream.module.ts';
import { withDatabase } from './bench-database.ts';
import { built } from './built.ts';
import type { FanoutServer } from './fanout-server.ts';

/** Knows every symbol, and of each the last quote that was published. */
class BenchFeed {
  readonly last = new Map<string, MarketDataFrame>();
  prepare = async (): Promise<null> => null;
  snapshot = ({ symbol }: { symbol: string }): readonly MarketDataFrame[] => {
    const frame = this.last.get(symbol);
    return frame === undefined ? [] : [{ ...frame, snap: true }];
  };
  acquire = (): void => undefined;
  release = (): void => undefined;
}

export const BENCH_MARKET = 'sim:1:bench';

// One address opens all connections here, with one person's key, and a late event loop of a busy machine must not change what is measured; every
// other limit and switch is as it ships.
const ENVIRONMENT = {
  NODE_ENV: 'test',
  AUTH_SECRET: 'a secret of the benches, long enough to sign',
  WS_CONNECTIONS_PER_ADDRESS: '100000',
  WS_CONNECTIONS_PER_USER: '100000',
  WS_CONNECTIONS_PER_PATH: '100000',
  WS_NEW_CONNECTIONS_PER_SECOND: '100000',
  WS_NEW_CONNECTIONS_BURST: '100000',
  WS_SHED_ABOVE_MS: '10000',
};

export interface ProductApp {
  readonly app: NestFastifyApplication;
  readonly port: number;
  /** Secret of an API key that may read: what every client shows. */
  readonly key: string;
  /** Whose key it is. */
  readonly owner: { readonly organisationId: string; readonly userId: string };
}

/** Makes the first person as a browser would, and a key of that person. */
async function aKey(app: NestFastifyApplication, port: number): Promise<Pick<ProductApp, 'key' | 'owner'>> {
  const { Setup } = await built<typeof SetupExports>('identity/sessions/setup.service.js');
  const token = (await app.get(Setup, { strict: false }).link(''))?.split('#token=')[1];
  const origin = `http://127.0.0.1:${port}`;
  const post = async <T>(path: string, body: object, headers: Record<string, string> = {}): Promise<T> => {
    const answer = await fetch(origin + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-csrf': '1', origin, ...headers },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path} is ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const person = { displayName: 'Bench', email: 'bench@example.com', password: 'a password of the benches' };
  const { accessToken, user, organisation } = await post<SignInAnswer>('/auth/setup', {
    token,
    organisation: 'Bench',
    ...person,
  });
  const authorization = `Bearer ${accessToken}`;
  const { secret } = await post<{ secret: string }>(
    '/api-keys',
    { name: 'bench', scopes: ['read'] },
    { authorization },
  );
  return { key: secret, owner: { organisationId: organisation.id, userId: user.id } };
}

/**
 * The product's own application with a database: configuration, log, metrics, lifecycle, identity, the event log and the
 * whole stream module, the real gate, adapter and gateways; only the market is a feed that the bench moves by hand.
 */
export async function startProductApp(url: string): Promise<ProductApp> {
  const { Global, Module } = await import('@nestjs/common');
  const { createApp, listen, WallClock } = await built<typeof BootstrapExports>('bootstrap.js');
  const { readConfig } = await built<typeof ConfigExports>('config/config.js');
  const { createLogger } = await built<typeof LogExports>('platform/logger.js');
  const { RunningMarket } = await built<typeof RunningExports>('platform/running-market.js');
  const { StreamModule } = await built<typeof StreamsExports>('stream/stream.module.js');
  const { MarketFeed } = await built<typeof FeedsExports>('stream/channel-feed.js');
  const { MarketGateway } = await built<typeof MarketExports>('market/market.gateway.js');
  const market = {
    id: BENCH_MARKET,
    source: 'simulated',
    kind: 'simulated',
    chosenBy: 'configuration',
    reason: 'bench',
    since: Date.now(),
  };
  class BenchMarket {}
  Global()(BenchMarket);
  Module({
    imports: [StreamModule],
    providers: [
      MarketGateway,
      { provide: MarketFeed, useClass: BenchFeed },
      { provide: RunningMarket, useValue: market },
    ],
    exports: [RunningMarket],
  })(BenchMarket);
  const config = readConfig(ENVIRONMENT);
  const app = await createApp({
    config: { ...config, database: { ...config.database, url } },
    log: createLogger({ level: 'error' }),
    clock: new WallClock(),
    features: [BenchMarket],
  });
  const { port } = await listen(app, 0, '127.0.0.1');
  return { app, port, ...(await aKey(app, port)) };
}

/** The product as a server of the stream benches, with a database of its own. */
export async function startProduct(): Promise<FanoutServer> {
  const stopping = Promise.withResolvers<void>();
  const ready = Promise.withResolvers<string>();
  const database = withDatabase(async (url) => {
    ready.resolve(url);
    await stopping.promise;
  });
  database.catch(ready.reject);
  const { app, port, key } = await startProductApp(await ready.promise);
  const { MARKET_HUB } = await built<typeof HubsExports>('stream/hubs.js');
  const { ConnectionLedger } = await built<typeof LedgerExports>('stream/connection-ledger.js');
  const { MarketFeed } = await built<typeof FeedsExports>('stream/channel-feed.js');
  const hub = app.get<HubsExports.LatestValueHub>(MARKET_HUB, { strict: false });
  const feed = app.get<BenchFeed>(MarketFeed, { strict: false });
  const ledger = app.get(ConnectionLedger, { strict: false });
  const queries = countQueries(app.get(DataSource, { strict: false }));
  return {
    port,
    key,
    publish: (symbol, frame) => {
      feed.last.set(symbol, frame);
      hub.publish(symbol, symbol, frame);
    },
    counters: () => ({
      conflated: hub.counters.conflated,
      encoded: hub.counters.encoded,
      writes: hub.counters.writes,
      closes: { ...ledger.closes },
      open: ledger.open.size,
      queries: queries(),
    }),
    stop: () => {
      stopping.resolve();
      return database;
    },
  };
}

/** Counts the statements of a data source from here on: each takes a runner. */
function countQueries({ driver }: DataSource): () => number {
  const original = driver.createQueryRunner.bind(driver);
  let count = 0;
  driver.createQueryRunner = (mode) => {
    count++;
    return original(mode);
  };
  return () => count;
}
