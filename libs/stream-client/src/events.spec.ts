import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EventBatch, EventItem } from './index.ts';
import { aRig, jsonAnswer } from './testing/index.ts';
import type { FakeSocket, Rig } from './testing/index.ts';

/** A watcher that keeps the list of news as a page would. */
function watch(rig: Rig) {
  const batches: EventBatch[] = [];
  const items: EventItem[] = [];
  const subscription = rig.client.events('news').subscribe((batch) => {
    batches.push(batch);
    if (batch.reset) items.length = 0;
    items.push(...batch.items);
  });
  return { batches, items, seqs: () => items.map(({ seq }) => seq), stop: () => subscription.unsubscribe() };
}
const upTo = (n: number, from = 1) => Array.from({ length: n - from + 1 }, (_, i) => i + from);
const phase = (rig: Rig) => {
  let now = '';
  rig.client
    .state('news')
    .subscribe((state) => (now = state.phase))
    .unsubscribe();
  return now;
};
const say = (socket: FakeSocket, frame: object) => socket.readyState === 1 && socket.say(frame);

describe('a lossless channel', () => {
  it('begins with an image, then says what happens, in order', () => {
    const rig = aRig();
    rig.server.append('news');
    rig.server.append('news');
    const news = watch(rig);
    rig.time.advance(100);
    expect(phase(rig)).toBe('live');
    expect(news.batches).toHaveLength(1);
    expect(news.batches[0]).toMatchObject({ reset: true, resync: null, position: { epoch: 'e1', seq: 2 } });
    expect(news.items.map(({ seq, snap }) => [seq, snap])).toEqual([
      [1, true],
      [2, true],
    ]);
    rig.server.append('news');
    rig.time.advance(20);
    expect(news.batches[1]).toMatchObject({ reset: false, position: { epoch: 'e1', seq: 3 } });
    expect(news.items.at(-1)).toMatchObject({ seq: 3, snap: false, replay: false, via: 'stream' });
    rig.client.disconnect();
  });

  it('says that an empty image is empty', () => {
    const rig = aRig();
    const news = watch(rig);
    rig.time.advance(100);
    expect(news.batches).toEqual([
      { channel: 'news', reset: true, resync: null, items: [], position: { epoch: 'e1', seq: 0 } },
    ]);
    rig.client.disconnect();
  });

  it('resumes after a cut without loss or repeat, and marks what it missed as replayed', () => {
    const rig = aRig();
    const news = watch(rig);
    rig.time.advance(100);
    rig.server.append('news');
    rig.time.advance(20);
    rig.server.last.cut();
    rig.server.append('news', { lost: true });
    rig.server.append('news', { lost: true });
    rig.time.advance(3000);
    expect(phase(rig)).toBe('live');
    expect(rig.server.last.commands('resume').map(({ epoch, seq }) => [epoch, seq])).toEqual([['e1', 1]]);
    expect(rig.server.last.commands('subscribe')).toHaveLength(0);
    rig.server.append('news');
    rig.time.advance(20);
    expect(news.seqs()).toEqual(upTo(4));
    expect(news.items.map(({ replay }) => replay)).toEqual([false, true, true, false]);
    rig.client.disconnect();
  });

  it('fills a hole from the log before it goes on', () => {
    const rig = aRig();
    const news = watch(rig);
    rig.time.advance(100);
    rig.server.append('news');
    rig.server.append('news', { lost: true });
    rig.server.append('news');
    rig.server.append('news');
    rig.time.advance(50);
    expect(news.seqs()).toEqual(upTo(4));
    expect(rig.server.last.commands('resume')).toHaveLength(1);
    expect(rig.server.sockets).toHaveLength(1);
    rig.client.disconnect();
  });

  it('drops repeats and late events', () => {
    const rig = aRig();
    const news = watch(rig);
    rig.time.advance(100);
    const first = rig.server.append('news');
    rig.server.append('news');
    rig.server.last.say(first);
    rig.server.last.say(rig.server.eventFrame('news', 2));
    rig.time.advance(50);
    expect(news.seqs()).toEqual([1, 2]);
    rig.client.disconnect();
  });

  it('says when the position is lost, and goes on from the new one', () => {
    const rig = aRig();
    const news = watch(rig);
    rig.time.advance(100);
    rig.server.append('news');
    rig.time.advance(50);
    rig.server.last.cut();
    for (let i = 0; i < 5; i++) rig.server.append('news', { lost: true });
    rig.server.logs.news.trimmedTo = 4;
    rig.time.advance(3000);
    expect(phase(rig)).toBe('live');
    expect(news.batches.map(({ resync }) => resync).filter((resync) => resync !== null)).toEqual([
      { reason: 'trimmed', position: { epoch: 'e1', seq: 6 } },
    ]);
    rig.server.append('news');
    rig.time.advance(50);
    expect(news.seqs()).toEqual([1, 7]);
    rig.client.disconnect();
  });

  it('takes the word of the server that the position is lost', () => {
    const rig = aRig();
    const news = watch(rig);
    rig.time.advance(100);
    for (let i = 0; i < 3; i++) rig.server.append('news', { lost: true });
    const ts = rig.time.clock.now();
    rig.server.last.say({ type: 'resync', ch: 'news', ts, epoch: 'e1', seq: 3, data: { reason: 'too_far' } });
    rig.time.advance(50);
    expect(news.batches.at(-1)?.resync).toEqual({ reason: 'too_far', position: { epoch: 'e1', seq: 3 } });
    rig.server.append('news');
    rig.time.advance(50);
    expect(news.seqs()).toEqual([4]);
    rig.client.disconnect();
  });

  it('tries a resume again after a cut in the middle of it', () => {
    const rig = aRig();
    const news = watch(rig);
    rig.time.advance(100);
    rig.server.last.cut();
    for (let i = 0; i < 6; i++) rig.server.append('news', { lost: true });
    let heard = 0;
    const original = rig.server.eventFrame.bind(rig.server);
    rig.server.eventFrame = (channel, seq, extra) => {
      if (++heard === 3) rig.server.last.cut();
      return original(channel, seq, extra);
    };
    rig.time.advance(10_000);
    expect(phase(rig)).toBe('live');
    expect(news.seqs()).toEqual(upTo(6));
    rig.client.disconnect();
  });

  it('gives a second watcher the image at once, over the same socket', () => {
    const rig = aRig();
    rig.server.append('news');
    watch(rig);
    rig.time.advance(100);
    rig.server.append('news');
    rig.time.advance(50);
    const second = watch(rig);
    expect(second.batches).toHaveLength(1);
    expect(second.batches[0]?.reset).toBe(true);
    expect(second.seqs()).toEqual([1, 2]);
    expect(rig.server.on('news')).toHaveLength(1);
    rig.client.disconnect();
  });

  it('rests 30 s after the last watcher, and resumes for the next', () => {
    const rig = aRig();
    const first = watch(rig);
    rig.time.advance(100);
    first.stop();
    rig.time.advance(40_000);
    expect(phase(rig)).toBe('idle');
    rig.server.append('news');
    const second = watch(rig);
    rig.time.advance(1000);
    expect(second.seqs()).toEqual([1]);
    expect(rig.server.last.commands('resume')).toHaveLength(1);
    rig.client.disconnect();
    expect(rig.time.pending).toBe(0);
  });

  it('asks again when a command stays unanswered, then gives the connection up', () => {
    const rig = aRig();
    rig.server.autoAnswer = false;
    watch(rig);
    rig.time.advance(100);
    expect(rig.server.last.commands('subscribe')).toHaveLength(1);
    rig.time.advance(6_000);
    expect(rig.server.last.commands('subscribe')).toHaveLength(2);
    rig.time.advance(6_000);
    expect(rig.server.sockets.length).toBeGreaterThan(1);
    rig.client.disconnect();
  });

  it('begins anew in another market', () => {
    const rig = aRig();
    rig.server.append('news');
    const news = watch(rig);
    rig.time.advance(100);
    rig.server.market = { id: 'sim:2:0', source: 'simulated', kind: 'simulated' };
    rig.server.last.cut();
    rig.time.advance(3000);
    expect(rig.server.last.commands('resume')).toHaveLength(0);
    expect(news.batches.at(-1)?.reset).toBe(true);
    expect(news.seqs()).toEqual([1]);
    rig.client.disconnect();
  });
});

