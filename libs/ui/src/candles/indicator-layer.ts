import { HistogramSeries, LineSeries, LineStyle, createTextWatermark } from 'lightweight-charts';
import type {
  HistogramData,
  IChartApi,
  IPriceLine,
  ISeriesApi,
  ITextWatermarkPluginApi,
  LineData,
  Time,
  UTCTimestamp,
  WhitespaceData,
} from 'lightweight-charts';
import { formatCompact, formatPrice } from '../format/numbers.ts';
import type { Palette } from '../tokens/palette.ts';
import type { IndicatorLine, IndicatorView } from './bars.ts';
import type { Slot } from './candle-model.ts';

interface DrawnLine {
  readonly id: string;
  readonly name: string;
  readonly histogram: boolean;
  readonly displacement: number;
  readonly series: ISeriesApi<'Line'> | ISeriesApi<'Histogram'>;
  readonly levels: readonly IPriceLine[];
  readonly place: number;
}

interface PaneTitle {
  readonly text: string;
  readonly at: number;
  drawn: ITextWatermarkPluginApi<Time> | null;
}

export const stamp = (slot: Slot): UTCTimestamp => slot.time as UTCTimestamp;
const valueOf = (slot: Slot | undefined, line: { id: string; name: string }): number | null =>
  slot?.point[line.id]?.[line.name] ?? null;
/** What a line shows at a place of the axis: the value of the bar that lies its displacement before. */
const shownAt = (slots: readonly Slot[], index: number, line: DrawnLine): number | null =>
  valueOf(slots[index - line.displacement], line);
export const translucent = (colour: string, percent: number): string =>
  `${colour}${Math.round((percent / 100) * 255)
    .toString(16)
    .padStart(2, '0')}`;

/** Pattern of the nth line of a pane: patterns from the fifth on, since eight colours alone are too alike. */
export const linePattern = (place: number): number =>
  place < 4
    ? LineStyle.Solid
    : ([LineStyle.Dashed, LineStyle.Dotted, LineStyle.LargeDashed, LineStyle.SparseDotted][place % 4] ??
      LineStyle.Dashed);

/** The lines of the indicators over the candles and in panes below. */
export class IndicatorLayer {
  private readonly chart: IChartApi;
  private palette: Palette;
  private lines: DrawnLine[] = [];
  private titles: PaneTitle[] = [];

  constructor(chart: IChartApi, palette: Palette) {
    this.chart = chart;
    this.palette = palette;
  }

  /** Draws these indicators and no others. */
  set(indicators: readonly IndicatorView[]): void {
    for (const { series } of this.lines) this.chart.removeSeries(series);
    for (const { drawn } of this.titles) drawn?.detach();
    this.lines = [];
    this.titles = [];
    let pane = 1;
    let place = 0;
    let overlays = 0;
    for (const indicator of indicators) {
      const at = indicator.pane === 'price' ? 0 : pane;
      if (indicator.pane === 'own') pane += 1;
      for (const [index, line] of indicator.lines.entries()) {
        this.lines.push(this.addLine(indicator, line, at, place, at === 0 ? overlays++ : index));
        place += 1;
      }
      if (at > 0) this.titles.push({ text: indicator.label, at, drawn: null });
    }
    this.chart.panes().forEach((each, index) => each.setStretchFactor(index === 0 ? 3.2 : 1));
    this.drawTitles();
  }

  load(slots: readonly Slot[]): void {
    for (const line of this.lines) this.fill(line, slots);
  }

  /** Changes the slot at `index` of `slots`. */
  update(slots: readonly Slot[], index: number, older: boolean): void {
    const slot = slots[index];
    if (!slot) return;
    for (const line of this.lines) {
      const value = shownAt(slots, index, line);
      if (line.histogram) (line.series as ISeriesApi<'Histogram'>).update(this.histogramPoint(slot, value), older);
      else (line.series as ISeriesApi<'Line'>).update(this.linePoint(slot, value), older);
    }
  }

  paint(palette: Palette): void {
    this.palette = palette;
    for (const line of this.lines) {
      line.series.applyOptions({ color: this.colourOf(line.place) });
      for (const level of line.levels) level.applyOptions({ color: palette.control });
    }
    this.drawTitles();
  }

  private colourOf(place: number): string {
    const { series } = this.palette;
    return series[place % series.length] ?? this.palette.accent;
  }

  private addLine(
    indicator: IndicatorView,
    line: IndicatorLine,
    pane: number,
    place: number,
    inPane: number,
  ): DrawnLine {
    const { decimals = 2, compact = false } = indicator;
    const { displacement = 0 } = line;
    const histogram = line.style === 'histogram';
    const points = line.style === 'points';
    const options = {
      color: this.colourOf(place),
      priceFormat: {
        type: 'custom' as const,
        minMove: 10 ** -decimals,
        formatter: (v: number) => (compact ? formatCompact(v) : formatPrice(v, decimals)).text,
      },
      lastValueVisible: false,
      priceLineVisible: false,
    };
    const series = histogram
      ? this.chart.addSeries(HistogramSeries, options, pane)
      : this.chart.addSeries(
          LineSeries,
          {
            ...options,
            lineWidth: 1,
            lineStyle: linePattern(inPane),
            lineVisible: !points,
            pointMarkersVisible: points,
            pointMarkersRadius: 1.5,
            crosshairMarkerRadius: 3,
          },
          pane,
        );
    const levels = (line.name === indicator.lines[0]?.name ? (indicator.levels ?? []) : []).map((price) =>
      series.createPriceLine({
        price,
        color: this.palette.control,
        lineWidth: 1,
        lineStyle: LineStyle.Dotted,
        axisLabelVisible: false,
      }),
    );
    return {
      id: indicator.id,
      name: line.name,
      histogram,
      displacement,
      series,
      levels,
      place,
    };
  }

  private fill(line: DrawnLine, slots: readonly Slot[]): void {
    const values = slots.map((_, index) => shownAt(slots, index, line));
    const value = (index: number): number | null => values[index] ?? null;
    if (line.histogram)
      (line.series as ISeriesApi<'Histogram'>).setData(
        slots.map((slot, index) => this.histogramPoint(slot, value(index))),
      );
    else
      (line.series as ISeriesApi<'Line'>).setData(
        slots.map((slot, index) =>
          this.linePoint(slot, value(index), index + 1 < slots.length && value(index + 1) === null),
        ),
      );
  }

  /** The library joins points over whitespace: the last one before a hole is given an invisible way onward. */
  private linePoint(slot: Slot, value: number | null, hole = false): LineData | WhitespaceData {
    if (value === null) return { time: stamp(slot) };
    return hole ? { time: stamp(slot), value, color: 'transparent' } : { time: stamp(slot), value };
  }

  private histogramPoint(slot: Slot, value: number | null): HistogramData | WhitespaceData {
    if (value === null) return { time: stamp(slot) };
    return { time: stamp(slot), value, color: translucent(value < 0 ? this.palette.loss : this.palette.gain, 70) };
  }

  /** The name of an indicator in the corner of its own pane; the legend says it in text. */
  private drawTitles(): void {
    const panes = this.chart.panes();
    for (const title of this.titles) {
      title.drawn?.detach();
      const pane = panes[title.at];
      title.drawn = pane
        ? createTextWatermark(pane, {
            horzAlign: 'left',
            vertAlign: 'top',
            lines: [{ text: title.text, color: this.palette.muted, fontSize: 11 }],
          })
        : null;
    }
  }
}
