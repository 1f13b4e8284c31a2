import { describe, expect, it } from '@jest/globals';
import type { Bar, Instrument, QuoteUpdate, Symbol } from '@ziggy/domain';
import { SimulatedSource } from '@ziggy/market-sources';
import { BehaviorSubject } from 'rxjs';
import { aBar, aQuoteUpdate, anInstrument } from '../../../test/market-testing.ts';
import { QuoteRecord } from '../../market/quotes/quote-record.ts';
import { Venues } from '../../market/calendar/venues.ts';
import { LiveBars, SOURCE_BAR } from './live-bars.ts';

/** A simulated market whose wall clock and timers are moved by hand, so that no tick is ever late. */
class HandDriven {
  wall: number;
  readonly source: SimulatedSource;
  readonly live: LiveBars;
  readonly stored: { bar: Bar; batchId: number | null }[] = [];
  readonly #due: (() => void)[] = [];
  readonly #instruments: ReadonlyMap<Symbol, Instrument>;

  constructor(start: number, seed: string) {
    this.wall = start;
    const venues = new Venues();
    const timers = { set: (run: () => void) => this.#due.push(run), clear: () => undefined };
    this.source = new SimulatedSource({ seed, start, tickHz: 2, wallClock: { now: () => this.wall }, timers });
    this.#instruments = new Map(this.source.universe().map((instrument) => [instrument.symbol, instrument]));
    this.live = new LiveBars({
      market: this.source.market,
      sourceId: this.source.id,
      intervals: this.source.capabilities().intervals,
      windowsOf: (calendar) => venues.windows(calendar),
      marketNow: () => this.source.clock.now(),
      sourceBar: async ({ symbol }, interval, from, to) => {
        const query = { symbol, interval, from, to, extended: false };
        const ctx = { deadlineAt: Infinity, signal: new AbortController().signal, priority: 'poll' } as const;
        return (await this.source.bars(query, ctx)).find((bar) => bar.openTime === from) ?? null;
      },
      flows: () => true,
      store: (_symbol, bar, batchId) => this.stored.push({ bar, batchId }),
      onFailed: (error) => {
        throw error;
      },
    });
  }

  follow(symbols: readonly Symbol[], alter: (update: QuoteUpdate) => QuoteUpdate = (update) => update): void {
    for (const symbol of symbols) this.live.track(this.#instruments.get(symbol) as Instrument);
    this.source.quotes$(new BehaviorSubject<ReadonlySet<Symbol>>(new Set(symbols))).subscribe((batch) => {
      for (const update of batch) {
        this.live.onQuote(new QuoteRecord(this.#instruments.get(update.symbol) as Instrument, alter(update), true));
      }
    });
  }

  async run(ms: number): Promise<void> {
    for (const endsAt = this.wall + ms; this.wall < endsAt;) {
      this.wall += 500;
      for (const work of this.#due.splice(0)) work();
      this.live.advance();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

const symbols = (...names: string[]): Symbol[] => names as Symbol[];

describe('bars built from the simulated market’s ticks', () => {
  it('equal the source’s own bars, also where we came in the middle of them', async () => {
    const market = new HandDriven(Date.UTC(2026, 2, 4, 14, 57, 20), '3');
    market.follow(symbols('AAPL', 'MSFT', '^GSPC', 'BTC-USD', 'EURUSD=X'));
    await market.run(9 * 60_000);
    await market.live.stop();
    const closed = market.stored.filter(({ bar }) => bar.complete);
    expect(closed.filter(({ bar }) => bar.interval === '1m').length).toBe(9 * 5);
    expect(closed.some(({ bar }) => bar.interval === '1h' && bar.symbol === 'BTC-USD')).toBe(true);
    expect(closed.every(({ batchId }) => batchId === SOURCE_BAR)).toBe(true);
    expect(market.live.differences).toBe(0);
  });

  it.each([
    ['a minute', Date.UTC(2026, 2, 4, 14, 57)],
    ['an hour of every interval', Date.UTC(2026, 2, 4, 15, 30)],
    ['the session', Date.UTC(2026, 2, 4, 14, 30)],
  ])('equal the source’s own bars when we came exactly at the start of %s', async (_name, start) => {
    const market = new HandDriven(start, '3');
    market.follow(symbols('AAPL', 'MSFT', '^GSPC', 'BTC-USD', 'EURUSD=X'));
    await market.run(3 * 60_000 + 5_000);
    await market.live.stop();
    expect(market.stored.filter(({ bar }) => bar.complete && bar.interval === '1m').length).toBe(3 * 5);
    expect(market.live.differences).toBe(0);
  });

  it('of longer intervals are the resampled minutes, and both are the source’s, over the close of a session', async () => {
    const close = Date.UTC(2026, 2, 4, 21);
    const market = new HandDriven(close - 61 * 60_000 + 20_000, '5');
    market.follow(symbols('AAPL'));
    await market.run(63 * 60_000);
    await market.live.stop();
    expect(market.live.differences).toBe(0);
    const stored = market.stored.map(({ bar }) => bar).filter((bar) => bar.complete);
    const minutes = stored.filter((bar) => bar.interval === '1m' && bar.openTime < close);
    expect(minutes).toHaveLength(61);
    for (const [interval, count] of [
      ['5m', 12],
      ['15m', 4],
      ['1h', 1],
    ] as const) {
      // Those of which every minute is here.
      const longer = stored.filter((bar) => bar.interval === interval && bar.openTime >= (minutes[0]?.openTime ?? 0));
      expect(longer).toHaveLength(count);
      for (const bar of longer) {
        const parts = minutes.filter(({ openTime }) => openTime >= bar.openTime && openTime < bar.closeTime);
        expect({ o: bar.o, h: bar.h, l: bar.l, c: bar.c, volume: bar.volume }).toEqual({
          o: parts[0]?.o,
          h: Math.max(...parts.map(({ h }) => h)),
          l: Math.min(...parts.map(({ l }) => l)),
          c: parts.at(-1)?.c,
          volume: parts.reduce((sum, { volume }) => sum + (volume ?? Number.NaN), 0),
        });
      }
    }
  });

  it('equal them over the close of the session, and the session’s bar with them', async () => {
    const market = new HandDriven(Date.UTC(2026, 2, 4, 20, 57, 30), '3');
    market.follow(symbols('AAPL', 'SPY'));
    await market.run(5 * 60_000);
    await market.live.stop();
    const daily = market.stored.filter(({ bar }) => bar.interval === '1d' && bar.complete);
    expect(daily.map(({ bar }) => [bar.symbol, bar.openTime, bar.closeTime])).toEqual([
      ['AAPL', Date.UTC(2026, 2, 4, 14, 30), Date.UTC(2026, 2, 4, 21)],
      ['SPY', Date.UTC(2026, 2, 4, 14, 30), Date.UTC(2026, 2, 4, 21)],
    ]);
    expect(market.live.differences).toBe(0);
  });

  it('give way to the source’s own where they differ, and say so', async () => {
    const market = new HandDriven(Date.UTC(2026, 2, 4, 15, 0, 0), '3');
    market.follow(symbols('AAPL'), (update) => ({ ...update, price: (update.price ?? 0) * 2 }));
    await market.run(2 * 60_000 + 3_000);
    await market.live.stop();
    expect(market.live.differences).toBeGreaterThan(0);
    const own = market.stored.find(({ bar }) => bar.complete)?.bar;
    expect((own?.c ?? 0) / (own?.h ?? 1)).toBeLessThanOrEqual(1);
    expect(own?.c).toBeLessThan(200_000_000);
  });
});

describe('bars that a tape tells by itself', () => {
  const OPEN = Date.UTC(2026, 2, 4, 14, 30);
  const MINUTE = 60_000;
  const instrument = anInstrument('AAA');
  const own = (close: number) =>
    aBar('AAA', '1m', OPEN, OPEN + MINUTE, close, { market: 'tape:x/1', source: 'tape', kind: 'recorded', volume: 0 });

  function played() {
    const time = { now: OPEN };
    const stored: [number, number | null][] = [];
    const told: number[] = [];
    const venues = new Venues();
    const live = new LiveBars({
      market: 'tape:x/1',
      sourceId: 'tape',
      intervals: ['1m'],
      windowsOf: (calendar) => venues.windows(calendar),
      marketNow: () => time.now,
      sourceBar: null,
      ticksAreWhole: true,
      flows: () => true,
      store: (_symbol, bar, batchId) => stored.push([bar.c, batchId]),
      onFailed: () => undefined,
    });
    live.listen({ onClosed: (bar) => told.push(bar.c) });
    live.track(instrument);
    const tick = (price: number, at: number, receivedAt = at) => {
      time.now = Math.max(time.now, receivedAt);
      live.onQuote(new QuoteRecord(instrument, aQuoteUpdate('AAA', price, at, { receivedAt }), true));
    };
    const close = () => {
      time.now = OPEN + MINUTE + 2_000;
      live.advance();
    };
    return { live, stored, told, tick, close };
  }

  it('stand when they come before the built one is over', () => {
    const { live, stored, told, tick, close } = played();
    tick(100, OPEN);
    live.take(own(105));
    close();
    expect([stored, told]).toEqual([[[105_000_000, SOURCE_BAR]], [105_000_000]]);
  });

  it('take the place of the built one when they come later and differ, and say nothing new when they do not', () => {
    const { live, stored, told, tick, close } = played();
    tick(100, OPEN);
    close();
    live.take({ ...own(100), volume: null });
    expect(told).toEqual([100_000_000]);
    live.take(own(105));
    expect(told).toEqual([100_000_000, 105_000_000]);
    expect(stored).toEqual([
      [100_000_000, null],
      [105_000_000, SOURCE_BAR],
    ]);
    expect(live.differences).toBe(1);
  });

  it('are not built of what was told of the time before the tape began', () => {
    const { told, tick, close } = played();
    tick(90, OPEN - 86_400_000, OPEN - 86_400_000);
    tick(90, OPEN - 1_000, OPEN - 1_000);
    close();
    expect(told).toEqual([]);
  });
});
