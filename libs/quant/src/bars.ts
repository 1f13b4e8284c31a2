import type { Bar } from '@ziggy/domain';

/** A complete daily bar as the engines need it: prices in micro-units, times in epoch ms. */
export type ClosedBar = Pick<Bar, 'openTime' | 'closeTime' | 'o' | 'h' | 'l' | 'c' | 'volume'>;

const LARGEST = Number.MAX_SAFE_INTEGER;

/**
 * Whether a price can enter a logarithm: at least one micro-unit and small enough to be held exactly. Zero, negative,
 * NaN and infinite prices are vendor faults, not values.
 */
export function isPrice(price: number | null): price is number {
  return price !== null && price >= 1 && price <= LARGEST;
}
