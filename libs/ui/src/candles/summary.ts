import { formatCompact, formatPrice } from '../format/numbers.ts';
import { formatTime, zonePlace } from '../format/times.ts';
import type { ChartBar } from './bars.ts';
import type { LegendLine } from './candle-legend.ts';
import type { Slot } from './candle-model.ts';

export interface SummaryFacts {
  readonly symbol: string;
  readonly interval: string;
  /** A bar is a day or more. */
  readonly daily: boolean;
  readonly zone: string;
  readonly decimals: number;
  readonly slots: readonly Slot[];
}

/** A chart in one sentence: span, last, range and direction in words. No figure in it is computed, only chosen. */
export function chartSummary({ symbol, interval, daily, zone, decimals, slots }: SummaryFacts): string {
  const bars = slots.flatMap(({ bar }) => (bar ? [bar] : []));
  const first = bars[0];
  const last = bars.at(-1);
  if (!first || !last) return `${symbol}, ${interval} bars: none held.`;
  let low = first;
  let high = first;
  for (const bar of bars) {
    if (bar.low < low.low) low = bar;
    if (bar.high > high.high) high = bar;
  }
  const price = (value: number): string => formatPrice(value, decimals).text;
  const style = daily ? 'date' : 'datetime';
  const at = (bar: ChartBar): string => formatTime(bar.openTime, zone, style).text;
  const way = last.close > first.close ? 'above' : last.close < first.close ? 'below' : 'equal to';
  return (
    `${symbol}, ${bars.length} bars of ${interval} from ${at(first)} to ${at(last)} ${zonePlace(zone)} time: ` +
    `last ${price(last.close)}, ${way} the first close ${price(first.close)}; ` +
    `low ${price(low.low)}, high ${price(high.high)}${last.closed ? '' : '; the last bar is still forming'}.`
  );
}

export interface SlotFacts {
  readonly zone: string;
  readonly daily: boolean;
  readonly decimals: number;
  readonly lines: readonly LegendLine[];
}

/** What the keyboard crosshair says at a slot: time, prices, then each indicator that has a value there. */
export function slotWords(slot: Slot, { zone, daily, decimals, lines }: SlotFacts): string {
  const { bar } = slot;
  if (!bar) return 'No bar: a gap.';
  const price = (value: number): string => formatPrice(value, decimals).text;
  const values = lines.flatMap(({ id, name, label, decimals: places, compact }) => {
    const value = slot.point[id]?.[name] ?? null;
    return value === null ? [] : [`${label} ${(compact ? formatCompact(value) : formatPrice(value, places)).text}`];
  });
  return (
    `${formatTime(bar.openTime, zone, daily ? 'date' : 'datetime').text}: open ${price(bar.open)}, ` +
    `high ${price(bar.high)}, low ${price(bar.low)}, close ${price(bar.close)}` +
    `${values.map((text) => `, ${text}`).join('')}${bar.closed ? '' : ', forming'}.`
  );
}
