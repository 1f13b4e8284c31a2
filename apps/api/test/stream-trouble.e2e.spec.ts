import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { StreamPosition } from '@ziggy/contracts';
import { DataSource } from 'typeorm';
import { EventLog } from '../src/persistence/event-log.ts';
import type { NewEvent } from '../src/persistence/event-partition.ts';
import { EventReader } from '../src/persistence/event-reader.ts';
import { StreamPulse } from '../src/stream/stream-pulse.ts';
import { StreamSessions } from '../src/stream/stream-sessions.ts';
import { StreamShedding } from '../src/stream/stream-shedding.ts';
import { eventually } from './harness.ts';
import { StreamTestApp, refusedUpgrade } from './stream-testing.ts';
import type { StreamProbe } from './stream-testing.ts';

const PLENTY = { WS_COMMANDS_PER_SECOND: '10000', WS_COMMAND_BURST: '10000' };

let app: StreamTestApp;
afterEach(async () => {
  jest.restoreAllMocks();
  await app.close();
});

const reader = (): EventReader => app.app.app.get(EventReader, { strict: false });

async function say(channel: 'news' | 'signals', times: number, data: object = {}): Promise<void> {
  const log = app.app.app.get(EventLog);
  const type = channel === 'news' ? 'news_update' : 'signal_generated';
  const partition = { market: 'sim:1:9f2c01ab', channel, owner: null };
  await Promise.all(
    Array.from({ length: times }, (_, n) => log.record({ partition, type, id: `e${n}`, data } as NewEvent)),
  );
}

function positionOf(probe: StreamProbe): StreamPosition {
  const { epoch, seq } = probe.of('hello')[0] ?? {};
  return { epoch: epoch as string, seq: seq as number };
}

describe('a log that does not answer', () => {
  it('is error 110 for each command that needs it, and never the client’s abuse', async () => {
    app = await StreamTestApp.start({ ...PLENTY, WS_ERRORS_MAX: '5' });
    const probe = await app.open('/ws/news');
    const before = jest.spyOn(reader(), 'before').mockRejectedValue(new Error('away'));
    for (let n = 0; n < 12; n++) {
      const { data } = await probe.ask('error', { type: 'history', limit: 5 });
      expect(data).toMatchObject({ code: 110, name: 'overloaded', temporary: true });
    }
    before.mockRestore();
    probe.send({ type: 'history', limit: 5, id: 'again' });
    expect((await probe.next('history')).id).toBe('again');
    expect(probe.closeCode).toBeNull();
  });

  it('lets a bounded number of commands wait, refuses the rest at once, and answers each one once', async () => {
    app = await StreamTestApp.start(PLENTY);
    const probe = await app.open('/ws/news');
    const released = Promise.withResolvers<{ events: []; head: StreamPosition }>();
    const head = positionOf(probe);
    jest.spyOn(reader(), 'before').mockReturnValue(released.promise);
    for (let id = 0; id < 100; id++) probe.send({ type: 'history', limit: 5, id });
    await eventually(() => probe.of('error').length === 36);
    expect(probe.of('error').every(({ data }) => data.code === 110)).toBe(true);
    expect(probe.of('history')).toEqual([]);
    released.resolve({ events: [], head });
    await eventually(() => probe.of('history').length === 64);
    const answered = [...probe.of('error'), ...probe.of('history')].map(({ id }) => Number(id));
    expect(answered.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, id) => id));
  });

  it('sends a client with a position on its URL away for a while: 1013, announced, and the process lives on', async () => {
    app = await StreamTestApp.start();
    await say('news', 2);
    const { epoch, seq } = positionOf(await app.open('/ws/news'));
    const read = jest.spyOn(reader(), 'read').mockRejectedValue(new Error('away'));
    const probe = await app.open(`/ws/news?epoch=${epoch}&seq=${seq - 1}`);
    expect((await probe.closed).code).toBe(1013);
    expect((await probe.next('reconnect')).data.reason).toBe('log_unavailable');
    read.mockRestore();
    const again = await app.open(`/ws/news?epoch=${epoch}&seq=${seq - 1}`);
    expect((await again.next('resume_ack')).data).toEqual({ recovered: true, replayed: 1 });
  });
});

