/** Rounding errors of a formula that should give 0. */
const ZERO = 1e-12;
/** Powers of ten are exact below; no figure of a market is ever above. */
const EXACT_POWERS = 1e22;

/**
 * Rounds to four significant digits, half away from zero. About 5 ns, where `toPrecision` builds and parses a string
 * for 300. A power of ten up to 1e22 is exact in a double, so the quotient prints as the short decimal.
 * Magnitudes under 1e-12 give 0; what is not finite comes back as it is.
 */
export function fourDigits(value: number): number {
  const size = Math.abs(value);
  if (size < ZERO) return 0;
  if (!(size < EXACT_POWERS)) return Number(value.toPrecision(4));
  let scale = 1;
  if (size < 1_000) {
    while (size * scale < 1_000) scale *= 10;
    const rounded = Math.round(size * scale) / scale;
    return value < 0 ? -rounded : rounded;
  }
  while (size / scale >= 10_000) scale *= 10;
  const rounded = Math.round(size / scale) * scale;
  return value < 0 ? -rounded : rounded;
}
