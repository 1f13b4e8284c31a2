import { describe, expect, it } from '@jest/globals';
import type { BarBatch } from './index.ts';
import { aRig } from './testing/index.ts';
import type { Rig } from './testing/index.ts';

const MINUTE = 60_000;

/** What a chart would show: the last image with the updates applied. */
function watch(rig: Rig, symbol = 'AAPL') {
  const batches: BarBatch[] = [];
  const closes = new Map<number, { close: number; closed: boolean }>();
  let stale: boolean | null = null;
  const subscription = rig.client.bars(symbol, '1m').subscribe((batch) => {
    batches.push(batch);
    if (batch.reset || batch.snapshot) closes.clear();
    for (const bar of batch.snapshot?.bars ?? []) closes.set(bar.openTime, bar);
    for (const { bar } of batch.updates) closes.set(bar.openTime, bar);
    stale = batch.origin?.stale ?? null;
  });
  return {
    batches,
    closes: () => [...closes.values()].map(({ close }) => close),
    stale: () => stale,
    stop: () => subscription.unsubscribe(),
  };
}
function say(rig: Rig, v: number, minute: number, close: number, closed = false): void {
  rig.server
    .on('charts')
    .at(-1)
    ?.say(rig.server.barFrame('AAPL', '1m', v, { openTime: minute * MINUTE, close, closed }));
}
function image(rig: Rig, v: number, closes: number[]): void {
  rig.server
    .on('charts')
    .at(-1)
    ?.say(rig.server.barImage('AAPL', '1m', v, closes));
}

describe('bars', () => {
  it('subscribes by symbol and timeframe, gives the image and then the changes', () => {
    const rig = aRig();
    const chart = watch(rig);
    rig.time.advance(500);
    expect(rig.server.last.commands('subscribe')[0]).toMatchObject({ symbols: ['AAPL'], timeframe: '1m' });
    image(rig, 3, [1, 2, 3]);
    rig.time.advance(20);
    say(rig, 4, 2, 3.5);
    say(rig, 5, 2, 3.6);
    rig.time.advance(20);
    expect(chart.closes()).toEqual([1, 2, 3.6]);
    expect(chart.batches.map(({ snapshot, updates }) => [snapshot?.bars.length ?? 0, updates.length])).toEqual([
      [3, 0],
      [0, 1],
    ]);
    say(rig, 4, 2, 99);
    rig.time.advance(20);
    expect(chart.closes()).toEqual([1, 2, 3.6]);
    rig.client.disconnect();
  });

  it('delivers a closed bar exactly once, and never lets late forming news undo it', () => {
    const rig = aRig();
    const chart = watch(rig);
    rig.time.advance(500);
    image(rig, 1, [1, 2]);
    rig.time.advance(20);
    say(rig, 2, 1, 2.5, true);
    say(rig, 3, 2, 2.6);
    rig.time.advance(20);
    say(rig, 7, 1, 2.5, true);
    say(rig, 8, 1, 2.2, false);
    rig.time.advance(20);
    const closedDeliveries = chart.batches
      .flatMap((batch) => batch.updates)
      .filter(({ bar }) => bar.openTime === MINUTE && bar.closed);
    expect(closedDeliveries).toHaveLength(1);
    expect(chart.closes()).toEqual([1, 2.5, 2.6]);
    rig.client.disconnect();
  });

  it('gives a second watcher the present image with indicators in step', () => {
    const rig = aRig();
    watch(rig);
    rig.time.advance(500);
    image(rig, 1, [1, 2]);
    say(rig, 2, 2, 5);
    say(rig, 3, 2, 6);
    rig.time.advance(20);
    const second = watch(rig);
    expect(second.closes()).toEqual([1, 2, 6]);
    expect(second.batches[0]?.snapshot?.indicators).toEqual({ 'sma(20)': { value: [null, null, 6] } });
    rig.client.disconnect();
  });

  it('turns stale on a cut, keeps the bars, and is replaced by the next image', () => {
    const rig = aRig();
    const chart = watch(rig);
    rig.time.advance(500);
    image(rig, 1, [1, 2]);
    rig.time.advance(20);
    rig.server.last.cut();
    rig.time.advance(20);
    expect(chart.stale()).toBe(true);
    expect(chart.closes()).toEqual([1, 2]);
    rig.time.advance(2000);
    image(rig, 1, [1, 2, 3, 4]);
    rig.time.advance(20);
    expect(chart.stale()).toBe(false);
    expect(chart.closes()).toEqual([1, 2, 3, 4]);
    rig.client.disconnect();
  });

  it('forgets the bars of another market', () => {
    const rig = aRig();
    const chart = watch(rig);
    rig.time.advance(500);
    image(rig, 1, [1, 2]);
    rig.time.advance(20);
    rig.server.market = { ...rig.server.market, id: 'sim:2:0' };
    rig.server.last.cut();
    rig.time.advance(2000);
    expect(chart.batches.some(({ reset }) => reset)).toBe(true);
    expect(chart.closes()).toEqual([]);
    rig.client.disconnect();
  });

  it('tells a rejected symbol', () => {
    const rig = aRig();
    rig.server.unknown.add('AAPL');
    const chart = watch(rig);
    rig.time.advance(500);
    expect(chart.batches.at(-1)?.rejected).toEqual({ symbol: 'AAPL', code: 105, name: 'unknown_symbol' });
    rig.client.disconnect();
  });
});
