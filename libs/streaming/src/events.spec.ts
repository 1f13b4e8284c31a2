import { describe, expect, it } from '@jest/globals';
import { CURSOR_LIMITS, REPLAY_LIMITS } from '@ziggy/contracts';
import type { EventFrame } from '@ziggy/contracts';
import fc from 'fast-check';
import { EventFollower } from './event-follower.ts';
import { EventTail } from './event-tail.ts';
import { MemoryLog } from './memory-log.ts';
import type { LoggedEvent } from './resume-log.ts';
import { VirtualHub } from './testing/index.ts';
import type { MemoryOutlet } from './testing/index.ts';

const PARTITION = 'news';
const turn = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

class World {
  readonly time = new VirtualHub();
  readonly log: MemoryLog;
  readonly tail: EventTail;
  readonly errors: unknown[] = [];
  #n = 0;

  constructor(ring = 512, kept = 10_000) {
    this.log = new MemoryLog('e1', kept);
    this.tail = new EventTail(this.log, {
      encode: (frame) => this.time.hub.encode(frame),
      ringEvents: ring,
      onError: (error) => this.errors.push(error),
    });
  }

  append(size = 0): LoggedEvent {
    const n = ++this.#n;
    const frame = { type: 'news_update', ch: 'news', ts: 0, id: `n${n}`, data: { n, x: 'x'.repeat(size) } } as const;
    return this.log.append(PARTITION, frame);
  }

  /** Appends and tells the tail, as a commit of this process does. */
  say(size = 0): LoggedEvent {
    const event = this.append(size);
    this.tail.accept(PARTITION, [event]);
    return event;
  }

  async follower() {
    const { client, outlet } = this.time.client();
    const lost: string[] = [];
    const failed: unknown[] = [];
    const follower = new EventFollower({
      hub: this.time.hub,
      client,
      log: this.log,
      events: this.tail,
      tail: await this.tail.open(PARTITION),
      lane: 'news',
      onLost: (reason) => lost.push(reason),
      onFailed: (error) => failed.push(error),
    });
    return { client, outlet, follower, lost, failed };
  }

  async run(milliseconds: number): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += 50) {
      this.time.run(50);
      await turn();
    }
  }
}

const received = (outlet: MemoryOutlet): EventFrame[] =>
  outlet.received.flatMap(({ frame }) => ('prev' in frame ? [frame as EventFrame] : []));
