import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Symbol } from '@ziggy/domain';
import { VirtualTime } from '../testing/virtual-time.ts';
import { TapePlayer } from './tape-player.ts';
import type { TapeSpeed } from './tape-speed.ts';
import { makeTape } from './tape.ts';
import type { MemoryTape, TapeEvent } from './tape.ts';

const HOUR = 3_600_000;

function tapeOf(times: readonly number[]): MemoryTape {
  const title = {
    title: 'test',
    sourceMarket: 'test',
    originKind: 'simulated' as const,
    licence: 'none',
    redistributable: true,
    instruments: [],
    calendars: [],
    actions: [],
  };
  const events = times.map((t): TapeEvent => ({
    t,
    k: 'q',
    quote: {
      symbol: 'A' as Symbol,
      price: 1,
      bid: null,
      ask: null,
      bidSize: null,
      askSize: null,
      open: null,
      high: null,
      low: null,
      prevClose: null,
      volume: null,
      marketState: 'open',
      exchangeAt: t,
      delayMinutes: 0,
    },
  }));
  return makeTape(title, events, 0);
}

function player(
  times: readonly number[],
  { speed = 1 as TapeSpeed, startAt = 0, maxIdleMs = HOUR, work = (): void => undefined } = {},
) {
  const time = new VirtualTime(1_000_000);
  const log: { n: number; at: number; wall: number; silent: boolean }[] = [];
  const subject: TapePlayer = new TapePlayer({
    feed: tapeOf(times).feed(),
    endAt: times.at(-1) as number,
    startAt,
    speed,
    maxIdleMs,
    wallClock: time,
    timers: time,
    onRecord: (record, how) => {
      log.push({ n: record.n, at: record.t, wall: time.now() - 1_000_000, silent: how !== 'played' });
      work();
    },
    onCheckpoint: () => undefined,
    onChange: () => undefined,
    onFailed: (error) => {
      throw error;
    },
  });
  return { time, log, subject };
}

