import { describe, expect, it } from '@jest/globals';
import type { ServerFrame } from '@ziggy/contracts';
import { VirtualHub, bar, quote } from './testing/index.ts';
import type { MemoryOutlet } from './testing/index.ts';

const SYMBOLS = ['AAPL', 'MSFT', 'KO', 'XOM', 'GE'];

function unstick(outlet: MemoryOutlet): void {
  outlet.stuck = false;
  outlet.bufferedAmount = 0;
}

describe('flushing', () => {
  it('encodes one tick once for a thousand clients, and writes once per client', () => {
    const host = new VirtualHub();
    const clients = Array.from({ length: 1_000 }, () => host.client());
    for (const { client } of clients) for (const symbol of SYMBOLS) host.hub.join(client, symbol);
    for (const symbol of SYMBOLS) host.hub.publish(symbol, symbol, quote(symbol, 1, 1));
    host.run(200);
    expect(host.hub.counters.encoded).toBe(SYMBOLS.length);
    expect(host.hub.counters.sent).toBe(1_000 * SYMBOLS.length);
    expect(clients.every(({ outlet }) => outlet.writes === 1 && outlet.quotes().length === 5)).toBe(true);
  });

  it('does not encode what nobody hears, nor what was conflated away', () => {
    const host = new VirtualHub();
    for (let v = 1; v <= 100; v++) host.hub.publish('AAPL', 'AAPL', quote('AAPL', v, v));
    expect(host.hub.counters.encoded).toBe(0);
    const { client, outlet } = host.client();
    host.hub.join(client, 'AAPL');
    for (let v = 101; v <= 200; v++) host.hub.publish('AAPL', 'AAPL', quote('AAPL', v, v));
    host.run(200);
    expect(outlet.quotes().map(({ v }) => v)).toEqual([200]);
    expect(host.hub.counters).toMatchObject({ encoded: 1, conflated: 99, sent: 1 });
  });

  it('lets the first change after a quiet time go in the same turn', () => {
    const host = new VirtualHub();
    const { client, outlet } = host.client();
    host.hub.join(client, 'AAPL');
    host.hub.publish('AAPL', 'AAPL', quote('AAPL', 1, 1));
    host.settle();
    expect(outlet.quotes()).toHaveLength(1);
    host.hub.publish('AAPL', 'AAPL', quote('AAPL', 2, 2));
    host.settle();
    expect(outlet.quotes()).toHaveLength(1);
    host.run(200);
    expect(outlet.quotes()).toHaveLength(2);
    host.run(5_000);
    host.hub.publish('AAPL', 'AAPL', quote('AAPL', 3, 3));
    host.settle();
    expect(outlet.quotes()).toHaveLength(3);
  });

  it('spreads busy clients over the ten slots of their period', () => {
    const host = new VirtualHub();
    const clients = Array.from({ length: 100 }, () => host.client());
    for (const { client } of clients) host.hub.join(client, 'AAPL');
    for (let v = 1; v <= 50; v++) {
      host.hub.publish('AAPL', 'AAPL', quote('AAPL', v, v));
      host.run(20);
    }
    const slots = new Map<number, number>();
    for (const { outlet } of clients) {
      const slot = ((outlet.received.at(-1)?.at ?? 0) / 10) % 10;
      slots.set(slot, (slots.get(slot) ?? 0) + 1);
    }
    expect([...slots.values()]).toEqual(Array.from({ length: 10 }, () => 10));
  });

  it('keeps each key in its place: the order of first changes, not of last', () => {
    const host = new VirtualHub();
    const { client, outlet } = host.client();
    for (const symbol of SYMBOLS) host.hub.join(client, symbol);
    host.hub.publish('GE', 'GE', quote('GE', 1, 1));
    host.settle();
    let v = 1;
    for (const symbol of ['KO', 'XOM', 'AAPL']) host.hub.publish(symbol, symbol, quote(symbol, ++v, v));
    for (let i = 0; i < 20; i++) host.hub.publish('KO', 'KO', quote('KO', ++v, v));
    host.run(200);
    expect(outlet.quotes().map(({ symbol }) => symbol)).toEqual(['GE', 'KO', 'XOM', 'AAPL']);
  });

  it('says an unchanged value once in a minute, however often it is confirmed', () => {
    const host = new VirtualHub();
    const { client, outlet } = host.client();
    host.hub.join(client, 'AAPL');
    for (let second = 1; second <= 60; second++) {
      host.hub.publish('AAPL', 'AAPL', quote('AAPL', 5, second, host.now));
      host.run(1_000);
    }
    expect(outlet.quotes()).toHaveLength(1);
    expect(host.hub.counters.refused.unchanged).toBe(59);
  });
});

