import { beforeAll, describe, expect, it } from '@jest/globals';
import { BehaviorSubject } from 'rxjs';
import type { QuoteUpdate, Symbol } from '@ziggy/domain';
import { calendarOf } from '@ziggy/domain';
import { VirtualTime } from '../testing/virtual-time.ts';
import { loadSp500Daily } from './sp500-daily.ts';
import type { TapeSpeed } from './tape-speed.ts';
import { TapeSource } from './tape-source.ts';
import type { TapeSourceOptions } from './tape-source.ts';
import type { Tape } from './tape.ts';

const GSPC = '^GSPC' as Symbol;
const WALL = Date.UTC(2026, 2, 2, 15);

describe('TapeSource', () => {
  let tape: Tape;
  beforeAll(async () => {
    tape = await loadSp500Daily();
  });

  function play(more: Partial<TapeSourceOptions> = {}) {
    const time = new VirtualTime(WALL);
    const source = new TapeSource({ tape, wallClock: time, timers: time, ...more });
    const quotes: QuoteUpdate[] = [];
    const done = { complete: false };
    source.quotes$(new BehaviorSubject(new Set([GSPC]))).subscribe({
      next: (batch) => quotes.push(...batch),
      complete: () => (done.complete = true),
    });
    const ctx = () => ({
      deadlineAt: time.now() + 1_000,
      signal: new AbortController().signal,
      priority: 'poll' as const,
    });
    const bars = (from = 0, to = Date.UTC(2030, 0, 1)) =>
      source.bars({ symbol: GSPC, interval: '1d', from, to, extended: false }, ctx());
    return { time, source, quotes, bars, done };
  }

  it('begins on 2008-01-02 with eight years of history, and knows nothing of the day before its close', async () => {
    const { time, source, quotes, bars } = play();
    const { open, close } = calendarOf('XNYS').session('2008-01-02')!;
    expect(source.clock.now()).toBe(open);
    expect((await bars()).length).toBe(2_010);
    await time.advance(1);
    expect(quotes.at(-1)).toMatchObject({
      price: 1_467_969_971,
      high: null,
      low: null,
      volume: null,
      exchangeAt: open,
      kind: 'recorded',
    });
    expect((await bars()).length).toBe(2_010);
    await time.advance((close - open) / 20_000 + 5);
    expect(quotes.at(-1)).toMatchObject({ price: 1_447_160_034, marketState: 'post', exchangeAt: close });
    expect((await bars()).at(-1)).toMatchObject({
      c: 1_447_160_034,
      kind: 'recorded',
      market: source.market,
      complete: true,
    });
    expect(source.market).toBe(`tape:${tape.id.slice(0, 12)}/1`);
  });

  it('tells the last known quote at once, before anything is played', async () => {
    const { time, quotes } = play({ paused: true });
    await time.advance(0);
    expect(quotes).toMatchObject([
      { price: 1_468_359_985, exchangeAt: calendarOf('XNYS').session('2007-12-31')!.close },
    ]);
  });

  it('is byte-equal at any speed', async () => {
    const story = async (speed: TapeSpeed, days: number): Promise<string> => {
      const { time, source, quotes } = play({ speed });
      const { open } = calendarOf('XNYS').addSessions('2008-01-02', days);
      await time.until(() => source.clock.now() >= open || source.clock.state() === 'ended', 200_000_000, 3_000);
      await source.close();
      return JSON.stringify(quotes.filter((quote) => quote.exchangeAt < open));
    };
    const at60 = await story(60, 12);
    expect(JSON.parse(at60)).toHaveLength(25);
    expect(await story(20_000, 12)).toBe(at60);
    expect(await story('max', 12)).toBe(at60);
  });

  it('seek equals playing to that time', async () => {
    const played = play();
    await played.time.until(() => played.source.clock.now() >= Date.UTC(2008, 2, 3), 300_000, 1_000);
    played.source.pause();
    const at = played.source.clock.now();

    const sought = play({ paused: true });
    await sought.source.seek(at);
    expect(sought.source.clock.now()).toBe(at);
    expect(await sought.bars()).toEqual(await played.bars());
    // Whoever listens is told all, so that what is made of the quotes is the same too.
    expect(sought.quotes.length).toBeGreaterThan(80);
    expect(sought.quotes).toEqual(played.quotes);
  });

  it('ends with the state ended, a clock that stands, and its last quote kept', async () => {
    const { time, source, quotes, bars, done } = play({ speed: 'max' });
    await time.advance(1);
    expect(source.clock.state()).toBe('ended');
    expect(source.clock.speed()).toBe(0);
    expect(quotes.at(-1)).toMatchObject({ price: 2_874_560_059 });
    expect((await bars()).length).toBe(5_105);
    const now = source.clock.now();
    await time.advance(60_000);
    expect(source.clock.now()).toBe(now);
    expect(done.complete).toBe(false);

    const late: QuoteUpdate[] = [];
    source.quotes$(new BehaviorSubject(new Set([GSPC]))).subscribe((batch) => late.push(...batch));
    await time.advance(0);
    expect(late).toMatchObject([{ price: 2_874_560_059 }]);
    await source.close();
    expect(done.complete).toBe(true);
    expect(time.pending()).toBe(0);
  });

  it('reports each turn of the replay', async () => {
    const { source, time } = play({ paused: true });
    const states: string[] = [];
    source.status$().subscribe((status) => states.push(`${status.state} ${status.speed}`));
    source.play();
    source.setSpeed(1_000);
    await time.advance(10);
    source.pause();
    await source.step();
    expect(states).toEqual(['playing 20000', 'playing 1000', 'paused 0', 'paused 0']);
    expect(source.status()).toMatchObject({ run: 1, records: 15_315, state: 'paused' });
  });
});
