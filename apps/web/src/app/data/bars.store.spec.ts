import { afterEach, describe, expect, it } from '@jest/globals';
import { TestBed } from '@angular/core/testing';
import type { BarsAnswer } from '@ziggy/contracts';
import { aPortal, settle } from '../testing/portal-bed.ts';
import { BarsStore } from './bars.store.ts';
import type { ChartSubject } from './bars.store.ts';

const MINUTE = 60_000;
const START = 1_772_000_000_000 - (1_772_000_000_000 % MINUTE);
const iso = (at: number): string => new Date(at).toISOString();
const subject: ChartSubject = { symbol: 'AAPL', timeframe: '1m', adjust: 'splits', from: null, to: null };

/** Bars that open from `first` minutes after START on; the last may be forming. Indicators hold the minute. */
function page(first: number, closes: readonly number[], ids: readonly string[], forming = false): BarsAnswer {
  const items = closes.map((close, i) => ({
    openTime: iso(START + (first + i) * MINUTE),
    closeTime: iso(START + (first + i + 1) * MINUTE),
    open: 1,
    high: 9,
    low: 1,
    close,
    volume: 1,
    closed: !forming || i < closes.length - 1,
    flags: [],
  }));
  return {
    symbol: 'AAPL',
    interval: '1m',
    adjust: 'splits',
    calendar: 'XNYS',
    items,
    indicators: Object.fromEntries(ids.map((id) => [id, { value: items.map((_, i) => first + i) }])),
    gaps: [{ from: iso(START + first * MINUTE), to: iso(START + (first + 1) * MINUTE), reason: 'no_trade' }],
    actions: [{ exDate: '2026-02-25', type: 'dividend', ratio: null, amount: 0.5, knownAt: iso(START) }],
    coverage: { from: null, to: null, expected: closes.length, present: closes.length, reason: null },
    nextCursor: null,
    market: 'sim:1:0',
    source: 'simulated',
    kind: 'simulated',
    asOf: iso(START),
    receivedAt: null,
    stale: false,
    delayMinutes: null,
    lineageId: null,
    ageMs: null,
  };
}

type Answer = (query: URLSearchParams) => BarsAnswer | undefined;
let close = (): void => undefined;
afterEach(() => close());

/** A chart whose REST is answered by `answer`, and whose stream has sent bars 0, 1, 2 with closes 1, 2, 3. */
async function aChart(answer: Answer, shown: ChartSubject = subject, ids: readonly string[] = ['rsi(14)']) {
  const portal = aPortal((path) => answer(new URL(path, 'http://test').searchParams), [BarsStore]);
  close = () => portal.client.disconnect();
  const store = TestBed.inject(BarsStore);
  store.show(shown, ids);
  await settle();
  if (shown.to === null) {
    portal.time.advance(500);
    portal.server.last.say(portal.server.barImage('AAPL', '1m', 1, [1, 2, 3], START));
    portal.time.advance(20);
  }
  await settle();
  const asked = (): URLSearchParams[] =>
    portal.asked.filter((path) => path.includes('/market/bars')).map((path) => new URL(path, 'http://t').searchParams);
  const say = async (v: number, minute: number, price: number, closed: boolean): Promise<void> => {
    portal.server.last.say(
      portal.server.barFrame('AAPL', '1m', v, { openTime: START + minute * MINUTE, close: price, closed }),
    );
    portal.time.advance(20);
    await settle();
  };
  return { portal, store, asked, say };
}
const closes = (store: BarsStore) => store.image()?.bars.map((bar) => bar.close);

