/** Bar intervals that are built and stored. */
export const INTERVALS = ['1m', '5m', '15m', '1h', '1d'] as const;
export type Interval = (typeof INTERVALS)[number];

/** Nominal length of an interval in milliseconds. A daily bar of a venue is shorter: its session decides. */
export const INTERVAL_MS: Readonly<Record<Interval, number>> = {
  '1m': 60_000,
  '5m': 300_000,
  '15m': 900_000,
  '1h': 3_600_000,
  '1d': 86_400_000,
};

export function isInterval(text: string): text is Interval {
  return (INTERVALS as readonly string[]).includes(text);
}

/** What a chart can show: every interval, and weeks, which are made of days. */
export const TIMEFRAMES = [...INTERVALS, '1w'] as const;
export type Timeframe = (typeof TIMEFRAMES)[number];

/** Nominal length of a timeframe in milliseconds. */
export const TIMEFRAME_MS: Readonly<Record<Timeframe, number>> = { ...INTERVAL_MS, '1w': 7 * INTERVAL_MS['1d'] };

export function isTimeframe(text: string): text is Timeframe {
  return (TIMEFRAMES as readonly string[]).includes(text);
}

/** Interval of the bars that a timeframe is made of. */
export function storedInterval(timeframe: Timeframe): Interval {
  return timeframe === '1w' ? '1d' : timeframe;
}
