import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { CURSOR_LIMITS, EVENT_TYPES, LOSSLESS_CHANNELS, REPLAY_LIMITS } from '@ziggy/contracts';
import type { EventFrame, LosslessChannel, ResumeAckFrame, ServerFrame, StreamPosition } from '@ziggy/contracts';
import { setInterval } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { EventLog } from '../src/persistence/event-log.ts';
import type { EventPartition, NewEvent } from '../src/persistence/event-partition.ts';
import { StreamPulse } from '../src/stream/stream-pulse.ts';
import { eventually } from './harness.ts';
import { StreamTestApp, ownerOf } from './stream-testing.ts';
import type { StreamProbe } from './stream-testing.ts';

const MARKET = 'sim:1:9f2c01ab';

let app: StreamTestApp;
let log: EventLog;
const probes: StreamProbe[] = [];
let count = 0;

beforeAll(async () => {
  app = await StreamTestApp.start({
    WS_CONNECTIONS_PER_ADDRESS: '1000',
    WS_CONNECTIONS_PER_PATH: '1000',
    WS_CONNECTIONS_PER_USER: '1000',
  });
  log = app.app.app.get(EventLog);
});
afterAll(() => app.close());
afterEach(() => {
  for (const probe of probes) expect(probe.invalid).toEqual([]);
  for (const probe of probes.splice(0)) probe.terminate();
});

function partitionOf(channel: LosslessChannel): EventPartition {
  return { market: MARKET, channel, owner: channel === 'alerts' || channel === 'portfolio' ? ownerOf(app) : null };
}

function anEvent(channel: LosslessChannel, data: Record<string, unknown> = {}): NewEvent {
  const type = EVENT_TYPES[channel][0];
  return {
    partition: partitionOf(channel),
    type,
    id: `${channel}-${++count}`,
    data: { n: count, ...data },
  } as NewEvent;
}

const say = async (channel: LosslessChannel, times = 1, data: Record<string, unknown> = {}): Promise<EventFrame[]> =>
  (await Promise.all(Array.from({ length: times }, () => log.record(anEvent(channel, data))))).map(
    ({ frame }) => frame,
  );

async function open(channel: LosslessChannel, position?: StreamPosition): Promise<StreamProbe> {
  const query = position === undefined ? '' : `?epoch=${position.epoch}&seq=${position.seq}`;
  const probe = await app.open(`/ws/${channel}${query}`);
  probes.push(probe);
  return probe;
}

const isEvent = (frame: ServerFrame): frame is EventFrame => 'prev' in frame;
const events = (probe: StreamProbe): EventFrame[] => probe.frames.filter(isEvent);
const live = (probe: StreamProbe): EventFrame[] => events(probe).filter(({ snap }) => snap !== true);
const helloOf = (probe: StreamProbe): StreamPosition => {
  const { epoch, seq } = probe.of('hello')[0] ?? {};
  if (epoch === undefined || seq === undefined) throw new Error('The greeting names no position.');
  return { epoch, seq };
};

async function subscribe(probe: StreamProbe, more: object = {}): Promise<StreamPosition> {
  await probe.ask('subscription_ack', { type: 'subscribe', symbols: ['*'], ...more });
  const { epoch, seq } = await probe.next('snapshot_end');
  return { epoch: epoch as string, seq: seq as number };
}

async function resume(probe: StreamProbe, position: StreamPosition): Promise<ResumeAckFrame> {
  probe.send({ type: 'resume', ...position, id: `r${++count}` });
  const id = `r${count}`;
  const answer = await eventually(
    () => probe.of('resume_ack').find((frame) => frame.id === id),
    (frame) => frame !== undefined,
  );
  return answer as ResumeAckFrame;
}

