import {
  Component,
  DestroyRef,
  afterNextRender,
  computed,
  effect,
  inject,
  input,
  output,
  signal,
  untracked,
  viewChild,
} from '@angular/core';
import type { ElementRef } from '@angular/core';
import type { Kind } from '@ziggy/domain';
import { KindWatermark } from '../primitives/environment.ts';
import { paletteOf } from '../tokens/palette.ts';
import type { GainMode } from '../tokens/palette.ts';
import type { ThemeName } from '../tokens/tokens.ts';
import type { ChartAction, ChartBar, ChartGap, IndicatorPoint, IndicatorView } from './bars.ts';
import { CandleLegend } from './candle-legend.ts';
import type { LegendLine } from './candle-legend.ts';
import { CandleModel } from './candle-model.ts';
import type { Slot } from './candle-model.ts';
import type { CandlePlot } from './candle-plot.ts';
import { CandleTable } from './candle-table.ts';
import { chartSummary, slotWords } from './summary.ts';
import { ZoneShift } from './zone-shift.ts';

/** So many bars from the left edge, older ones are asked for. */
const NEAR_BARS = 60;
const DAY_MS = 86_400_000;

/**
 * Candles, volume and indicators of one symbol and interval. A new `bars` array is a snapshot; single bars come through
 * {@link update}, which costs O(1) for the newest. Indicator values are the server's; none is computed here.
 */
@Component({
  selector: 'z-candles',
  imports: [CandleLegend, CandleTable, KindWatermark],
  template: `<div class="stage" [attr.data-view]="view()">
      <div class="chart" [attr.inert]="view() === 'table' ? '' : null">
        <div
          class="plot"
          #plot
          tabindex="0"
          role="group"
          aria-roledescription="chart"
          [attr.aria-label]="summary()"
          [attr.aria-describedby]="helpId"
          (keydown)="key($event)"
          (blur)="leave()"
        ></div>
        <span class="z-sr" [id]="helpId"
          >Arrow keys move along the bars, Home and End jump, plus and minus zoom, Escape leaves.</span
        >
        <span class="z-sr" role="status">{{ spoken() }}</span>
        @if (view() !== 'table') {
          @if (legendSlot(); as slot) {
            <z-candle-legend
              [slot]="slot"
              [zone]="zone()"
              [daily]="daily()"
              [decimals]="decimals()"
              [lines]="legendLines()"
              [path]="path()"
            />
          }
          @if (olderState() === 'loading') {
            <span class="older" role="status">Loading older bars</span>
          }
        }
      </div>
      @if (view() !== 'chart') {
        <z-candle-table
          [slots]="tableSlots()"
          [caption]="summary()"
          [zone]="zone()"
          [daily]="daily()"
          [decimals]="decimals()"
          [lines]="legendLines()"
          [path]="path()"
        />
      }
      <z-watermark [kind]="kind()" />
    </div>
    <p class="credit">
      <a href="https://www.tradingview.com/" target="_blank" rel="noopener noreferrer">Charts by TradingView</a>
      @if (olderState() === 'end') {
        <span> · no older bars</span>
      }
    </p>`,
  styleUrl: './candle-host.css',
})
export class CandleHost {
  private static count = 0;

  readonly symbol = input.required<string>();
  /** Name of the interval, e.g. `5m`. */
  readonly interval = input.required<string>();
  readonly intervalMs = input.required<number>();
  /** The exchange's IANA zone; `UTC` for what trades round the clock. */
  readonly zone = input.required<string>();
  readonly bars = input.required<readonly ChartBar[]>();
  readonly gaps = input<readonly ChartGap[]>([]);
  readonly actions = input<readonly ChartAction[]>([]);
  readonly indicators = input<readonly IndicatorView[]>([]);
  readonly decimals = input(2);
  readonly kind = input.required<Kind | null>();
  readonly theme = input<ThemeName>('dark');
  readonly gainMode = input<GainMode>('safe');
  readonly view = input<'chart' | 'table' | 'split'>('chart');
  /** `loading` while older bars are awaited, `end` when there are none. */
  readonly olderState = input<'idle' | 'loading' | 'end'>('idle');
  /** The view is near the oldest bar, whose opening time this is; once per oldest bar. */
  readonly nearStart = output<number>();