describe('a network that goes and comes back', () => {
  it('leaves a channel that nobody uses idle', () => {
    const rig = aRig();
    rig.online$.next(false);
    expect(phase(rig)).toBe('idle');
    const news = watch(rig);
    expect(phase(rig)).toBe('offline');
    rig.time.advance(1000);
    expect(rig.server.sockets).toHaveLength(0);
    rig.online$.next(true);
    rig.time.advance(2000);
    expect(phase(rig)).toBe('live');
    news.stop();
    rig.time.advance(10_000);
    rig.online$.next(false);
    rig.online$.next(true);
    rig.time.advance(1000);
    expect(phase(rig)).toBe('idle');
    rig.client.disconnect();
  });
});

describe('the frame inspector', () => {
  it('sees both ways while somebody looks, and costs nothing otherwise', () => {
    const rig = aRig();
    watch(rig);
    rig.time.advance(100);
    const seen: string[] = [];
    let skipped = 0;
    const inspecting = rig.client.frames$.subscribe((batch) => {
      skipped += batch.skipped;
      seen.push(
        ...batch.frames.map(({ direction, channel, text }) => `${direction} ${channel} ${JSON.parse(text).type}`),
      );
    });
    rig.server.append('news');
    rig.time.advance(50);
    expect(seen).toEqual(['in news news_update']);
    for (let i = 0; i < 300; i++) rig.server.append('news');
    rig.time.advance(50);
    expect([seen.length, skipped]).toEqual([201, 100]);
    rig.time.advance(31_000);
    expect(seen.filter((text) => text.startsWith('out news ping'))).not.toHaveLength(0);
    inspecting.unsubscribe();
    const before = seen.length;
    rig.server.append('news');
    rig.time.advance(50);
    expect(seen).toHaveLength(before);
    rig.client.disconnect();
  });
});

