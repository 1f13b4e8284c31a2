import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Symbol } from '@ziggy/domain';
import { json } from '../testing/fake-yahoo.ts';
import { blockNetwork } from '../testing/no-network.ts';
import { YahooWorld } from '../testing/yahoo-world.ts';
import { openCadenceMs } from './poller.ts';

const QUOTE = '/v7/finance/quote?';
let unblock: () => void;
let world: YahooWorld;
beforeAll(() => {
  unblock = blockNetwork();
});
afterAll(() => unblock());
beforeEach(() => {
  world = new YahooWorld();
});
afterEach(() => world.end());

const symbolsOf = (address: string): string[] => (new URL(address).searchParams.get('symbols') ?? '').split(',');
const quoteRequests = (): string[][] => world.yahoo.asked.filter((address) => address.includes(QUOTE)).map(symbolsOf);

describe('cadence', () => {
  it('follows the number of symbols', () => {
    expect([1, 100, 101, 350, 351, 1_000].map(openCadenceMs).map(Math.round)).toEqual([
      5_000, 5_000, 5_000, 5_714, 5_714, 14_286,
    ]);
  });

  it('keeps ten minutes of a hundred symbols within the budget', async () => {
    const symbols = Array.from({ length: 100 }, (_, i) => (i < 12 ? `ZZ${String.fromCharCode(65 + i)}` : `NOT${i}`));
    const log = world.watch(symbols);
    await world.time.advance(600_000);
    log.stop();
    // One request a second and the burst is the budget; five seconds between rounds is the plan.
    expect(world.yahoo.asked.length).toBeLessThanOrEqual(604);
    expect(quoteRequests().length).toBeGreaterThanOrEqual(115);
    expect(quoteRequests().length).toBeLessThanOrEqual(130);
    expect(Math.max(...quoteRequests().map((batch) => batch.length))).toBeLessThanOrEqual(100);
  }, 60_000);

  it('asks a thousand symbols in hundreds, each within 16 s', async () => {
    const symbols = Array.from({ length: 1_000 }, (_, i) => `S${i}`);
    world.yahoo.answer(QUOTE, ({ url }) => {
      const row = (symbol: string) => ({
        symbol,
        quoteType: 'EQUITY',
        exchange: 'NMS',
        regularMarketPrice: 5,
        regularMarketTime: world.time.now() / 1_000,
        marketState: 'REGULAR',
      });
      return json({
        quoteResponse: { result: (url.searchParams.get('symbols') ?? '').split(',').map(row), error: null },
      });
    });
    const log = world.watch(symbols);
    await world.time.advance(60_000);
    log.stop();
    const last = new Map<string, number>();
    let widest = 0;
    for (const quote of log.quotes) {
      widest = Math.max(widest, quote.receivedAt - (last.get(quote.symbol) ?? quote.receivedAt));
      last.set(quote.symbol, quote.receivedAt);
    }
    expect(last.size).toBe(1_000);
    expect(widest).toBeLessThanOrEqual(16_500);
    expect(quoteRequests().every((batch) => batch.length <= 100)).toBe(true);
  }, 60_000);

  it('slows down when the venue is closed, by each symbol own calendar', async () => {
    await world.end();
    world = new YahooWorld(Date.UTC(2026, 2, 14, 15)); // a Saturday
    const log = world.watch(['ZZA', 'ZED-USD']);
    await world.time.advance(60_000);
    log.stop();
    const asked = (symbol: string): number => quoteRequests().filter((batch) => batch.includes(symbol)).length;
    expect(asked('ZZA')).toBe(1);
    expect(asked('ZED-USD')).toBeGreaterThan(9);
    expect(log.of('ZZA' as Symbol)[0]).toMatchObject({ marketState: 'closed' });
    expect(log.of('ZED-USD' as Symbol)[0]).toMatchObject({ marketState: 'open' });
  });
});

