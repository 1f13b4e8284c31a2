import { describe, expect, it } from '@jest/globals';
import type { ChannelState, QuoteBatch, QuoteItem } from './index.ts';
import { aRig, jsonAnswer } from './testing/index.ts';
import type { Rig } from './testing/index.ts';

function watch(rig: Rig, ...symbols: string[]) {
  const batches: QuoteBatch[] = [];
  const held = new Map<string, QuoteItem>();
  const subscription = rig.client.quotes(symbols).subscribe((batch) => {
    batches.push(batch);
    if (batch.reset) held.clear();
    for (const item of batch.items) held.set(item.symbol, item);
  });
  return { batches, held, stop: () => subscription.unsubscribe() };
}
function phases(rig: Rig) {
  const seen: ChannelState['phase'][] = [];
  rig.client.state('market').subscribe((state) => {
    if (seen.at(-1) !== state.phase) seen.push(state.phase);
  });
  return seen;
}
const phase = (rig: Rig) => {
  let now: ChannelState | null = null;
  rig.client
    .state('market')
    .subscribe((state) => (now = state))
    .unsubscribe();
  return now as unknown as ChannelState;
};

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

describe('values', () => {
  it('drops v <= last, and delivers the newest per symbol once per frame', () => {
    const rig = aRig();
    const { batches, held } = watch(rig, 'AAPL', 'MSFT');
    rig.time.advance(1000);
    rig.server.publish('AAPL', 10, 5);
    rig.server.publish('AAPL', 11, 6);
    rig.server.publish('MSFT', 20, 1);
    rig.server.publish('AAPL', 9, 4);
    rig.server.publish('AAPL', 12, 6);
    rig.time.advance(20);
    expect(batches).toHaveLength(1);
    expect(batches[0]?.items.map(({ symbol, data }) => [symbol, data.price])).toEqual([
      ['AAPL', 11],
      ['MSFT', 20],
    ]);
    expect(held.get('AAPL')?.v).toBe(6);
    rig.client.disconnect();
  });

  it('turns stale on a cut and keeps the value; the snapshot clears it', () => {
    const rig = aRig();
    const { held } = watch(rig, 'AAPL', 'GONE');
    rig.time.advance(1000);
    rig.server.publish('AAPL', 10);
    rig.server.publish('GONE', 5);
    rig.time.advance(100);
    rig.server.last.cut();
    rig.time.advance(20);
    expect([...held.values()].map(({ stale, data }) => [data.price, stale])).toEqual([
      [10, true],
      [5, true],
    ]);
    rig.server.quotes.delete('GONE');
    rig.time.advance(2000);
    expect(phase(rig).phase).toBe('live');
    expect(held.get('AAPL')).toMatchObject({ stale: false, v: 1 });
    expect(held.get('GONE')).toMatchObject({ stale: true, v: 1 });
    rig.client.disconnect();
  });

  it('takes a snapshot of a new connection even when its versions start over', () => {
    const rig = aRig();
    const { held } = watch(rig, 'AAPL');
    rig.time.advance(1000);
    rig.server.publish('AAPL', 10, 1000);
    rig.time.advance(100);
    rig.server.last.cut();
    rig.server.quotes.clear();
    rig.server.publish('AAPL', 11, 1);
    rig.time.advance(2000);
    expect(held.get('AAPL')).toMatchObject({ v: 1, stale: false, data: { price: 11 } });
    rig.client.disconnect();
  });

  it('shows the stale flag of the server, and takes it back', () => {
    const rig = aRig();
    const { held } = watch(rig, 'AAPL');
    rig.time.advance(1000);
    rig.server.publish('AAPL', 10, 5);
    rig.server.last.say(rig.server.quoteFrame('AAPL', { stale: true }));
    rig.time.advance(20);
    expect(held.get('AAPL')?.stale).toBe(true);
    rig.server.publish('AAPL', 11, 6);
    rig.time.advance(20);
    expect(held.get('AAPL')).toMatchObject({ stale: false, data: { price: 11 } });
    rig.client.disconnect();
  });

  it('forgets everything when another market says hello', () => {
    const rig = aRig();
    const { batches, held } = watch(rig, 'AAPL', 'ONLYOLD');
    rig.time.advance(1000);
    rig.server.publish('AAPL', 10);
    rig.server.publish('ONLYOLD', 10);
    rig.time.advance(50);
    rig.server.market = { id: 'sim:2:0', source: 'simulated', kind: 'simulated' };
    rig.server.quotes.clear();
    rig.server.publish('AAPL', 77);
    rig.server.last.cut();
    rig.time.advance(2000);
    expect(batches.some((batch) => batch.reset)).toBe(true);
    expect([...held.keys()]).toEqual(['AAPL']);
    rig.client.disconnect();
  });

  it('tells which symbols were rejected and serves the others', () => {
    const rig = aRig();
    rig.server.unknown.add('NOPE');
    rig.server.publish('AAPL', 10);
    const { batches, held } = watch(rig, 'AAPL', 'NOPE');
    rig.time.advance(1000);
    expect(batches.flatMap((batch) => batch.rejected)).toEqual([{ symbol: 'NOPE', code: 105, name: 'unknown_symbol' }]);
    expect(held.get('AAPL')?.data.price).toBe(10);
    rig.client.disconnect();
  });

  it('counts bad frames, tells once per type and goes on', () => {
    const rig = aRig();
    const { held } = watch(rig, 'AAPL');
    rig.time.advance(1000);
    const bad = [
      '{',
      '[]',
      'null',
      '7',
      '{"type":1}',
      '{"type":"market_data","ch":"market"}',
      '{"type":"market_data","ch":"market","v":"x"}',
    ];
    for (const text of bad) rig.server.last.say(text);
    rig.server.last.say({ type: 'from_the_future', ch: 'market', ts: 1 });
    rig.server.publish('AAPL', 10);
    rig.time.advance(50);
    expect(held.get('AAPL')?.data.price).toBe(10);
    expect(rig.warnings).toHaveLength(2);
    rig.client.disconnect();
  });
});

