import type { Phase } from '@ziggy/domain';

/** How a source's quotes grow old (market-data.md section 2). */
export interface FreshnessRules {
  /** `polled`: each symbol is asked for at an interval. `pushed`: simulated and tape, which tick when they trade. */
  readonly mode: 'polled' | 'pushed';
  /** Polled: the poll interval while the venue is open (ms). Pushed: the gap assumed before two ticks were seen (ms). */
  readonly expectedGapMs: number;
}

export interface Freshness {
  readonly stale: boolean;
  /** Too old to be shown at all: the value is null, with a reason. */
  readonly expired: boolean;
}

/** What the rules need to know of a value. Times are market time, epoch ms. */
export interface AgedValue {
  readonly receivedAt: number;
  readonly exchangeAt: number;
  /** Mean distance of the symbol's ticks (market ms); `null` before there were two. */
  readonly meanGapMs: number | null;
}

const FRESH: Freshness = { stale: false, expired: false };
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

/** Polled quotes go stale after three missed polls while open, at the least after 20 s. */
const OPEN_STALE_MIN_MS = 20 * SECOND;
const EXTENDED_STALE_MS = 180 * SECOND;
const CEILING_MS: Readonly<Record<Phase, number>> = {
  open: 15 * MINUTE,
  pre: 60 * MINUTE,
  post: 60 * MINUTE,
  closed: 4 * DAY,
};
/** Pushed quotes go stale after five mean gaps, at the least after 5 s of market time. */
const PUSHED_GAPS = 5;
const PUSHED_STALE_MIN_MS = 5 * SECOND;
/** A slow tape ticks twice a day: its ceiling grows with its own pace. */
const PUSHED_CEILING_GAPS = 30;

/**
 * How old a value is in the sense of its class, on the market clock. A closed session does not age a value that was
 * taken at or after the last close.
 * @param phaseSince when the present phase began, and so how long a value could have been refreshed in it.
 * @param lastClose the last close of the regular session at or before `now`; `null` when the venue never closes.
 */
export function freshness(
  rules: FreshnessRules,
  value: AgedValue,
  now: number,
  phase: Phase,
  phaseSince: number,
  lastClose: number | null,
): Freshness {
  const age = now - value.receivedAt;
  // A value from within the last moments of the session is the close: nothing newer could have come.
  if (phase !== 'open' && lastClose !== null && value.receivedAt >= lastClose - staleAfter(rules, value, 'open')) {
    return phase !== 'closed' && rules.mode === 'polled' && age > EXTENDED_STALE_MS
      ? { stale: true, expired: age > CEILING_MS[phase] }
      : { stale: false, expired: age > CEILING_MS.closed };
  }
  // What could not be refreshed before the phase began is not held against it: the first minutes after an opening.
  const waited = Math.min(age, Math.max(0, now - phaseSince));
  const limit = staleAfter(rules, value, phase);
  if (waited <= limit) return FRESH;
  return { stale: true, expired: age > ceiling(rules, value, phase) };
}

function staleAfter(rules: FreshnessRules, value: AgedValue, phase: Phase): number {
  if (rules.mode === 'pushed')
    return Math.max(PUSHED_STALE_MIN_MS, PUSHED_GAPS * (value.meanGapMs ?? rules.expectedGapMs));
  if (phase === 'open') return Math.max(OPEN_STALE_MIN_MS, 3 * rules.expectedGapMs);
  // Closed and older than the last close: stale at once.
  return phase === 'closed' ? 0 : EXTENDED_STALE_MS;
}

function ceiling(rules: FreshnessRules, value: AgedValue, phase: Phase): number {
  if (rules.mode === 'polled') return CEILING_MS[phase];
  return Math.max(CEILING_MS[phase], PUSHED_CEILING_GAPS * (value.meanGapMs ?? rules.expectedGapMs));
}
