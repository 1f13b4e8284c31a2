import { describe, expect, it } from '@jest/globals';
import { calendarOf } from '@ziggy/domain';
import type { Bar, Interval, QuoteUpdate, Symbol } from '@ziggy/domain';
import { BehaviorSubject } from 'rxjs';
import type { CallContext, RawNews } from '../port.ts';
import { VirtualTime } from '../testing/virtual-time.ts';
import { FAULTS_MAX, parseFaults } from './faults.ts';
import { SimulatedSource } from './simulated-source.ts';

const AAPL = 'AAPL' as Symbol;
const MSFT = 'MSFT' as Symbol;
const SESSION = calendarOf('XNYS').session('2026-03-03')!;
const START = SESSION.open + 30 * 60_000;

function rig(faults: string) {
  const wall = new VirtualTime(START);
  const source = new SimulatedSource({ seed: 1, wallClock: wall, timers: wall, start: START, tickHz: 4, faults });
  const quotes: QuoteUpdate[] = [];
  source.quotes$(new BehaviorSubject<ReadonlySet<Symbol>>(new Set([AAPL, MSFT]))).subscribe((batch) => {
    quotes.push(...batch);
  });
  const context = (): CallContext => ({
    deadlineAt: wall.now() + 60_000,
    signal: new AbortController().signal,
    priority: 'interactive',
  });
  const bars = (interval: Interval, from: number, to: number): Promise<Bar[]> =>
    source.bars({ symbol: AAPL, interval, from, to, extended: false }, context());
  const of = (symbol: Symbol, from: number, to: number): QuoteUpdate[] =>
    quotes.filter(
      (quote) => quote.symbol === symbol && quote.receivedAt >= START + from && quote.receivedAt < START + to,
    );
  return { wall, source, quotes, of, bars, context };
}

describe('the writing of faults', () => {
  it('reads kinds with symbols and times', () => {
    expect(parseFaults(' stall:BTC-USD@60+30, spike ,down@600')).toEqual([
      { kind: 'stall', symbol: 'BTC-USD', fromSec: 60, toSec: 90 },
      { kind: 'spike', symbol: null, fromSec: 0, toSec: Infinity },
      { kind: 'down', symbol: null, fromSec: 600, toSec: Infinity },
    ]);
    expect(parseFaults('')).toEqual([]);
  });

  it.each(['explode', 'stall:', 'stall@', 'stall@x', 'stall@1+', 'stall:A..B', 'stall:a/b@1', 'stall@-1'])(
    'refuses %j and names it',
    (text) => {
      expect(() => parseFaults(`gap,${text}`)).toThrow(
        expect.objectContaining({ code: 'BadRequest', message: expect.stringContaining(`"${text}"`) as string }),
      );
    },
  );

  it('has a limit', () => {
    expect(() => parseFaults(Array.from({ length: FAULTS_MAX + 1 }, () => 'gap').join(','))).toThrow('At most');
  });
});

