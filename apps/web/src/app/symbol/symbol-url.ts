import { TIMEFRAMES } from '@ziggy/domain';
import type { UrlField } from '../data/url-state.ts';
import { oneOf } from '../data/url-state.ts';
import { splitIndicators } from './indicators.ts';

/** Indicators as the server writes them, `sma(20),rsi(14)`; what the catalogue says of them is checked when it is there. */
const indicatorList: UrlField<readonly string[]> = {
  initial: ['sma(20)', 'rsi(14)'],
  read: (text) => (text === 'none' ? [] : splitIndicators(text)),
  write: (value) => (value.length === 0 ? 'none' : value.join(',')),
};

const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** A calendar day, `2026-03-04`; null when the range is open there. */
const day: UrlField<string | null> = {
  initial: null,
  read: (text) => (DAY.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.slice(0, 10) === text ? text : undefined),
  write: (value) => value ?? '',
};

/** `raw` is what was traded; `splits` and `total` divide older prices by what came later. */
export const ADJUSTMENT_CHOICES = ['raw', 'splits', 'total'] as const;
export const SYMBOL_VIEWS = ['chart', 'split', 'table'] as const;

/** What of the Symbol page is in its URL. */
export const SYMBOL_URL = {
  tf: oneOf(TIMEFRAMES, '5m'),
  ind: indicatorList,
  adj: oneOf(ADJUSTMENT_CHOICES, 'splits'),
  from: day,
  to: day,
  view: oneOf(SYMBOL_VIEWS, 'chart'),
};
