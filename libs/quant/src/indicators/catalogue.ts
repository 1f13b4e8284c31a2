import { aroon, chandelier, supertrend, vortex } from './direction.ts';
import { linregSlope, realisedVol, stdev, ulcer, zscore } from './dispersion.ts';
import { atr, bollinger, donchian, keltner, trueRange } from './bands.ts';
import type { IndicatorDefinition } from './definition.ts';
import { ema, macd, rma, sma, wma } from './moving-averages.ts';
import { kst, momentum, ppo, stochRsi, trix } from './momentum.ts';
import { ao, cci, roc, rsi, stoch, williamsR } from './oscillators.ts';
import { dema, hma, tema, trima, vwma } from './smoothed-averages.ts';
import { adx, ichimoku, psar } from './trend.ts';
import { chaikinOsc, forceIndex, massIndex, vpt } from './volume-flow.ts';
import { adl, cmf, mfi, obv, volumeSma, vwap } from './volume.ts';

/** Every indicator, in the order a picker shows them: averages, bands, oscillators, trend, volume. */
export const INDICATORS: readonly IndicatorDefinition[] = [
  ...[sma, ema, wma, rma, vwap, dema, tema, trima, hma, vwma],
  ...[bollinger, keltner, donchian, chandelier, supertrend, psar, ichimoku],
  ...[macd, ppo, trix, rsi, stoch, stochRsi, williamsR, cci, roc, momentum, kst, ao],
  ...[adx, aroon, vortex, atr, trueRange, stdev, zscore, realisedVol, ulcer, linregSlope],
  ...[volumeSma, obv, vpt, adl, chaikinOsc, cmf, mfi, forceIndex, massIndex],
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
