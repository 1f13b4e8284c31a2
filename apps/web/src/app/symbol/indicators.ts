import type { IndicatorColumns } from '@ziggy/stream-client';
import type { IndicatorLine, IndicatorView } from '@ziggy/ui/candles';

/** An indicator of the chart's picker. The server computes it; `id` is how it is asked for and answered. */
export interface IndicatorChoice {
  /** Short form in the URL. */
  readonly key: 'sma' | 'ema' | 'bb' | 'rsi' | 'macd';
  readonly id: string;
  readonly label: string;
  readonly pane: 'price' | 'own';
  readonly lines: readonly IndicatorLine[];
  readonly levels?: readonly number[];
}

export const INDICATORS: readonly IndicatorChoice[] = [
  { key: 'sma', id: 'sma(20)', label: 'SMA 20', pane: 'price', lines: [{ name: 'value', label: 'SMA 20' }] },
  { key: 'ema', id: 'ema(20)', label: 'EMA 20', pane: 'price', lines: [{ name: 'value', label: 'EMA 20' }] },
  {
    key: 'bb',
    id: 'bollinger(20,2)',
    label: 'Bollinger',
    pane: 'price',
    lines: [
      { name: 'middle', label: 'middle' },
      { name: 'upper', label: 'upper' },
      { name: 'lower', label: 'lower' },
    ],
  },
  {
    key: 'rsi',
    id: 'rsi(14)',
    label: 'RSI 14',
    pane: 'own',
    lines: [{ name: 'value', label: 'RSI 14' }],
    levels: [30, 70],
  },
  {
    key: 'macd',
    id: 'macd(12,26,9)',
    label: 'MACD',
    pane: 'own',
    lines: [
      { name: 'macd', label: 'line' },
      { name: 'signal', label: 'signal' },
      { name: 'histogram', label: 'histogram', style: 'histogram' },
    ],
  },
];
export const INDICATOR_KEYS = INDICATORS.map(({ key }) => key);
export type IndicatorKey = IndicatorChoice['key'];

/** The chosen indicators with the received values; one that the server did not send is left out. */
export function indicatorViews(
  keys: readonly IndicatorKey[],
  columns: IndicatorColumns,
  decimals: number,
): IndicatorView[] {
  return INDICATORS.flatMap(({ key, id, label, pane, lines, levels }) => {
    const values = columns[id];
    if (!values || !keys.includes(key)) return [];
    return [{ id, label, pane, lines, values, decimals, ...(levels ? { levels } : {}) }];
  });
}
