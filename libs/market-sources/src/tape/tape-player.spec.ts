import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Symbol } from '@ziggy/domain';
import { VirtualTime } from '../testing/virtual-time.ts';
import { TapePlayer } from './tape-player.ts';
import type { TapeSpeed } from './tape-player.ts';
import type { TapeRecord } from './tape.ts';

const HOUR = 3_600_000;

function records(times: readonly number[]): TapeRecord[] {
  return times.map((t, i) => ({
    t,
    n: i + 1,
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
}

function player(
  times: readonly number[],
  { speed = 1 as TapeSpeed, startAt = 0, maxIdleMs = HOUR, work = (): void => undefined } = {},
) {
  const time = new VirtualTime(1_000_000);
  const log: { n: number; at: number; wall: number; silent: boolean }[] = [];
  const subject: TapePlayer = new TapePlayer({
    records: records(times),
    startAt,
    speed,
    maxIdleMs,
    wallClock: time,
    timers: time,
    onRecord: (record, silent) => {
      log.push({ n: record.n, at: record.t, wall: time.now() - 1_000_000, silent });
      work();
    },
    onChange: () => undefined,
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

  it('steps one record at a time, and only while paused', () => {
    const { log, subject } = player([1_000, 1_000, 5_000]);
    subject.step();
    expect(log.length).toBe(1);
    subject.step();
    subject.step();
    expect(log.length).toBe(3);
    expect(subject.now()).toBe(5_000);
    subject.step();
    expect(subject.state()).toBe('ended');
    expect(() => subject.step()).toThrow('paused');
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

  it('refuses to go back and a speed outside its range', () => {
    const { subject } = player([1_000, 2_000]);
    subject.seek(1_500);
    expect(() => subject.seek(1_499)).toThrow('next run');
    expect(() => subject.setSpeed(0)).toThrow('speed');
    expect(() => subject.setSpeed(Number.NaN)).toThrow('speed');
    expect(() => player([1], { speed: 1e9 })).toThrow('speed');
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
              if (subject.state() === 'paused') subject.step();
            } else if (what === 'max') subject.setSpeed('max');
            else if (typeof what === 'number') await time.advance(what);
            else if (typeof what === 'object' && 'seek' in what) subject.seek(subject.now() + what.seek);
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
