import { describe, expect, it, jest } from '@jest/globals';
import { calendarOf } from '@ziggy/domain';
import type { Bar, Interval, QuoteUpdate, Symbol } from '@ziggy/domain';
import { BehaviorSubject } from 'rxjs';
import type { CallContext } from '../port.ts';
import { SourceError } from '../port.ts';
import { VirtualTime } from '../testing/virtual-time.ts';
import { QuoteFeed } from './quote-feed.ts';
import { SimClock } from './sim-clock.ts';
import { SimulatedMarket } from './sim-market.ts';
import { SimulatedSource } from './simulated-source.ts';

// Whole sessions of trades are walked; a busy machine may take its time.
jest.setTimeout(30_000);

const MINUTE = 60_000;
const NAMES = ['AAPL', 'LIN', 'BTC-USD', '^GSPC', 'EURUSD=X', 'DOGE-USD'] as Symbol[];
const xnys = calendarOf('XNYS');
const OPEN = xnys.session('2026-03-03')!;
const context = (): CallContext => ({
  deadlineAt: Number.MAX_SAFE_INTEGER,
  signal: new AbortController().signal,
  priority: 'interactive',
});

/** Walks the feed over market time by itself: no timers, steps of `stepMs`. */
function walk(symbols: readonly Symbol[], from: number, to: number, { tickHz = 1, stepMs = 1000 } = {}): QuoteUpdate[] {
  const market = new SimulatedMarket('1', 50);
  let seq = 0;
  const feed = new QuoteFeed({
    market,
    clock: { now: () => from },
    timers: new VirtualTime(from),
    tickHz,
    sequence: () => ++seq,
  });
  feed.want(new Set(symbols));
  const quotes: QuoteUpdate[] = [];
  for (let now = from; now <= to; now += stepMs) for (const batch of feed.pass(now)) quotes.push(...batch);
  return quotes;
}

async function barsAt(now: number, symbol: Symbol, interval: Interval, from: number, to: number): Promise<Bar[]> {
  const time = new VirtualTime(now);
  const source = new SimulatedSource({ seed: 1, wallClock: time, timers: time, start: now });
  return source.bars({ symbol, interval, from, to, extended: false }, context());
}

/** Minutes as somebody who only sees quotes builds them. */
function built(
  quotes: readonly QuoteUpdate[],
): Map<number, { o: number; h: number; l: number; c: number; end: number | null }> {
  const bars = new Map<number, { o: number; h: number; l: number; c: number; end: number | null }>();
  for (const { price, exchangeAt, volume } of quotes) {
    const p = price!;
    const key = Math.floor(exchangeAt / MINUTE) * MINUTE;
    const bar = bars.get(key);
    if (bar) bars.set(key, { o: bar.o, h: Math.max(bar.h, p), l: Math.min(bar.l, p), c: p, end: volume });
    else bars.set(key, { o: p, h: p, l: p, c: p, end: volume });
  }
  return bars;
}

