import {
  CandlestickSeries,
  ColorType,
  CrosshairMode,
  HistogramSeries,
  LineSeries,
  LineStyle,
  TickMarkType,
  createChart,
  createSeriesMarkers,
} from 'lightweight-charts';
import type {
  CandlestickData,
  HistogramData,
  IChartApi,
  IPriceLine,
  ISeriesApi,
  ISeriesMarkersPluginApi,
  LineData,
  MouseEventParams,
  Time,
  UTCTimestamp,
  WhitespaceData,
} from 'lightweight-charts';
import { formatCompact, formatPrice } from '../format/numbers.ts';
import { formatTime } from '../format/times.ts';
import type { Palette } from '../tokens/palette.ts';
import type { IndicatorView } from './bars.ts';
import type { Slot } from './candle-model.ts';

/** Bars seen when a chart is opened: as many as fit at this width of one, up to a bound. */
const OPENING_BAR_PX = 8;
const OPENING_BARS = 160;
const RIGHT_BARS = 6;

interface DrawnLine {
  readonly id: string;
  readonly name: string;
  readonly histogram: boolean;
  readonly series: ISeriesApi<'Line'> | ISeriesApi<'Histogram'>;
  readonly levels: readonly IPriceLine[];
  readonly place: number;
}

export interface PlotEvents {
  /** Axis time under the pointer, null when it left. */
  readonly crosshair: (time: number | null) => void;
  /** First logical index in view. */
  readonly range: (from: number) => void;
}

const stamp = (slot: Slot): UTCTimestamp => slot.time as UTCTimestamp;
const valueOf = (slot: Slot, line: { id: string; name: string }): number | null =>
  slot.point[line.id]?.[line.name] ?? null;
const translucent = (colour: string, percent: number): string =>
  `${colour}${Math.round((percent / 100) * 255)
    .toString(16)
    .padStart(2, '0')}`;

/** Line pattern of the nth indicator line: patterns from the fifth on, since eight colours alone are too alike. */
export const linePattern = (place: number): number =>
  place < 4
    ? LineStyle.Solid
    : ([LineStyle.Dashed, LineStyle.Dotted, LineStyle.LargeDashed, LineStyle.SparseDotted][place % 4] ??
      LineStyle.Dashed);

/**
 * The one place that speaks to lightweight-charts. Times given to it are wall-clock seconds that it takes for UTC, so all
 * its formatters write in UTC. It holds no data of its own.
 */
export class CandlePlot {
  private readonly chart: IChartApi;
  private readonly candles: ISeriesApi<'Candlestick'>;
  private readonly volume: ISeriesApi<'Histogram'>;
  private readonly label: ISeriesMarkersPluginApi<Time>;
  private lines: DrawnLine[] = [];
  private palette: Palette;
  private labelled: number | null = null;

