import { describe, expect, it } from '@jest/globals';
import { DatabaseWatch } from './database-watch.ts';

/** A database whose answers and clock a test sets. */
class Watched {
  now = 1_000_000;
  elapsed = 0;
  skew = 0;
  away = false;
  readonly warnings: Record<string, unknown>[] = [];
  readonly watch = new DatabaseWatch({
    ask: async () => {
      if (this.away) throw new Error('away');
      return this.now + this.skew;
    },
    wall: { now: () => this.now },
    elapsed: () => this.elapsed,
    onWarning: (_, facts) => this.warnings.push(facts),
  });
}

describe('the watch over the database', () => {
  it('is degraded while the database is away for less than 30 s, then down, and well when it is back', async () => {
    const watched = new Watched();
    expect(await watched.watch.look()).toBe('ok');
    watched.away = true;
    expect(await watched.watch.look()).toBe('degraded');
    watched.elapsed = 29_999;
    expect(await watched.watch.look()).toBe('degraded');
    watched.elapsed = 30_000;
    expect([await watched.watch.look(), watched.watch.answers]).toEqual(['down', false]);
    watched.away = false;
    expect([await watched.watch.look(), watched.watch.answers]).toEqual(['ok', true]);
    watched.away = true;
    watched.elapsed = 90_000;
    expect(await watched.watch.look()).toBe('degraded');
  });

  it.each([
    [2_000, 'ok', 0],
    [-2_001, 'degraded', 1],
    [30_000, 'degraded', 1],
    [30_001, 'down', 1],
    [-90_000, 'down', 1],
  ])('says of clocks %d ms apart: %s', async (skew, state, warnings) => {
    const watched = new Watched();
    watched.skew = skew;
    expect([await watched.watch.look(), await watched.watch.look()]).toEqual([state, state]);
    expect(watched.watch.skewMs).toBe(skew);
    // Once per difference, not once per look.
    expect(watched.warnings).toHaveLength(warnings);
  });

  it('waits for no answer that does not come', async () => {
    const watch = new DatabaseWatch({
      ask: () => new Promise(() => undefined),
      wall: { now: () => 0 },
      elapsed: () => 0,
      onWarning: () => undefined,
    });
    expect(await watch.look()).toBe('degraded');
  });
});