describe('ticks', () => {
  it.each([0.05, 1, 4, 20])('build exactly the bars that the source answers, at %p quotes a second', async (tickHz) => {
    const from = OPEN.open - MINUTE;
    const to = OPEN.open + 40 * MINUTE;
    const quotes = walk(NAMES, from, to + MINUTE, { tickHz });
    for (const symbol of NAMES) {
      const mine = built(quotes.filter((quote) => quote.symbol === symbol));
      const bars = await barsAt(to + MINUTE, symbol, '1m', OPEN.open, to);
      expect(bars).toHaveLength(40);
      let volume: number | null = null;
      for (const bar of bars) {
        const own = mine.get(bar.openTime);
        expect([symbol, own?.o, own?.h, own?.l, own?.c]).toEqual([symbol, bar.o, bar.h, bar.l, bar.c]);
        if (volume !== null) expect(own!.end! - volume).toBe(bar.volume);
        volume = own!.end;
        expect([bar.complete, bar.availableAt, bar.flags]).toEqual([true, bar.closeTime, []]);
      }
    }
  });

  it("keep the day's open, extremes and volume true to what has traded, and never fall back", () => {
    const quotes = walk(['TSLA' as Symbol], OPEN.open, OPEN.open + 60 * MINUTE, { tickHz: 4, stepMs: 250 });
    let top = 0;
    let bottom = Infinity;
    const wrong: QuoteUpdate[] = [];
    for (const [i, quote] of quotes.entries()) {
      if (quote.exchangeAt < OPEN.open) continue;
      top = Math.max(top, quote.price!);
      bottom = Math.min(bottom, quote.price!);
      const last = quotes[i - 1];
      const before = !last || last.exchangeAt < OPEN.open ? quote : last;
      const right =
        quote.high === top &&
        quote.low === bottom &&
        quote.bid! < quote.ask! &&
        quote.bid! <= quote.price! &&
        quote.price! <= quote.ask! &&
        quote.open === before.open &&
        quote.volume! >= before.volume! &&
        quote.exchangeAt >= before.exchangeAt &&
        quote.exchangeAt <= quote.receivedAt;
      if (!right) wrong.push(quote);
    }
    expect(wrong).toEqual([]);
    expect(quotes.length).toBeGreaterThan(14_000);
  });

  it('come once a second for the largest and a fifth as often for the others, few in step', () => {
    const quotes = walk(['AAPL', 'LIN', 'CAT', 'BA'] as Symbol[], OPEN.open + MINUTE, OPEN.open + 11 * MINUTE, {
      stepMs: 100,
    });
    const perSecond = (symbol: string) => quotes.filter((quote) => quote.symbol === symbol).length / 600;
    expect(perSecond('AAPL')).toBeGreaterThan(0.95);
    expect(perSecond('AAPL')).toBeLessThan(1.15);
    expect(perSecond('LIN')).toBeGreaterThan(0.19);
    expect(perSecond('LIN')).toBeLessThan(0.3);
  });

  it('are the same trades whatever the rate and the step: a slow stream is a part of a fast one', () => {
    const key = (quote: QuoteUpdate) =>
      `${quote.exchangeAt} ${quote.price} ${quote.volume} ${quote.high} ${quote.low} ${quote.bid}`;
    const fast = walk(['AAPL' as Symbol], OPEN.open, OPEN.open + 10 * MINUTE, { tickHz: 4, stepMs: 100 });
    const slow = walk(['AAPL' as Symbol], OPEN.open, OPEN.open + 10 * MINUTE, { tickHz: 0.3, stepMs: 7000 });
    const all = new Set(fast.map(key));
    expect(slow.length).toBeGreaterThan(60);
    expect(
      slow.filter((quote) => quote.marketState === 'open' && quote.exchangeAt >= OPEN.open && !all.has(key(quote))),
    ).toEqual([]);
  });

  it('stop with the session: the last quote is told once with each phase, without sides', () => {
    const quotes = walk(['AAPL', 'BTC-USD'] as Symbol[], OPEN.close - MINUTE, OPEN.close + 20 * 60 * MINUTE, {
      stepMs: 10_000,
    });
    const after = quotes.filter((quote) => quote.symbol === 'AAPL' && quote.marketState !== 'open');
    const next = xnys.next('2026-03-03');
    expect(after.filter((quote) => quote.receivedAt < next.preOpen).map((quote) => quote.marketState)).toEqual([
      'post',
      'closed',
    ]);
    const pre = after.filter((quote) => quote.receivedAt >= next.preOpen && quote.receivedAt < next.open);
    expect(pre.map((quote) => quote.marketState)).toEqual(['pre']);
    for (const quote of [...after.slice(0, 2), ...pre]) {
      expect(quote).toMatchObject({ bid: null, ask: null, bidSize: null, askSize: null });
      expect(quote.exchangeAt).toBeLessThan(OPEN.close);
      expect(quote.price).toBe(after[0]!.price);
    }
    const coin = quotes.filter((quote) => quote.symbol === 'BTC-USD');
    expect(coin.length).toBeGreaterThan(60_000);
    expect(coin.every((quote) => quote.marketState === 'open')).toBe(true);
  });

  it('jump over a long pause of the host instead of telling all of it', () => {
    const market = new SimulatedMarket('1', 50);
    let seq = 0;
    const feed = new QuoteFeed({
      market,
      clock: { now: () => 0 },
      timers: new VirtualTime(0),
      tickHz: 4,
      sequence: () => ++seq,
    });
    feed.want(new Set(NAMES));
    feed.pass(OPEN.open + MINUTE);
    const later = feed.pass(OPEN.open + 300 * MINUTE).flat();
    expect(later.map((quote) => quote.symbol).sort()).toEqual([...NAMES].sort());
    const batches = feed.pass(OPEN.open + 320 * MINUTE);
    expect(batches.flat().length).toBeGreaterThan(5000);
    expect(batches.every((batch) => batch.length <= 256)).toBe(true);
  });
});

