import { Component, computed, input } from '@angular/core';
import type { Kind, Phase } from '@ziggy/domain';
import { formatAge } from '../format/times.ts';

/** What a widget can be, as its badge says it. */
export const FRESHNESS_STATES = [
  'loading',
  'live',
  'delayed',
  'end_of_day',
  'recorded',
  'simulated',
  'stale',
  'closed',
  'partial',
  'degraded',
  'offline',
  'paused',
  'error',
] as const;
export type FreshnessState = (typeof FRESHNESS_STATES)[number];

/** Everything a badge needs; ages in ms. */
export interface Freshness {
  readonly state: FreshnessState;
  /** Age of the worst value shown; null when nothing has been received. */
  readonly ageMs: number | null;
  /** What belongs to the state: `15 min`, `16:00 New York`, `2 of 5 missing`, `5 s`, an error code. */
  readonly detail?: string | undefined;
}

export interface FreshnessFacts {
  readonly kind: Kind | null;
  readonly stale: boolean;
  readonly ageMs: number | null;
  readonly delayMinutes?: number | null;
  readonly phase?: Phase | null;
  /** When and where the venue closed, e.g. `16:00 New York`. */
  readonly closedDetail?: string;
  /** How values arrive. */
  readonly via?: 'stream' | 'poll';
  readonly pollMs?: number;
  readonly connection?: 'online' | 'offline' | 'paused';
}

/** The one state that a badge shows, the most important first: what stops values, then what ages them, then their kind. */
export function freshnessOf(facts: FreshnessFacts): Freshness {
  const { ageMs } = facts;
  if (facts.connection === 'paused') return { state: 'paused', ageMs };
  if (facts.connection === 'offline') return { state: 'offline', ageMs };
  if (facts.kind === null) return { state: 'loading', ageMs: null };
  if (facts.phase === 'closed' && facts.kind !== 'end_of_day')
    return { state: 'closed', ageMs, detail: facts.closedDetail };
  if (facts.stale) return { state: 'stale', ageMs };
  if (facts.via === 'poll') {
    return {
      state: 'degraded',
      ageMs,
      detail: facts.pollMs === undefined ? undefined : `${Math.round(facts.pollMs / 1000)} s`,
    };
  }
  if (facts.kind === 'delayed' && typeof facts.delayMinutes === 'number') {
    return { state: 'delayed', ageMs, detail: `${facts.delayMinutes} min` };
  }
  return { state: facts.kind, ageMs };
}

const WORDS: Readonly<Record<FreshnessState, string>> = {
  loading: 'loading',
  live: 'live',
  delayed: 'delayed',
  end_of_day: 'end of day',
  recorded: 'recorded',
  simulated: 'simulated',
  stale: 'stale',
  closed: 'closed',
  partial: 'partial',
  degraded: 'polling',
  offline: 'offline',
  paused: 'paused',
  error: 'failed',
};

/** Shapes tell the states apart without colour: full, half, ring, hatch, slash, bars. 10 x 10. */
export const FRESHNESS_MARKS: Readonly<Record<FreshnessState, string>> = {
  loading: 'M1 5h1.5M4.2 5h1.6M7.5 5H9',
  live: 'M5 2a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM5 4.2v1.6M4.2 5h1.6',
  delayed: 'M5 1.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7ZM5 3v2.2l1.4 1',
  end_of_day: 'M2 5a3 3 0 0 1 6 0M1 7.5h8',
  recorded: 'M1.5 2.5h7v5h-7ZM3 8 7 2',
  simulated: 'M1.5 8.5 8.5 1.5M1.5 5 5 1.5M5 8.5 8.5 5',
  stale: 'M5 1.5 9 8.5H1ZM5 4v2',
  closed: 'M2 4.5h6v4H2ZM3.3 4.5V3a1.7 1.7 0 0 1 3.4 0v1.5',
  partial: 'M5 1.5a3.5 3.5 0 1 0 3.5 3.5H5Z',
  degraded: 'M8.2 3.5A3.6 3.6 0 1 0 8.6 5M8.5 1.5v2.2H6.3',
  offline: 'M1.5 1.5l7 7M5 1.5A3.5 3.5 0 0 1 8 7M2.5 2.6A3.5 3.5 0 0 0 7.2 7.7',
  paused: 'M3.5 2v6M6.5 2v6',
  error: 'M2 2l6 6M8 2 2 8',
};

const WARNING: ReadonlySet<FreshnessState> = new Set(['stale', 'partial', 'degraded', 'paused']);
const DANGER: ReadonlySet<FreshnessState> = new Set(['offline', 'error']);
/** The age belongs to the words of these; for the rest the detail says more. */
const AGED: ReadonlySet<FreshnessState> = new Set([
  'live',
  'delayed',
  'recorded',
  'simulated',
  'stale',
  'offline',
  'paused',
]);

/** The words of a badge: state, detail, age. */
export function freshnessText({ state, ageMs, detail }: Freshness): string {
  const parts = [WORDS[state]];
  if (detail) parts.push(detail);
  if (AGED.has(state) && ageMs !== null)
    parts.push(state === 'delayed' ? `· ${formatAge(ageMs).text}` : formatAge(ageMs).text);
  return parts.join(' ');
}

/** Colour of a badge: warning and danger colour badges, never figures. */
export const freshnessTone = (state: FreshnessState): 'warning' | 'danger' | null =>
  DANGER.has(state) ? 'danger' : WARNING.has(state) ? 'warning' : null;

/** How fresh a group of figures is, in a shape and words. */
@Component({
  selector: 'z-freshness',
  template: `<svg class="z-mark" viewBox="0 0 10 10" aria-hidden="true"><path [attr.d]="mark()" /></svg
    ><span class="z-badge-text">{{ text() }}</span>`,
  host: {
    class: 'z-badge',
    '[attr.data-state]': 'value().state',
    '[attr.data-tone]': 'tone()',
    '[attr.data-field]': 'field()',
    '[attr.data-format]': '"freshness"',
    '[attr.title]': 'title() || null',
  },
})
export class FreshnessBadge {
  readonly value = input.required<Freshness>();
  readonly field = input('freshness');
  /** The source and its time, for those who point at it. */
  readonly title = input('');
  protected readonly text = computed(() => freshnessText(this.value()));
  protected readonly mark = computed(() => FRESHNESS_MARKS[this.value().state]);
  protected readonly tone = computed(() => freshnessTone(this.value().state));
}
