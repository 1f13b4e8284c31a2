import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { DataSource } from 'typeorm';
import { EVENT_TYPES } from '@ziggy/contracts';
import type { EventFrame, LosslessChannel } from '@ziggy/contracts';
import { EventLog } from '../src/persistence/event-log.ts';
import type { NewEvent } from '../src/persistence/event-partition.ts';
import { ConnectionLedger } from '../src/stream/connection-ledger.ts';
import { StreamPulse } from '../src/stream/stream-pulse.ts';
import { eventually } from './harness.ts';
import { send } from './identity-testing.ts';
import { anOrganisation, aPerson } from './people.ts';
import type { TestPerson } from './people.ts';
import { StreamTestApp, ownerOf } from './stream-testing.ts';
import type { StreamProbe } from './stream-testing.ts';

const MARKET = 'sim:1:9f2c01ab';
const MANY = {
  WS_CONNECTIONS_PER_ADDRESS: '10000',
  WS_CONNECTIONS_PER_USER: '10000',
  WS_CONNECTIONS_PER_PATH: '10000',
  WS_COMMANDS_PER_SECOND: '10000',
  WS_COMMAND_BURST: '10000',
};

let app: StreamTestApp;
afterEach(() => app.close());

describe('guarantee 3: A never receives B’s event', () => {
  /** Owned channels: a partition a person. */
  const OWNED = ['alerts', 'portfolio'] as const;

  async function listen(person: TestPerson, channel: LosslessChannel): Promise<StreamProbe> {
    const answer = await send(app.app, 'POST', '/auth/ws-ticket', { body: {}, headers: person.headers });
    const { ticket } = answer.json<{ ticket: string }>();
    const probe = await app.open(`/ws/${channel}?ticket=${ticket}`);
    expect(probe.of('hello')[0]?.data.user).toBe(person.userId);
    await probe.ask('subscription_ack', { type: 'subscribe', symbols: ['*'] });
    await probe.next('snapshot_end');
    return probe;
  }

  it('10 000 mixed events of 50 people in two organisations: each has exactly its own', async () => {
    app = await StreamTestApp.start(MANY);
    const organisations = [await anOrganisation(app.app), await anOrganisation(app.app)];
    const people = await Promise.all(
      Array.from({ length: 50 }, (_, i) => aPerson(app.app, { organisationId: organisations[i % 2] as string })),
    );
    const listeners = await Promise.all(
      people.flatMap((person) =>
        OWNED.map(async (channel) => ({ person, channel, probe: await listen(person, channel) })),
      ),
    );
    const log = app.app.app.get(EventLog);
    const expected = new Map<string, string[]>();
    const recorded: Promise<unknown>[] = [];
    for (let n = 0; n < 10_000; n++) {
      const { organisationId, userId } = people[(n * 7) % people.length] as TestPerson;
      const channel = OWNED[Math.floor(n / 50) % 2] as (typeof OWNED)[number];
      const id = `${channel}:${userId}:${n}`;
      expected.set(`${channel}:${userId}`, [...(expected.get(`${channel}:${userId}`) ?? []), id]);
      recorded.push(
        log.record({
          partition: { market: MARKET, channel, owner: { organisationId, userId } },
          type: EVENT_TYPES[channel][0],
          id,
          data: { owner: userId },
        } as NewEvent),
      );
    }
    await Promise.all(recorded);
    for (const { person, channel, probe } of listeners) {
      const own = expected.get(`${channel}:${person.userId}`) ?? [];
      expect(own.length).toBe(100);
      await eventually(() => eventsOf(probe).length >= own.length, Boolean, 30_000);
    }
    // A leak would lie before the answer to a ping.
    for (const { person, channel, probe } of listeners) {
      await probe.ask('pong', { type: 'ping' });
      const ids = eventsOf(probe).map(({ id }) => id);
      expect([...ids].sort()).toEqual([...(expected.get(`${channel}:${person.userId}`) ?? [])].sort());
      expect(probe.invalid).toEqual([]);
    }
  }, 60_000);
});

describe('guarantee 23: everybody comes back at once', () => {
  it('300 clients reconnect and are subscribed without a database query per client', async () => {
    app = await StreamTestApp.start(MANY);
    const symbols = ['AAPL', 'MSFT', 'KO'];
    for (const symbol of symbols) app.quote(symbol, 100);
    const log = app.app.app.get(EventLog);
    const headline = { partition: { market: MARKET, channel: 'news', owner: null }, type: 'news_update' };
    await log.record({ ...headline, id: 'n1', data: { title: 'one' } } as NewEvent);
    const subscribed = async (path: string, names: string[]) => {
      const probe = await app.open(path);
      await probe.ask('subscription_ack', { type: 'subscribe', symbols: names });
      await probe.next('snapshot_end', 20_000);
      return probe;
    };
    const crowd = () =>
      Promise.all(
        Array.from({ length: 300 }, (_, i) =>
          i % 3 === 0 ? subscribed('/ws/news', ['*']) : subscribed('/ws/market', symbols),
        ),
      );
    for (const probe of await crowd()) probe.terminate();
    await eventually(() => app.marketHub.clients.size === 0);
    const query = jest.spyOn(app.app.app.get(DataSource).driver as unknown as Runner, 'createQueryRunner');
    const startedAt = performance.now();
    const back = await crowd();
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    // The poll of each channel and what runs once a second go on; a query a client would be three hundred.
    expect(query.mock.calls.length).toBeLessThan(30);
    query.mockRestore();
    for (const probe of back) {
      expect(probe.closeCode).toBeNull();
      expect(probe.invalid).toEqual([]);
      probe.terminate();
    }
    const ledger = app.app.app.get(ConnectionLedger);
    await eventually(() => ledger.open.size === 0);
  }, 60_000);
});