describe('injected faults', () => {
  it('stall: quotes of the symbol are held back and told together afterwards, the others go on', async () => {
    const { wall, of } = rig('stall:AAPL@10+10');
    await wall.advance(25_000);
    expect(of(AAPL, 10_500, 20_000)).toEqual([]);
    expect(of(MSFT, 10_500, 20_000).length).toBeGreaterThan(20);
    const told = of(AAPL, 20_000, 20_200);
    expect(told.length).toBeGreaterThan(30);
    expect(told.filter((quote) => quote.exchangeAt < START + 20_000).length).toBeGreaterThan(30);
    const all = of(AAPL, 0, 25_000).map(({ seq }) => seq);
    expect(all).toEqual([...all].sort((a, b) => a - b));
  });

  it('gap: quotes are lost', async () => {
    const { wall, of } = rig('gap:AAPL@10+10');
    await wall.advance(25_000);
    expect(of(AAPL, 0, 25_000).filter((q) => q.exchangeAt > START + 10_200 && q.exchangeAt < START + 19_800)).toEqual(
      [],
    );
    expect(of(AAPL, 20_000, 25_000).length).toBeGreaterThan(10);
  });

  it('duplicate: each quote comes twice', async () => {
    const { wall, of } = rig('duplicate:AAPL');
    await wall.advance(10_000);
    const numbers = of(AAPL, 0, 10_000).map(({ seq }) => seq);
    expect(numbers.length).toBeGreaterThan(40);
    expect(numbers).toEqual(numbers.map((_, i) => numbers[i - (i % 2)]));
  });

  it('late: each second quote comes after its follower', async () => {
    const { wall, of } = rig('late:AAPL');
    await wall.advance(10_000);
    const numbers = of(AAPL, 0, 10_000).map(({ seq }) => seq);
    expect(numbers.length).toBeGreaterThan(20);
    for (let i = 1; i < numbers.length; i += 2) expect(numbers[i]).toBe(numbers[i - 1]! - 1);
  });

  it('crossed, zero and spike: sides, prices and single prices that cannot be', async () => {
    const { wall, of } = rig('crossed:MSFT,zero:AAPL@0+10,spike:AAPL@10+10');
    await wall.advance(20_000);
    expect(of(MSFT, 0, 20_000).every(({ bid, ask }) => bid! > ask!)).toBe(true);
    expect(of(AAPL, 0, 10_000).every(({ price }) => price === 0)).toBe(true);
    const prices = of(AAPL, 10_000, 20_000).map(({ price }) => price!);
    const usual = Math.min(...prices);
    expect(prices.filter((price) => price > 50 * usual)).toHaveLength(2);
  });

  it('halt: no trade and no bar, and longer bars hold what traded', async () => {
    const { wall, of, bars } = rig('halt:AAPL@0+600');
    await wall.advance(1_500_000);
    expect(of(AAPL, 1_000, 600_000)).toEqual([]);
    expect(of(MSFT, 1_000, 600_000).length).toBeGreaterThan(100);
    const minutes = await bars('1m', START - 300_000, START + 1_200_000);
    expect(minutes.map(({ openTime }) => (openTime - START) / 60_000)).toEqual([
      ...[-5, -4, -3, -2, -1],
      ...[10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
    ]);
    expect((await bars('5m', START, START + 600_000)).length).toBe(0);
    const day = (await bars('1d', SESSION.open, SESSION.close))[0]!;
    const whole = await bars('1m', SESSION.open, START + 1_500_000);
    expect(day.volume).toBe(whole.reduce((sum, { volume }) => sum + volume!, 0));
    expect(day.h).toBe(Math.max(...whole.map(({ h }) => h)));
  });

  it('down: no quotes, no headlines, calls fail with a reason, health says so; then all is back', async () => {
    const { wall, of, bars, source, context } = rig('down@10+60');
    const news: RawNews[] = [];
    source.news$().subscribe((batch) => news.push(...batch));
    await wall.advance(10_100);
    const [quotesBefore, newsBefore] = [of(AAPL, 0, 60_000).length, news.length];
    await wall.advance(50_000);
    expect([of(AAPL, 0, 60_000).length, news.length]).toEqual([quotesBefore, newsBefore]);
    await expect(bars('1d', START - 86_400_000 * 5, START)).rejects.toMatchObject({
      code: 'UpstreamDown',
      retryable: true,
    });
    await expect(source.search({ text: 'a', limit: 1 }, context())).rejects.toMatchObject({ code: 'UpstreamDown' });
    expect(source.health()).toMatchObject({ state: 'down', lastError: { code: 'UpstreamDown' } });
    await wall.advance(20_000);
    expect(source.health()).toMatchObject({ state: 'ok', lastError: null });
    expect(of(AAPL, 70_000, 90_000).length).toBeGreaterThan(10);
    expect((await bars('1d', START - 86_400_000 * 5, START)).length).toBeGreaterThan(1);
  });

  it('make another market, so that nothing of theirs is taken for the plain one', () => {
    const names = ['', 'gap', 'halt', 'gap@1'].map((faults) => rig(faults).source.market);
    expect(new Set(names).size).toBe(4);
  });
});
