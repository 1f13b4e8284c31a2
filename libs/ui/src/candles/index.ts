export { CandleHost } from './candle-host.ts';
export { MAX_BARS } from './candle-model.ts';
export type { ChartAction, ChartBar, ChartGap, IndicatorLine, IndicatorPoint, IndicatorView } from './bars.ts';