const seqs = (outlet: MemoryOutlet): number[] => received(outlet).map(({ seq }) => seq);
const counting = (to: number, from = 1): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('the tail of a partition', () => {
  it('gives each event once and in order, whatever order the commits are told in and whatever is lost', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ told: fc.boolean(), late: fc.boolean(), poll: fc.boolean() }), { maxLength: 60 }),
        fc.integer({ min: 2, max: 20 }),
        async (steps, ring) => {
          const world = new World(ring);
          const { outlet, follower } = await world.follower();
          follower.start({ epoch: 'e1', seq: 0 });
          const held: LoggedEvent[] = [];
          for (const { told, late, poll } of steps) {
            const event = world.append();
            if (told && late) held.push(event);
            else if (told) world.tail.accept(PARTITION, [event]);
            if (!late) for (const older of held.splice(0).reverse()) world.tail.accept(PARTITION, [older]);
            if (poll) await world.tail.poll();
            await world.run(50);
          }
          await world.tail.poll();
          await world.run(500);
          expect(seqs(outlet)).toEqual(counting(steps.length));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('encodes an event once for all who get it live, and once for all who get it again', async () => {
    const world = new World();
    const followers = await Promise.all(Array.from({ length: 20 }, () => world.follower()));
    for (const { follower } of followers) follower.start({ epoch: 'e1', seq: 0 });
    const before = world.time.hub.counters.encoded;
    for (let i = 0; i < 10; i++) world.say();
    await world.run(100);
    expect(world.time.hub.counters.encoded - before).toBe(10);
    for (const { follower } of followers) {
      follower.stop();
      const plan = await follower.plan({ epoch: 'e1', seq: 0 });
      if (plan.recovered) follower.start({ epoch: 'e1', seq: 0 }, plan.entries);
    }
    await world.run(100);
    expect(world.time.hub.counters.encoded - before).toBe(20);
    for (const { outlet } of followers) expect(received(outlet).filter(({ replay }) => replay)).toHaveLength(10);
  });

  it('does not believe a word of another life of the log without looking', async () => {
    const world = new World();
    const { follower, lost } = await world.follower();
    follower.start({ epoch: 'e1', seq: 0 });
    const event = world.append();
    world.tail.accept(PARTITION, [{ ...event, frame: { ...event.frame, epoch: 'e2' } }]);
    await turn();
    // The log itself is still the first: what was told did not count.
    expect(lost).toEqual([]);
    expect(follower.position.seq).toBe(1);
  });

  it('tells its listeners when the log begins anew', async () => {
    const world = new World();
    const { follower, lost } = await world.follower();
    follower.start({ epoch: 'e1', seq: 0 });
    world.say();
    const head = { epoch: 'e2', seq: 7 };
    world.log.heads = async () => [head];
    world.log.read = async () => ({ lost: 'epoch', events: [], head });
    await world.tail.poll();
    await turn();
    expect(lost).toEqual(['epoch']);
    expect((await world.tail.open(PARTITION)).position).toEqual(head);
  });

  it('is not forgotten while somebody holds it, though nobody listens yet', async () => {
    const { log, time } = new World();
    const tail = new EventTail(log, { encode: (frame) => time.hub.encode(frame), idlePartitions: 0 });
    const holder = {};
    const held = await tail.open(PARTITION);
    held.holders.add(holder);
    await tail.open('nobody');
    await tail.poll();
    expect(tail.size).toBe(1);
    log.append(PARTITION, { type: 'news_update', ch: 'news', ts: 0, id: 'n1', data: {} });
    await tail.poll();
    await turn();
    expect(held.position.seq).toBe(1);
    held.holders.delete(holder);
    await tail.poll();
    await tail.poll();
    expect(tail.size).toBe(0);
  });

  it('asks the log once for many that open at once, and again when it did not answer', async () => {
    const world = new World();
    let asked = 0;
    let fails = true;
    const heads = world.log.heads.bind(world.log);
    world.log.heads = (partitions) => {
      asked++;
      return fails ? Promise.reject(new Error('away')) : heads(partitions);
    };
    await expect(world.tail.open('a')).rejects.toThrow('away');
    fails = false;
    asked = 0;
    await Promise.all(Array.from({ length: 200 }, (_, i) => world.tail.open(`p${i}`)));
    expect(asked).toBeLessThanOrEqual(2);
  });
});

