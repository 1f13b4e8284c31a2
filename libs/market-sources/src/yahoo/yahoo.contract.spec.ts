import { afterAll, beforeAll, describe } from '@jest/globals';
import type { Symbol } from '@ziggy/domain';
import { marketSourceContract } from '../testing/contract.ts';
import { FakeYahoo, json } from '../testing/fake-yahoo.ts';
import { blockNetwork } from '../testing/no-network.ts';
import { VirtualTime } from '../testing/virtual-time.ts';
import { YahooSource } from './yahoo-source.ts';

const known = ['ZZA', 'ZZB', 'ZZC'] as unknown as [Symbol, ...Symbol[]];
const [symbol] = known;

describe('YahooSource', () => {
  let unblock = (): void => undefined;
  let quiet = (): void => undefined;
  beforeAll(() => {
    unblock = blockNetwork();
    // The library prints the address of every refused request.
    const { error } = console;
    console.error = () => undefined;
    quiet = () => {
      console.error = error;
    };
  });
  afterAll(() => {
    unblock();
    quiet();
  });

  marketSourceContract(
    () => {
      // A Wednesday, an hour and a half into the session.
      const time = new VirtualTime(Date.UTC(2026, 2, 11, 15));
      const yahoo = new FakeYahoo(time);
      const source = new YahooSource({
        fetch: yahoo.fetch,
        wallClock: time,
        timers: time,
        random: () => 0.5,
        queueIntervalMs: 0,
      });
      const week = { symbol, from: Date.UTC(2026, 2, 5), to: Date.UTC(2026, 2, 11) };
      return {
        source,
        time,
        known,
        unknown: 'NOSUCH' as Symbol,
        ranges: {
          '1m': week,
          '5m': week,
          '15m': week,
          '1h': week,
          '1d': { symbol, from: Date.UTC(2025, 5, 1), to: Date.UTC(2026, 2, 1) },
        },
        closedRange: { symbol, from: Date.UTC(2026, 2, 7, 5), to: Date.UTC(2026, 2, 8, 20) },
        actionsRange: { symbol: 'ZSPLIT' as Symbol, from: Date.UTC(2025, 8, 1), to: Date.UTC(2026, 1, 1) },
        quoteEveryMs: 6_000,
        upstream: {
          hang: () => yahoo.hang(),
          fail: () => yahoo.answer('', () => json({}, 503)),
          arrivals: () => yahoo.asked,
          open: () => yahoo.open,
        },
      };
    },
    { intraday: true, actions: true, search: true, upstream: true, repeatable: false },
  );
});