describe('TapePlayer', () => {
  it('plays each record at its own time, divided by the speed', async () => {
    const { time, log, subject } = player([1_000, 3_000, 3_000, 9_000], { speed: 10 });
    subject.play();
    await time.advance(900);
    expect(log.map(({ n, wall }) => [n, wall])).toEqual([
      [1, 100],
      [2, 300],
      [3, 300],
      [4, 900],
    ]);
  });

  it('hands history over silently before it begins', () => {
    const { log, subject } = player([1_000, 2_000, 3_000], { startAt: 2_500 });
    expect(log).toMatchObject([
      { n: 1, silent: true },
      { n: 2, silent: true },
    ]);
    expect(subject.now()).toBe(2_500);
  });

  it('skips what is left of a long silence, and ends after the last evening', async () => {
    const { time, log, subject } = player([0, 48 * HOUR], { speed: HOUR });
    subject.play();
    await time.advance(0);
    expect(log.length).toBe(1);
    await time.advance(0.9);
    expect(subject.now()).toBeCloseTo(0.9 * HOUR, 0);
    await time.advance(0.1);
    expect(log.at(-1)).toMatchObject({ n: 2, wall: 1 });
    expect(subject.now()).toBe(48 * HOUR);
    await time.advance(1);
    expect(subject.state()).toBe('ended');
    expect(subject.now()).toBe(49 * HOUR);
    expect(subject.speed()).toBe(0);
    expect(time.pending()).toBe(0);
  });

  it('stands still while paused and goes on where it stopped', async () => {
    const { time, log, subject } = player([1_000, 2_000]);
    subject.play();
    await time.advance(1_400);
    subject.pause();
    expect(subject.now()).toBe(1_400);
    await time.advance(60_000);
    expect(subject.now()).toBe(1_400);
    subject.play();
    await time.advance(599);
    expect(log.length).toBe(1);
    await time.advance(1);
    expect(log.length).toBe(2);
  });

  it('steps one record at a time, and only while paused', async () => {
    const { log, subject } = player([1_000, 1_000, 5_000]);
    const one = () => true;
    await subject.step(one);
    expect(log.length).toBe(1);
    await subject.step(one);
    await subject.step(one);
    expect(log.length).toBe(3);
    expect(subject.now()).toBe(5_000);
    await subject.step(one);
    expect(subject.state()).toBe('ended');
    await expect(subject.step(one)).rejects.toThrow('paused');
  });

  it('a slow consumer slows market time and loses nothing', async () => {
    const late: number[] = [];
    const { time, log, subject } = player([100, 200, 300, 400, 500], { work: () => busy() });
    const busy = (): void => {
      // A second of work for a record that lasts 100 ms.
      time.spend(1_000);
      late.push(subject.now());
    };
    subject.play();
    await time.advance(10_000);
    expect(log.map((entry) => entry.n)).toEqual([1, 2, 3, 4, 5]);
    for (const [i, at] of late.slice(0, -1).entries()) expect(at).toBeLessThanOrEqual(log[i + 1]!.at);
  });

  it('refuses to go back and a speed outside its range', async () => {
    const { subject } = player([1_000, 2_000]);
    await subject.seek(1_500, false);
    await expect(subject.seek(1_499, false)).rejects.toThrow('next run');
    expect(() => subject.setSpeed(0)).toThrow('speed');
    expect(() => subject.setSpeed(Number.NaN)).toThrow('speed');
    expect(() => player([1], { speed: 1e9 })).toThrow('speed');
  });

  it('runs market timers in one order with the records, which come first at the same time', async () => {
    const order = async (speed: TapeSpeed): Promise<string[]> => {
      const { time, log, subject } = player([1_000, 2_000, 2_000, 5_500], { speed, maxIdleMs: 1_500 });
      const told: string[] = [];
      const records = () => told.push(...log.splice(0).map(({ n }) => `r${n}`));
      const tell = (name: string) => () => {
        records();
        told.push(`${name}${subject.now()}`);
      };
      subject.marketTimers.every(1_000, 0, 0, tell('a'));
      subject.marketTimers.every(1_000, 500, 0, tell('b'));
      subject.marketTimers.at(4_700, tell('once'));
      subject.play();
      await time.advance(60_000);
      records();
      expect(subject.state()).toBe('ended');
      return told;
    };
    const slow = await order(0.5);
    // The silence after 3 500 is skipped: periodic work in it is left out, single work is not.
    expect(slow).toEqual([
      'b500',
      'r1',
      'a1000',
      'b1500',
      'r2',
      'r3',
      'a2000',
      'b2500',
      'a3000',
      'b3500',
      'once4700',
      'r4',
      'b5500',
      'a6000',
      'b6500',
      'a7000',
    ]);
    expect(await order(1_000)).toEqual(slow);
    expect(await order('max')).toEqual(slow);
  });

  it('waits for work that a handler began, and time with it', async () => {
    const { time, log, subject } = player([1_000, 1_001, 1_002]);
    let finish = (): void => undefined;
    subject.marketTimers.at(1_001, () => subject.hold(new Promise<void>((resolve) => (finish = resolve))));
    subject.play();
    await time.advance(5_000);
    expect(log.map(({ n }) => n)).toEqual([1, 2]);
    expect(subject.now()).toBe(1_001);
    finish();
    await time.advance(5_000);
    expect(log.map(({ n }) => n)).toEqual([1, 2, 3]);
  });

  it('a seek fires the timers that playing would have fired', async () => {
    const fired = async (go: (subject: TapePlayer, time: VirtualTime) => Promise<void>): Promise<number[]> => {
      const { time, subject } = player([1_000, 40_000, 200_000, 300_000], { maxIdleMs: 30_000 });
      const at: number[] = [];
      subject.marketTimers.every(10_000, 0, 0, () => at.push(subject.now()));
      await go(subject, time);
      return at;
    };
    const sought = await fired((subject) => subject.seek(205_000, true));
    const played = await fired(async (subject, time) => {
      subject.play();
      await time.until(() => subject.now() >= 205_000, 400_000, 1_000);
    });
    expect(sought).toEqual(played);
    expect(sought).toEqual([10_000, 20_000, 30_000, 40_000, 50_000, 60_000, 70_000, 200_000]);
  });

  it('hands over every record once, in order, whatever is pressed when (property)', async () => {
    const press = fc.oneof(
      fc.constantFrom('play', 'pause', 'step', 'max' as const),
      fc.integer({ min: 1, max: 400_000 }),
      fc.record({ seek: fc.integer({ min: 0, max: 300_000 }) }),
      fc.record({ speed: fc.double({ min: 0.1, max: 1_000, noNaN: true }) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 30 }),
        fc.array(press, { maxLength: 25 }),
        async (times, presses) => {
          const sorted = [...times].sort((a, b) => a - b);
          const { time, log, subject } = player(sorted, { maxIdleMs: 50_000 });
          let last = subject.now();
          for (const what of presses) {
            if (what === 'play') subject.play();
            else if (what === 'pause') subject.pause();
            else if (what === 'step') {
              if (subject.state() === 'paused') await subject.step(() => true);
            } else if (what === 'max') subject.setSpeed('max');
            else if (typeof what === 'number') await time.advance(what);
            else if (typeof what === 'object' && 'seek' in what) await subject.seek(subject.now() + what.seek, false);
            else if (typeof what === 'object') subject.setSpeed(what.speed);
            expect(subject.now()).toBeGreaterThanOrEqual(last);
            last = subject.now();
            const next = sorted[subject.played()];
            if (next !== undefined) expect(last).toBeLessThanOrEqual(next);
          }
          expect(log.map((entry) => entry.n)).toEqual(log.map((_, i) => i + 1));
        },
      ),
      { numRuns: 150 },
    );
  });
});
