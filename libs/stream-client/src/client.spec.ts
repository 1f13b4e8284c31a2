import { describe, expect, it } from '@jest/globals';
import { aRig, jsonAnswer } from './testing/index.ts';
import { phase, phases, watch } from './testing/watching.ts';

describe('sockets', () => {
  it('guarantee 28: opens one per channel on first interest, for a hundred watchers too', () => {
    const rig = aRig();
    expect(rig.server.sockets).toHaveLength(0);
    for (let i = 0; i < 100; i++) watch(rig, 'AAPL', 'MSFT');
    rig.time.advance(1000);
    expect(rig.server.on('market')).toHaveLength(1);
    expect(rig.server.last.commands('subscribe')).toHaveLength(1);
    rig.client.disconnect();
  });

  it('opens none for an empty list', () => {
    const rig = aRig();
    watch(rig);
    rig.time.advance(60_000);
    expect(rig.server.sockets).toHaveLength(0);
    expect(rig.time.pending).toBe(0);
    rig.client.disconnect();
  });

  it('says live only after hello and a completed restore', () => {
    const rig = aRig();
    rig.server.autoAnswer = false;
    const seen = phases(rig);
    watch(rig, 'AAPL');
    rig.time.advance(100);
    expect(seen).toEqual(['idle', 'connecting', 'restoring']);
    const id = rig.server.last.commands('subscribe')[0]?.['id'];
    const ts = rig.time.clock.now();
    rig.server.last.say({
      type: 'subscription_ack',
      ch: 'market',
      ts,
      id,
      data: { status: 'subscribed', symbols: ['AAPL'], rejected: [], total: 1, maxHz: 10 },
    });
    expect(seen.at(-1)).toBe('restoring');
    rig.server.last.say({ type: 'snapshot_end', ch: 'market', ts, id });
    expect(seen.at(-1)).toBe('live');
    rig.client.disconnect();
  });

  it('closes 30 s after the last interest, and opens again for the next', () => {
    const rig = aRig();
    const { stop } = watch(rig, 'AAPL');
    rig.time.advance(1000);
    stop();
    rig.time.advance(28_000);
    expect(rig.server.last.closedByClient).toBe(false);
    rig.time.advance(4_000);
    expect(rig.server.last.closedByClient).toBe(true);
    expect(phase(rig).phase).toBe('idle');
    watch(rig, 'AAPL');
    rig.time.advance(1000);
    expect(rig.server.on('market')).toHaveLength(2);
    expect(phase(rig).phase).toBe('live');
    rig.client.disconnect();
  });

  it('unsubscribes 5 s after the last watcher, in one command', () => {
    const rig = aRig();
    const first = watch(rig, 'A', 'B');
    watch(rig, 'C');
    rig.time.advance(1000);
    first.stop();
    rig.time.advance(4000);
    expect(rig.server.last.commands('unsubscribe')).toHaveLength(0);
    rig.time.advance(3000);
    expect(rig.server.last.commands('unsubscribe').map((c) => c['symbols'])).toEqual([['A', 'B']]);
    rig.client.disconnect();
  });

  it('sends the whole intent set again in one frame after a reconnect', () => {
    const rig = aRig();
    for (const symbol of ['A', 'B', 'C', 'D']) watch(rig, symbol);
    rig.time.advance(500);
    watch(rig, 'E');
    rig.time.advance(500);
    rig.server.last.cut();
    rig.time.advance(2000);
    expect(rig.server.sockets).toHaveLength(2);
    expect(rig.server.last.commands('subscribe').map((c) => c['symbols'])).toEqual([['A', 'B', 'C', 'D', 'E']]);
    rig.client.disconnect();
  });

  it('paces commands while interest changes fast', () => {
    const rig = aRig();
    watch(rig, 'START');
    rig.time.advance(1000);
    for (let i = 0; i < 100; i++) {
      watch(rig, `S${i}`);
      rig.time.advance(10);
    }
    rig.time.advance(1000);
    expect(rig.server.last.commands('subscribe').length).toBeLessThanOrEqual(7);
    expect(rig.server.subscribed.get(rig.server.last)?.size).toBe(101);
    rig.client.disconnect();
  });

  it('polls what the server has no room for, newest interest first on the stream', async () => {
    const rig = aRig();
    rig.server.limits = { ...rig.server.limits, symbols: 2 };
    rig.answer = () => Promise.resolve(jsonAnswer(200, { items: [], nextCursor: null }));
    watch(rig, 'OLD1', 'OLD2');
    await rig.time.advanceAsync(1000);
    watch(rig, 'NEW');
    await rig.time.advanceAsync(3000);
    expect([...(rig.server.subscribed.get(rig.server.last) ?? [])].sort()).toEqual(['NEW', 'OLD1']);
    expect(rig.fetched).toEqual(['/market/quotes?symbols=OLD2&include=brain']);
    rig.client.disconnect();
  });
});

