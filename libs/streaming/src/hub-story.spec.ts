import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { VirtualHub, quote } from './testing/index.ts';
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
