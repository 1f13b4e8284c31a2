import { describe, expect, it } from '@jest/globals';
import type { Instrument, Interval, Symbol } from '@ziggy/domain';
import { SourceError } from '@ziggy/market-sources';
import { anInstrument } from '../../../test/market-testing.ts';
import { Backfill } from './backfill.ts';
import type { CoveredSeries } from './backfill.ts';
import type { BarsAsked } from './bar-history.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 2, 4, 15);

interface World {
  readonly series: CoveredSeries[];
  readonly deepens?: boolean;
  readonly wanted?: (symbol: Symbol) => boolean;
  readonly failing?: (asked: BarsAsked) => boolean;
  readonly oldest?: number;
  readonly mayRun?: () => boolean;
}

/** Runs once and returns what was asked, as [symbol, interval, from, to] in days before now. */
async function run(world: World): Promise<[string, Interval, number, number][]> {
  const asked: BarsAsked[] = [];
  const instruments = new Map<number, Instrument>([
    [1, anInstrument('AAA')],
    [2, anInstrument('BBB')],
  ]);
  const backfill = new Backfill({
    series: async () => world.series,
    instrumentOf: (id) => instruments.get(id),
    history: {
      oldest: () => world.oldest ?? 0,
      bars: async (terms) => {
        asked.push(terms);
        const failure = world.failing?.(terms) === true ? new SourceError('UpstreamDown', 'down') : null;
        return { bars: [], beginsAt: null, failure };
      },
    },
    isWanted: world.wanted ?? (() => true),
    deepens: world.deepens ?? false,
    mayRun: world.mayRun ?? (() => true),
    pause: async () => undefined,
    marketNow: () => NOW,
  });
  await backfill.run();
  expect(asked.every(({ priority }) => priority === 'backfill')).toBe(true);
  return asked.map(({ instrument, interval, from, to }) => [
    instrument.symbol,
    interval,
    (NOW - from) / DAY,
    (NOW - to) / DAY,
  ]);
}

const covered = (
  instrumentId: number,
  interval: Interval,
  from: number,
  to: number,
  exhausted = false,
): CoveredSeries => ({
  instrumentId,
  interval,
  coverage: { from: NOW - from * DAY, to: NOW - to * DAY, exhausted },
});

describe('the backfill', () => {
  it('asks for what came to pass since, in pieces, and for nothing that is there', async () => {
    expect(
      await run({ series: [covered(1, '1m', 20, 16), covered(2, '1m', 20, 0), covered(2, '1d', 900, 0.5)] }),
    ).toEqual([
      ['AAA', '1m', 16, 9],
      ['AAA', '1m', 9, 2],
      ['AAA', '1m', 2, 0],
    ]);
  });

  it('goes back as far as source and retention reach, newest first, where the past is not made on request', async () => {
    const series = [covered(1, '1m', 80, 0), covered(2, '1m', 40, 0, true)];
    expect(await run({ series, deepens: true })).toEqual([
      ['AAA', '1m', 87, 80],
      ['AAA', '1m', 90, 87],
    ]);
    expect(await run({ series, deepens: true, oldest: NOW - 85 * DAY })).toEqual([['AAA', '1m', 85, 80]]);
    expect(await run({ series })).toEqual([]);
  });

  it('leaves alone what nobody wants, and stops when the source fails or the lead is lost', async () => {
    const series = [covered(1, '5m', 20, 2), covered(2, '5m', 20, 2)];
    expect(await run({ series, wanted: (symbol) => symbol === 'BBB' })).toEqual([['BBB', '5m', 2, 0]]);
    expect(await run({ series, failing: () => true })).toEqual([['AAA', '5m', 2, 0]]);
    let left = 1;
    expect(await run({ series, mayRun: () => left-- > 0 })).toEqual([['AAA', '5m', 2, 0]]);
  });
});
