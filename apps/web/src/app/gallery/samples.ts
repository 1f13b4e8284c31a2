import type { Freshness, FreshnessState, PillState, SearchGroup, StreamHealth, Toast, VenueSession } from '@ziggy/ui';

/** Fixed specimens. Nothing here is a market value: the page shows how things look, and says so. */
export const NOW = Date.UTC(2026, 2, 4, 15, 41, 7);

export const FRESHNESS: readonly Freshness[] = (
  [
    ['loading', null],
    ['live', 420],
    ['delayed', 2_100, '15 min'],
    ['end_of_day', null],
    ['recorded', 1_300],
    ['simulated', 380],
    ['stale', 42_000],
    ['closed', null, '16:00 New York'],
    ['partial', null, '2 of 5 missing'],
    ['degraded', 3_000, '5 s'],
    ['offline', 95_000],
    ['paused', 12_000],
    ['error', null, 'source_unavailable'],
  ] as [FreshnessState, number | null, string?][]
).map(([state, ageMs, detail]) => ({ state, ageMs, detail }));

export const PILLS: readonly StreamHealth[] = (
  ['live', 'connecting', 'restoring', 'backoff', 'polling', 'offline', 'paused', 'stopped', 'idle'] as PillState[]
).map((state) => ({ state, p95Ms: 84, ageMs: 400, retryInMs: state === 'backoff' ? 2_600 : null }));

export const SESSIONS: readonly VenueSession[] = [
  { venue: 'NYSE', phase: 'open', zone: 'America/New_York', nextAt: NOW + 5_327_000, nextPhase: 'closed' },
  { venue: 'NYSE', phase: 'pre', zone: 'America/New_York', nextAt: NOW + 1_853_000, nextPhase: 'open' },
  {
    venue: 'NYSE',
    phase: 'post',
    zone: 'America/New_York',
    nextAt: NOW + 9_053_000,
    nextPhase: 'closed',
    halfDay: true,
  },
  { venue: 'Xetra', phase: 'closed', zone: 'Europe/Berlin', nextAt: NOW + 230_400_000, nextPhase: 'open' },
  { venue: 'Crypto', phase: 'open', zone: 'UTC', nextAt: null, nextPhase: null, continuous: true },
];

export const SEARCH: readonly SearchGroup[] = [
  {
    label: 'Symbols',
    options: [
      { id: 'AAPL', label: 'AAPL', detail: 'Apple Inc.', hint: 'XNAS' },
      { id: 'BRK-B', label: 'BRK-B', detail: 'Berkshire Hathaway Inc. Class B', hint: 'XNYS' },
      { id: '^GSPC', label: '^GSPC', detail: 'S&P 500 Index', hint: 'index' },
      { id: 'EURUSD=X', label: 'EURUSD=X', detail: 'Euro / US dollar', hint: 'fx' },
    ],
  },
  {
    label: 'Pages',
    options: [
      { id: 'markets', label: 'Markets', detail: 'Watch the tape', icon: 'markets', keys: 'G M' },
      { id: 'trade', label: 'Trade', icon: 'portfolio', blocked: 'needs the role trader' },
    ],
  },
];

export const TOASTS: readonly Toast[] = [
  { id: 'a', tone: 'info', text: 'Layout saved' },
  { id: 'b', tone: 'success', text: 'Order filled', detail: 'Shown once, from the stream.' },
  { id: 'c', tone: 'warning', text: 'Polling since the stream is down' },
  { id: 'd', tone: 'error', text: 'The source is unavailable', detail: 'source_unavailable' },
];

/** A fixed sequence of numbers in [0, 1): two drawings of the gallery are equal. */
export function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

/** A walk of prices, two decimals. */
export function walk(seed: number, count: number, start: number): number[] {
  const next = sequence(seed);
  const prices: number[] = [];
  let price = start;
  for (let index = 0; index < count; index += 1) {
    price *= 1 + (next() - 0.495) * 0.012;
    prices.push(Math.round(price * 100) / 100);
  }
  return prices;
}
