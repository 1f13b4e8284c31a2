import {
  CandlestickSeries,
  ColorType,
  CrosshairMode,
  HistogramSeries,
  LineStyle,
  TickMarkType,
  createChart,
  createSeriesMarkers,
} from 'lightweight-charts';
import type {
  CandlestickData,
  HistogramData,
  IChartApi,
  ISeriesApi,
  ISeriesMarkersPluginApi,
  MouseEventParams,
  SeriesMarker,
  Time,
  UTCTimestamp,
  WhitespaceData,
} from 'lightweight-charts';
import { formatCompact, formatPrice } from '../format/numbers.ts';
import { formatTime } from '../format/times.ts';
import type { Palette } from '../tokens/palette.ts';
import type { IndicatorView } from './bars.ts';
import type { Slot } from './candle-model.ts';
import { IndicatorLayer, stamp, translucent } from './indicator-layer.ts';

/** Bars seen when a chart is opened: as many as fit at this width of one, up to a bound. */
const OPENING_BAR_PX = 8;
const OPENING_BARS = 160;
const RIGHT_BARS = 6;

export interface PlotEvents {
  /** Axis time under the pointer, null when it left. */
  readonly crosshair: (time: number | null) => void;
  /** First logical index in view. */
  readonly range: (from: number) => void;
}

/** A letter at the foot of a bar. */
export interface PlotMark {
  readonly slot: Slot;
  readonly text: string;
}

/**
 * The one place that speaks to lightweight-charts. Times given to it are wall-clock seconds that it takes for UTC, so all
 * its formatters write in UTC. It holds no data of its own.
 */
export class CandlePlot {
  private readonly chart: IChartApi;
  private readonly candles: ISeriesApi<'Candlestick'>;
  private readonly volume: ISeriesApi<'Histogram'>;
  private readonly label: ISeriesMarkersPluginApi<Time>;
  private readonly layer: IndicatorLayer;
  private marks: readonly PlotMark[] = [];
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
    this.layer = new IndicatorLayer(this.chart, palette);
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
    this.layer.paint(palette);
    this.drawMarks();
  }

  /** Gives the plot all slots: O(n). */
  load(slots: readonly Slot[]): void {
    this.candles.setData(slots.map((slot) => this.candle(slot)));
    this.volume.setData(slots.map((slot) => this.volumeBar(slot)));
    this.layer.load(slots);
    this.labelForming(slots.at(-1) ?? null);
  }

  /** Changes the slot at `index` of `slots`: O(1) for the newest. `older` is for a bar that is not the last. */
  update(slots: readonly Slot[], index: number, older: boolean): void {
    const slot = slots[index];
    if (!slot) return;
    this.candles.update(this.candle(slot), older);
    this.volume.update(this.volumeBar(slot), older);
    this.layer.update(slots, index, older);
    if (!older) this.labelForming(slot);
  }

  /** Draws these indicators and no others. */
  setIndicators(indicators: readonly IndicatorView[]): void {
    this.layer.set(indicators);
  }

  /** Marks these bars and no others. */
  setMarks(marks: readonly PlotMark[]): void {
    this.marks = marks;
    this.drawMarks();
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
    this.drawMarks();
  }

  private drawMarks(): void {
    const { muted, accent } = this.palette;
    const markers: SeriesMarker<Time>[] = this.marks.map(({ slot, text }) => ({
      time: stamp(slot),
      position: 'belowBar',
      shape: 'arrowUp',
      size: 0.6,
      color: accent,
      text,
    }));
    if (this.labelled !== null)
      markers.push({
        time: this.labelled as UTCTimestamp,
        position: 'aboveBar',
        shape: 'circle',
        size: 0,
        color: muted,
        text: 'forming',
      });
    this.label.setMarkers(markers);
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