describe('a client that lost its position', () => {
  async function lostProbe(): Promise<StreamProbe> {
    const probe = await app.open('/ws/signals');
    await probe.ask('subscription_ack', { type: 'subscribe', symbols: ['*'] });
    await probe.next('snapshot_end');
    const socket = (probe.ws as unknown as { _socket: { pause(): void; resume(): void } })._socket;
    socket.pause();
    await say('signals', 2_000, { padding: 'x'.repeat(4_000) });
    // What a sweep does to events beyond retention.
    await app.app.app.get(DataSource).query(`UPDATE event_partition SET floor = head WHERE channel = 'signals'`);
    socket.resume();
    return probe;
  }

  it('is closed with 4005 when it does not say how it goes on; the position it was given stays good', async () => {
    app = await StreamTestApp.start({ WS_RESYNC_MS: '700' });
    const silent = await lostProbe();
    const resync = await silent.next('resync', 15_000);
    const goesOn = await app.open('/ws/signals');
    expect((await silent.closed).code).toBe(4005);
    expect((await silent.next('reconnect')).data.reason).toBe('position lost');
    goesOn.send({ type: 'resume', epoch: resync.epoch, seq: resync.seq, id: 1 });
    expect((await goesOn.next('resume_ack')).data.recovered).toBe(true);
  }, 40_000);

  it('keeps its socket when it resumes from the position given', async () => {
    app = await StreamTestApp.start();
    const probe = await lostProbe();
    const { epoch, seq } = await probe.next('resync', 15_000);
    const { wheel } = app.app.app.get(StreamPulse);
    const deadlines = wheel.size;
    probe.send({ type: 'resume', epoch, seq, id: 1 });
    expect((await probe.next('resume_ack')).data.recovered).toBe(true);
    // The deadline is gone, not only far away.
    expect(wheel.size).toBe(deadlines - 1);
    expect(probe.closeCode).toBeNull();
  }, 40_000);
});

describe('ends that others decide', () => {
  it('closes the connections that an administrator ends with 4505, and nobody else’s', async () => {
    app = await StreamTestApp.start({ ANONYMOUS_CHANNELS: 'market' });
    const [kicked, stranger] = [await app.open('/ws/alerts'), await app.open('/ws/market', { stranger: true })];
    const { userId } = app.app.speaker;
    const ended = app.app.app
      .get(StreamSessions, { strict: false })
      .end((identity) => identity.userId === userId, 'kicked', 'ended by an administrator');
    expect(ended).toBe(1);
    expect(await kicked.closed).toMatchObject({ code: 4505, reason: 'ended by an administrator' });
    await stranger.ask('pong', { type: 'ping' });
    expect(stranger.closeCode).toBeNull();
  });

  it('refuses strangers, then everybody, then closes strangers with 1013 while the event loop stays late', async () => {
    app = await StreamTestApp.start({ ANONYMOUS_CHANNELS: 'market' });
    const shedding = app.app.app.get(StreamShedding, { strict: false });
    // Its own looks would find a loop that is not late.
    shedding.onApplicationShutdown();
    const late = (seconds: number): void => {
      for (let second = 0; second < seconds; second++) shedding.look(1e6);
    };
    const [stranger, member] = [await app.open('/ws/market', { stranger: true }), await app.open('/ws/market')];
    const url = `${app.app.wsUrl}/ws/market`;
    late(13);
    expect(shedding.level).toBe('no_strangers');
    const refused = await refusedUpgrade(url, { stranger: true });
    expect(refused).toMatchObject({ status: 503, body: { code: 'overloaded' } });
    expect(refused.headers['retry-after']).toBeDefined();
    (await app.open('/ws/market')).terminate();
    late(10);
    expect((await refusedUpgrade(url)).status).toBe(503);
    late(10);
    expect((await stranger.closed).code).toBe(1013);
    expect((await stranger.next('reconnect')).data.reason).toBe('overloaded');
    await member.ask('pong', { type: 'ping' });
    expect(member.closeCode).toBeNull();
  });
});
