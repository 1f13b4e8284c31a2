import { INTERVALS } from '@ziggy/domain';
import { oneOf, someOf } from '../data/url-state.ts';
import { INDICATOR_KEYS } from './indicators.ts';

/** What of the Symbol page is in its URL. */
export const SYMBOL_URL = {
  tf: oneOf(INTERVALS, '5m'),
  ind: someOf(INDICATOR_KEYS, ['sma', 'rsi']),
  view: oneOf(['chart', 'table'], 'chart'),
};
