import { DASH, MINUS, MISSING, exact, finite } from './reading.ts';
import type { Numeric, Reading, Tone } from './reading.ts';

export type SignRule = 'negative' | 'always';

interface NumberShape {
  /** Fixed decimals, so that a column aligns on the decimal. */
  readonly decimals: number;
  /** `always` writes the sign of gains too (zero has none); `negative` only that of losses. */
  readonly sign?: SignRule;
  readonly locale?: string | undefined;
}

const MAX_FORMATS = 200;
const formats = new Map<string, Intl.NumberFormat>();

/** Building an Intl format costs about 50 µs, formatting 1 µs: formats are kept, up to a bound. */
function formatFor(key: string, locale: string | undefined, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  let format = formats.get(key);
  if (!format) {
    if (formats.size >= MAX_FORMATS) formats.clear();
    format = new Intl.NumberFormat(locale, options);
    formats.set(key, format);
  }
  return format;
}

const clampDecimals = (decimals: number): number =>
  Number.isFinite(decimals) ? Math.min(20, Math.max(0, Math.trunc(decimals))) : 2;

function write(value: number | string, shape: NumberShape, extra: Intl.NumberFormatOptions, tag: string): Reading {
  const decimals = clampDecimals(shape.decimals);
  const signDisplay = shape.sign === 'always' ? 'exceptZero' : 'negative';
  const format = formatFor(`${tag}|${shape.locale ?? ''}|${decimals}|${signDisplay}`, shape.locale, {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
    roundingMode: 'halfExpand',
    signDisplay,
    ...extra,
  });
  // Taking a figure apart by `formatToParts` costs several times as much as writing it, and a busy tape writes thousands.
  const written = format.format(exact(value));
  // Direction is that of what is shown: 0.001 at two decimals is flat, not up.
  return { text: written.replace(HYPHENS, MINUS), tone: toneOf(value, !NOT_ZERO.test(written)), missing: false };
}

/** What languages write for minus, with the mark of direction before it. */
const HYPHENS = /[\u061c\u200e\u200f]?[-\u2010\u2011\u2212]/;
/** A digit of 1 to 9 in the scripts that `Intl` writes figures in; a currency's name holds none. */
const NOT_ZERO = /[1-9\u0661-\u0669\u06f1-\u06f9\u0967-\u096f]/;

function toneOf(value: number | string, shownAsZero: boolean): Tone {
  if (shownAsZero) return 'flat';
  return typeof value === 'number' ? (value < 0 ? 'down' : 'up') : value.startsWith('-') ? 'down' : 'up';
}

/** A plain number with fixed decimals. A price has no direction of its own. */
export function formatNumber(value: Numeric, shape: NumberShape): Reading {
  const known = finite(value);
  if (known === null) return MISSING;
  const reading = write(known, shape, {}, 'n');
  return shape.sign === 'always' ? reading : { ...reading, tone: 'none' };
}

/** A price with the decimals of its instrument. */
export const formatPrice = (value: Numeric, decimals: number, locale?: string): Reading =>
  formatNumber(value, { decimals, locale });

/** What a percentage arrives as: `ratio` 0.012 and `pct` 1.2 both mean 1.2 %. */
export type PercentUnit = 'ratio' | 'pct';

/**
 * A percentage; multiplied only when it is a ratio, the sign written once.
 * A ratio string is moved by two places in text, not in floating point, so no digit is lost.
 */
export function formatPercent(value: Numeric, unit: PercentUnit, shape: NumberShape = { decimals: 2 }): Reading {
  const known = finite(value);
  if (known === null) return MISSING;
  // As a string the two places are moved by the exponent, in decimal: 0.07 * 100 is 7.000000000000001 as a number.
  const scaled = unit === 'pct' ? known : finite(shiftDecimal(String(known), 2));
  if (scaled === null) return MISSING;
  const reading = write(scaled, { sign: 'always', ...shape }, {}, 'p');
  return { ...reading, text: `${reading.text}%` };
}

/** Multiplies a decimal text by a power of ten without floating point. */
export function shiftDecimal(text: string, places: number): string {
  const [mantissa, exponent = '0'] = text.toLowerCase().split('e') as [string, string?];
  return `${mantissa}e${Number(exponent) + places}`;
}

/** Money in a currency (ISO 4217 code), with the currency's own decimals unless told; `signed` marks gains with +. */
export function formatMoney(
  value: Numeric,
  currency: string,
  shape: { decimals?: number; sign?: SignRule; locale?: string | undefined } = {},
): Reading {
  const known = finite(value);
  if (known === null || !/^[A-Za-z]{3}$/.test(currency)) return MISSING;
  const decimals = shape.decimals ?? decimalsOfCurrency(currency);
  const reading = write(
    known,
    { ...shape, decimals },
    { style: 'currency', currency, currencyDisplay: 'narrowSymbol' },
    `m${currency}`,
  );
  return shape.sign === 'always' ? reading : { ...reading, tone: 'none' };
}

/** Decimals that a currency is written with: 2 for USD, 0 for JPY. */
export function decimalsOfCurrency(currency: string): number {
  return (
    formatFor(`dec${currency}`, 'en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
  );
}

/** A quantity of units: whole by default, up to `maxDecimals` when it is fractional. */
export function formatQuantity(value: Numeric, maxDecimals = 0, locale?: string): Reading {
  const known = finite(value);
  if (known === null) return MISSING;
  const decimals = clampDecimals(maxDecimals);
  const format = formatFor(`q|${locale ?? ''}|${decimals}`, locale, {
    maximumFractionDigits: decimals,
    signDisplay: 'negative',
  });
  return { text: format.format(exact(known)).replace('-', MINUS), tone: 'none', missing: false };
}

/** A large count in three significant places: 950, 12.3K, 4.56M, 1.23B. */
export function formatCompact(value: Numeric, locale?: string): Reading {
  const known = finite(value);
  if (known === null) return MISSING;
  const small = Math.abs(Number(known)) < 1000;
  const format = formatFor(`c|${locale ?? ''}|${small}`, locale, {
    notation: 'compact',
    signDisplay: 'negative',
    ...(small
      ? { maximumFractionDigits: 0 }
      : { minimumSignificantDigits: 3, maximumSignificantDigits: 3, roundingPriority: 'auto' as const }),
  });
  return { text: format.format(exact(known)).replace('-', MINUS), tone: 'none', missing: false };
}

/** Decimals of prices in a tick of micro-units: 10 000 (a cent) has 2. Never fewer than `least`. */
export function decimalsOfTick(tickMicro: number, least = 2): number {
  if (!Number.isSafeInteger(tickMicro) || tickMicro < 1) return least;
  let decimals = 6;
  for (let step = tickMicro; decimals > least && step % 10 === 0; step /= 10) decimals -= 1;
  return decimals;
}

/** Whether a text shows a missing value. */
export const isDash = (text: string): boolean => text === DASH;
