import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { backoffMs } from './index.ts';
import type { QuoteItem } from './index.ts';
import { aRig } from './testing/index.ts';

/** A small seeded generator (mulberry32), so that a failing run can be had again. */
function seeded(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe('chaos', () => {
  it('holds what the publisher holds after drops, delays, duplicates, reordering and cuts', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 }), (seed) => {
        const random = seeded(seed);
        const rig = aRig({ random });
        const symbols = Array.from({ length: 20 }, (_, i) => `S${i}`);
        const held = new Map<string, QuoteItem>();
        let fell = false;
        let attempts = 0;
        rig.client.quotes(symbols).subscribe((batch) => {
          for (const item of batch.items) {
            const last = held.get(item.symbol);
            if (last && item.v < last.v) fell = true;
            held.set(item.symbol, item);
          }
        });
        rig.time.advance(100);
        for (let event = 0; event < 2000; event++) {
          const symbol = symbols[Math.floor(random() * symbols.length)] as string;
          const socket = rig.server.last;
          const before = rig.server.quotes.has(symbol) ? rig.server.quoteFrame(symbol) : null;
          const fate = random();
          if (fate < 0.5) rig.server.publish(symbol, event);
          else if (fate < 0.6) {
            // Delayed past its successor.
            rig.server.subscribed.get(socket)?.delete(symbol);
            rig.server.publish(symbol, event);
            const late = rig.server.quoteFrame(symbol);
            rig.server.subscribed.get(socket)?.add(symbol);
            rig.server.publish(symbol, event + 0.5);
            if (socket.readyState === 1) socket.say(late);
          } else if (fate < 0.7 && before && socket.readyState === 1) socket.say(before);
          else if (fate < 0.72) {
            socket.cut(random() < 0.5 ? 1006 : 4003);
            attempts++;
          } else if (fate < 0.73 && socket.readyState === 1) socket.say('{"type":"market_data","ch":"market"');
          if (random() < 0.3) rig.time.advance(random() * 200);
        }
        rig.time.advance(30_000);
        for (const symbol of symbols) if (rig.server.quotes.has(symbol)) rig.server.publish(symbol, 1e6);
        rig.time.advance(150);
        expect(attempts).toBeGreaterThan(0);
        expect(fell).toBe(false);
        const published = [...rig.server.quotes].map(([symbol, { v, data }]) => [symbol, v, data.price, false]).sort();
        expect([...held.values()].map(({ symbol, v, data, stale }) => [symbol, v, data.price, stale]).sort()).toEqual(
          published,
        );
        rig.client.disconnect();
        expect(rig.time.pending).toBe(0);
      }),
      { numRuns: 10 },
    );
  });
});

describe('backoff', () => {
  it('stays in its bounds and spreads over them, in 10 000 draws', () => {
    const random = seeded(7);
    for (const n of [0, 3, 6, 40, 1000]) {
      const top = Math.min(20_000, 500 * 2 ** Math.min(n, 6));
      const draws = Array.from({ length: 10_000 }, () => backoffMs(n, random));
      expect(Math.min(...draws)).toBeGreaterThanOrEqual(500);
      expect(Math.max(...draws)).toBeLessThan(500 + top);
      expect(Math.max(...draws) - Math.min(...draws)).toBeGreaterThan(top * 0.98);
      const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
      expect(Math.abs(mean - (500 + top / 2))).toBeLessThan(top * 0.02);
    }
  });
});