describe.each(LOSSLESS_CHANNELS)('/ws/%s', (channel) => {
  it('greets with the position, shows an image, ends it, and is live from there', async () => {
    await say(channel, 2);
    const probe = await open(channel);
    const greeted = helloOf(probe);
    expect(probe.frames[0]).toMatchObject({ type: 'hello', ch: channel });
    const imaged = await subscribe(probe);
    expect(imaged).toEqual(greeted);
    const shown = events(probe);
    // News is shown from the log; the others have no module yet, and say so by showing nothing.
    expect(shown.every(({ snap }) => snap === true)).toBe(true);
    if (channel === 'news') expect(shown.at(-1)?.seq).toBe(greeted.seq);
    else expect(shown).toEqual([]);
    const [first, second] = await say(channel, 2);
    await eventually(() => live(probe).length === 2);
    expect(live(probe)).toEqual([first, second]);
    expect(first?.prev).toBe(imaged.seq);
    const order = probe.frames.map(({ type }) => type);
    expect(order.indexOf('subscription_ack')).toBeLessThan(order.indexOf('snapshot_end'));
  });

  it('resumes by a frame and by the URL: everything after the position, marked, then live', async () => {
    const before = helloOf(await open(channel));
    const missed = await say(channel, 5);
    const byFrame = await open(channel);
    const ack = await resume(byFrame, before);
    expect(ack).toMatchObject({ data: { recovered: true, replayed: 5 }, seq: before.seq + 5 });
    const byUrl = await open(channel, before);
    expect((await byUrl.next('resume_ack')).data).toEqual({ recovered: true, replayed: 5 });
    const [next] = await say(channel);
    for (const probe of [byFrame, byUrl]) {
      await eventually(() => events(probe).length === 6);
      expect(events(probe)).toEqual([...missed.map((frame) => ({ ...frame, replay: true })), next]);
    }
    const upToDate = await open(channel);
    expect((await resume(upToDate, helloOf(upToDate))).data).toEqual({ recovered: true, replayed: 0 });
  });

  it('guarantee 12: a wrong epoch, a position ahead, or too many events: nothing is replayed', async () => {
    const probe = await open(channel);
    const { epoch, seq } = helloOf(probe);
    for (const position of [
      { epoch: 'another', seq },
      { epoch, seq: seq + 1 },
    ]) {
      expect((await resume(probe, position)).data).toEqual({ recovered: false, replayed: 0, reason: 'epoch' });
    }
    await say(channel, REPLAY_LIMITS.events + 1);
    expect((await resume(probe, { epoch, seq })).data).toEqual({ recovered: false, replayed: 0, reason: 'too_far' });
    await say(channel);
    await probe.ask('pong', { type: 'ping' });
    expect(events(probe)).toEqual([]);
    // The position of the answer is good.
    const { seq: now } = (await resume(probe, { epoch, seq })) as { seq: number };
    expect((await resume(probe, { epoch, seq: now })).data).toEqual({ recovered: true, replayed: 0 });
  });

  it('pages through history, older and older, to the end', async () => {
    await say(channel, 12);
    const probe = await open(channel);
    const seqs: number[] = [];
    let beforeSeq: number | undefined;
    for (let page = 0; page < 3; page++) {
      probe.send({ type: 'history', limit: 4, id: page, ...(beforeSeq === undefined ? {} : { beforeSeq }) });
      const frame = await probe.next('history');
      expect(frame.id).toBe(page);
      expect(frame.data.more).toBe(true);
      seqs.unshift(...frame.data.events.map(({ seq }) => seq));
      beforeSeq = frame.data.events[0]?.seq;
    }
    const { seq } = helloOf(probe);
    expect(seqs).toEqual(Array.from({ length: 12 }, (_, i) => seq - 11 + i));
    probe.send({ type: 'history', beforeSeq: 1, limit: 4, id: 'end' });
    expect((await probe.next('history')).data).toEqual({ events: [], more: false });
  });

  it('stops at unsubscribe, is idempotent, lists, and refuses what it does not know', async () => {
    const probe = await open(channel);
    await subscribe(probe, { snapshot: false });
    await subscribe(probe, { snapshot: false });
    expect((await probe.ask('subscription_ack', { type: 'list' })).data).toMatchObject({ symbols: ['*'], total: 1 });
    const [seen] = await say(channel);
    await eventually(() => live(probe).length === 1);
    expect((await probe.ask('subscription_ack', { type: 'unsubscribe', symbols: ['*'] })).data.total).toBe(0);
    await say(channel);
    const mixed = await probe.ask('subscription_ack', { type: 'subscribe', symbols: ['AAPL', '*'], snapshot: false });
    expect(mixed.data).toMatchObject({ symbols: ['*'], rejected: [{ symbol: 'AAPL', code: 102, name: 'validation' }] });
    const [later] = await say(channel);
    await eventually(() => live(probe).length === 2);
    expect(live(probe)).toEqual([seen, later]);
    expect((await probe.ask('error', { type: 'set', maxHz: 1 })).data.code).toBe(101);
    expect((await probe.ask('error', { type: 'resume', epoch: 'e', seq: -1 })).data.code).toBe(102);
    if (channel !== 'alerts') expect((await probe.ask('error', { type: 'ack', seq: 0 })).data.code).toBe(101);
  });
});

describe('alerts', () => {
  it('notes what was acknowledged, and refuses what has not happened', async () => {
    await say('alerts', 3);
    const probe = await open('alerts');
    const { seq } = helloOf(probe);
    expect((await probe.ask('subscription_ack', { type: 'ack', seq })).data.status).toBe('acked');
    expect((await probe.ask('error', { type: 'ack', seq: seq + 1 })).data.message).toContain(String(seq + 1));
    const [row] = (await app.app.app
      .get(DataSource)
      .query(`SELECT taken::int FROM event_partition WHERE channel = 'alerts' AND user_id = $1`, [
        app.app.speaker.userId,
      ])) as {
      taken: number;
    }[];
    expect(row?.taken).toBe(seq);
  });
});

