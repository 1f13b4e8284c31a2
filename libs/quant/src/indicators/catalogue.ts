import { atr, bollinger, donchian, keltner, trueRange } from './bands.ts';
import type { IndicatorDefinition } from './definition.ts';
import { ema, macd, rma, sma, wma } from './moving-averages.ts';
import { ao, cci, roc, rsi, stoch, williamsR } from './oscillators.ts';
import { adx, ichimoku, psar } from './trend.ts';
import { adl, cmf, mfi, obv, volumeSma, vwap } from './volume.ts';

/** Every indicator, in the order a picker shows them: averages, bands, oscillators, trend, volume. */
export const INDICATORS: readonly IndicatorDefinition[] = [
  ...[sma, ema, wma, rma, vwap],
  ...[bollinger, keltner, donchian, psar, ichimoku],
  ...[macd, rsi, stoch, williamsR, cci, roc, ao],
  ...[adx, atr, trueRange],
  ...[volumeSma, obv, adl, cmf, mfi],
];

const BY_NAME = new Map(INDICATORS.map((definition) => [definition.name, definition]));
const BY_FOLDED_NAME = new Map(INDICATORS.map((definition) => [definition.name.toLowerCase(), definition]));

/** The definition of a canonical name. */
export function indicatorNamed(name: string): IndicatorDefinition | undefined {
  return BY_NAME.get(name);
}

/** The definition of a name as people type it, whatever its case. */
export function findIndicator(name: string): IndicatorDefinition | undefined {
  return BY_FOLDED_NAME.get(name.toLowerCase());
}