describe('running bars', () => {
  it('are what has traded so far, and the only incomplete ones', async () => {
    const now = OPEN.open + 7 * MINUTE + 31_400;
    const quotes = walk(['AAPL' as Symbol], OPEN.open, now, { tickHz: 4, stepMs: 100 }).filter(
      (q) => q.exchangeAt >= OPEN.open,
    );
    const last = quotes.at(-1)!;
    for (const interval of ['1m', '5m', '15m', '1h', '1d'] as const) {
      const bars = await barsAt(now, 'AAPL' as Symbol, interval, OPEN.open, now + 60 * MINUTE);
      const running = bars.at(-1)!;
      const since = quotes.filter((quote) => quote.exchangeAt >= running.openTime);
      expect(bars.slice(0, -1).every((bar) => bar.complete)).toBe(true);
      expect(running).toMatchObject({
        complete: false,
        availableAt: now,
        o: since[0]!.price,
        h: Math.max(...since.map((quote) => quote.price!)),
        l: Math.min(...since.map((quote) => quote.price!)),
        c: last.price,
      });
      if (interval === '1d') expect(running.volume).toBe(last.volume);
    }
  });

  it('do not exist before the first trade or in the future', async () => {
    expect(await barsAt(OPEN.open - 1, 'AAPL' as Symbol, '1m', OPEN.open - MINUTE, OPEN.close)).toEqual([]);
    expect(await barsAt(OPEN.open, 'AAPL' as Symbol, '1d', OPEN.open, OPEN.close)).toHaveLength(0);
    expect(await barsAt(OPEN.close, 'AAPL' as Symbol, '1d', OPEN.open, OPEN.close)).toMatchObject([{ complete: true }]);
  });

  it('keep hours anchored at the open: 09:30 to 15:30, the last short', async () => {
    const bars = await barsAt(OPEN.postClose, 'AAPL' as Symbol, '1h', OPEN.preOpen, OPEN.postClose);
    expect(bars.map((bar) => (bar.openTime - OPEN.open) / MINUTE)).toEqual([0, 60, 120, 180, 240, 300, 360]);
    expect(bars.at(-1)!.closeTime).toBe(OPEN.close);
  });
});

describe('SimClock', () => {
  const clockAt = (wall: string, more: { start?: string; resumeAt?: string; speed?: number } = {}) => {
    const time = new VirtualTime(Date.parse(wall));
    const at = (text: string | undefined) => (text === undefined ? null : Date.parse(text));
    return {
      time,
      clock: new SimClock({
        wallClock: time,
        speed: more.speed ?? 1,
        start: at(more.start),
        resumeAt: at(more.resumeAt),
      }),
    };
  };
  const begins = (wall: string, more: { start?: string; resumeAt?: string } = {}) =>
    new Date(clockAt(wall, more).clock.now()).toISOString().slice(0, 16);

  it.each([
    // while New York trades: wall time
    ['2026-03-03T16:00:00Z', {}, '2026-03-03T16:00'],
    // an evening, a morning, a weekend, a holiday: 30 minutes after the last open
    ['2026-03-03T23:00:00Z', {}, '2026-03-03T15:00'],
    ['2026-03-03T12:00:00Z', {}, '2026-03-02T15:00'],
    ['2026-03-08T12:00:00Z', {}, '2026-03-06T15:00'],
    ['2026-07-03T15:00:00Z', {}, '2026-07-02T14:00'],
    // resumed: never back, and never into a closed market
    ['2026-03-03T23:00:00Z', { resumeAt: '2026-03-03T18:30:00Z' }, '2026-03-03T18:30'],
    ['2026-03-03T23:00:00Z', { resumeAt: '2026-03-03T22:00:00Z' }, '2026-03-04T15:00'],
    ['2026-03-03T16:00:00Z', { resumeAt: '2026-03-02T20:00:00Z' }, '2026-03-03T16:00'],
    ['2026-03-03T16:00:00Z', { resumeAt: '2026-04-01T15:00:00Z' }, '2026-04-01T15:00'],
    // told where to begin
    ['2026-03-03T16:00:00Z', { start: '2021-05-05T03:00:00Z' }, '2021-05-05T03:00'],
    ['2026-03-03T16:00:00Z', { start: '2021-05-05T03:00:00Z', resumeAt: '2021-05-06T03:00:00Z' }, '2021-05-06T03:00'],
  ])('begun at %s with %p stands at %s', (wall, more, wanted) => expect(begins(wall, more)).toBe(wanted));

  it('runs at its speed and never goes back, even when the wall clock does', async () => {
    const { time, clock } = clockAt('2026-03-03T16:00:00Z', { speed: 60 });
    const start = clock.now();
    await time.advance(10_000);
    expect(clock.now() - start).toBe(600_000);
    const reached = clock.now();
    const backwards = new SimClock({
      wallClock: { now: () => -1 + time.now() },
      speed: 1,
      start: reached,
      resumeAt: null,
    });
    expect(backwards.now()).toBe(reached);
    expect([clock.speed(), clock.state()]).toEqual([60, 'running']);
    let wall = time.now();
    const shaky = new SimClock({ wallClock: { now: () => wall }, speed: 1000, start: reached, resumeAt: null });
    wall += 1000;
    const far = shaky.now();
    wall -= 5000;
    expect(shaky.now()).toBe(far);
  });

  it('ends with the calendars', async () => {
    const { time, clock } = clockAt('2026-03-03T16:00:00Z', { start: '2050-12-29T00:00:00Z', speed: 1000 });
    await time.advance(86_400_000);
    expect([new Date(clock.now()).toISOString(), clock.state(), clock.speed()]).toEqual([
      '2050-12-30T00:00:00.000Z',
      'ended',
      0,
    ]);
  });
});

