/** Shown where a value is missing; never 0, never blank. */
export const DASH = '\u2014';
/** A true minus: as wide as the digits, unlike the hyphen. */
export const MINUS = '\u2212';

/** Which way a signed figure points; `none` when the figure has no direction. */
export type Tone = 'up' | 'down' | 'flat' | 'none';

/** A figure ready to be shown. `text` never holds NaN, Infinity or undefined. */
export interface Reading {
  readonly text: string;
  readonly tone: Tone;
  readonly missing: boolean;
}

/** A value from the wire: decimal strings keep every digit. Missing is `null` (or not yet set). */
export type Numeric = number | string | null | undefined;

export const MISSING: Reading = Object.freeze({ text: DASH, tone: 'none', missing: true });

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,4})?$/i;

/** The value if it is a finite number or a decimal string, else null: no formatter shows anything else. */
export function finite(value: Numeric): number | string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string') return null;
  const text = value.trim();
  return text.length <= 400 && DECIMAL.test(text) && Number.isFinite(Number(text)) ? text : null;
}

/** The form `Intl.NumberFormat` takes without losing digits of a string. */
export const exact = (value: number | string): number | Intl.StringNumericLiteral =>
  value as number | Intl.StringNumericLiteral;

const SENTENCES: Readonly<Record<string, string>> = {
  warm_up: 'not enough history yet',
  missing_bar: 'a bar is missing',
  incomplete_bar: 'the bar is not complete',
  stale: 'the last value is too old',
  degenerate: 'the inputs do not vary',
  no_source: 'no source gives this value',
  coverage: 'too little data covers the period',
  quarantined: 'the value failed a check',
  pending: 'not received yet',
  no_data: 'the source has no data',
  insufficient_data: 'too little data',
  not_configured: 'not configured',
  venue_closed: 'the venue is closed',
  unknown_symbol: 'unknown symbol',
  source_timeout: 'the source did not answer in time',
  source_unavailable: 'the source is unavailable',
};

/** The plain words of a null reason code; other text is shown as it is. */
export function reasonText(reason: string | null | undefined): string {
  if (!reason) return 'no value received';
  return SENTENCES[reason] ?? reason.replaceAll('_', ' ');
}

const REGIMES: Readonly<Record<string, string>> = {
  RiskOn: 'Risk on',
  RiskOff: 'Risk off',
  Chop: 'Chop',
  Panic: 'Panic',
};

/** A market regime in words; one that is not known here stands as it is. */
export function regimeText(label: string): string {
  return REGIMES[label] ?? label;
}
