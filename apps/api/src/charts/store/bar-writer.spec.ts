import { describe, expect, it } from '@jest/globals';
import type { Bar, Symbol } from '@ziggy/domain';
import type { BarRow } from './bar-rows.ts';
import { BarWriter, QUEUE_ROWS } from './bar-writer.ts';

const row = (n: number, more: Partial<Bar> = {}, batchId: number | null = null): BarRow => ({
  instrumentId: 1,
  batchId,
  bar: {
    market: 'm',
    symbol: 'A' as Symbol,
    interval: '1m',
    openTime: n * 60_000,
    closeTime: (n + 1) * 60_000,
    availableAt: (n + 1) * 60_000,
    o: 1,
    h: 1,
    l: 1,
    c: 1,
    volume: 1,
    complete: true,
    extended: false,
    flags: [],
    source: 's',
    kind: 'simulated',
    ...more,
  },
});

class Rig {
  readonly saved: (readonly BarRow[])[] = [];
  dropped = 0;
  failed = 0;
  fail: ((rows: readonly BarRow[]) => unknown) | null = null;
  readonly writer = new BarWriter({
    save: async (rows) => {
      const error = this.fail?.(rows) ?? null;
      if (error !== null) throw error;
      this.saved.push(rows);
      return rows.length;
    },
    onWritten: () => undefined,
    onFailed: () => void this.failed++,
    onDropped: (rows) => void (this.dropped += rows),
    random: () => 0.5,
  });
}

describe('the writer of bars', () => {
  it('writes at most a thousand rows at once, and a bar that changed while it waited once', async () => {
    const rig = new Rig();
    for (let n = 0; n < 1_500; n++) rig.writer.add(row(n, { complete: false }));
    for (let n = 0; n < 1_500; n++) rig.writer.add(row(n, { c: 2 }));
    await rig.writer.flush();
    expect(rig.saved.map((rows) => rows.length)).toEqual([1_000, 500]);
    expect(rig.saved.flat().every(({ bar }) => bar.c === 2 && bar.complete)).toBe(true);
    expect(rig.writer.waiting).toBe(0);
  });

  it('never lets a forming state replace a complete one, nor a built bar the source’s own', async () => {
    const rig = new Rig();
    rig.writer.add(row(1, { c: 7 }, 0));
    rig.writer.add(row(1, { c: 8 }));
    rig.writer.add(row(1, { c: 9, complete: false }));
    await rig.writer.flush();
    expect(rig.saved.flat().map(({ bar }) => bar.c)).toEqual([7]);
  });

  it('keeps what it has while the database is away, and writes it when it is back', async () => {
    const rig = new Rig();
    rig.fail = () => Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
    rig.writer.add(row(1));
    await rig.writer.flush();
    expect([rig.writer.waiting, rig.failed, rig.writer.failing]).toEqual([1, 1, true]);
    expect(rig.writer.waitingBars(1, '1m')).toHaveLength(1);
    rig.fail = null;
    await rig.writer.flush();
    expect([rig.writer.waiting, rig.writer.failing]).toEqual([0, false]);
    await rig.writer.close();
  });

  it('drops forming bars first when there is no room', async () => {
    const rig = new Rig();
    rig.fail = () => new Error('away');
    for (let n = 0; n < QUEUE_ROWS; n++) rig.writer.add(row(n, { complete: n % 2 === 0 }));
    rig.writer.add(row(QUEUE_ROWS));
    expect(rig.writer.waiting).toBeLessThanOrEqual(QUEUE_ROWS);
    expect(rig.dropped).toBeGreaterThan(0);
    expect(rig.writer.waitingBars(1, '1m')).toHaveLength(QUEUE_ROWS / 2 + 1);
    rig.fail = null;
    await rig.writer.close();
  });

  it('gives up a row that the database refuses for what it holds, and writes the others', async () => {
    const rig = new Rig();
    rig.fail = (rows) =>
      rows.some(({ bar }) => bar.c === 13) ? Object.assign(new Error('check'), { code: '23514' }) : null;
    for (let n = 0; n < 10; n++) rig.writer.add(row(n, { c: n === 4 ? 13 : 1 }));
    await rig.writer.flush();
    expect([rig.dropped, rig.saved.flat().length, rig.writer.waiting]).toEqual([1, 9, 0]);
  });
});