describe('guarantee 32: alerts while quotes saturate the link', () => {
  it('each alert of the event log reaches its client, once and in order, during a storm of quotes', async () => {
    app = await StreamTestApp.start({ ...MANY, WS_STALL_MS: '60000' });
    const symbols = Array.from({ length: 100 }, (_, i) => `S${i}`);
    const [quotes, alerts] = [await app.open('/ws/market'), await app.open('/ws/alerts')];
    await quotes.ask('subscription_ack', { type: 'subscribe', symbols, maxHz: 20 });
    await alerts.ask('subscription_ack', { type: 'subscribe', symbols: ['*'] });
    await alerts.next('snapshot_end');
    const log = app.app.app.get(EventLog);
    const owner = ownerOf(app);
    let price = 0;
    const storm = setInterval(() => {
      price++;
      for (const symbol of symbols) app.quote(symbol, price);
    }, 5);
    try {
      for (let n = 1; n <= 20; n++) {
        await log.record({
          partition: { market: MARKET, channel: 'alerts', owner },
          type: 'alert_triggered',
          id: `a${n}`,
          data: { n },
        } as NewEvent);
        await eventually(() => eventsOf(alerts).at(-1)?.id === `a${n}`);
      }
    } finally {
      clearInterval(storm);
    }
    expect(eventsOf(alerts).map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, i) => `a${i + 1}`));
    expect(app.marketHub.counters.conflated).toBeGreaterThan(0);
  });
});

describe('guarantee 35: the snapshot comes from memory', () => {
  it('known symbols are shown at once, without the database, while the source is slow to start another', async () => {
    app = await StreamTestApp.start();
    const symbols = Array.from({ length: 20 }, (_, i) => `C${i}`);
    for (const [i, symbol] of symbols.entries()) app.quote(symbol, i + 1);
    app.marketFeed.slowMs = 2_000;
    const slow = await app.open();
    slow.send({ type: 'subscribe', symbols: ['SLOWSTART'], id: 'slow' });
    const query = jest.spyOn(app.app.app.get(DataSource).driver as unknown as Runner, 'createQueryRunner');
    const times: number[] = [];
    for (let i = 0; i < 20; i++) {
      const probe = await app.open();
      const startedAt = performance.now();
      await probe.ask('subscription_ack', { type: 'subscribe', symbols });
      await probe.next('snapshot_end');
      times.push(performance.now() - startedAt);
      const shown = probe.of('market_data').filter(({ snap }) => snap === true);
      expect(shown.map(({ symbol, data }) => [symbol, data.price])).toEqual(
        symbols.map((symbol, at) => [symbol, at + 1]),
      );
      probe.terminate();
    }
    // Only polls of the log, which come once a second whoever is there.
    expect(query.mock.calls.length).toBeLessThan(20);
    query.mockRestore();
    expect(times.sort((a, b) => a - b)[18]).toBeLessThan(1_500);
    slow.terminate();
  });
});

describe('guarantee 20: interest is given back', () => {
  it('1 000 cycles of subscribe and unsubscribe leave no interest and no timer', async () => {
    app = await StreamTestApp.start(MANY);
    const probe = await app.open();
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const cycle = async (id: number) => {
      probe.send({ type: 'subscribe', symbols: ['CYCLE', 'SLOW1'], id: `s${id}` });
      probe.send({ type: 'unsubscribe', symbols: ['*'], id: `u${id}` });
      if (id % 100 === 99) await eventually(() => probe.answersTo(`s${id}`).length === 1);
    };
    app.marketFeed.slowMs = 1;
    for (let id = 0; id < 100; id++) await cycle(id);
    const { wheel } = app.app.app.get(StreamPulse);
    const before = timers();
    const deadlines = wheel.size;
    for (let id = 100; id < 1_100; id++) await cycle(id);
    await eventually(() => app.marketFeed.interest.size === 0);
    expect(app.marketHub.subscribers('CYCLE')).toBe(0);
    await eventually(() => timers() <= before + 5);
    expect(wheel.size).toBe(deadlines);
    probe.terminate();
  }, 30_000);
});

interface Runner {
  createQueryRunner(mode: string): unknown;
}

function eventsOf(probe: StreamProbe): EventFrame[] {
  return probe.frames.filter((frame): frame is EventFrame => 'prev' in frame && frame.snap !== true);
}
