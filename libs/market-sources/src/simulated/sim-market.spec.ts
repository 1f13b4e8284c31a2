import { describe, expect, it, jest } from '@jest/globals';
import { SYMBOL_PATTERN, calendarOf } from '@ziggy/domain';
import type { Symbol } from '@ziggy/domain';
import { ln } from './exact-math.ts';
import { PARAMS_HASH } from './params.ts';
import { SimulatedMarket } from './sim-market.ts';
import type { MinutePath } from './sim-market.ts';
import { fingerprint } from '../testing/fingerprint.ts';
import { SECTORS } from './universe.ts';

// Thousands of sessions are drawn; a busy machine may take its time.
jest.setTimeout(30_000);

/** It changes only with the model: then raise `MODEL.version`, for stored markets of the old one are not continued by the new. */
const GOLDEN = '73ab1c26138526f94dfaf879a40ce958bfc5e70b6ad2439b0cd1e7ed200d1c06';
/** 2026-11-16, so that the ten sessions hold a half day. */
const FROM = Date.UTC(2026, 10, 16, 20);

describe('determinism', () => {
  it('gives 50 symbols x 10 sessions bit for bit', () => {
    const market = new SimulatedMarket('1', 50);
    expect(fingerprint(market, market.profiles)).toBe(GOLDEN);
  });

  it('does not depend on the order of questions, nor on how far the history was read before', () => {
    const market = new SimulatedMarket('1', 50);
    for (const profile of market.profiles) {
      const last = market.sessions(profile.calendar).lastOpened(Date.UTC(2028, 0, 1));
      market.day(profile, last);
    }
    expect(fingerprint(market, [...market.profiles].reverse())).toBe(GOLDEN);
  });

  it('gives a symbol the same prices in a larger universe', () => {
    const market = new SimulatedMarket('1', 500);
    expect(fingerprint(market, market.profiles.slice(0, 50))).toBe(GOLDEN);
  });

  it('gives another seed another market', () => {
    const one = new SimulatedMarket('1', 10);
    const two = new SimulatedMarket('2', 10);
    expect(one.key).toBe(`sim:1:${PARAMS_HASH}`);
    expect(two.key).not.toBe(one.key);
    expect(fingerprint(two, two.profiles)).not.toBe(fingerprint(one, one.profiles));
  });
});