describe('windows and networks', () => {
  it('asks for one change a second after 30 s hidden, and for the former rate when seen again', () => {
    const rig = aRig();
    watch(rig, 'AAPL');
    rig.time.advance(1000);
    rig.visible$.next(false);
    rig.time.advance(29_000);
    expect(rig.server.last.commands('set')).toHaveLength(0);
    rig.time.advance(2_500);
    rig.visible$.next(true);
    expect(rig.server.last.commands('set').map((c) => c['maxHz'])).toEqual([1, 10]);
    rig.client.disconnect();
  });

  it('stops offline and comes back within a second of online', () => {
    const rig = aRig();
    const { held } = watch(rig, 'AAPL');
    rig.time.advance(1000);
    rig.server.publish('AAPL', 10);
    rig.time.advance(50);
    rig.online$.next(false);
    rig.time.advance(60_000);
    expect(phase(rig).phase).toBe('offline');
    expect(held.get('AAPL')).toMatchObject({ stale: true, data: { price: 10 } });
    expect(rig.fetched).toHaveLength(0);
    expect(rig.server.sockets).toHaveLength(1);
    rig.online$.next(true);
    rig.time.advance(1100);
    expect(phase(rig).phase).toBe('live');
    rig.client.disconnect();
  });

  it('starts offline without connecting, and connects when online', () => {
    const rig = aRig();
    rig.online$.next(false);
    watch(rig, 'AAPL');
    rig.time.advance(5000);
    expect(rig.server.sockets).toHaveLength(0);
    rig.online$.next(true);
    rig.time.advance(1500);
    expect(phase(rig).phase).toBe('live');
    rig.client.disconnect();
  });
});