describe('a follower', () => {
  it('guarantee 13: resumes from any position while events are published, without hole, repeat or reorder', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 30 }),
        fc.nat(40),
        fc.integer({ min: 1, max: 30 }),
        async (bursts, from, ring) => {
          const world = new World(ring);
          for (let i = 0; i < 40; i++) world.say();
          const { outlet, follower } = await world.follower();
          const planned = follower.plan({ epoch: 'e1', seq: from });
          for (let i = bursts[0] ?? 0; i > 0; i--) world.say();
          const plan = await planned;
          if (!plan.recovered) throw new Error('not recovered');
          for (let i = bursts[1] ?? 0; i > 0; i--) world.say();
          follower.start({ epoch: 'e1', seq: from }, plan.entries);
          for (const burst of bursts) {
            for (let i = 0; i < burst; i++) world.say();
            await world.run(50);
          }
          await world.run(200);
          expect(seqs(outlet)).toEqual(counting((await world.log.heads([PARTITION]))[0]?.seq ?? 0, from + 1));
        },
      ),
      { numRuns: 1_000 },
    );
  }, 60_000);

  it('guarantee 12: recovers all or nothing', async () => {
    const world = new World(16, 600);
    for (let i = 0; i < 800; i++) world.say();
    const { follower } = await world.follower();
    const plan = (seq: number, epoch = 'e1') => follower.plan({ epoch, seq });
    expect(await plan(800 - REPLAY_LIMITS.events)).toMatchObject({ recovered: true });
    expect(await plan(799 - REPLAY_LIMITS.events)).toMatchObject({ recovered: false, reason: 'too_far' });
    expect(await plan(100)).toMatchObject({ recovered: false, reason: 'trimmed' });
    expect(await plan(801)).toMatchObject({ recovered: false, reason: 'epoch' });
    expect(await plan(800, 'e0')).toMatchObject({ recovered: false, reason: 'epoch' });
    const heavy = new World();
    for (let i = 0; i < 40; i++) heavy.say(60_000);
    expect(await (await heavy.follower()).follower.plan({ epoch: 'e1', seq: 0 })).toMatchObject({ reason: 'too_far' });
  });

  it('stops pushing to a client that does not read, holds the same for it however far behind, and goes on as it drains', async () => {
    const world = new World(64);
    const { outlet, client, follower } = await world.follower();
    follower.start({ epoch: 'e1', seq: 0 });
    outlet.stuck = true;
    let most = 0;
    for (let i = 0; i < 3_000; i++) {
      world.say(1_000);
      if (i % 30 === 0) await world.run(50);
      most = Math.max(most, client.queueDepth);
    }
    expect(most).toBeLessThanOrEqual(CURSOR_LIMITS.messages);
    expect(outlet.peak).toBeLessThanOrEqual(2 * 65_536);
    expect(follower.behind).toBe(true);
    outlet.stuck = false;
    outlet.bufferedAmount = 0;
    world.time.hub.drained(client);
    await world.run(5_000);
    expect(seqs(outlet)).toEqual(counting(3_000));
    expect(follower.behind).toBe(false);
  });

  it('says so when its place has gone from the log, and sends nothing more', async () => {
    const world = new World(64, 500);
    const { outlet, client, follower, lost } = await world.follower();
    follower.start({ epoch: 'e1', seq: 0 });
    outlet.stuck = true;
    for (let i = 0; i < 3_000; i++) world.say(1_000);
    await world.run(100);
    outlet.stuck = false;
    outlet.bufferedAmount = 0;
    world.time.hub.drained(client);
    await world.run(1_000);
    expect(lost).toEqual(['trimmed']);
    const got = seqs(outlet);
    expect(got).toEqual(counting(got.length));
    world.say();
    await world.run(100);
    expect(seqs(outlet)).toEqual(got);
    // The books balance: what was queued was written.
    const { orderedOffered, ordered, orderedLost } = world.time.hub.counters;
    expect(orderedOffered).toBe(ordered + orderedLost);
  });

  it('fails one client, not the process, when the log cannot be read', async () => {
    const world = new World(4);
    for (let i = 0; i < 20; i++) world.say();
    const { follower, failed } = await world.follower();
    world.log.read = () => Promise.reject(new Error('away'));
    follower.start({ epoch: 'e1', seq: 0 });
    await turn();
    expect(failed).toHaveLength(1);
    expect(follower.following).toBe(false);
  });

  it('counts what a closed client was not sent', async () => {
    const world = new World();
    const { outlet, client, follower } = await world.follower();
    follower.start({ epoch: 'e1', seq: 0 });
    outlet.bufferedAmount = 70_000;
    for (let i = 0; i < 10; i++) world.say();
    world.time.settle();
    world.time.hub.detach(client);
    follower.stop();
    const { orderedOffered, ordered, orderedLost } = world.time.hub.counters;
    expect([orderedOffered, ordered, orderedLost]).toEqual([10, 0, 10]);
  });
});