describe('sessions', () => {
  const market = new SimulatedMarket('1', 50);

  it('have as many minutes as the calendar says, half days included', () => {
    for (const profile of market.profiles) {
      const table = market.sessions(profile.calendar);
      const first = table.lastOpened(FROM);
      for (let index = first; index < first + 10; index++) {
        const session = table.at(index);
        expect(market.minutes(profile, index).close).toHaveLength(calendarOf(profile.calendar).barCount('1m', session));
      }
    }
    const half = market.sessions('XNYS').lastOpened(Date.UTC(2026, 10, 27, 20));
    expect(market.minutes(market.profiles[0]!, half).close).toHaveLength(210);
  });

  it('have a day that equals the resample of its minutes', () => {
    const wrong: string[] = [];
    let checked = 0;
    for (const profile of market.profiles) {
      const last = market.sessions(profile.calendar).lastOpened(FROM);
      for (let index = last - 20; index < last; index++) {
        const path = market.minutes(profile, index);
        if (!sound(path) || JSON.stringify(path.day) !== JSON.stringify(market.day(profile, index))) {
          wrong.push(`${profile.symbol} ${path.session.date}`);
        }
        checked++;
      }
    }
    expect(wrong).toEqual([]);
    expect(checked).toBe(1000);
  });

  function sound(path: MinutePath): boolean {
    const { day, high, low, close, traded } = path;
    let top = 0;
    let bottom = Infinity;
    let before = day.open;
    for (let j = 0; j < close.length; j++) {
      const c = close[j]!;
      if (high[j]! < Math.max(before, c) || low[j]! > Math.min(before, c) || low[j]! <= 0) return false;
      if (traded && traded[j]! < (j === 0 ? 0 : traded[j - 1]!)) return false;
      top = Math.max(top, high[j]!);
      bottom = Math.min(bottom, low[j]!);
      before = c;
    }
    const volume = traded ? traded.at(-1) : null;
    return top === day.high && bottom === day.low && before === day.close && volume === day.volume;
  }

  it('begin where the last one closed, up to the night', () => {
    const spy = market.profile('SPY')!;
    const eth = market.profile('ETH-USD')!;
    for (const profile of [spy, eth]) {
      const last = market.sessions(profile.calendar).lastOpened(FROM);
      for (let index = last - 250; index < last; index++) {
        const day = market.day(profile, index);
        expect(day.prevClose).toBe(market.day(profile, index - 1).close);
        if (profile === eth) expect(day.open).toBe(day.prevClose); // round the clock there is no night
      }
    }
  });

  it('keep prices on the tick', () => {
    for (const profile of market.profiles) {
      const path = market.minutes(profile, market.sessions(profile.calendar).lastOpened(FROM));
      for (const values of [path.high, path.low, path.close]) {
        expect(values.every((price) => Number.isSafeInteger(price) && price % profile.tick === 0)).toBe(true);
      }
    }
  });

  it('make the volatility index move against the market', () => {
    const index = market.profile('^GSPC')!;
    const fear = market.profile('^VIX')!;
    const last = market.sessions('XNYS').lastOpened(FROM);
    let against = 0;
    for (let i = last - 500; i < last; i++) {
      const moves = [index, fear].map(
        (profile) => market.logClose(profile.symbol, i) - market.logClose(profile.symbol, i - 1),
      );
      against += moves[0]! * moves[1]!;
    }
    expect(against).toBeLessThan(0);
    const level = market.day(fear, last).close / 1e6;
    expect(level > 5 && level < 90).toBe(true);
  });

  it('let the index fund follow the index inside the day', () => {
    const [spy, index] = ['SPY', '^GSPC'].map((symbol) => market.profile(symbol)!);
    const last = market.sessions('XNYS').lastOpened(FROM);
    const paths = [spy!, index!].map((profile) => market.minutes(profile, last));
    const moves = paths.map((path) =>
      Array.from(path.close, (c, j) => ln(c / (j === 0 ? path.day.open : path.close[j - 1]!))),
    );
    const product = moves[0]!.reduce((sum, x, j) => sum + x * moves[1]![j]!, 0);
    const squares = moves.map((row) => row.reduce((sum, x) => sum + x * x, 0));
    expect(product / Math.sqrt(squares[0]! * squares[1]!)).toBeGreaterThan(0.9);
  });
});

describe('universe', () => {
  const market = new SimulatedMarket('1', 300);
  const named = market.profiles.slice(0, 50).map((profile) => profile.instrument);

  it('holds 36 equities over all sectors, 4 funds, 2 indices, 6 coins and 2 currency pairs', () => {
    const count = (assetClass: string) => named.filter((instrument) => instrument.assetClass === assetClass).length;
    expect(['equity', 'etf', 'index', 'crypto', 'fx'].map(count)).toEqual([36, 4, 2, 6, 2]);
    const sectors = new Set(named.filter((i) => i.assetClass === 'equity').map((i) => i.sector));
    expect([...sectors].sort()).toEqual([...SECTORS].sort());
  });

  it('says of every instrument that it is simulated, under a symbol of our grammar, once', () => {
    const all = market.profiles.map((profile) => profile.instrument);
    expect(all.filter((instrument) => !instrument.name.endsWith('(simulated)'))).toEqual([]);
    expect(all.filter((instrument) => !SYMBOL_PATTERN.test(instrument.symbol))).toEqual([]);
    expect(new Set(all.map((instrument) => instrument.symbol)).size).toBe(300);
    expect(all[50]?.symbol).toBe('SIM0001');
    expect(all.every((instrument) => instrument.tick >= 1)).toBe(true);
  });

  it('has no price for what it does not list', () => {
    expect(market.profile('NOSUCH')).toBeNull();
    expect(() => market.logClose('NOSUCH' as Symbol, 0)).toThrow(RangeError);
  });
});
