import { describe, expect, it, jest } from '@jest/globals';
import type { Symbol } from '@ziggy/domain';
import type { CallContext } from '../port.ts';
import { VirtualTime } from '../testing/virtual-time.ts';
import { FactorSessions } from './factor-session.ts';
import { MODEL } from './params.ts';
import { priceOf } from './price.ts';
import { emptyScratch, SessionPaths } from './session-path.ts';
import { SimulatedMarket } from './sim-market.ts';
import { SimulatedSource } from './simulated-source.ts';
import { SymbolChain } from './symbol-chain.ts';
import { PlainFactor } from './factors.ts';

jest.setTimeout(30_000);

const market = new SimulatedMarket('1', 50);
const table = market.sessions('XNYS');
const LAST = table.lastOpened(Date.UTC(2026, 10, 16, 20));
const equities = market.profiles.filter(({ model }) => model === 'equity');
const all = equities.flatMap((profile) =>
  market.actions(profile, LAST, 0, Number.MAX_SAFE_INTEGER).map((action) => ({ profile, action })),
);
const context = (): CallContext => ({
  deadlineAt: Number.MAX_SAFE_INTEGER,
  signal: new AbortController().signal,
  priority: 'interactive',
});

describe('corporate actions', () => {
  it('are paid by about six in ten companies each quarter, at half a percent to four a year', () => {
    const payers = equities.filter((profile) =>
      all.some((found) => found.profile === profile && found.action.type === 'dividend'),
    );
    expect(payers.length / equities.length).toBeGreaterThan(0.4);
    expect(payers.length / equities.length).toBeLessThan(0.8);
    for (const profile of payers) {
      const own = all.filter((found) => found.profile === profile && found.action.type === 'dividend');
      const indices = own.map(({ action }) => table.lastOpened(action.exAt));
      expect(indices.slice(1).every((index, i) => (index - indices[i]!) % 63 === 0)).toBe(true);
      for (const { action } of own) {
        const before = market.close(profile, table.lastOpened(action.knownAt - 1));
        const split = market.level(profile, table.lastOpened(action.exAt)).shares;
        const known = market.level(profile, table.lastOpened(action.knownAt - 1)).shares;
        const yearly = (4 * action.amount! * (split / known)) / before;
        // To the cent, which is much of a small dividend.
        expect(yearly).toBeGreaterThan(0.005 - (4 * 5_001) / before);
        expect(yearly).toBeLessThan(0.04 + (4 * 5_001) / before);
      }
    }
  });

  it('are announced ten sessions ahead, at a close', () => {
    expect(all.length).toBeGreaterThan(500);
    for (const { action } of all) {
      const known = table.at(table.lastOpened(action.knownAt - 1));
      expect(known.close).toBe(action.knownAt);
      expect(table.lastOpened(action.exAt) - table.lastOpened(known.open)).toBe(MODEL.actions.lead);
      expect(table.at(table.lastOpened(action.exAt)).open).toBe(action.exAt);
    }
  });

  it('divide shares 4:1 after twenty closes above 400, and join them 1:10 after twenty below 3', () => {
    const splits = all.filter(({ action }) => action.type === 'split');
    expect(splits.length).toBeGreaterThan(5);
    // A hundred companies more and fifteen years, so that one falls that low.
    const wide = new SimulatedMarket('1', 150);
    const far = wide.sessions('XNYS').lastOpened(Date.UTC(2033, 0, 3));
    const reverse = wide.profiles.flatMap((profile) =>
      wide
        .actions(profile, far, 0, Number.MAX_SAFE_INTEGER)
        .filter(({ ratio }) => ratio === 0.1)
        .map((action) => ({ profile, action })),
    );
    expect(reverse.length).toBeGreaterThan(0);
    for (const [from, found] of [
      [market, splits.filter(({ action }) => action.ratio === 4)],
      [wide, reverse],
    ] as const) {
      for (const { profile, action } of found) {
        const known = table.lastOpened(action.knownAt - 1);
        const closes = Array.from({ length: 20 }, (_, i) => from.close(profile, known - i) / 1e6);
        expect(closes.every((close) => (action.ratio === 4 ? close > 399.99 : close < 3.01))).toBe(true);
      }
    }
  });

  it('leave what a holder has unmoved, to the tick', () => {
    const wrong: string[] = [];
    for (const profile of equities) {
      for (const { action } of all.filter((found) => found.profile === profile)) {
        const ex = table.lastOpened(action.exAt);
        const level = market.level(profile, ex);
        const paid = all
          .filter((found) => found.profile === profile && found.action.exAt === action.exAt)
          .reduce((sum, found) => sum + (found.action.amount ?? 0), 0);
        const before = market.close(profile, ex - 1);
        // The raw price if nothing had happened over night.
        const after = priceOf(profile, market.logClose(profile.symbol, ex - 1) + level.offset);
        if (Math.abs((after + paid) * level.split - before) > profile.tick * Math.max(1, level.split)) {
          wrong.push(`${profile.symbol} ${new Date(action.exAt).toISOString()}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('make raw closes with dividends put back grow as the model says', () => {
    for (const profile of equities) {
      let factor = 0;
      for (const { action } of all.filter((found) => found.profile === profile)) {
        const ex = table.lastOpened(action.exAt);
        if (action.type === 'split') factor -= Math.log(action.ratio!);
        else {
          const { split } = market.level(profile, ex);
          factor += Math.log(1 - (action.amount! * split) / market.close(profile, ex - 1));
        }
      }
      const raw = Math.log(market.close(profile, LAST) / market.close(profile, 0)) - factor;
      const total = market.logClose(profile.symbol, LAST) - market.logClose(profile.symbol, 0);
      expect(Math.abs(raw - total)).toBeLessThan(0.01);
    }
  });

  it('show the previous close in the shares of the day, and multiply the volume', () => {
    const { profile, action } = all.find((found) => found.action.ratio === 4)!;
    const ex = table.lastOpened(action.exAt);
    const [before, after] = [market.day(profile, ex - 1), market.day(profile, ex)];
    expect(Math.abs(after.prevClose - before.close / 4)).toBeLessThanOrEqual(profile.tick);
    expect(Math.abs(Math.log(after.open / after.prevClose))).toBeLessThan(0.15);
    const volume = (from: number) =>
      Array.from({ length: 20 }, (_, i) => market.day(profile, from + i).volume!).reduce((sum, v) => sum + v, 0);
    expect(volume(ex) / volume(ex - 20)).toBeGreaterThan(2);
    expect(market.minutes(profile, ex).close.at(-1)).toBe(after.close);
  });

  it('are told by the source no sooner than they are known', async () => {
    const { profile, action } = all.find((found) => found.action.ratio === 4)!;
    const ask = async (now: number) => {
      const time = new VirtualTime(now);
      const source = new SimulatedSource({ seed: 1, wallClock: time, timers: time, start: now });
      const range = { symbol: profile.symbol, from: action.exAt - 1, to: action.exAt + 1 };
      return [
        (await source.actions(range, context())).map(({ type }) => type),
        (await source.events({ ...range, symbols: [profile.symbol], kinds: ['split'] }, context())).length,
      ];
    };
    expect(await ask(action.knownAt - 1)).toEqual([[], 0]);
    expect(await ask(action.knownAt)).toEqual([['split'], 1]);
  });

  it('do not happen to funds, indices, coins and currencies', () => {
    for (const profile of market.profiles.filter(({ model }) => model !== 'equity')) {
      expect(market.actions(profile, LAST, 0, Number.MAX_SAFE_INTEGER)).toEqual([]);
    }
  });
});

describe('minutes', () => {
  it('sum to the day within 1e-12 before rounding', () => {
    const sectors = new Map<string, PlainFactor>();
    const sector = (name: string): PlainFactor => {
      const known =
        sectors.get(name) ?? new PlainFactor('1', `sector ${name}`, table, MODEL.sector.garch, 0.09 ** 2 / 252);
      sectors.set(name, known);
      return known;
    };
    for (const profile of equities.slice(0, 8)) {
      const chain = new SymbolChain('1', profile, table, {
        market: market.market,
        crypto: new PlainFactor('1', 'crypto', market.sessions('24x7'), MODEL.crypto.garch, 1),
        sector,
      });
      const paths = new SessionPaths('1', chain, new FactorSessions('1', market.market, table), emptyScratch());
      for (let index = LAST - 20; index < LAST; index++) {
        const outline = paths.outline(index);
        const minutes = paths.minutes(outline);
        let sum = 0;
        for (let j = 0; j < outline.shape.minutes; j++)
          sum += minutes.close[j]! - (j === 0 ? 0 : minutes.close[j - 1]!);
        expect(Math.abs(sum - (outline.close - outline.open))).toBeLessThan(1e-12);
      }
    }
  });
});

describe('a symbol', () => {
  it('has the same actions in a larger universe', () => {
    const large = new SimulatedMarket('1', 300);
    const known = (from: SimulatedMarket) => from.actions(from.profile('MCD' as Symbol)!, LAST, 0, Number.MAX_VALUE);
    expect(known(large)).toEqual(known(market));
  });
});
