import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { VirtualHub, quote } from './testing/index.ts';

const KEYS = 30;
const SECONDS = 4;

/** When each key of a source that ticks at a steady rate is published: evenly over its period, each up to so much late. */
function ticks(periodMs: number, lateMs: readonly number[]): { at: number; key: number; v: number }[] {
  const rounds = (SECONDS * 1_000) / periodMs;
  return Array.from({ length: rounds * KEYS }, (_, n) => {
    const late = lateMs[(n * 7) % lateMs.length] as number;
    return { at: Math.floor((n * periodMs) / KEYS + late), key: n % KEYS, v: n + 1 };
  }).sort((a, b) => a.at - b.at || a.v - b.v);
}

function play(host: VirtualHub, told: readonly { at: number; key: number; v: number }[]): void {
  const from = host.now;
  for (const { at, key, v } of told) {
    if (from + at > host.now) host.run(from + at - host.now);
    host.hub.publish(`S${key}`, `S${key}`, quote(`S${key}`, v, v, host.now));
  }
}

describe('a source that is no faster than its clients', () => {
  it('has every value delivered, in hardly more writes than periods, however its ticks lie to the slots of the clients', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 14 }), { minLength: 5, maxLength: 60 }), (lateMs) => {
        const host = new VirtualHub();
        const clients = Array.from({ length: 5 }, () => host.client());
        for (const { client } of clients) for (let i = 0; i < KEYS; i++) host.hub.join(client, `S${i}`, { maxHz: 10 });
        const told = ticks(100, lateMs);
        play(host, told);
        host.run(300);
        const { counters } = host.hub;
        expect({ conflated: counters.conflated, sent: counters.sent }).toEqual({
          conflated: 0,
          sent: told.length * 5,
        });
        // Flushes follow each other sooner where ticks come sooner than their period: by up to 14 of 100 ms here.
        expect(counters.writes).toBeLessThanOrEqual(clients.length * (SECONDS * 10 * 1.25 + 3));
      }),
      { numRuns: 20 },
    );
  });

  it('is not shown at its oldest where all keys of a client change at one moment that is late now and then', () => {
    const host = new VirtualHub();
    const clients = Array.from({ length: 20 }, () => host.client());
    for (const { client } of clients) for (let i = 0; i < KEYS; i++) host.hub.join(client, `S${i}`, { maxHz: 10 });
    const rounds = 400;
    const told = Array.from({ length: rounds * KEYS }, (_, n) => {
      const round = Math.floor(n / KEYS);
      // A busy turn of the event loop holds every tenth round back, by up to what is still an even source.
      const lateMs = round % 10 === 0 ? (round * 7) % 29 : round % 3;
      return { at: round * 100 + lateMs, key: n % KEYS, v: n + 1 };
    });
    play(host, told);
    host.run(300);
    const settled = host.now - (rounds / 2) * 100;
    const waits = clients
      .flatMap(({ outlet }) => outlet.received.filter(({ at }) => at > settled).map(({ at, frame }) => at - frame.ts))
      .sort((a, b) => a - b);
    expect(waits[Math.floor(waits.length / 2)]).toBeLessThanOrEqual(60);
    expect(host.hub.counters.conflated).toBe(0);
  });

  it('guarantee 8: exceeds no rate by more than one in any second while its flushes are brought forward', () => {
    fc.assert(
      fc.property(fc.constantFrom(1, 2, 5, 10, 20), fc.array(fc.nat(14), { minLength: 5 }), (hz, lateMs) => {
        const host = new VirtualHub();
        const { client, outlet } = host.client();
        for (let i = 0; i < KEYS; i++) host.hub.join(client, `S${i}`, { maxHz: hz });
        play(host, ticks(1_000 / hz, lateMs));
        for (let key = 0; key < KEYS; key++) {
          const times = outlet.received.flatMap(({ at, frame }) =>
            frame.type === 'market_data' && frame.symbol === `S${key}` ? [at] : [],
          );
          times.forEach((from) =>
            expect(times.filter((at) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(hz + 1),
          );
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe('a source that is faster than its clients', () => {
  it('is conflated to their rate, and the newest value is never older than a period and a slot', () => {
    const host = new VirtualHub();
    const { client, outlet } = host.client();
    host.hub.join(client, 'AAPL', { maxHz: 10 });
    for (let v = 1; v <= 500; v++) {
      host.hub.publish('AAPL', 'AAPL', quote('AAPL', v, v, host.now));
      host.run(20);
      expect(v - (outlet.quotes().at(-1)?.v ?? 0)).toBeLessThanOrEqual(110 / 20);
    }
    expect(outlet.quotes().length).toBeLessThanOrEqual(102);
    expect(host.hub.counters.conflated).toBeGreaterThan(390);
  });
});