describe('closed bars', () => {
  it('guarantee 9: reach each client exactly once under twentyfold overload, and no forming bar follows its closed one', () => {
    const host = new VirtualHub({ flushMs: 250 });
    const clients = Array.from({ length: 5 }, () => host.client());
    for (const { client } of clients) host.hub.join(client, 'AAPL|1m');
    let v = 0;
    for (let minute = 1; minute <= 100; minute++) {
      for (let i = 0; i < 20; i++) host.hub.publish('AAPL|1m', String(minute), bar('AAPL', minute, i, false, ++v));
      if (minute % 3 === 0) host.run(70);
      host.hub.publish('AAPL|1m', String(minute), bar('AAPL', minute, 50, true, ++v), { once: true });
      // A late forming value of the same bar, as another replica could send it.
      host.hub.publish('AAPL|1m', String(minute), bar('AAPL', minute, 51, false, v - 1));
    }
    host.run(1_000);
    for (const { outlet } of clients) {
      const closed = outlet
        .bars()
        .filter((one) => one.closed)
        .map(({ openTime }) => openTime);
      expect(closed).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
      const last = new Map(outlet.bars().map((one) => [one.openTime, one.closed]));
      expect([...last.values()].every(Boolean)).toBe(true);
    }
  });

  it('wait for a client whose buffer is full, and are not conflated', () => {
    const host = new VirtualHub({ flushMs: 250, limits: { softBytes: 2_000, stallMs: 60_000 } });
    const { client, outlet } = host.client();
    host.hub.join(client, 'AAPL|1m');
    outlet.stuck = true;
    for (let minute = 1; minute <= 200; minute++) {
      host.hub.publish('AAPL|1m', String(minute), bar('AAPL', minute, 50, true, minute), { once: true });
      host.run(20);
    }
    expect(outlet.bars().length).toBeLessThan(20);
    unstick(outlet);
    host.run(1_000);
    expect(outlet.bars().map(({ openTime }) => openTime)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
  });
});

describe('a client that does not read', () => {
  it('is held at its limits and closed with 4003 when nothing moves', () => {
    const host = new VirtualHub();
    const [stalled, healthy] = [host.client(), host.client()];
    for (const { client } of [stalled, healthy]) for (const symbol of SYMBOLS) host.hub.join(client, symbol);
    stalled.outlet.stuck = true;
    let v = 0;
    for (let i = 0; i < 2_000; i++) {
      for (const symbol of SYMBOLS) host.hub.publish(symbol, symbol, quote(symbol, ++v, v));
      host.run(100);
      if (stalled.outlet.closed !== null) break;
    }
    expect(stalled.outlet.closed).toEqual({ code: 4003, reason: 'not draining' });
    expect(stalled.outlet.peak).toBeLessThan(64 * 1024 + 4_096);
    expect(host.hub.clients.size).toBe(1);
    expect(host.hub.counters.closes).toEqual({ slow_consumer: 1 });
    expect(healthy.outlet.quotes('GE').at(-1)?.v).toBe(v);
    expect(host.hub.subscribers('GE')).toBe(1);
  });

  it('cannot make its queue of ordered frames grow without end', () => {
    const host = new VirtualHub({ limits: { softBytes: 1_000, laneFrames: 50, stallMs: 1e9 } });
    const { client, outlet } = host.client();
    host.hub.join(client, 'AAPL|1m');
    outlet.stuck = true;
    outlet.bufferedAmount = 5_000;
    for (let minute = 1; minute <= 60; minute++)
      host.hub.publish('AAPL|1m', String(minute), bar('AAPL', minute, 1, true, minute), { once: true });
    expect(outlet.closed).toEqual({ code: 4003, reason: 'queue full' });
    expect(client.queueDepth).toBe(0);
  });

  it('holds no snapshots: they are made when there is room for them', () => {
    const host = new VirtualHub({ limits: { softBytes: 4_000 } });
    const { client, outlet } = host.client();
    outlet.stuck = true;
    let made = 0;
    for (let i = 0; i < 100; i++) {
      host.hub.follow(client, () => {
        made++;
        host.hub.join(client, `S${i}`, { v: 1 });
        return [quote(`S${i}`, 1, 1)];
      });
    }
    host.run(500);
    expect(made).toBeLessThan(25);
    unstick(outlet);
    host.run(500);
    expect(made).toBe(100);
    expect(host.hub.subscriptions).toBe(100);
  });
});

describe('the order at an opening', () => {
  it('guarantee 5: is control frames, snapshots, values; and a snapshot is never followed by an older value', () => {
    const host = new VirtualHub();
    const { client, outlet } = host.client();
    host.hub.publish('AAPL', 'AAPL', quote('AAPL', 5, 5));
    host.hub.follow(client, () => {
      host.hub.join(client, 'AAPL', { v: 7 });
      return [quote('AAPL', 7, 7)];
    });
    host.hub.follow(client, { type: 'snapshot_end', ch: 'market', ts: 0 });
    host.hub.send(client, { type: 'ping', ch: 'market', ts: 0 });
    host.settle();
    host.hub.publish('AAPL', 'AAPL', quote('AAPL', 6, 6));
    host.hub.publish('AAPL', 'AAPL', quote('AAPL', 8, 8));
    host.run(200);
    expect(outlet.received.map(({ frame }) => ('v' in frame ? frame.v : frame.type))).toEqual([
      'ping',
      7,
      'snapshot_end',
      8,
    ]);
  });

  it('changes the rate of a subscription without losing its place or its pending value', () => {
    const host = new VirtualHub();
    const { client, outlet } = host.client();
    host.hub.join(client, 'AAPL');
    host.hub.publish('AAPL', 'AAPL', quote('AAPL', 1, 1));
    host.settle();
    host.hub.publish('AAPL', 'AAPL', quote('AAPL', 2, 2));
    host.hub.join(client, 'AAPL', { maxHz: 5 });
    host.run(400);
    expect(outlet.quotes().map(({ v }) => v)).toEqual([1, 2]);
    expect(host.hub.rateOf(client, 5)).toBe(5);
    host.hub.setMaxHz(client, 1);
    expect(host.hub.rateOf(client, 5)).toBe(1);
  });
});

describe('lanes', () => {
  it('guarantee 32: an alert passes every quote and bar that waits on a saturated link, and nothing passes control', () => {
    const host = new VirtualHub({ limits: { softBytes: 2_000, stallMs: 1e9 } });
    const { client, outlet } = host.client();
    const symbols = Array.from({ length: 50 }, (_, i) => `S${i}`);
    for (const symbol of [...symbols, 'AAPL|1m']) host.hub.join(client, symbol);
    outlet.stuck = true;
    let v = 0;
    const saturate = () => {
      for (const symbol of symbols) host.hub.publish(symbol, symbol, quote(symbol, ++v, v));
      host.run(100);
    };
    for (let i = 0; i < 20; i++) saturate();
    host.hub.publish('AAPL|1m', '1', bar('AAPL', 1, 50, true, ++v), { once: true });
    const written = outlet.received.length;
    for (const lane of ['portfolio', 'news', 'signals', 'alerts'] as const)
      host.hub.queue(client, lane, host.hub.encode({ type: 'reconnect', ch: lane } as ServerFrame), host.now);
    saturate();
    expect(outlet.received).toHaveLength(written);
    host.hub.send(client, { type: 'ping', ch: 'market', ts: 0 });
    unstick(outlet);
    host.run(200);
    const order = outlet.received.slice(written).map(({ frame }) => (frame.type === 'ping' ? 'control' : frame.ch));
    expect(order.slice(0, 6)).toEqual(['control', 'alerts', 'signals', 'news', 'portfolio', 'charts']);
    expect(order.slice(6).length).toBeGreaterThanOrEqual(symbols.length);
    expect(new Set(order.slice(6))).toEqual(new Set(['market']));
  });
});

describe('broadcast', () => {
  it('reaches every client, encoded once, and those who are gone stay gone', () => {
    const host = new VirtualHub();
    const clients = Array.from({ length: 20 }, () => host.client());
    host.hub.detach((clients[3] as (typeof clients)[number]).client);
    host.hub.broadcast({
      type: 'source_status',
      ch: 'market',
      ts: 0,
      data: { source: 's', kind: 'live', state: 'down', reason: null, lastValueAt: null },
    });
    host.settle();
    expect(clients.map(({ outlet }) => outlet.received.length).filter((n) => n === 1)).toHaveLength(19);
    expect(host.hub.counters.encoded).toBe(1);
    expect(host.hub.sourceStatus?.data.state).toBe('down');
  });
});
