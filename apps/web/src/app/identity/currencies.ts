/** Currencies that are offered as the base of an organisation. */
export const CURRENCIES = 'USD EUR GBP CHF JPY CAD AUD SEK NOK DKK PLN SGD HKD INR'.split(' ');

/** Codes, each once, with their names in the browser's language. */
export function currencyNames(
  codes: readonly string[] = CURRENCIES,
): { readonly code: string; readonly name: string }[] {
  const names = new Intl.DisplayNames(undefined, { type: 'currency' });
  return [...new Set(codes)].map((code) => ({ code, name: `${code}, ${names.of(code) ?? code}` }));
}
