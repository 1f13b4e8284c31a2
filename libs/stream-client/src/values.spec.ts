import { describe, expect, it } from '@jest/globals';
import { aRig } from './testing/index.ts';
import { phase, watch } from './testing/watching.ts';

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
    for (const type of ['from_the_future', 'constructor', 'toString', '__proto__'])
      rig.server.last.say({ type, ch: 'market', ts: 1 });
    rig.server.publish('AAPL', 10);
    rig.time.advance(50);
    expect(held.get('AAPL')?.data.price).toBe(10);
    expect(rig.warnings).toHaveLength(2);
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
