import { describe, expect, it } from '@jest/globals';
import { TestBed } from '@angular/core/testing';
import type { BarsAnswer } from '@ziggy/contracts';
import { aPortal, settle } from '../testing/portal-bed.ts';
import { BarsStore } from './bars.store.ts';

const MINUTE = 60_000;
const START = 1_772_000_000_000 - (1_772_000_000_000 % MINUTE);

function olderPage(to: number, count: number): BarsAnswer {
  const items = Array.from({ length: count }, (_, i) => {
    const openTime = to - (count - i) * MINUTE;
    return {
      openTime: new Date(openTime).toISOString(),
      closeTime: new Date(openTime + MINUTE).toISOString(),
      open: 1,
      high: 2,
      low: 1,
      close: 2,
      volume: 1,
      closed: true,
      flags: [],
    };
  });
  return {
    symbol: 'AAPL',
    interval: '1m',
    adjust: 'splits',
    calendar: 'XNYS',
    items,
    indicators: { 'sma(20)': { value: items.map(() => 7) } },
    gaps: [],
    actions: [],
    coverage: { from: null, to: null, expected: null, present: count, reason: null },
    nextCursor: null,
    market: 'sim:1:0',
    source: 'simulated',
    kind: 'simulated',
    asOf: null,
    receivedAt: null,
    stale: false,
    delayMinutes: null,
    lineageId: null,
    ageMs: null,
  };
}

async function aChart(pages: number[]) {
  const portal = aPortal(
    (path) => {
      const to = new URL(path, 'http://test').searchParams.get('to');
      return olderPage(Date.parse(to ?? ''), pages.shift() as number);
    },
    [BarsStore],
  );
  const store = TestBed.inject(BarsStore);
  store.show({ symbol: 'AAPL', timeframe: '1m' });
  await settle();
  portal.time.advance(500);
  portal.server.last.say(portal.server.barImage('AAPL', '1m', 1, [1, 2, 3], START));
  portal.time.advance(20);
  return { portal, store };
}

describe('BarsStore', () => {
  it('sets an image once, then passes on the bars that change', async () => {
    const { portal, store } = await aChart([]);
    const image = store.image();
    expect(image?.bars).toHaveLength(3);
    portal.server.last.say(
      portal.server.barFrame('AAPL', '1m', 2, { openTime: START + 2 * MINUTE, close: 3.5, closed: false }),
    );
    portal.time.advance(20);
    expect(store.image()).toBe(image);
    expect(store.takeUpdates().map(({ bar }) => bar.close)).toEqual([3.5]);
    expect(store.takeUpdates()).toEqual([]);
    store.refresh();
    expect(store.image()?.bars.map(({ close }) => close)).toEqual([1, 2, 3.5]);
    portal.client.disconnect();
  });

  it('puts older pages in front with indicators in step, and knows the beginning', async () => {
    const { portal, store } = await aChart([2, 0]);
    await store.loadOlder();
    expect(store.image()?.bars.map(({ openTime }) => openTime - START)).toEqual([
      -2 * MINUTE,
      -MINUTE,
      0,
      MINUTE,
      2 * MINUTE,
    ]);
    expect(store.image()?.indicators).toEqual({ 'sma(20)': { value: [7, 7, null, null, null] } });
    expect(store.atStart()).toBe(false);
    await store.loadOlder();
    expect(store.atStart()).toBe(true);
    const asked = portal.asked.length;
    await store.loadOlder();
    expect(portal.asked).toHaveLength(asked);
    portal.client.disconnect();
  });

  it('keeps older pages through a reconnect and takes the new image', async () => {
    const { portal, store } = await aChart([2]);
    await store.loadOlder();
    portal.server.last.cut();
    portal.time.advance(20);
    expect(store.origin()?.stale).toBe(true);
    expect(store.image()?.bars).toHaveLength(5);
    portal.time.advance(2000);
    portal.server.last.say(portal.server.barImage('AAPL', '1m', 1, [1, 2, 3, 4], START));
    portal.time.advance(20);
    expect(store.origin()?.stale).toBe(false);
    expect(store.image()?.bars.map(({ close }) => close)).toEqual([2, 2, 1, 2, 3, 4]);
    portal.client.disconnect();
  });

  it('drops a page that belongs to the chart before', async () => {
    const { portal, store } = await aChart([2]);
    const loading = store.loadOlder();
    store.show({ symbol: 'MSFT', timeframe: '1m' });
    await loading;
    expect(store.image()).toBeNull();
    expect(store.loading()).toBe(true);
    portal.client.disconnect();
  });
});