describe('BarsStore', () => {
  it('sets an image once, then passes on the bars that change', async () => {
    const { store, say } = await aChart(() => undefined);
    const image = store.image();
    expect(image?.bars).toHaveLength(3);
    await say(2, 2, 3.5, false);
    expect(store.image()).toBe(image);
    expect(store.takeUpdates().map(({ bar }) => bar.close)).toEqual([3.5]);
    expect(store.takeUpdates()).toEqual([]);
    store.refresh();
    expect(closes(store)).toEqual([1, 2, 3.5]);
  });

  it('joins what only REST says to the bars of the stream: indicators, gaps, actions, coverage', async () => {
    const { store, asked } = await aChart(() => page(-1, [8, 1, 2, 99], ['rsi(14)'], true));
    expect(asked()[0]?.get('indicators')).toBe('rsi(14)');
    expect(asked()[0]?.get('adjust')).toBe('splits');
    // The forming bar of the stream is newer than that of the answer.
    expect(closes(store)).toEqual([8, 1, 2, 3]);
    expect(store.image()?.indicators['rsi(14)']).toEqual({ value: [-1, 0, 1, 2] });
    expect(store.facts()).toMatchObject({
      gaps: [{ from: START - MINUTE, reason: 'no_trade' }],
      actions: [{ exDate: '2026-02-25' }],
      pages: [{ expected: 4, present: 4 }],
    });
  });

  it('reads the last bars again behind a close, and a new bar has no value until then', async () => {
    const { store, asked, say } = await aChart((query) =>
      query.get('limit') === '3' ? page(2, [3, 4], ['rsi(14)'], true) : page(0, [1, 2, 3], ['rsi(14)'], true),
    );
    await say(2, 3, 4, false);
    expect(store.takeUpdates().at(-1)?.indicators['rsi(14)']).toEqual({ value: null });
    const before = asked().length;
    await say(3, 2, 3, true);
    expect(asked().length).toBe(before + 1);
    expect(asked().at(-1)?.get('limit')).toBe('3');
    // The answer told another gap: the image is set anew, so that who draws it again has the newest bars.
    const image = store.image();
    expect(image?.bars.slice(-2).map(({ openTime }) => openTime)).toEqual([START + 2 * MINUTE, START + 3 * MINUTE]);
    expect(image?.indicators['rsi(14)']?.['value']?.slice(-2)).toEqual([2, 3]);
  });

  it('asks again when an indicator is added, and only then', async () => {
    const { store, asked } = await aChart((query) =>
      page(0, [1, 2, 3], (query.get('indicators') ?? '').split(','), true),
    );
    const before = asked().length;
    store.show(subject, ['rsi(14)', 'obv']);
    await settle();
    expect(asked()).toHaveLength(before + 1);
    expect(Object.keys(store.image()?.indicators ?? {})).toEqual(expect.arrayContaining(['rsi(14)', 'obv']));
    store.show(subject, ['obv']);
    await settle();
    expect(asked()).toHaveLength(before + 1);
  });

  it('puts older pages in front with indicators in step, and knows the beginning', async () => {
    const older = [page(-2, [6, 7], ['rsi(14)']), page(-2, [], [])];
    const { store } = await aChart((query) =>
      query.get('to') === null ? page(0, [1, 2, 3], ['rsi(14)'], true) : older.shift(),
    );
    await store.loadOlder();
    expect(closes(store)).toEqual([6, 7, 1, 2, 3]);
    expect(store.image()?.indicators['rsi(14)']).toEqual({ value: [-2, -1, 0, 1, 2] });
    expect(store.facts()?.pages).toHaveLength(2);
    expect(store.atStart()).toBe(false);
    await store.loadOlder();
    expect(store.atStart()).toBe(true);
  });

  it('keeps older pages through a reconnect and takes the new image', async () => {
    const { portal, store } = await aChart((query) =>
      query.get('to') === null ? undefined : page(-2, [6, 7], ['rsi(14)']),
    );
    await store.loadOlder();
    portal.server.last.cut();
    portal.time.advance(20);
    expect(store.origin()?.stale).toBe(true);
    expect(store.image()?.bars).toHaveLength(5);
    portal.time.advance(2000);
    portal.server.last.say(portal.server.barImage('AAPL', '1m', 1, [1, 2, 3, 4], START));
    portal.time.advance(20);
    expect(store.origin()?.stale).toBe(false);
    expect(closes(store)).toEqual([6, 7, 1, 2, 3, 4]);
  });

  it('begins anew when the new image does not reach back to what is held', async () => {
    const { portal, store } = await aChart(() => undefined);
    portal.server.last.cut();
    portal.time.advance(2000);
    portal.server.last.say(portal.server.barImage('AAPL', '1m', 1, [5, 6], START + 60 * MINUTE));
    portal.time.advance(20);
    expect(closes(store)).toEqual([5, 6]);
  });

  it('another adjustment has its bars from REST, goes on with the stream, and takes no indicator of it', async () => {
    const { store, say } = await aChart(
      () => page(0, [10, 20, 30], ['sma(20)'], true),
      { ...subject, adjust: 'total' },
      ['sma(20)'],
    );
    expect(closes(store)).toEqual([10, 20, 30]);
    await say(2, 2, 31, false);
    const update = store.takeUpdates().at(-1);
    expect(update?.bar.close).toBe(31);
    expect(update?.indicators).toEqual({ 'sma(20)': { value: 2 } });
  });

  it('a range that has ended is read once and follows no stream', async () => {
    const range = { ...subject, from: START, to: START + 3 * MINUTE };
    const { portal, store, asked } = await aChart(() => page(0, [1, 2, 3], ['rsi(14)']), range);
    expect(portal.server.sockets).toHaveLength(0);
    expect([asked()[0]?.get('from'), asked()[0]?.get('to')]).toEqual([iso(range.from), iso(range.to)]);
    expect(closes(store)).toEqual([1, 2, 3]);
    expect(store.atStart()).toBe(true);
    expect(store.origin()).toMatchObject({ kind: 'simulated', stale: false });
  });

  it('drops a page that belongs to the chart before', async () => {
    const { store } = await aChart((query) => (query.get('to') === null ? undefined : page(-2, [6, 7], [])));
    const loading = store.loadOlder();
    store.show({ ...subject, symbol: 'MSFT' }, []);
    await loading;
    expect(store.image()).toBeNull();
  });
});
