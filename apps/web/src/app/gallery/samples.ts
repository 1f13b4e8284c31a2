import type { Kind } from '@ziggy/domain';
import type { ChartBar, IndicatorView } from '@ziggy/ui/candles';
import type { QuoteRow } from '@ziggy/ui/grid';
import type { Freshness, FreshnessState, PillState, StreamHealth, Toast, VenueSession } from '@ziggy/ui';
import type { SearchGroup } from '@ziggy/ui/search';

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

const FIVE_MINUTES = 300_000;
const OPEN = Date.UTC(2026, 2, 4, 14, 30);
const DAY = 86_400_000;

/** Three sessions of five-minute bars, `page` times three days back; the newest page ends with a forming bar and has a gap. */
export function specimenBars(page: number): ChartBar[] {
  const bars: ChartBar[] = [];
  const next = sequence(41 + page);
  let price = 180 - page * 2;
  for (let day = 2; day >= 0; day -= 1) {
    const start = OPEN - (day + page * 3) * DAY;
    for (let index = 0; index < 78; index += 1) {
      const openTime = start + index * FIVE_MINUTES;
      const open = price;
      price = Math.round(price * (1 + (next() - 0.49) * 0.004) * 100) / 100;
      const high = Math.round((Math.max(open, price) + next() * 0.3) * 100) / 100;
      const low = Math.round((Math.min(open, price) - next() * 0.3) * 100) / 100;
      const newest = page === 0 && day === 0;
      if (newest && index >= 30 && index < 36) continue;
      bars.push({
        openTime,
        closeTime: openTime + FIVE_MINUTES,
        open,
        high,
        low,
        close: price,
        volume: Math.round(20_000 + next() * 80_000),
        closed: !(newest && index === 77),
      });
    }
  }
  return bars;
}

/** Shapes that look like indicators, to show lines, patterns, panes and warm-up. */
export function specimenIndicators(bars: readonly ChartBar[]): IndicatorView[] {
  const held = (from: number, value: (bar: ChartBar, index: number) => number): (number | null)[] =>
    bars.map((bar, index) => (index < from ? null : value(bar, index)));
  const wave = (index: number): number => 50 + 32 * Math.sin(index / 9);
  return [
    {
      id: 'sma(20)',
      label: 'SMA 20',
      pane: 'price',
      lines: [{ name: 'value', label: '' }],
      values: { value: held(19, (bar) => bar.close - 0.6) },
    },
    {
      id: 'bb(20,2)',
      label: 'BB 20 2',
      pane: 'price',
      lines: [
        { name: 'upper', label: 'upper' },
        { name: 'lower', label: 'lower' },
      ],
      values: { upper: held(19, (bar) => bar.close + 1.6), lower: held(19, (bar) => bar.close - 1.9) },
    },
    {
      id: 'rsi(14)',
      label: 'RSI 14',
      pane: 'own',
      decimals: 1,
      levels: [30, 70],
      lines: [{ name: 'value', label: '' }],
      values: { value: held(14, (_, index) => wave(index)) },
    },
    {
      id: 'macd(12,26,9)',
      label: 'MACD',
      pane: 'own',
      lines: [
        { name: 'histogram', label: 'histogram', style: 'histogram' },
        { name: 'macd', label: 'macd' },
        { name: 'signal', label: 'signal' },
      ],
      values: {
        histogram: held(33, (_, index) => Math.sin(index / 7) * 0.4),
        macd: held(25, (_, index) => Math.sin(index / 7)),
        signal: held(33, (_, index) => Math.sin(index / 7 - 0.4)),
      },
    },
  ];
}

/** Rows of a grid with every kind of hole. */
export function specimenRows(count: number): QuoteRow[] {
  const next = sequence(11);
  const kinds: Kind[] = ['simulated', 'live', 'delayed', 'recorded', 'end_of_day'];
  const regimes = ['RiskOn', 'RiskOff', 'Chop', 'Panic'];
  return Array.from({ length: count }, (_, index) => {
    const price = Math.round((20 + next() * 480) * 100) / 100;
    const changePct = Math.round((next() - 0.5) * 800) / 100;
    const missing = index % 17 === 5;
    const warming = index % 11 === 3;
    return {
      symbol: `SP${String(index + 1).padStart(3, '0')}`,
      name: `Specimen ${index + 1}${index % 13 === 0 ? ' with a name too long for any column of a grid' : ''}`,
      decimals: 2,
      price: missing ? null : price,
      change: missing ? null : Math.round(price * changePct) / 100,
      changePct: missing ? null : changePct,
      bid: missing ? null : price - 0.01,
      ask: missing ? null : price + 0.01,
      volume: missing ? null : Math.round(next() * 48_000_000),
      kind: kinds[index % 5] ?? null,
      stale: index % 23 === 7,
      asOf: NOW - Math.round(next() * (index % 23 === 7 ? 90_000 : 4_000)),
      delayMinutes: 15,
      regime: warming ? null : (regimes[index % 4] ?? null),
      regimeConfidence: warming ? null : 0.55 + next() * 0.4,
      volatility: warming ? null : 0.1 + next() * 0.5,
      z20: warming ? null : (next() - 0.5) * 5,
      relativeVolume: warming ? null : next() * 3,
      why: missing ? 'no_data' : warming ? 'warm_up' : null,
      spark: warming ? null : walk(index + 3, 40, price),
    };
  });
}