describe('guarantee 29: the fallback', () => {
  it('takes over from a lost socket and hands back without repeats', async () => {
    const rig = aRig();
    const { server, time } = rig;
    const rest = () => ({
      items: server.logs.news.events
        .map(({ id, ts, seq }) => ({ id, firstSeenAt: new Date(ts).toISOString(), n: seq }))
        .reverse(),
      nextCursor: null,
    });
    rig.answer = () => Promise.resolve(jsonAnswer(200, rest()));
    server.append('news');
    const news = watch(rig);
    await time.advanceAsync(500);
    server.refuse = true;
    server.last.cut();
    server.append('news', { lost: true });
    await time.advanceAsync(40_000);
    expect(phase(rig)).toBe('polling');
    expect(news.items.at(-1)).toMatchObject({ seq: null, via: 'poll', id: 'e1-news-2' });
    server.append('news', { lost: true });
    server.refuse = false;
    await time.advanceAsync(40_000);
    expect(phase(rig)).toBe('live');
    server.append('news');
    await time.advanceAsync(500);
    expect(news.items.map(({ id }) => id)).toEqual(upTo(4).map((n) => `e1-news-${n}`));
    rig.client.disconnect();
  });
});

describe('chaos', () => {
  it('ends with what the publisher published, each once and in order, whatever the network did', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })), (draws) => {
        const random = (): number => draws.next().value as number;
        const rig = aRig({ random });
        const news = watch(rig);
        rig.time.advance(100);
        const late: object[] = [];
        for (let event = 0; event < 2000; event++) {
          const fate = random();
          const socket = rig.server.last;
          if (fate < 0.6) rig.server.append('news');
          else if (fate < 0.7) rig.server.append('news', { lost: true });
          else if (fate < 0.8) late.push(rig.server.append('news', { lost: true }));
          else if (fate < 0.9 && late.length > 0) say(socket, late.shift() as object);
          else if (fate < 0.95 && rig.server.logs.news.seq > 0)
            say(socket, rig.server.eventFrame('news', 1 + Math.floor(random() * rig.server.logs.news.seq)));
          else if (fate < 0.97) socket.cut(random() < 0.5 ? 1006 : 4003);
          if (random() < 0.3) rig.time.advance(random() * 200);
        }
        rig.time.advance(60_000);
        rig.server.append('news');
        rig.time.advance(1000);
        expect(news.seqs()).toEqual(upTo(rig.server.logs.news.seq));
        rig.client.disconnect();
        expect(rig.time.pending).toBe(0);
      }),
      { numRuns: 10 },
    );
  });
});
