import { describe, expect, it } from '@jest/globals';
import type { ServerFrame } from '@ziggy/contracts';
import fc from 'fast-check';
import { VirtualHub, bar, quote } from './testing/index.ts';
import type { MemoryOutlet } from './testing/index.ts';

const SYMBOLS = ['AAPL', 'MSFT', 'KO', 'XOM', 'GE'];

/** Anything that may happen to a hub, in any order. */
const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      symbol: fc.nat(4),
      price: fc.nat(50),
      older: fc.nat(9),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('join' as const),
      client: fc.nat(3),
      symbol: fc.nat(4),
      maxHz: fc.constantFrom(undefined, 0.2, 1, 5, 20),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), client: fc.nat(3), symbol: fc.nat(4) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('cap' as const), client: fc.nat(3), hz: fc.constantFrom(0.5, 2, 10, 20) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stick' as const), client: fc.nat(3), stuck: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('run' as const), ms: fc.integer({ min: 1, max: 300 }) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class Story {
  readonly host = new VirtualHub({ limits: { stallMs: 1e9 } });
  readonly clients = Array.from({ length: 4 }, () => this.host.client());
  readonly newest = new Map<string, { price: number; v: number }>();
  readonly joined = this.clients.map(() => new Set<string>());
  #v = 10;

  tell(story: readonly Step[]): void {
    for (const one of story) this.#tell(one);
  }

  /** What every client should hold once all is quiet: also those that were stuck may read again. */
  calm(): void {
    for (const { outlet } of this.clients) unstick(outlet);
    this.host.run(12_000);
  }

  #tell(one: Step): void {
    const { hub } = this.host;
    if (one.do === 'run') return this.host.run(one.ms);
    if (one.do === 'publish') return this.#publish(SYMBOLS[one.symbol] as string, one.price, one.older);
    const { client, outlet } = this.clients[one.client] as (typeof this.clients)[number];
    const joined = this.joined[one.client] as Set<string>;
    if (one.do === 'cap') hub.setMaxHz(client, one.hz);
    else if (one.do === 'stick') {
      if (one.stuck) outlet.stuck = true;
      else unstick(outlet);
    } else if (one.do === 'leave') {
      hub.leave(client, SYMBOLS[one.symbol] as string);
      joined.delete(SYMBOLS[one.symbol] as string);
    } else {
      const symbol = SYMBOLS[one.symbol] as string;
      const known = this.newest.get(symbol);
      // The snapshot and the join are one step.
      hub.follow(client, () => {
        hub.join(client, symbol, { maxHz: one.maxHz, v: known?.v });
        return known === undefined ? [] : [quote(symbol, known.price, known.v)];
      });
      this.host.settle();
      if (!client.hasSequence) joined.add(symbol);
    }
  }

  #publish(symbol: string, price: number, older: number): void {
    const v = older === 0 ? this.#v - 1 : ++this.#v;
    const known = this.newest.get(symbol);
    if (known === undefined || (v > known.v && price !== known.price)) this.newest.set(symbol, { price, v });
    this.host.hub.publish(symbol, symbol, quote(symbol, price, v, this.host.now));
  }
}

function unstick(outlet: MemoryOutlet): void {
  outlet.stuck = false;
  outlet.bufferedAmount = 0;
}

describe('whatever happens', () => {
  it('guarantee 7: versions never fall, and after silence every client holds the newest value', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 200 }), (story) => {
        const told = new Story();
        told.tell(story);
        told.calm();
        told.clients.forEach(({ outlet }, at) => {
          for (const symbol of SYMBOLS) {
            const versions = outlet.quotes(symbol).map(({ v }) => v);
            for (let i = 1; i < versions.length; i++)
              expect(versions[i] as number).toBeGreaterThanOrEqual(versions[i - 1] as number);
            const newest = told.newest.get(symbol);
            if ((told.joined[at] as Set<string>).has(symbol) && newest !== undefined) {
              expect(outlet.quotes(symbol).at(-1)?.data.price).toBe(newest.price);
            }
          }
        });
      }),
      { numRuns: 200 },
    );
  });

  it('guarantee 30: the books balance, a frame is encoded at most once, and no client is closed for nothing', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (story) => {
        const told = new Story();
        told.tell(story);
        const { counters } = told.host.hub;
        const dropped = Object.values(counters.dropped).reduce((sum, n) => sum + n, 0);
        expect(counters.sent + counters.conflated + dropped + told.host.pending()).toBe(counters.offered);
        // Opening images are made per snapshot in this test; every other encoding is of one published frame.
        expect(counters.encoded - counters.control).toBeLessThanOrEqual(counters.published);
        expect(told.host.closed).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('a value that is left while it waits is counted once: as dropped, no longer as waiting', () => {
    const told = new Story();
    told.tell([
      { do: 'join', client: 0, symbol: 3, maxHz: undefined },
      { do: 'publish', symbol: 3, price: 0, older: 0 },
      { do: 'leave', client: 0, symbol: 3 },
    ]);
    const { counters } = told.host.hub;
    expect(counters.offered).toBe(1);
    expect(counters.dropped.unsubscribed).toBe(1);
    expect(told.host.pending()).toBe(0);
  });

  it('guarantee 8: no key starves at any rate, and none exceeds it', () => {
    fc.assert(
      fc.property(fc.constantFrom(0.5, 1, 2, 5, 10, 20), fc.integer({ min: 1, max: 60 }), (hz, count) => {
        const host = new VirtualHub();
        const { outlet, client } = host.client();
        const symbols = Array.from({ length: count }, (_, i) => `S${i}`);
        for (const symbol of symbols) host.hub.join(client, symbol, { maxHz: hz });
        let v = 0;
        // The first symbols are the busy ones: they must not push the others out.
        for (let at = 0; at < 600; at++) {
          for (const [i, symbol] of symbols.entries())
            if (at % (1 + (i % 7)) === 0) host.hub.publish(symbol, symbol, quote(symbol, ++v, v));
          host.run(10);
        }
        for (const symbol of symbols) {
          const times = outlet.received.flatMap(({ at, frame }) =>
            frame.type === 'market_data' && frame.symbol === symbol ? [at] : [],
          );
          for (let i = 0; i < times.length; i++) {
            const inSecond = times.filter(
              (at) => at >= (times[i] as number) && at < (times[i] as number) + 1_000,
            ).length;
            expect(inSecond).toBeLessThanOrEqual(Math.ceil(hz) + 1);
          }
          // Six seconds of steady changes: at least half of what the rate allows.
          expect(times.length).toBeGreaterThanOrEqual(Math.floor((6 * Math.min(hz, 10)) / 2));
        }
      }),
      { numRuns: 30 },
    );
  });
});

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