  protected readonly helpId = `z-candles-help-${(CandleHost.count += 1)}`;
  protected readonly daily = computed(() => this.intervalMs() >= DAY_MS);
  protected readonly path = computed(() => `bar.${this.symbol()}.${this.interval()}.`);
  protected readonly legendSlot = signal<Slot | null>(null);
  protected readonly spoken = signal('');
  protected readonly summary = signal('');
  protected readonly legendLines = computed<readonly LegendLine[]>(() => {
    const { series } = paletteOf(this.theme(), this.gainMode());
    let place = 0;
    return this.indicators().flatMap(({ id, label, lines, decimals = 2, compact = false }) =>
      lines.map((line, index) => ({
        id,
        name: line.name,
        label: lines.length > 1 ? `${label} ${line.label}` : label,
        short: index > 0 ? line.label : lines.length > 1 ? `${label} ${line.label}` : label,
        colour: series[place++ % series.length] ?? '',
        decimals,
        compact,
      })),
    );
  });
  /** Rises when the table must be drawn again; the chart does not read it. */
  private readonly version = signal(0);
  protected readonly tableSlots = computed(() => {
    this.version();
    return this.model.all.slice();
  });

  private readonly element = viewChild.required<ElementRef<HTMLElement>>('plot');
  private readonly model = new CandleModel();
  private readonly plot = signal<CandlePlot | null>(null);
  /** Under pointer or keyboard; null follows the newest bar. */
  private pointed: number | null = null;
  private askedFor: number | null = null;
  private opened = '';
  private gone = false;

  constructor() {
    afterNextRender(() => void this.openPlot());
    effect(() => this.plot()?.describe(this.decimals(), this.daily()));
    effect(() => {
      const plot = this.plot();
      const snapshot = {
        bars: this.bars(),
        gaps: this.gaps(),
        indicators: this.indicators(),
        intervalMs: this.intervalMs(),
        shift: new ZoneShift(this.zone()),
      };
      untracked(() => {
        const view = plot?.view() ?? null;
        const anchor = this.model.last?.bar?.openTime ?? null;
        const before = this.model.all.length - 1;
        this.model.load(snapshot);
        const moved = anchor === null ? 0 : this.model.indexOfEpoch(anchor) - before;
        this.redraw(plot, view && { from: view.from + moved, to: view.to + moved });
      });
    });
    effect(() => {
      const palette = paletteOf(this.theme(), this.gainMode());
      const plot = this.plot();
      plot?.paint(palette);
      plot?.load(this.model.all);
    });
    effect(() => {
      const actions = this.actions();
      const plot = this.plot();
      this.bars();
      untracked(() => this.markActions(plot, actions));
    });
    inject(DestroyRef).onDestroy(() => {
      this.gone = true;
      untracked(this.plot)?.remove();
    });
  }

  /** The chart library is a chunk of its own, fetched when the first chart is shown. */
  private async openPlot(): Promise<void> {
    const { CandlePlot } = await import('./candle-plot.ts');
    if (this.gone) return;
    const palette = paletteOf(this.theme(), this.gainMode());
    this.plot.set(
      new CandlePlot(this.element().nativeElement, palette, {
        crosshair: (time) => this.pointTo(time),
        range: (from) => this.askOlder(from),
      }),
    );
  }

