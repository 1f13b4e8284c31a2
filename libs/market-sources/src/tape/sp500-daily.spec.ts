import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { calendarOf, fromMicro } from '@ziggy/domain';
import { loadSp500Daily } from './sp500-daily.ts';
import type { Tape, TapeBar } from './tape.ts';

describe('the recorded S&P 500', () => {
  let tape: Tape;
  let bars: TapeBar[];
  beforeAll(async () => {
    tape = await loadSp500Daily();
    bars = tape.records.flatMap((record) => (record.k === 'b' ? [record.bar] : []));
  });

  it('has the sessions of the exchange, each with an opening quote, a bar and a closing quote', () => {
    expect(bars.map((bar) => [bar.openTime, bar.closeTime])).toEqual(
      calendarOf('XNYS')
        .between('2000-01-03', '2020-04-17')
        .map((session) => [session.open, session.close]),
    );
    expect(bars.length).toBe(5_105);
    expect(tape.records.length).toBe(3 * 5_105);
    expect(tape.records.filter((record) => record.t < tape.playFrom && record.k === 'b').length).toBeGreaterThanOrEqual(
      272,
    );
  });

  it('holds the values of the file', () => {
    expect(bars[0]).toMatchObject({
      o: 1_469_250_000,
      h: 1_478_000_000,
      l: 1_438_359_985,
      c: 1_455_219_971,
      volume: 931_800_000,
    });
    expect(bars.at(-1)).toMatchObject({ c: 2_874_560_059 });
  });

  it('gives high, low and volume no time before the close', () => {
    const opening = tape.records.filter((record) => record.k === 'q' && record.quote.marketState === 'open');
    expect(opening.length).toBe(5_105);
    for (const record of opening)
      if (record.k === 'q') expect(record.quote).toMatchObject({ high: null, low: null, volume: null });
  });

  it('flags the opens that repeat the close before', () => {
    const carried = bars.filter((bar) => bar.flags.includes('open_carried'));
    expect(carried.length).toBe(1_760);
    expect(carried.filter((bar) => bar.openTime < Date.UTC(2008, 0, 1)).length).toBe(1_596);
    expect(bars[1]?.flags).toEqual(['open_carried']);
    expect(bars[0]?.flags).toEqual([]);
  });

  it('shows the known facts of the series', () => {
    const returns = bars.slice(1).map((bar, i) => Math.log(fromMicro(bar.c) / fromMicro(bars[i]!.c)));
    const mean = returns.reduce((sum, r) => sum + r, 0) / returns.length;
    const moment = (power: number): number => returns.reduce((sum, r) => sum + (r - mean) ** power, 0) / returns.length;
    expect(moment(4) / moment(2) ** 2 - 3).toBeCloseTo(11.24, 1);
    expect(Math.sqrt(moment(2) * 252)).toBeCloseTo(0.199, 2);
  });

  it('is named by its content, the same each time', async () => {
    expect((await loadSp500Daily()).id).toBe(tape.id);
    expect(tape.id).toMatch(/^[0-9a-f]{64}$/);
  });

  it('says what to do when the series is not installed', async () => {
    await expect(loadSp500Daily('/nowhere')).rejects.toMatchObject({
      code: 'tape_absent',
      message: expect.stringContaining('vega-datasets'),
    });
  });

  it('refuses a file that is not the one that was checked', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'tape-'));
    await writeFile(join(dir, 'sp500-2000.csv'), 'date,open,high,low,close,adjclose,volume\n');
    await expect(loadSp500Daily(dir)).rejects.toMatchObject({ code: 'tape_corrupt' });
  });
});