  constructor(element: HTMLElement, palette: Palette, events: PlotEvents) {
    this.palette = palette;
    this.chart = createChart(element, {
      autoSize: true,
      // The library's own logo inserts a style element; the visible credit stands under the plot.
      layout: { attributionLogo: false, fontSize: 11, panes: { enableResize: true } },
      crosshair: { mode: CrosshairMode.Normal },
      rightPriceScale: { borderVisible: false },
      timeScale: { borderVisible: false, rightOffset: RIGHT_BARS, minBarSpacing: 1, tickMarkFormatter: tickMark },
      kineticScroll: { touch: true, mouse: false },
    });
    this.candles = this.chart.addSeries(CandlestickSeries, { priceLineStyle: LineStyle.Dotted });
    this.volume = this.chart.addSeries(HistogramSeries, {
      priceScaleId: 'volume',
      priceFormat: { type: 'custom', minMove: 1, formatter: (value: number) => formatCompact(value).text },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.chart.priceScale('volume').applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
    this.candles.priceScale().applyOptions({ scaleMargins: { top: 0.08, bottom: 0.22 } });
    this.label = createSeriesMarkers(this.candles, []);
    this.chart.subscribeCrosshairMove((move: MouseEventParams) =>
      events.crosshair(typeof move.time === 'number' ? move.time : null),
    );
    this.chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range) events.range(range.from);
    });
    this.paint(palette);
  }

  /** Sets decimals and the form of times. */
  describe(decimals: number, daily: boolean): void {
    const minMove = 10 ** -decimals;
    this.candles.applyOptions({
      priceFormat: { type: 'custom', minMove, formatter: (value: number) => formatPrice(value, decimals).text },
    });
    this.chart.applyOptions({
      timeScale: { timeVisible: !daily, secondsVisible: false },
      localization: {
        timeFormatter: (time: Time) =>
          formatTime(typeof time === 'number' ? time * 1000 : null, 'UTC', daily ? 'date' : 'datetime').text,
      },
    });
  }

  /** Repaints for another theme; the data stay where they are. Call `load` after it, since bars carry colours. */
  paint(palette: Palette): void {
    this.palette = palette;
    const { surface, muted, separator, gain, loss, control } = palette;
    this.chart.applyOptions({
      layout: {
        background: { type: ColorType.Solid, color: surface },
        textColor: muted,
        fontFamily: "'Inter Variable', system-ui, sans-serif",
        panes: { separatorColor: separator, separatorHoverColor: translucent(control, 30) },
      },
      grid: { vertLines: { color: translucent(separator, 55) }, horzLines: { color: translucent(separator, 55) } },
      crosshair: {
        vertLine: { color: control, labelBackgroundColor: palette.raised },
        horzLine: { color: control, labelBackgroundColor: palette.raised },
      },
    });
    this.candles.applyOptions({
      upColor: gain,
      downColor: loss,
      borderUpColor: gain,
      borderDownColor: loss,
      wickUpColor: gain,
      wickDownColor: loss,
      priceLineColor: muted,
    });
    for (const line of this.lines) {
      line.series.applyOptions({ color: this.colourOf(line.place) });
      for (const level of line.levels) level.applyOptions({ color: control });
    }
  }

  /** Gives the plot all slots: O(n). */
  load(slots: readonly Slot[]): void {
    this.candles.setData(slots.map((slot) => this.candle(slot)));
    this.volume.setData(slots.map((slot) => this.volumeBar(slot)));
    for (const line of this.lines) this.fill(line, slots);
    this.labelForming(slots.at(-1) ?? null);
  }

  /** Changes one slot: O(1) for the newest. `older` is for a bar that is not the last. */
  update(slot: Slot, older: boolean): void {
    this.candles.update(this.candle(slot), older);
    this.volume.update(this.volumeBar(slot), older);
    for (const line of this.lines) {
      if (line.histogram) (line.series as ISeriesApi<'Histogram'>).update(this.histogramPoint(slot, line), older);
      else (line.series as ISeriesApi<'Line'>).update(this.linePoint(slot, line), older);
    }
    if (!older) this.labelForming(slot);
  }

  /** Draws these indicators and no others. */
  setIndicators(indicators: readonly IndicatorView[]): void {
    for (const { series } of this.lines) this.chart.removeSeries(series);
    this.lines = [];
    let pane = 1;
    let place = 0;
    for (const indicator of indicators) {
      const at = indicator.pane === 'price' ? 0 : pane;
      if (indicator.pane === 'own') pane += 1;
      for (const { name, style } of indicator.lines) {
        this.lines.push(this.addLine(indicator, name, style === 'histogram', at, place));
        place += 1;
      }
    }
    this.chart.panes().forEach((each, index) => each.setStretchFactor(index === 0 ? 3.2 : 1));
  }

  /** Shows the newest bars at the opening size. */
  showNewest(count: number): void {
    const scale = this.chart.timeScale();
    const shown = Math.min(OPENING_BARS, Math.max(20, Math.round(scale.width() / OPENING_BAR_PX)));
    scale.setVisibleLogicalRange({ from: Math.max(-2, count - shown), to: count + RIGHT_BARS });
  }

  /** The part of the axis in view, in slots; null before the first drawing. */
  view(): { from: number; to: number } | null {
    return this.chart.timeScale().getVisibleLogicalRange();
  }

  show(view: { from: number; to: number }): void {
    this.chart.timeScale().setVisibleLogicalRange(view);
  }

  pointAt(slot: Slot): void {
    if (slot.bar) this.chart.setCrosshairPosition(slot.bar.close, stamp(slot), this.candles);
    const scale = this.chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    const index = scale.timeToIndex(stamp(slot));
    if (!range || index === null || (index >= range.from && index <= range.to)) return;
    const width = range.to - range.from;
    const from = index < range.from ? index - 2 : index + 2 - width;
    scale.setVisibleLogicalRange({ from, to: from + width });
  }

  clearPoint(): void {
    this.chart.clearCrosshairPosition();
  }

  /** Zooms by a factor about the right edge; above 1 shows more. */
  zoom(factor: number): void {
    const scale = this.chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    if (range) scale.setVisibleLogicalRange({ from: range.to - (range.to - range.from) * factor, to: range.to });
  }

  remove(): void {
    this.chart.remove();
  }

  /** Colour and pattern of the nth line, for the legend. */
  colourOf(place: number): string {
    const { series } = this.palette;
    return series[place % series.length] ?? this.palette.accent;
  }

  private addLine(indicator: IndicatorView, name: string, histogram: boolean, pane: number, place: number): DrawnLine {
    const decimals = indicator.decimals ?? 2;
    const options = {
      color: this.colourOf(place),
      priceFormat: {
        type: 'custom' as const,
        minMove: 10 ** -decimals,
        formatter: (v: number) => formatPrice(v, decimals).text,
      },
      lastValueVisible: false,
      priceLineVisible: false,
    };
    const series = histogram
      ? this.chart.addSeries(HistogramSeries, options, pane)
      : this.chart.addSeries(
          LineSeries,
          { ...options, lineWidth: 1, lineStyle: linePattern(place), crosshairMarkerRadius: 3 },
          pane,
        );
    const levels = (name === indicator.lines[0]?.name ? (indicator.levels ?? []) : []).map((price) =>
      series.createPriceLine({
        price,
        color: this.palette.control,
        lineWidth: 1,
        lineStyle: LineStyle.Dotted,
        axisLabelVisible: false,
      }),
    );
    return { id: indicator.id, name, histogram, series, levels, place };
  }

  private fill(line: DrawnLine, slots: readonly Slot[]): void {
    if (line.histogram)
      (line.series as ISeriesApi<'Histogram'>).setData(slots.map((slot) => this.histogramPoint(slot, line)));
    else
      (line.series as ISeriesApi<'Line'>).setData(
        slots.map((slot, index) => this.linePoint(slot, line, slots[index + 1])),
      );
  }

  /** The library joins points over whitespace: the last one before a hole is given an invisible way onward. */
  private linePoint(slot: Slot, line: DrawnLine, next?: Slot): LineData | WhitespaceData {
    const value = valueOf(slot, line);
    if (value === null) return { time: stamp(slot) };
    const hole = next !== undefined && valueOf(next, line) === null;
    return hole ? { time: stamp(slot), value, color: 'transparent' } : { time: stamp(slot), value };
  }

  private histogramPoint(slot: Slot, line: DrawnLine): HistogramData | WhitespaceData {
    const value = valueOf(slot, line);
    if (value === null) return { time: stamp(slot) };
    return { time: stamp(slot), value, color: translucent(value < 0 ? this.palette.loss : this.palette.gain, 70) };
  }

  private candle(slot: Slot): CandlestickData | WhitespaceData {
    const { bar } = slot;
    if (!bar) return { time: stamp(slot) };
    const { open, high, low, close } = bar;
    const data = { time: stamp(slot), open, high, low, close };
    return bar.closed ? data : { ...data, color: this.palette.surface };
  }

  private volumeBar(slot: Slot): HistogramData | WhitespaceData {
    const { bar } = slot;
    if (!bar || bar.volume === null) return { time: stamp(slot) };
    const colour = bar.close < bar.open ? this.palette.loss : this.palette.gain;
    return { time: stamp(slot), value: bar.volume, color: translucent(colour, bar.closed ? 40 : 20) };
  }

  private labelForming(slot: Slot | null): void {
    const forming = slot?.bar && !slot.bar.closed ? slot.time : null;
    if (forming === this.labelled) return;
    this.labelled = forming;
    this.label.setMarkers(
      forming === null
        ? []
        : [
            {
              time: forming as UTCTimestamp,
              position: 'aboveBar',
              shape: 'circle',
              size: 0,
              color: this.palette.muted,
              text: 'forming',
            },
          ],
    );
  }
}

function tickMark(time: Time, type: TickMarkType): string {
  if (typeof time !== 'number') return '';
  const date = new Date(time * 1000);
  switch (type) {
    case TickMarkType.Year:
      return String(date.getUTCFullYear());
    case TickMarkType.Month:
      return formatTime(time * 1000, 'UTC', 'day').text;
    case TickMarkType.DayOfMonth:
      return formatTime(time * 1000, 'UTC', 'day').text;
    case TickMarkType.Time:
    case TickMarkType.TimeWithSeconds:
      return formatTime(time * 1000, 'UTC', 'minute').text;
  }
}