describe('quotes', () => {
  it('tell live from delayed, and unknown sides and sizes are null', async () => {
    const log = world.watch(['ZZA', 'ZLATE']);
    await world.time.until(() => log.quotes.length >= 2, 5_000);
    log.stop();
    expect(log.of('ZZA' as Symbol)[0]).toMatchObject({
      kind: 'live',
      delayMinutes: 0,
      bid: null,
      bidSize: null,
      askSize: null,
      marketState: 'open',
    });
    expect(log.of('ZZA' as Symbol)[0]!.ask).toBeGreaterThan(0);
    expect(log.of('ZLATE' as Symbol)[0]).toMatchObject({ kind: 'delayed', delayMinutes: 15 });
  });

  it('publish only what changed', async () => {
    const frozen = {
      symbol: 'ZZA',
      quoteType: 'EQUITY',
      exchange: 'NMS',
      regularMarketPrice: 5,
      regularMarketTime: world.time.now() / 1_000,
      marketState: 'REGULAR',
    };
    world.yahoo.answer(QUOTE, () => json({ quoteResponse: { result: [frozen], error: null } }));
    const log = world.watch(['ZZA']);
    await world.time.advance(60_000);
    expect(log.quotes.length).toBe(1);
    world.yahoo.heal();
    await world.time.advance(10_000);
    expect(log.quotes.length).toBeGreaterThan(1);
    log.stop();
  });

  it('ask a symbol that does not come back in every third round only, and never give it a figure', async () => {
    const log = world.watch(['ZZA', 'NOSUCH']);
    await world.time.advance(60_000);
    log.stop();
    const rounds = quoteRequests();
    expect(rounds.filter((batch) => batch.includes('ZZA')).length).toBeGreaterThanOrEqual(11);
    expect(rounds.filter((batch) => batch.includes('NOSUCH')).length).toBeLessThanOrEqual(5);
    expect(log.of('NOSUCH' as Symbol)).toEqual([]);
  });

  it('show the price of the morning against the close of yesterday', async () => {
    await world.end();
    world = new YahooWorld(Date.UTC(2026, 2, 11, 12)); // 08:00 in New York
    const now = world.time.now() / 1_000;
    const row = {
      symbol: 'ZZA',
      quoteType: 'EQUITY',
      exchange: 'NMS',
      marketState: 'PRE',
      regularMarketPrice: 100,
      regularMarketTime: now - 57_600,
      regularMarketPreviousClose: 90,
      preMarketPrice: 101,
      preMarketTime: now - 5,
      exchangeDataDelayedBy: 0,
    };
    world.yahoo.answer(QUOTE, () => json({ quoteResponse: { result: [row], error: null } }));
    const log = world.watch(['ZZA']);
    await world.time.until(() => log.quotes.length > 0, 5_000);
    log.stop();
    expect(log.quotes[0]).toMatchObject({
      price: 101_000_000,
      prevClose: 100_000_000,
      marketState: 'pre',
      exchangeAt: world.time.now() - 5_000 - (world.time.now() - now * 1_000),
    });
  });

  it('go on after an outage, without an error on the stream', async () => {
    world.yahoo.answer('', () => Promise.reject(new TypeError('fetch failed')));
    const log = world.watch(['ZZA']);
    await world.time.advance(120_000);
    expect(log.quotes).toEqual([]);
    expect(world.source.health().state).not.toBe('ok');
    world.yahoo.heal();
    await world.time.until(() => log.quotes.length > 0, 60_000);
    expect(log.errors).toEqual([]);
    expect(world.source.health().state).toBe('ok');
    log.stop();
  });

  it('people are served while polling is busy', async () => {
    const symbols = Array.from({ length: 1_000 }, (_, i) => `S${i}`);
    const log = world.watch(symbols);
    await world.time.advance(30_000);
    const end = await world.run(world.days('^ZIDX'));
    expect(end.ok).toBe(true);
    expect(end.tookMs).toBeLessThanOrEqual(2_000);
    log.stop();
  });
});