describe('liveness', () => {
  it('drops and reconnects after 35 s without a frame', () => {
    const rig = aRig();
    watch(rig, 'AAPL');
    rig.time.advance(8_000); // pings of the first seconds are answered
    rig.server.autoAnswer = false;
    const lastFrame = rig.time.clock.now();
    rig.time.advance(33_000);
    expect(rig.server.last.closedByClient).toBe(false);
    rig.time.advance(4_000);
    expect(rig.server.sockets[0]?.closedByClient).toBe(true);
    expect(rig.time.clock.now() - lastFrame).toBeLessThan(38_000);
    rig.client.disconnect();
  });

  it('compares wall clock: an hour of sleep is noticed by the first tick', () => {
    const rig = aRig();
    watch(rig, 'AAPL');
    rig.time.advance(5000);
    rig.time.sleep(3_600_000);
    rig.time.advance(1001);
    expect(rig.server.sockets[0]?.closedByClient).toBe(true);
    rig.time.advance(2000);
    expect(phase(rig).phase).toBe('live');
    rig.client.disconnect();
  });

  it('answers ping with pong and measures the offset', () => {
    const rig = aRig();
    watch(rig, 'AAPL');
    rig.time.advance(100);
    rig.server.last.say({ type: 'ping', ch: 'market', ts: 42 });
    expect(rig.server.last.commands('pong')).toEqual([{ type: 'pong', ts: 42 }]);
    rig.server.autoAnswer = false;
    const now = rig.time.clock.now();
    rig.server.last.say({ type: 'pong', ch: 'market', ts: now, data: { ts: now, serverTs: now + 1234 } });
    // Both samples have no round trip; the first best one stays.
    expect(rig.client.serverNow() - now).toBe(0);
    rig.client.disconnect();
  });

  it('retries an unanswered command once after 5 s, then reconnects', () => {
    const rig = aRig();
    rig.server.autoAnswer = false;
    watch(rig, 'AAPL');
    rig.time.advance(6500);
    expect(rig.server.last.commands('subscribe')).toHaveLength(2);
    expect(rig.server.sockets).toHaveLength(1);
    rig.time.advance(8000);
    expect(rig.server.sockets.length).toBeGreaterThan(1);
    rig.client.disconnect();
  });

  it('gives a connect that never says hello 10 s', () => {
    const rig = aRig();
    rig.server.silent = true;
    watch(rig, 'AAPL');
    rig.time.advance(9_900);
    expect(rig.server.sockets).toHaveLength(1);
    rig.time.advance(3_000);
    expect(rig.server.sockets).toHaveLength(2);
    rig.client.disconnect();
  });

  it('ignores late events of an older attempt', () => {
    const rig = aRig();
    const { held } = watch(rig, 'AAPL');
    rig.time.advance(1000);
    const old = rig.server.last;
    const handlers = { message: old.onmessage, close: old.onclose };
    rig.server.publish('AAPL', 10);
    old.cut();
    rig.time.advance(2000);
    expect(phase(rig).phase).toBe('live');
    handlers.message?.({
      data: JSON.stringify(
        rig.server.quoteFrame('AAPL', { v: 99, data: { ...rig.server.quotes.get('AAPL')?.data, price: 666 } }),
      ),
    });
    handlers.close?.({ code: 4500, reason: '' });
    rig.time.advance(100);
    expect(held.get('AAPL')?.data.price).toBe(10);
    expect(phase(rig).phase).toBe('live');
    rig.client.disconnect();
  });
});

