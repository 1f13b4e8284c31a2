import { describe, expect, it } from '@jest/globals';
import { calendarOf } from '@ziggy/domain';
import type { Bar, Instrument, Symbol } from '@ziggy/domain';
import { aBar, anInstrument, aQuoteUpdate } from '../../../test/market-testing.ts';
import { breadth, presentBreadth } from './breadth.ts';
import { BreadthHistory } from './breadth-history.ts';
import { movers } from './movers.ts';
import { QuoteRecord } from '../quotes/quote-record.ts';
import { Venues } from '../calendar/venues.ts';

/** Wednesday, an hour into the session of 2026-03-04. */
const NOW = Date.UTC(2026, 2, 4, 15, 30);
const MEMBERS = ['A', 'B', 'C', 'D', 'E'].map((symbol, i) => anInstrument(symbol, { sector: i < 3 ? 'Tech' : null }));

/** Daily bars of the last sessions before today, with these closes, the newest last. */
function daily(symbol: string, closes: readonly number[]): Bar[] {
  const calendar = calendarOf('XNYS');
  const bars: Bar[] = [];
  let date = '2026-03-04';
  for (const close of closes.toReversed()) {
    const session = calendar.previous(date);
    date = session.date;
    bars.unshift(aBar(symbol, '1d', session.open, session.close, close));
  }
  return bars;
}

function record(symbol: string, price: number, prevClose: number, volume: number | null, at = NOW): QuoteRecord {
  const instrument = MEMBERS.find((one) => one.symbol === symbol) as Instrument;
  const update = aQuoteUpdate(symbol, price, at, { prevClose: prevClose * 1e6, volume, open: prevClose * 1e6 });
  return new QuoteRecord(instrument, update, true);
}

function partsOf(records: readonly QuoteRecord[], history = new BreadthHistory()) {
  const bySymbol = new Map(records.map((one) => [one.instrument.symbol, one]));
  return {
    members: MEMBERS,
    recordOf: (symbol: Symbol) => bySymbol.get(symbol),
    context: { market: 'm', sourceId: 's', venues: new Venues(), marketNow: NOW },
    kind: 'simulated' as const,
    history,
  };
}

const FIVE = [
  record('A', 110, 100, 600),
  record('B', 105, 100, 200),
  record('C', 100, 100, 50),
  record('D', 99, 100, 100),
  record('E', 90, 100, 300),
];
const ask = { universe: 'tracked', by: 'all', days: 1 } as const;