  /**
   * Takes one bar of the stream, forming or closed, with the values of its indicators; without `point` those of the bar
   * stay as they are.
   */
  update(bar: ChartBar, point?: IndicatorPoint): void {
    const change = this.model.apply(bar, point);
    if (change.kind === 'none') return;
    const plot = untracked(this.plot);
    if (change.dropped) plot?.load(this.model.all);
    else plot?.update(this.model.all, this.model.indexOfTime(change.slot.time), change.kind === 'older');
    if (this.pointed === null && change.kind !== 'older') this.legendSlot.set(change.slot);
    if (this.pointed === change.slot.time) this.legendSlot.set(change.slot);
    if (untracked(this.view) !== 'chart') this.version.update((version) => version + 1);
    if (bar.closed) this.describe();
  }

  protected key(event: KeyboardEvent): void {
    const plot = this.plot();
    const count = this.model.all.length;
    if (!plot || count === 0) return;
    const from = this.pointed === null ? count : this.model.indexOfTime(this.pointed);
    const step = event.shiftKey ? 10 : 1;
    const target = (
      { ArrowLeft: from - step, ArrowRight: from + step, Home: 0, End: count - 1 } as Record<string, number | undefined>
    )[event.key];
    if (target !== undefined) this.speak(plot, Math.min(count - 1, Math.max(0, target)));
    else if (event.key === '+' || event.key === '=') plot.zoom(0.8);
    else if (event.key === '-') plot.zoom(1.25);
    else if (event.key === 'Escape') this.leave();
    else return;
    event.preventDefault();
  }

  protected leave(): void {
    this.plot()?.clearPoint();
    this.spoken.set('');
    this.pointTo(null);
  }

  private speak(plot: CandlePlot, index: number): void {
    const slot = this.model.all[index];
    if (!slot) return;
    plot.pointAt(slot);
    this.pointTo(slot.time);
    this.spoken.set(
      slotWords(slot, { zone: this.zone(), daily: this.daily(), decimals: this.decimals(), lines: this.legendLines() }),
    );
  }

  private pointTo(time: number | null): void {
    this.pointed = time;
    const slot = time === null ? this.model.last : this.model.all[this.model.indexOfTime(time)];
    this.legendSlot.set(slot ?? null);
  }

  /** Draws the model anew; `view` is the part that was seen, already moved by what came in front of it. */
  private redraw(plot: CandlePlot | null, view: { from: number; to: number } | null): void {
    this.legendSlot.set(this.model.last);
    this.version.update((version) => version + 1);
    this.describe();
    if (!plot) return;
    plot.setIndicators(this.indicators());
    plot.load(this.model.all);
    const subject = `${this.symbol()} ${this.interval()}`;
    if (this.model.last === null) return;
    if (subject === this.opened) {
      if (view) plot.show(view);
      return;
    }
    this.opened = subject;
    this.askedFor = null;
    plot.showNewest(this.model.all.length);
  }

  /** Marks of the same bar are joined. */
  private markActions(plot: CandlePlot | null, actions: readonly ChartAction[]): void {
    const bySlot = new Map<Slot, string>();
    for (const { exDate, mark } of actions) {
      const slot = this.model.firstOfDay(exDate);
      if (slot) bySlot.set(slot, [bySlot.get(slot), mark].filter(Boolean).join(' '));
    }
    const marks = [...bySlot].map(([slot, text]) => ({ slot, text }));
    plot?.setMarks(marks.sort((a, b) => a.slot.time - b.slot.time));
  }

  private describe(): void {
    this.summary.set(
      chartSummary({
        symbol: untracked(this.symbol),
        interval: untracked(this.interval),
        daily: untracked(this.daily),
        zone: untracked(this.zone),
        decimals: untracked(this.decimals),
        slots: this.model.all,
      }),
    );
  }

  private askOlder(from: number): void {
    const oldest = this.model.oldest;
    if (from > NEAR_BARS || oldest === null || untracked(this.olderState) !== 'idle' || this.askedFor === oldest)
      return;
    this.askedFor = oldest;
    this.nearStart.emit(oldest);
  }
}
