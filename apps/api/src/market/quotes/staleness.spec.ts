import { describe, expect, it } from '@jest/globals';
import { freshness } from './staleness.ts';
import type { FreshnessRules } from './staleness.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const polled: FreshnessRules = { mode: 'polled', expectedGapMs: 5 * SECOND };
const pushed: FreshnessRules = { mode: 'pushed', expectedGapMs: 5 * SECOND };
const NOW = 1_000 * DAY;

/** Age of a value in a phase that began long ago; the last close lies before the value unless said otherwise. */
function at(
  rules: FreshnessRules,
  age: number,
  phase: 'pre' | 'open' | 'post' | 'closed',
  more: { since?: number; lastClose?: number; gap?: number } = {},
) {
  const received = NOW - age;
  const value = { receivedAt: received, exchangeAt: received, meanGapMs: more.gap ?? null };
  return freshness(rules, value, NOW, phase, NOW - (more.since ?? 100 * DAY), more.lastClose ?? null);
}

describe('a polled quote', () => {
  it.each([
    ['open', 20 * SECOND, false, false],
    ['open', 20 * SECOND + 1, true, false],
    ['open', 15 * MINUTE, true, false],
    ['open', 15 * MINUTE + 1, true, true],
    ['pre', 180 * SECOND, false, false],
    ['pre', 180 * SECOND + 1, true, false],
    ['post', 60 * MINUTE + 1, true, true],
    ['closed', 1, true, false],
    ['closed', 4 * DAY + 1, true, true],
  ] as const)('in phase %s at age %d', (phase, age, stale, expired) => {
    expect(at(polled, age, phase)).toEqual({ stale, expired });
  });

  it('goes stale after three intervals where those are longer than twenty seconds', () => {
    const slow = { ...polled, expectedGapMs: 15 * SECOND };
    expect(at(slow, 45 * SECOND, 'open').stale).toBe(false);
    expect(at(slow, 45 * SECOND + 1, 'open').stale).toBe(true);
  });

  it('taken at the close does not age while the venue is closed', () => {
    const lastClose = NOW - 2 * DAY;
    expect(at(polled, 2 * DAY, 'closed', { lastClose })).toEqual({ stale: false, expired: false });
    expect(at(polled, 2 * DAY + 10 * SECOND, 'closed', { lastClose })).toEqual({ stale: false, expired: false });
    expect(at(polled, 2 * DAY + HOUR, 'closed', { lastClose }).stale).toBe(true);
  });

  it('is given its interval after the opening bell', () => {
    const lastClose = NOW - 17 * HOUR;
    expect(at(polled, 17 * HOUR, 'open', { since: 20 * SECOND, lastClose }).stale).toBe(false);
    expect(at(polled, 17 * HOUR, 'open', { since: 21 * SECOND, lastClose }).stale).toBe(true);
  });
});

describe('a pushed quote', () => {
  it('goes stale after five of its mean gaps, at the least after five seconds', () => {
    expect(at(pushed, 25 * SECOND, 'open').stale).toBe(false);
    expect(at(pushed, 25 * SECOND + 1, 'open').stale).toBe(true);
    expect(at(pushed, 5 * SECOND, 'open', { gap: 200 }).stale).toBe(false);
    expect(at(pushed, 5 * SECOND + 1, 'open', { gap: 200 }).stale).toBe(true);
  });

  it('of a tape with two ticks a day has a ceiling of its own pace', () => {
    expect(at(pushed, 2 * DAY, 'open', { gap: 12 * HOUR })).toEqual({ stale: false, expired: false });
    expect(at(pushed, 3 * DAY, 'open', { gap: 12 * HOUR })).toEqual({ stale: true, expired: false });
    expect(at(pushed, 16 * DAY, 'open', { gap: 12 * HOUR }).expired).toBe(true);
  });
});
