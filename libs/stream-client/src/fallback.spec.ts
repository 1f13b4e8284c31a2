import { describe, expect, it } from '@jest/globals';
import { aRig, jsonAnswer } from './testing/index.ts';
import { phase, phases, watch } from './testing/watching.ts';

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