describe('fallback', () => {
  const restQuote = (v: number, price: number) =>
    jsonAnswer(200, {
      items: [
        {
          symbol: 'AAPL',
          reason: null,
          quote: {
            name: 'Apple',
            assetClass: 'equity',
            currency: 'USD',
            price,
            bid: null,
            ask: null,
            bidSize: null,
            askSize: null,
            open: null,
            high: null,
            low: null,
            prevClose: null,
            change: null,
            changePct: null,
            volume: null,
            avgVolume20: null,
            marketState: 'open',
            flags: [],
            v,
            brain: {
              regime: null,
              regimeConfidence: null,
              volatility: null,
              z20: null,
              relativeVolume: null,
              moveSigma: null,
              confidence: null,
              why: 'warm_up',
            },
            market: 'sim:1:0',
            source: 'simulated',
            kind: 'simulated',
            asOf: '2026-03-04T14:30:00.000Z',
            receivedAt: null,
            stale: false,
            delayMinutes: null,
            lineageId: null,
            ageMs: 1,
          },
        },
      ],
      nextCursor: null,
    });

  it('takes over after three failures, moves figures, and hands back when live', async () => {
    const rig = aRig();
    const { held } = watch(rig, 'AAPL');
    await rig.time.advanceAsync(1000);
    rig.server.publish('AAPL', 10, 1);
    await rig.time.advanceAsync(250);
    const seen = phases(rig);
    rig.server.refuse = true;
    rig.answer = () => Promise.resolve(restQuote(2, 11));
    rig.server.last.cut();
    await rig.time.advanceAsync(5000);
    expect(seen).toContain('polling');
    expect(held.get('AAPL')).toMatchObject({ v: 2, via: 'poll', stale: false, data: { price: 11 } });
    rig.server.refuse = false;
    rig.server.publish('AAPL', 12, 3);
    await rig.time.advanceAsync(8000);
    expect(seen.at(-1)).toBe('live');
    expect(held.get('AAPL')).toMatchObject({ v: 3, via: 'stream', data: { price: 12 } });
    const asked = rig.fetched.length;
    await rig.time.advanceAsync(30_000);
    expect(rig.fetched).toHaveLength(asked);
    rig.client.disconnect();
  });

  it('takes over after 15 s without a hello, polls every 5 s +-10 %, and an unchanged answer is no news', async () => {
    const rig = aRig();
    rig.server.silent = true;
    rig.answer = () => Promise.resolve(restQuote(2, 11));
    const { batches } = watch(rig, 'AAPL');
    await rig.time.advanceAsync(14_000);
    expect(rig.fetched).toHaveLength(0);
    await rig.time.advanceAsync(2_500);
    expect(rig.fetched).toHaveLength(1);
    await rig.time.advanceAsync(50_000);
    expect(rig.fetched.length).toBeGreaterThanOrEqual(9);
    expect(rig.fetched.length).toBeLessThanOrEqual(12);
    expect(
      batches.filter((batch) => batch.items.some((item) => item.v === 2 && !item.stale)).length,
    ).toBeLessThanOrEqual(batches.filter((batch) => batch.items.some((item) => item.stale)).length + 1);
    rig.client.disconnect();
  });

  it('doubles the wait on errors up to 60 s and honours Retry-After', async () => {
    const rig = aRig();
    rig.server.refuse = true;
    rig.answer = () => Promise.resolve(jsonAnswer(500, {}));
    watch(rig, 'AAPL');
    await rig.time.advanceAsync(200_000);
    // 10 + 20 + 40 + 60 + 60: six rounds at most after the first few seconds.
    expect(rig.fetched.length).toBeLessThanOrEqual(6);
    rig.answer = () => Promise.resolve(jsonAnswer(429, {}, { 'retry-after': '7' }));
    await rig.time.advanceAsync(61_000);
    const before = rig.fetched.length;
    await rig.time.advanceAsync(70_000);
    expect(rig.fetched.length - before).toBeGreaterThanOrEqual(8);
    rig.client.disconnect();
  });

  it('does not poll while hidden', async () => {
    const rig = aRig();
    rig.server.refuse = true;
    rig.answer = () => Promise.resolve(restQuote(2, 11));
    watch(rig, 'AAPL');
    rig.visible$.next(false);
    await rig.time.advanceAsync(60_000);
    expect(rig.fetched).toHaveLength(0);
    rig.client.disconnect();
  });
});

describe('figures', () => {
  it('measures event to applied value, corrected, over the last minute', () => {
    const rig = aRig();
    watch(rig, 'AAPL');
    rig.time.advance(1000);
    let latest: { p50: number | null; n: number } | null = null;
    const subscription = rig.client.stats$.subscribe((stats) => (latest = stats.channels.market.latency));
    for (let i = 0; i < 20; i++) {
      rig.server.publish('AAPL', 10 + i);
      rig.time.advance(100);
    }
    expect(latest).toMatchObject({ p50: 16 });
    rig.time.advance(70_000);
    expect(latest).toMatchObject({ p50: null, n: 0 });
    subscription.unsubscribe();
    rig.client.disconnect();
    expect(rig.time.pending).toBe(0);
  });
});
