/** Micro-units in one unit of price or money: prices are whole numbers of 1e-6 inside the platform. */
export const MICRO = 1_000_000;

/**
 * A price in micro-units (1e-6) as a safe integer number, the form hot loops use.
 * Safe up to 9 007 199 254 units of currency.
 */
export type MicroPrice = number;

/**
 * Converts a decimal price to micro-units, rounding half away from zero.
 * @returns `null` when the price is not finite or too large to be held exactly.
 */
export function toMicro(price: number): MicroPrice | null {
  if (!Number.isFinite(price)) return null;
  const scaled = price * MICRO;
  const micro = scaled < 0 ? -Math.round(-scaled) : Math.round(scaled);
  return Number.isSafeInteger(micro) ? micro + 0 : null;
}

/** Converts micro-units back to a decimal number; exact to the sixth decimal. */
export function fromMicro(micro: MicroPrice): number {
  return micro / MICRO;
}
