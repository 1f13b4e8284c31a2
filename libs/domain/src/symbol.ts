/** A tradable symbol in canonical form: trimmed, upper case, matching {@link SYMBOL_PATTERN}. */
export type Symbol = string & { readonly __brand: 'Symbol' };

/** The grammar of every symbol the platform accepts, so `BRK-B`, `^GSPC`, `EURUSD=X` and `M&M.NS` pass. */
export const SYMBOL_PATTERN = /^[A-Z0-9^][A-Z0-9.\-=^&_]{0,31}$/;

/**
 * Reads a symbol as people type it: surrounding blanks are dropped and letters raised.
 * @returns the canonical symbol, or `null` when the text does not match the grammar (or holds `..`).
 */
export function parseSymbol(text: string): Symbol | null {
  if (text.length > 64) return null;
  const canonical = text.trim().toUpperCase();
  return SYMBOL_PATTERN.test(canonical) && !canonical.includes('..') ? (canonical as Symbol) : null;
}
