import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { REPLAY_LIMITS } from '@ziggy/contracts';
import type { EventFrame, StreamPosition } from '@ziggy/contracts';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DataSource } from 'typeorm';
import { WebSocket } from 'ws';
import { EventLog } from '../src/persistence/event-log.ts';
import { WallClock } from '../src/platform/clock.ts';
import { Lifecycle } from '../src/platform/lifecycle.ts';
import { createLogger } from '../src/platform/logger.ts';
import { ask, createDatabase, eventually } from './harness.ts';
import { endServers, requireBuild, signInAt, startServer } from './process-testing.ts';
import type { Server } from './process-testing.ts';
import { speakerAt } from './speaker.ts';
import { StreamProbe } from './stream-testing.ts';

const ended: (() => Promise<void> | void)[] = [];

beforeAll(requireBuild);
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
  await endServers();
});

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  );
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A server that is started again on the same port as often as it is killed. */
async function serverAt(port: number, database: { url: string }, env: Record<string, string> = {}): Promise<Server> {
  const server = await startServer(
    { PORT: String(port), LOG_LEVEL: 'info', WS_SHED_ABOVE_MS: '10000', ...env },
    database,
  );
  await signInAt(server);
  return server;
}

async function connect(port: number, path: string): Promise<StreamProbe> {
  const url = `ws://127.0.0.1:${port}${path}`;
  const probe = new StreamProbe(new WebSocket(url, { perMessageDeflate: false, headers: await speakerAt(url) }));
  ended.push(() => probe.terminate());
  await probe.opened;
  await probe.next('hello');
  return probe;
}

const events = (probe: StreamProbe): EventFrame[] =>
  probe.frames.filter((frame): frame is EventFrame => 'prev' in frame);

describe('the process', () => {
  it('guarantee 11: is killed with SIGKILL under load, and no event is lost, repeated or reordered', async () => {
    const database = await createDatabase();
    ended.push(() => database.drop());
    const port = await freePort();
    let server = await serverAt(port, database);
    // The producer lives elsewhere: it commits whether or not the server is there.
    const db = await new DataSource({ type: 'postgres', url: database.url }).initialize();
    ended.push(() => db.destroy());
    const logger = createLogger({ level: 'silent' });
    const log = new EventLog(db, new WallClock(), new Lifecycle(logger), logger);
    const { market } = (await ask(`http://127.0.0.1:${port}/health`)).json<{ market: { id: string } }>();
    const published: EventFrame[] = [];
    let n = 0;
    let position: StreamPosition = { epoch: '', seq: 0 };
    let probe: StreamProbe | null = null;
    /** Events that were committed and that the client has not heard. */
    const unheard = (): number => {
      const last = probe?.frames.findLast((frame): frame is EventFrame => 'prev' in frame);
      return (published.at(-1)?.seq ?? 0) - Math.max(position.seq, last?.seq ?? 0);
    };
    const produce = (): (() => Promise<void>) => {
      let on = true;
      const done = (async () => {
        while (on) {
          // However slow this machine is, a resume may not be refused for coming from too far back.
          const far = (): boolean => on && unheard() >= REPLAY_LIMITS.events / 2;
          if (far()) await eventually(() => !far(), Boolean, 60_000);
          const event = { type: 'signal_generated', id: `n${++n}`, data: { n } } as const;
          const stored = await log.record({
            ...event,
            partition: { market: market.id, channel: 'signals', owner: null },
          });
          published.push(stored.frame);
        }
      })();
      return () => {
        on = false;
        return done;
      };
    };
    const first = await connect(port, '/ws/signals');
    const { epoch, seq } = first.of('hello')[0] as unknown as StreamPosition;
    position = { epoch, seq };
    const received: EventFrame[] = [];
    for (let round = 0; round < 3; round++) {
      const stop = produce();
      const client = await connect(port, `/ws/signals?epoch=${position.epoch}&seq=${position.seq}`);
      probe = client;
      const ack = await client.next('resume_ack');
      expect(ack.data.recovered).toBe(true);
      await eventually(() => events(client).length >= ack.data.replayed + 40, Boolean, 20_000);
      if (round < 2) {
        server.child.kill('SIGKILL');
        await client.closed;
        // Events go on while nobody serves.
        await eventually(() => unheard() >= 20);
        await stop();
      } else {
        await stop();
        await eventually(() => unheard() === 0, Boolean, 20_000);
      }
      received.push(...events(client));
      const last = received.at(-1) as EventFrame;
      position = { epoch: last.epoch, seq: last.seq };
      if (round < 2) server = await serverAt(port, database);
    }
    const missed = published.filter((frame) => frame.seq > seq);
    expect(received.map(({ replay: _, ...frame }) => frame)).toEqual(missed);
    expect(server.child.exitCode).toBeNull();
  }, 90_000);

  it.each([
    ['no second with more than 8 % of the closes', 60],
    ['no second with more than one of a few clients', 4],
  ])(
    'guarantee 22: stops in order: upgrades refused, all warned before the close, %s, exit code 0',
    async (_, clients) => {
      const database = await createDatabase();
      ended.push(() => database.drop());
      const port = await freePort();
      const server = await serverAt(port, database, {
        WS_CONNECTIONS_PER_ADDRESS: '1000',
        WS_CONNECTIONS_PER_PATH: '1000',
        WS_CONNECTIONS_PER_USER: '1000',
      });
      const probes = await Promise.all(
        Array.from({ length: clients }, (_, i) =>
          connect(port, ['/ws/market', '/ws/signals', '/ws/alerts'][i % 3] as string),
        ),
      );
      const ownDelay = monitorEventLoopDelay({ resolution: 10 });
      ownDelay.enable();
      const startedAt = performance.now();
      server.child.kill('SIGTERM');
      await Promise.all(probes.map((probe) => probe.next('reconnect')));
      await expect(connect(port, '/ws/market')).rejects.toThrow('503');
      const closes = await Promise.all(probes.map((probe) => probe.closed));
      expect(closes.every((close) => close.code === 4001)).toBe(true);
      expect((await server.ended).code).toBe(0);
      // Every second, wherever it begins. A close is heard by the bytes that say it, and so is late only by how late this
      // process is itself where others share the machine: closes that were apart are then heard together.
      const windowMs = Math.max(100, 900 - ownDelay.max / 1e6);
      const times = closes.map(({ at }) => at);
      const most = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + windowMs).length));
      expect(most).toBeLessThanOrEqual(Math.max(1, Math.floor(clients * 0.08)));
      expect(performance.now() - startedAt).toBeLessThan(35_000);
    },
    60_000,
  );
});
