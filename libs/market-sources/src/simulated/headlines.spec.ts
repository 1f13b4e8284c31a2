import { describe, expect, it, jest } from '@jest/globals';
import type { RawNews } from '../port.ts';
import { VirtualTime } from '../testing/virtual-time.ts';
import { Headlines } from './headlines.ts';
import type { Headline } from './headlines.ts';
import { SimulatedMarket } from './sim-market.ts';
import { SimulatedSource } from './simulated-source.ts';

jest.setTimeout(30_000);

const SESSIONS = 2000;
const market = new SimulatedMarket('1', 50);

function told(lead: 'none' | 'planted'): { headline: Headline; jumpEndsAt: number | null; open: number }[] {
  const headlines = new Headlines(market, lead);
  return market.profiles.flatMap((profile) =>
    Array.from({ length: SESSIONS }, (_, index) => {
      const { open } = market.sessions(profile.calendar).at(index);
      const jump = market.jump(profile, index);
      return headlines.of(profile, index).map((headline) => ({
        headline,
        jumpEndsAt: jump === null ? null : open + (jump.minute + 1) * 60_000,
        open,
      }));
    }).flat(),
  );
}

describe('headlines', () => {
  const found = told('none');
  const ofJumps = found.filter(({ headline }) => headline.jump !== null);

  it('follow each jump, one to three of them, within two minutes', () => {
    expect(ofJumps.length).toBeGreaterThan(1000);
    for (const { headline, jumpEndsAt } of ofJumps) {
      expect(headline.at).toBeGreaterThanOrEqual(jumpEndsAt!);
      expect(headline.at).toBeLessThanOrEqual(jumpEndsAt! + 120_000);
    }
    const perJump = new Map<string, number>();
    for (const { headline, jumpEndsAt } of ofJumps) {
      const key = `${headline.symbol} ${jumpEndsAt}`;
      perJump.set(key, (perJump.get(key) ?? 0) + 1);
    }
    expect(new Set(perJump.values())).toEqual(new Set([1, 2, 3]));
    let jumps = 0;
    for (const profile of market.profiles) {
      for (let index = 0; index < SESSIONS; index++) if (market.jump(profile, index) !== null) jumps++;
    }
    expect(perJump.size).toBe(jumps);
  });

  it('say the right direction in 85 +- 5 of 100', () => {
    const right = ofJumps.filter(({ headline }) => (headline.tone === 'positive') === headline.jump! > 0).length;
    expect(right / ofJumps.length).toBeGreaterThan(0.8);
    expect(right / ofJumps.length).toBeLessThan(0.9);
  });

  it('say about one thing in three sessions that follows nothing', () => {
    const symbols = new Set(found.map(({ headline }) => headline.symbol)).size;
    const noise = found.length - ofJumps.length;
    expect(noise / (symbols * SESSIONS)).toBeGreaterThan(0.3);
    expect(noise / (symbols * SESSIONS)).toBeLessThan(0.36);
  });

  it('say that they are simulated, have no address, and each an id of its own', () => {
    expect(found.every(({ headline }) => headline.title.startsWith('[Simulated] '))).toBe(true);
    expect(new Set(found.map(({ headline }) => headline.guid)).size).toBe(found.length);
  });

  it('come before the move where an edge is planted, and otherwise are the same', () => {
    const planted = told('planted').filter(({ headline }) => headline.jump !== null);
    for (const { headline, jumpEndsAt } of planted) {
      const lead = jumpEndsAt! - 60_000 - headline.at;
      expect(lead).toBeGreaterThanOrEqual(60_000);
      expect(lead).toBeLessThanOrEqual(600_000);
    }
    const titles = (rows: typeof planted) => rows.map(({ headline }) => headline.title).sort();
    expect(titles(planted)).toEqual(titles(ofJumps));
  });
});

describe('the stream of headlines', () => {
  const START = Date.UTC(2026, 2, 3, 16);
  const listen = (wall: VirtualTime, more: { speed?: number; newsLead?: 'planted' } = {}) => {
    const source = new SimulatedSource({ seed: 1, wallClock: wall, timers: wall, start: START, ...more });
    const items: RawNews[] = [];
    source.news$().subscribe((batch) => items.push(...batch));
    return { source, items };
  };

  it('tells those of the last three days first and then each in its time, each once', async () => {
    const wall = new VirtualTime(START);
    const { source, items } = listen(wall, { speed: 1000 });
    await wall.until(() => items.length > 20, 10_000);
    const market_ = new SimulatedMarket('1', 50);
    const headlines = new Headlines(market_, 'none');
    await wall.advance(4 * 86_400); // four market days
    const now = source.clock.now();
    const wanted = market_.profiles
      .flatMap((profile) => {
        const table = market_.sessions(profile.calendar);
        const [first, last] = [table.lastOpened(START - 5 * 86_400_000), table.lastOpened(now + 86_400_000)];
        return Array.from({ length: last - first + 1 }, (_, i) => headlines.of(profile, first + i)).flat();
      })
      .filter(({ at }) => at >= START - 3 * 86_400_000 && at <= now - 1_000_000)
      .map(({ guid }) => guid);
    const got = items.map(({ guid }) => guid);
    expect(new Set(got).size).toBe(got.length);
    expect(wanted.filter((guid) => !got.includes(guid))).toEqual([]);
    expect(items.every(({ publishedAt, receivedAt }) => publishedAt! <= receivedAt)).toBe(true);
    expect(items.every((item) => item.url === null && item.publisher === 'Simulator')).toBe(true);
    await source.close();
    expect(wall.pending()).toBe(0);
  });

  it('is another market where an edge is planted', () => {
    const wall = new VirtualTime(START);
    expect(listen(wall, { newsLead: 'planted' }).source.market).not.toBe(listen(wall).source.market);
  });
});