describe('coming back', () => {
  it.each([4000, 4001, 4499, 1006, 1011, 1012, 5000])('reconnects after %i', (code) => {
    const rig = aRig();
    watch(rig, 'AAPL');
    rig.time.advance(1000);
    rig.server.last.cut(code);
    rig.time.advance(1100);
    expect(rig.server.sockets).toHaveLength(2);
    rig.client.disconnect();
  });

  it.each([4500, 4501, 4504, 4507, 4999])('stops at %i until a person asks', (code) => {
    const rig = aRig();
    watch(rig, 'AAPL');
    rig.time.advance(1000);
    rig.server.last.cut(code);
    rig.time.advance(120_000);
    expect(rig.server.sockets).toHaveLength(1);
    expect(phase(rig)).toMatchObject({ phase: 'stopped', closeCode: code });
    rig.client.reconnectNow();
    rig.time.advance(1000);
    expect(phase(rig).phase).toBe('live');
    rig.client.disconnect();
  });

  it("obeys the server's afterMs", () => {
    const rig = aRig({ random: () => 0.5 });
    watch(rig, 'AAPL');
    rig.time.advance(1000);
    rig.server.last.say({
      type: 'reconnect',
      ch: 'market',
      ts: rig.time.clock.now(),
      data: { afterMs: [8000, 12000], reason: 'drain' },
    });
    rig.server.last.cut(4001);
    expect((phase(rig).retryAt ?? 0) - rig.time.clock.now()).toBe(10_000);
    rig.time.advance(9_900);
    expect(rig.server.sockets).toHaveLength(1);
    rig.time.advance(200);
    expect(rig.server.sockets).toHaveLength(2);
    rig.client.disconnect();
  });

  it('doubles the wait while refused, and starts over after 10 stable seconds', () => {
    const rig = aRig({ random: () => 0.999999 });
    watch(rig, 'AAPL');
    rig.time.advance(1000);
    rig.server.refuse = true;
    const waits: number[] = [];
    rig.server.last.cut();
    for (let i = 0; i < 7; i++) {
      waits.push(Math.round(((phase(rig).retryAt ?? 0) - rig.time.clock.now()) / 100) * 100);
      rig.time.advance((phase(rig).retryAt ?? 0) - rig.time.clock.now() + 6);
    }
    expect(waits).toEqual([1000, 1500, 2500, 4500, 8500, 16_500, 20_500]);
    rig.server.refuse = false;
    rig.client.reconnectNow();
    rig.time.advance(11_000);
    rig.server.last.cut();
    expect(Math.round((phase(rig).retryAt ?? 0) - rig.time.clock.now())).toBe(1000);
    rig.client.disconnect();
  });

  it('lets a person skip one wait, once a second', () => {
    const rig = aRig();
    watch(rig, 'AAPL');
    rig.time.advance(1000);
    rig.server.refuse = true;
    rig.server.last.cut();
    rig.client.reconnectNow();
    rig.time.advance(10);
    expect(rig.server.sockets).toHaveLength(2);
    rig.client.reconnectNow();
    rig.time.advance(10);
    expect(rig.server.sockets).toHaveLength(2);
    rig.client.disconnect();
  });

  it('gives up after the configured attempts', () => {
    const rig = aRig({ deps: { maxAttempts: 3 } });
    rig.server.refuse = true;
    watch(rig, 'AAPL');
    rig.time.advance(120_000);
    expect(rig.server.sockets).toHaveLength(4);
    expect(phase(rig).phase).toBe('stopped');
    rig.client.disconnect();
  });

  it('guarantee 28: is final after disconnect: nothing for 60 virtual seconds, no timer left', () => {
    const rig = aRig();
    const { batches } = watch(rig, 'AAPL');
    rig.time.advance(1000);
    rig.client.disconnect();
    const connected = rig.server.sockets.length;
    rig.client.reconnectNow();
    watch(rig, 'MSFT');
    const count = batches.length;
    rig.time.advance(60_000);
    expect(rig.server.sockets).toHaveLength(connected);
    expect(batches).toHaveLength(count);
    expect(rig.time.pending).toBe(0);
  });

  it('guarantee 20: leaves no timer, socket or value after 1 000 mounts and unmounts', () => {
    const rig = aRig();
    for (let i = 0; i < 1000; i++) {
      const { stop } = watch(rig, `S${i % 40}`);
      rig.time.advance(3);
      stop();
    }
    rig.time.advance(60_000);
    expect(phase(rig).phase).toBe('idle');
    expect(rig.time.pending).toBe(0);
    expect(rig.server.sockets.every((socket) => socket.readyState === 3)).toBe(true);
  });
});