describe('breadth', () => {
  it('counts, sums and medians the present session', () => {
    const [row] = breadth(ask, partsOf(FIVE)).items;
    expect(row).toMatchObject({
      key: 'all',
      date: '2026-03-04',
      coverage: { used: 5, stale: 0, missing: 0 },
      advancers: 2,
      decliners: 2,
      unchanged: 1,
      upVolume: 800,
      downVolume: 400,
      // (2 / 2) / (800 / 400)
      trin: 0.5,
      medianChangePct: 0,
      reason: null,
    });
  });

  it('is null where histories are not known, never 0', () => {
    const [row] = breadth(ask, partsOf(FIVE)).items;
    expect(row).toMatchObject({ above50Ratio: null, above200Ratio: null, newHighs252: null, newLows252: null });
    expect(row?.reasons).toEqual({
      above50Ratio: 'warm_up',
      above200Ratio: 'warm_up',
      newHighs252: 'warm_up',
      newLows252: 'warm_up',
    });
  });

  it('stands each price against its 49, 199 and 251 closes before', () => {
    const history = new BreadthHistory();
    for (const { symbol } of MEMBERS)
      history.take(anInstrument(symbol), daily(symbol, [...Array<number>(250).fill(100), 101]));
    const [row] = breadth(ask, partsOf(FIVE, history)).items;
    // The mean of 50 is 100 + (price - 100 + 1) / 50: 110 and 105 lie above it, 100 below.
    expect(row).toMatchObject({ above50Ratio: 0.4, above200Ratio: 0.4, newHighs252: 2, newLows252: 2 });
    history.onClosed(aBar('A', '1d', Date.UTC(2026, 2, 4, 14, 30), Date.UTC(2026, 2, 4, 21), 110));
    // Today's own bar is no history of today.
    expect(breadth(ask, partsOf(FIVE, history)).items[0]).toEqual(row);
  });

  it('takes past sessions from closes and leaves out members that had none', () => {
    const history = new BreadthHistory();
    for (const [i, { symbol }] of MEMBERS.entries()) {
      const bars = daily(symbol, [100, 100, i < 2 ? 99 : 102]);
      history.take(anInstrument(symbol), i === 4 ? bars.slice(0, -1) : bars);
    }
    const { items } = breadth({ ...ask, days: 3 }, partsOf(FIVE, history));
    expect(items.map(({ date }) => date)).toEqual(['2026-03-04', '2026-03-03', '2026-03-02']);
    expect(items[1]).toMatchObject({ advancers: 2, decliners: 2, coverage: { used: 4, stale: 0, missing: 1 } });
    expect(items[1]).toMatchObject({ upVolume: 200, downVolume: 200, medianChangePct: 0.5 });
    expect(items[2]).toMatchObject({ unchanged: 5, trin: null, reasons: { trin: 'degenerate' } });
  });

  it('gives no ratio under 80 % coverage, and says why', () => {
    const stale = record('E', 90, 100, 300);
    stale.stale = true;
    const yesterday = record('D', 99, 100, 100, NOW - 86_400_000);
    const parts = partsOf([...FIVE.slice(0, 3), yesterday, stale]);
    const [row] = breadth(ask, parts).items;
    expect(row).toMatchObject({
      coverage: { used: 3, stale: 2, missing: 0 },
      advancers: 2,
      medianChangePct: null,
      trin: null,
      reason: 'coverage',
    });
    expect(new Set(Object.values(row?.reasons ?? {}))).toEqual(new Set(['coverage']));
    expect(presentBreadth(parts)).toBeNull();
  });

  it('by sector has a row for each, and one for those without', () => {
    const { items } = breadth({ ...ask, by: 'sector' }, partsOf(FIVE));
    expect(items.map(({ key, coverage }) => [key, coverage.used])).toEqual([
      ['Tech', 3],
      ['unclassified', 2],
    ]);
  });
});

describe('movers', () => {
  const list = (name: 'gainers' | 'losers' | 'active', more = {}) =>
    movers({ list: name, universe: 'tracked', limit: 20, ...more }, partsOf(FIVE));

  it('rank by the list’s own value', () => {
    const ranked = (name: 'gainers' | 'losers' | 'active') =>
      list(name).items.map(({ symbol, value }) => [symbol, value]);
    expect(ranked('gainers')).toEqual([
      ['A', 10],
      ['B', 5],
    ]);
    expect(ranked('losers')).toEqual([
      ['E', -10],
      ['D', -1],
    ]);
    expect(ranked('active').map(([symbol]) => symbol)).toEqual(['A', 'E', 'B', 'D', 'C']);
  });

  it('filter by price and by money traded, in dollars only', () => {
    expect(list('active', { minPrice: 100 }).items.map(({ symbol }) => symbol)).toEqual(['A', 'B', 'C']);
    expect(list('active', { minDollarVolume: 27_000 }).items.map(({ symbol }) => symbol)).toEqual(['A', 'E']);
    expect(list('active', { minPrice: 100 }).coverage).toEqual({ used: 5, stale: 0, missing: 0 });
  });

  it('never show a stale quote or one of an earlier session', () => {
    const stale = record('A', 110, 100, 600);
    stale.stale = true;
    const parts = partsOf([stale, record('B', 120, 100, 1, NOW - 86_400_000), ...FIVE.slice(2)]);
    const answer = movers({ list: 'gainers', universe: 'tracked', limit: 20 }, parts);
    expect(answer).toMatchObject({ items: [], coverage: { used: 3, stale: 2, missing: 0 }, stale: false });
  });
});