describe('SimulatedSource', () => {
  const time = () => new VirtualTime(OPEN.open + 30 * MINUTE);

  it.each([
    { seed: 'not a seed' },
    { seed: '' },
    { seed: 1, speed: 0 },
    { seed: 1, speed: 1001 },
    { seed: 1, speed: Number.NaN },
    { seed: 1, tickHz: 0 },
    { seed: 1, tickHz: 5001 },
    { seed: 1, faults: 'nonsense' },
    { seed: 1, faults: 'stall:../x' },
    { seed: 1, newsLead: 'tomorrow' as never },
    { seed: 1, universeSize: 10_001 },
    { seed: 1, universeSize: 3 },
    { seed: 1, start: Date.UTC(2018, 0, 1) },
    { seed: 1, start: Date.UTC(2051, 0, 1) },
    { seed: 1, start: Number.NaN },
  ])('refuses %p', (options) => {
    const wall = time();
    expect(() => new SimulatedSource({ wallClock: wall, timers: wall, ...options })).toThrow(SourceError);
  });

  it('shows moving quotes through its timers, at any speed, until its close', async () => {
    const wall = time();
    const source = new SimulatedSource({ seed: 1, wallClock: wall, timers: wall, speed: 1000 });
    const seen: QuoteUpdate[] = [];
    let ended = false;
    source.quotes$(new BehaviorSubject<ReadonlySet<Symbol>>(new Set(NAMES))).subscribe({
      next: (batch) => seen.push(...batch),
      complete: () => (ended = true),
    });
    await wall.advance(3000); // 50 market minutes
    expect(new Set(seen.map((quote) => quote.symbol))).toEqual(new Set(NAMES));
    const minutes = new Set(
      seen.filter((quote) => quote.symbol === 'LIN').map((quote) => Math.floor(quote.exchangeAt / MINUTE)),
    );
    expect(minutes.size).toBeGreaterThanOrEqual(50);
    await source.close();
    expect([ended, wall.pending()]).toEqual([true, 0]);
    const later: unknown[] = [];
    source.quotes$(new BehaviorSubject<ReadonlySet<Symbol>>(new Set(NAMES))).subscribe((batch) => later.push(batch));
    await wall.advance(1000);
    expect([later, wall.pending()]).toEqual([[], 0]);
  });

  it('refuses a range that would hold the process up', async () => {
    const wall = time();
    const source = new SimulatedSource({ seed: 1, wallClock: wall, timers: wall });
    const ask = (interval: Interval, from: number) =>
      source.bars({ symbol: 'BTC-USD' as Symbol, interval, from, to: wall.now(), extended: false }, context());
    await expect(ask('1m', Date.UTC(2025, 0, 1))).rejects.toMatchObject({ code: 'BadRequest' });
    await expect(ask('1h', Date.UTC(2019, 0, 1))).rejects.toMatchObject({ code: 'BadRequest' });
    expect((await ask('1m', wall.now() - 30 * 86_400_000)).length).toBe(30 * 1440);
    expect((await ask('1d', 0)).length).toBeGreaterThan(2900);
  });
});
