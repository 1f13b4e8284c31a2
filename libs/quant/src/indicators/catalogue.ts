import { bollinger } from './bands.ts';
import type { IndicatorDefinition } from './definition.ts';
import { ema, macd, rma, sma, volumeSma, wma } from './moving-averages.ts';
import { rsi } from './oscillators.ts';

/** Every indicator, in the order a picker shows them. */
export const INDICATORS: readonly IndicatorDefinition[] = [sma, ema, wma, rma, bollinger, macd, rsi, volumeSma];

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