describe('a client that is slow', () => {
  it('is paged from the log as it drains, in constant memory, and misses nothing', async () => {
    const probe = await open('portfolio');
    const { seq } = await subscribe(probe);
    const socket = (probe.ws as unknown as { _socket: { pause(): void; resume(): void } })._socket;
    socket.pause();
    const hub = app.app.app.get(StreamPulse, { strict: false }).hubs.get('portfolio');
    const padding = 'x'.repeat(4_000);
    let most = 0;
    for (let round = 0; round < 20; round++) {
      await say('portfolio', 100, { padding });
      for (const client of hub?.clients ?? []) most = Math.max(most, client.queueDepth);
    }
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(CURSOR_LIMITS.messages + 2);
    socket.resume();
    await eventually(() => live(probe).at(-1)?.seq === seq + 2_000, Boolean, 15_000);
    expect(live(probe).map((frame) => frame.seq)).toEqual(Array.from({ length: 2_000 }, (_, i) => seq + 1 + i));
    expect(probe.of('resync')).toEqual([]);
  }, 40_000);

  it('is told to resync when the log has moved on without it, and goes on from the position given', async () => {
    const probe = await open('signals');
    const { seq } = await subscribe(probe);
    const socket = (probe.ws as unknown as { _socket: { pause(): void; resume(): void } })._socket;
    socket.pause();
    await say('signals', 2_000, { padding: 'x'.repeat(4_000) });
    // What a sweep does to events beyond retention.
    await app.app.app.get(DataSource).query(`UPDATE event_partition SET floor = head WHERE channel = 'signals'`);
    socket.resume();
    const lost = await probe.next('resync', 10_000);
    expect(lost).toMatchObject({ seq: seq + 2_000, data: { reason: 'trimmed' } });
    expect((await resume(probe, { epoch: lost.epoch, seq: lost.seq })).data).toEqual({ recovered: true, replayed: 0 });
    const [next] = await say('signals');
    await eventually(() => live(probe).at(-1)?.seq === next?.seq);
  }, 40_000);
});

describe('guarantee 13: a resume while a thousand events a second are published', () => {
  it('has no hole, no repeat and no reorder, again and again', async () => {
    let running = true;
    let recovered = 0;
    const published: EventFrame[] = [];
    const publisher = (async () => {
      for await (const _ of setInterval(25)) {
        if (!running) break;
        published.push(...(await say('news', 25)));
      }
    })();
    const start = helloOf(await open('news'));
    for (let round = 0; round < 40; round++) {
      const probe = await open('news');
      const from = { ...start, seq: Math.max(start.seq, helloOf(probe).seq - (round % 10) * 20) };
      const ack = await resume(probe, from);
      if (ack.data.reason === 'too_far') {
        // A slow machine let the publisher run more than a replay ahead between hello and resume; all or nothing holds.
        expect(ack.data).toEqual({ recovered: false, replayed: 0, reason: 'too_far' });
        expect(events(probe).some(({ replay }) => replay)).toBe(false);
        probe.terminate();
        continue;
      }
      expect(ack.data.recovered).toBe(true);
      recovered++;
      await eventually(() => events(probe).length >= ack.data.replayed + 30, Boolean, 20_000);
      const seqs = events(probe).map(({ seq }) => seq);
      expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, i) => from.seq + 1 + i));
      expect(events(probe).filter(({ replay }) => replay).length).toBe(ack.data.replayed);
      probe.terminate();
    }
    running = false;
    await publisher;
    expect(recovered).toBeGreaterThan(20);
  }, 120_000);
});

describe('guarantee 10: sockets killed at random points', () => {
  it.each(LOSSLESS_CHANNELS)(
    'the log of a client of %s equals the publisher`s',
    async (channel) => {
      const published: EventFrame[] = [];
      const received: EventFrame[] = [];
      const first = await open(channel);
      let position = helloOf(first);
      first.terminate();
      let running = true;
      const publisher = (async () => {
        for (let i = 0; i < 80; i++) published.push(...(await say(channel, 25)));
        running = false;
      })();
      let random = 7;
      const next = (below: number) => (random = (random * 48_271) % 2_147_483_647) % below;
      const done = () => !running && received.length === published.length;
      while (!done()) {
        const probe = await open(channel, position);
        expect((await probe.next('resume_ack')).data.recovered).toBe(true);
        const least = next(60);
        await eventually(() => events(probe).length >= least || !running, Boolean, 10_000);
        if (!running)
          await eventually(() => received.length + events(probe).length === published.length, Boolean, 20_000);
        probe.terminate();
        received.push(...events(probe));
        const last = received.at(-1);
        if (last !== undefined) position = { epoch: last.epoch, seq: last.seq };
      }
      await publisher;
      expect(received.map(({ replay: _, ...frame }) => frame)).toEqual(published);
    },
    120_000,
  );
});
