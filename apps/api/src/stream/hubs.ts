import type { LatestValueHub } from '@ziggy/streaming';

/**
 * Where `/ws/market` publishes: `constructor(@Inject(MARKET_HUB) private readonly hub: LatestValueHub)`.
 * Topic and key are the symbol.
 */
export const MARKET_HUB = Symbol('MARKET_HUB');

/**
 * Where `/ws/charts` publishes. The topic is {@link chartTopic}; the key is the bar's `openTime` as text, and a closed
 * bar is published under the key of its forming bar with `{ once: true }`.
 */
export const CHARTS_HUB = Symbol('CHARTS_HUB');

/** Topic of a symbol's bars: `AAPL|1m`. */
export function chartTopic(symbol: string, timeframe: string): string {
  return `${symbol}|${timeframe}`;
}

export type { LatestValueHub };
