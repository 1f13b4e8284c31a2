import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { COMMAND_LIMITS, CommandLimiter } from './command-limiter.ts';
import { controlFrame, textFrame, utf8Length } from './frame-writer.ts';
import { Fifo } from './lanes.ts';
import { LATENCY_BOUNDS_MS, LatencyWindow } from './latency-window.ts';
import { SymbolTable } from './symbol-table.ts';
import { TimerWheel } from './timer-wheel.ts';

describe('frames', () => {
  const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ maxLength: 300 }));

  it('hold the payload that the platform itself would encode', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const expected = new TextEncoder().encode(text);
        const frame = textFrame(text);
        const header = expected.length < 126 ? 2 : 4;
        expect(utf8Length(text)).toBe(expected.length);
        expect(frame[0]).toBe(0x81);
        expect([...frame.subarray(header)]).toEqual([...expected]);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    [125, [0x81, 125]],
    [126, [0x81, 126, 0, 126]],
    [65_535, [0x81, 126, 0xff, 0xff]],
    [65_536, [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]],
  ])('state a length of %i as RFC 6455 does', (length, header) => {
    const frame = textFrame('x'.repeat(length));
    expect([...frame.subarray(0, header.length)]).toEqual(header);
    expect(frame.length).toBe(header.length + length);
  });

  it('of control carry at most 125 bytes', () => {
    expect([...controlFrame('ping')]).toEqual([0x89, 0]);
    expect([...controlFrame('pong', Uint8Array.of(1, 2))]).toEqual([0x8a, 2, 1, 2]);
    expect(controlFrame('pong', new Uint8Array(500))).toHaveLength(127);
  });
});

describe('the timer wheel', () => {
  it('fires each deadline once, never early, at most one slot late, whatever the steps', () => {
    const deadlines = fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 100 });
    const steps = fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(deadlines, steps, (dues, waits) => {
        const wheel = new TimerWheel(0, { slotMs: 100, slots: 64 });
        const fired = new Map<number, number>();
        let now = 0;
        let before = 0;
        dues.forEach((due, at) =>
          wheel.schedule(due, () => {
            expect(fired.has(at)).toBe(false);
            fired.set(at, now);
            expect(now).toBeGreaterThanOrEqual(due);
            expect(before).toBeLessThan(due + 100 + 1);
          }),
        );
        for (const wait of [...waits, 110_000]) {
          before = now;
          now += wait;
          wheel.advance(now);
        }
        expect(fired.size).toBe(dues.length);
        expect(wheel.size).toBe(0);
      }),
    );
  });

  it('forgets what is cancelled, and stands a clock that goes back', () => {
    const wheel = new TimerWheel(1_000);
    let fired = 0;
    const timers = Array.from({ length: 1_000 }, (_, i) => wheel.schedule(2_000 + i, () => fired++));
    for (const timer of timers.slice(1)) {
      timer.cancel();
      timer.cancel();
    }
    expect(wheel.size).toBe(1);
    wheel.advance(500);
    wheel.advance(5_000);
    expect([fired, wheel.size]).toEqual([1, 0]);
  });

  it('lets a call schedule the next', () => {
    const wheel = new TimerWheel(0);
    const at: number[] = [];
    const again = (due: number) => wheel.schedule(due, () => (at.push(due), due < 1_000 && again(due + 250)));
    again(250);
    for (let now = 0; now <= 2_000; now += 50) wheel.advance(now);
    expect(at).toEqual([250, 500, 750, 1_000]);
  });
});

describe('the command limiter', () => {
  it('serves the burst, then the rate, and never more', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 200 }), (gaps) => {
        const limiter = new CommandLimiter({ ...COMMAND_LIMITS, refusals: 1e9 }, 0);
        let now = 0;
        let served = 0;
        for (const gap of gaps) {
          now += gap;
          if (limiter.take(now).kind === 'serve') served++;
        }
        expect(served).toBeLessThanOrEqual(20 + Math.floor((now * 10) / 1_000) + 1e-9);
        expect(served).toBeGreaterThanOrEqual(Math.min(gaps.length, 20));
      }),
    );
  });

  it('says how long to wait, and means it', () => {
    const limiter = new CommandLimiter(COMMAND_LIMITS, 0);
    for (let i = 0; i < 20; i++) expect(limiter.take(0).kind).toBe('serve');
    const verdict = limiter.take(0);
    expect(verdict).toEqual({ kind: 'refuse', retryAfterMs: 100 });
    expect(limiter.take(100).kind).toBe('serve');
  });

  it('ends a flood with command_rate, and faults with protocol_abuse, but forgives after the window', () => {
    const flood = new CommandLimiter(COMMAND_LIMITS, 0);
    const verdicts = Array.from({ length: 70 }, () => flood.take(0));
    expect(verdicts.at(-1)).toEqual({ kind: 'close', close: 'command_rate' });
    const faulty = new CommandLimiter(COMMAND_LIMITS, 0);
    for (let i = 0; i < 19; i++) expect(faulty.error(0)).toBeNull();
    expect(faulty.error(5_001)).toBeNull();
    for (let i = 0; i < 18; i++) expect(faulty.error(5_002)).toBeNull();
    expect(faulty.error(5_003)).toBe('protocol_abuse');
  });
});

describe('small parts', () => {
  it('a latency percentile is the upper bound of its class, and old ones are forgotten', () => {
    const latency = new LatencyWindow();
    expect(latency.read(0)).toEqual({ p50: null, p95: null, p99: null });
    for (let i = 1; i <= 100; i++) latency.observe(i, 1_000);
    expect(latency.read(2_000)).toEqual({ p50: 50, p95: 100, p99: 100 });
    latency.observe(1e9, 2_000);
    expect(latency.read(30_000).p99).toBe(100);
    expect(latency.read(200_000)).toEqual({ p50: null, p95: null, p99: null });
    expect(LATENCY_BOUNDS_MS).toEqual([...LATENCY_BOUNDS_MS].sort((a, b) => a - b));
  });

  it('a symbol table gives dense ids and stops at its capacity', () => {
    const table = new SymbolTable(3);
    expect(['A', 'B', 'A', 'C', 'D'].map((name) => table.intern(name))).toEqual([0, 1, 0, 2, undefined]);
    expect([table.find('B'), table.find('D'), table.nameOf(2), table.size]).toEqual([1, undefined, 'C', 3]);
  });

  it('a fifo keeps order like a plain list', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat())), (script) => {
        const [fifo, model]: [Fifo<number>, number[]] = [new Fifo(), []];
        for (const item of script) {
          if (item === null) expect(fifo.shift()).toBe(model.shift());
          else {
            fifo.push(item);
            model.push(item);
          }
          expect([fifo.length, fifo.peek()]).toEqual([model.length, model[0]]);
        }
      }),
    );
  });
});
