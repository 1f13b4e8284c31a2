import type { AssetClass } from '@ziggy/domain';

/** Decimals that prices of a class are written with; small prices need more to be told apart. */
export function decimalsFor(assetClass: AssetClass | null, price: number | null): number {
  if (assetClass === 'fx') return price !== null && Math.abs(price) >= 20 ? 3 : 5;
  if (price !== null && price !== 0 && Math.abs(price) < 1) return 4;
  return 2;
}

const SUFFIX_ZONES: readonly (readonly [string, string])[] = [
  ['.L', 'Europe/London'],
  ['.DE', 'Europe/Berlin'],
];

/** The zone an instrument's bars are read in: its exchange's, UTC for what trades round the clock. */
export function zoneFor(symbol: string, assetClass: AssetClass | null): string {
  if (assetClass === 'crypto' || assetClass === 'fx') return 'UTC';
  return SUFFIX_ZONES.find(([suffix]) => symbol.endsWith(suffix))?.[1] ?? 'America/New_York';
}

/** Names of asset classes for people. */
export const CLASS_WORDS: Readonly<Record<AssetClass, string>> = {
  equity: 'Stock',
  etf: 'ETF',
  index: 'Index',
  crypto: 'Crypto',
  fx: 'FX',
  future: 'Future',
  fund: 'Fund',
};
