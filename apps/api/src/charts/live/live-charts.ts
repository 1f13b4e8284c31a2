import { DEFAULT_INDICATORS } from '@ziggy/contracts';
import type { ChartSnapshotFrame, ServerFrame, StreamErrorName } from '@ziggy/contracts';
import { TIMEFRAME_MS, calendarOf, storedInterval } from '@ziggy/domain';
import type { Bar, Instrument, Interval, Symbol, Timeframe } from '@ziggy/domain';
import { parseIndicators } from '@ziggy/quant';
import type { IndicatorSpec } from '@ziggy/quant';
import { ChartsFeed } from '../../stream/channel-feed.ts';
import type { StreamKey } from '../../stream/channel-feed.ts';
import { chartTopic } from '../../stream/hubs.ts';
import { SingleFlight } from '../../market/source/single-flight.ts';
import type { BarListener } from './live-bars.ts';
import { ChartSeries, SNAPSHOT_BARS } from './chart-series.ts';
import type { LiveChartsOptions } from './live-charts-options.ts';
import { WeekSoFar } from './week-so-far.ts';

/** What a live bar of an interval is shown in. */
const SHOWN_IN: Readonly<Record<Interval, readonly Timeframe[]>> = {
  '1m': ['1m'],
  '5m': ['5m'],
  '15m': ['15m'],
  '1h': ['1h'],
  '1d': ['1d', '1w'],
};
/** Series held: a series of 500 bars with five indicators takes about 200 KB. */
const SERIES_MAX = 512;
/** Bars read beyond the shown ones, so that the first shown indicator values are warm. */
const WARM_UP_BARS = 100;
/** A forming bar is put into a frame at most this often (ms); the hub sends it at most every 250 ms anyway. */
const FORMING_EVERY_MS = 100;
const READY_WITHIN_MS = 2_500;
/** Pauses before a series that could not be read is read again: doubled each time, from the first to the second. */
const READ_AGAIN_MIN_MS = 2_000;
const READ_AGAIN_MAX_MS = 60_000;

/** Why a series is to be read again: for what closed behind an instant, or because all of it is another. */
type Due = { readonly kind: 'reload'; readonly after: number } | { readonly kind: 'renew' };

interface Chart {
  readonly instrument: Instrument;
  readonly timeframe: Timeframe;
  /** Interval of the live bars that it is made of. */
  readonly interval: Interval;
  readonly topic: string;
  series: ChartSeries;
  /** Where days become weeks; null where bars are shown as they come. */
  week: WeekSoFar | null;
  /** Whether the source was asked to keep the symbol fresh for this chart. */
  attached: boolean;
  /** Whether it was ever read: from then on it has something to show. */
  opened: boolean;
  image: ChartSnapshotFrame | null;
  /** Bars that closed while the series was being read, or could not be. */
  arrived: Bar[] | null;
  reading: boolean;
  /** What happened while it was being read. */
  due: Due | null;
  /** Attempts in a row that failed. */
  failures: number;
  /** Cancels the next attempt. */
  retry: (() => void) | null;
  formedAt: number;
  /** Cancels the frame that waits. */
  waiting: (() => void) | null;
}

/** The feed of `/ws/charts`: one series per symbol and timeframe that is being looked at, or was lately. */
export class LiveCharts extends ChartsFeed implements BarListener {
  readonly #options: LiveChartsOptions;
  readonly #specs: readonly IndicatorSpec[];
  /** Interested connections by topic; also of keys that nobody knows yet, for they are counted before they are looked up. */
  readonly #interest = new Map<string, number>();
  #silent = false;
  /** In the order of last use. */
  readonly #charts = new Map<string, Chart>();
  readonly #bySymbol = new Map<Symbol, Set<Chart>>();
  readonly #loading = new SingleFlight<StreamErrorName | null>();

  constructor(options: LiveChartsOptions) {
    super();
    this.#options = options;
    const parsed = parseIndicators(DEFAULT_INDICATORS.join(','));
    this.#specs = 'specs' in parsed ? parsed.specs : [];
  }

  get size(): number {
    return this.#charts.size;
  }

  // ---- feed -------------------------------------------------------------------------------------

  async prepare({ symbol, timeframe }: StreamKey): Promise<StreamErrorName | null> {
    if (timeframe === null || !this.#options.intervals.includes(storedInterval(timeframe))) return 'validation';
    const topic = chartTopic(symbol, timeframe);
    const chart = this.#charts.get(topic);
    if (chart?.opened === true) return this.#attach(chart);
    return this.#loading.run(topic, async () => {
      const found = await this.#options.resolve(symbol);
      if (!('instrument' in found)) return found.missing === 'unknown' ? 'unknown_symbol' : 'internal';
      return this.#within(this.#open(topic, found.instrument, timeframe));
    });
  }

  snapshot({ symbol, timeframe }: StreamKey): readonly ServerFrame[] {
    const chart = this.#charts.get(chartTopic(symbol, timeframe as Timeframe));
    if (chart === undefined) return [];
    this.#touch(chart);
    const stale = this.#options.isStale(symbol);
    chart.image ??= chart.series.snapshotFrame(this.#options.nextId(), this.#options.wallNow(), stale);
    return [chart.image];
  }

  acquire({ symbol, timeframe }: StreamKey): void {
    const topic = chartTopic(symbol, timeframe as Timeframe);
    this.#interest.set(topic, (this.#interest.get(topic) ?? 0) + 1);
  }

  release({ symbol, timeframe }: StreamKey): void {
    const topic = chartTopic(symbol, timeframe as Timeframe);
    const count = this.#interest.get(topic) ?? 0;
    if (count > 1) {
      this.#interest.set(topic, count - 1);
      return;
    }
    this.#interest.delete(topic);
    const chart = this.#charts.get(topic);
    if (chart?.attached !== true) return;
    chart.attached = false;
    this.#options.release(symbol, chart.interval);
  }

  // ---- bars -------------------------------------------------------------------------------------

  onForming(bar: Bar): void {
    if (this.#silent) return;
    for (const timeframe of SHOWN_IN[bar.interval]) {
      const chart = this.#charts.get(chartTopic(bar.symbol, timeframe));
      if (chart !== undefined) this.#form(chart, bar);
    }
  }

  onClosed(bar: Bar): void {
    if (this.#silent) return;
    for (const timeframe of SHOWN_IN[bar.interval]) {
      const chart = this.#charts.get(chartTopic(bar.symbol, timeframe));
      if (chart !== undefined) this.#close(chart, bar);
    }
  }

  /** Bars may be missing from here on: what is watched is read again once ticks return, the rest is forgotten. */
  onInterrupted(symbol: Symbol): void {
    for (const chart of this.#bySymbol.get(symbol) ?? []) {
      chart.image = null;
      if (!this.#watched(chart)) this.#drop(chart);
      else void this.#reload(chart, chart.series.lastClosed?.openTime ?? Number.NEGATIVE_INFINITY);
    }
  }

  /** While silent nothing is published, as under a seek of a tape; then each series is read again and what closed is told. */
  setSilent(silent: boolean): void {
    if (this.#silent === silent) return;
    this.#silent = silent;
    if (!silent) for (const symbol of this.#bySymbol.keys()) this.onInterrupted(symbol);
  }

  /** The past is another one, for a split took effect: who watches gets the whole series anew, the rest is forgotten. */
  onPastChanged(symbol: Symbol): void {
    for (const chart of this.#bySymbol.get(symbol) ?? []) {
      chart.image = null;
      if (!this.#watched(chart)) this.#drop(chart);
      else void this.#renew(chart);
    }
  }

  /** The symbol's quotes are flagged stale or fresh again: watched charts say so. */
  onFreshness(symbol: Symbol): void {
    for (const chart of this.#bySymbol.get(symbol) ?? []) {
      chart.image = null;
      if (this.#watched(chart)) this.#publishForming(chart);
    }
  }

  // ---- inside -----------------------------------------------------------------------------------

  #form(chart: Chart, bar: Bar): void {
    // Days that come while the days before them are being read are read with them.
    if (chart.week !== null && chart.arrived !== null) return;
    const shown = chart.week === null ? bar : chart.week.take(bar, this.#options.marketNow());
    if (shown === null || !chart.series.form(shown)) return;
    chart.image = null;
    if (!this.#watched(chart) || chart.waiting !== null) return;
    const rest = chart.formedAt + FORMING_EVERY_MS - this.#options.wallNow();
    if (rest <= 0) this.#publishForming(chart);
    else chart.waiting = this.#options.after(rest, () => this.#publishForming(chart));
  }

  #close(chart: Chart, bar: Bar): void {
    if (chart.arrived !== null) {
      chart.arrived.push(bar);
      // What is older is read with the series.
      if (chart.arrived.length > SNAPSHOT_BARS) chart.arrived.shift();
      return;
    }
    const shown = chart.week === null ? bar : chart.week.take(bar, this.#options.marketNow());
    // Older than what is kept: its week, which began up to a week before, is told again.
    if (shown === null) return void this.#reload(chart, bar.openTime - TIMEFRAME_MS['1w']);
    if (!shown.complete) {
      // A day of a week that goes on: the week still forms. Of a week that is over, it changes the past.
      if (!chart.series.form(shown)) return void this.#reload(chart, shown.openTime - 1);
      chart.image = null;
      if (this.#watched(chart)) this.#publishForming(chart);
      return;
    }
    const done = chart.series.close(shown);
    if (done === 'known') return;
    chart.image = null;
    if (done === 'appended') this.#publishClosed(chart, shown.openTime);
    else void this.#reload(chart, shown.openTime - 1);
  }

  /** From here on the symbol's ticks are kept coming, if anybody still wants them. */
  #attach(chart: Chart): StreamErrorName | null {
    if (chart.attached || !this.#watched(chart)) return null;
    chart.attached = this.#options.acquire(chart.instrument, chart.interval);
    return chart.attached ? null : 'overloaded';
  }

  /** Whether the chart is still the one of its topic: one that was dropped while it was read says nothing more. */
  #isHeld(chart: Chart): boolean {
    return this.#charts.get(chart.topic) === chart;
  }

  #watched(chart: Chart): boolean {
    return this.#interest.has(chart.topic);
  }

  async #open(topic: string, instrument: Instrument, timeframe: Timeframe): Promise<StreamErrorName | null> {
    const chart: Chart = {
      instrument,
      timeframe,
      interval: storedInterval(timeframe),
      topic,
      series: this.#newSeries(instrument.symbol, timeframe),
      week: null,
      attached: false,
      opened: false,
      image: null,
      arrived: [],
      reading: false,
      due: null,
      failures: 0,
      retry: null,
      formedAt: 0,
      waiting: null,
    };
    this.#charts.set(topic, chart);
    let ofSymbol = this.#bySymbol.get(instrument.symbol);
    if (ofSymbol === undefined) this.#bySymbol.set(instrument.symbol, (ofSymbol = new Set()));
    ofSymbol.add(chart);
    this.#evict();
    // Attached before it is read: what closes meanwhile is collected.
    const refused = this.#attach(chart);
    if (refused === null) {
      try {
        await this.#read(chart);
        chart.opened = true;
        this.#catchUp(chart);
        return null;
      } catch (error) {
        this.#options.onFailed(error);
      }
    }
    this.#drop(chart);
    return refused ?? 'internal';
  }

  async #read(chart: Chart): Promise<void> {
    chart.arrived ??= [];
    chart.reading = true;
    try {
      const { bars, days } = await this.#options.load(chart.instrument, chart.timeframe, SNAPSHOT_BARS + WARM_UP_BARS);
      const series = this.#newSeries(chart.instrument.symbol, chart.timeframe);
      const week = days === null ? null : new WeekSoFar(calendarOf(chart.instrument.calendar), days);
      series.load(bars);
      for (const bar of chart.arrived) {
        const shown = week === null ? bar : week.take(bar, this.#options.marketNow());
        if (shown?.complete === true) series.close(shown);
        else if (shown !== null) series.form(shown);
      }
      chart.arrived = null;
      chart.series = series;
      chart.week = week;
      chart.image = null;
    } finally {
      chart.reading = false;
    }
  }

  /** Reads a series again and publishes the closed bars behind an instant. */
  async #reload(chart: Chart, after: number): Promise<void> {
    if (!(await this.#readAgain(chart, { kind: 'reload', after }))) return;
    for (const bar of chart.series.closedAfter(after)) this.#publishClosed(chart, bar.openTime);
    if (this.#watched(chart)) this.#publishForming(chart);
    this.#catchUp(chart);
  }

  /** Reads a series again and publishes all of it. */
  async #renew(chart: Chart): Promise<void> {
    if (!(await this.#readAgain(chart, { kind: 'renew' }))) return;
    const stale = this.#options.isStale(chart.instrument.symbol);
    chart.image = chart.series.snapshotFrame(this.#options.nextId(), this.#options.wallNow(), stale);
    this.#options.outlet.publish(chart.topic, 'image', chart.image, { once: true });
    this.#catchUp(chart);
  }

  /** False when the series is being read already, or cannot be: then it is read once more, later. */
  async #readAgain(chart: Chart, due: Due): Promise<boolean> {
    if (chart.reading) {
      if (chart.due?.kind !== 'renew') chart.due = due;
      return false;
    }
    chart.retry?.();
    chart.retry = null;
    try {
      await this.#read(chart);
      chart.failures = 0;
      return this.#isHeld(chart);
    } catch (error) {
      this.#options.onFailed(error);
      if (this.#isHeld(chart)) this.#tryLater(chart, due);
      return false;
    }
  }

  /** What happened while the series was read may not be in it. */
  #catchUp(chart: Chart): void {
    const { due } = chart;
    chart.due = null;
    if (due?.kind === 'renew') void this.#renew(chart);
    else if (due !== null) void this.#reload(chart, chart.series.lastClosed?.openTime ?? due.after);
  }

  /** A chart that somebody looks at goes on once it can be read; what closes until then is collected. */
  #tryLater(chart: Chart, due: Due): void {
    const wanted = chart.due?.kind === 'renew' ? chart.due : due;
    chart.due = null;
    if (!this.#watched(chart)) return this.#drop(chart);
    const pause = Math.min(READ_AGAIN_MIN_MS * 2 ** chart.failures++, READ_AGAIN_MAX_MS);
    chart.retry = this.#options.after(pause, () => {
      chart.retry = null;
      if (!this.#watched(chart)) this.#drop(chart);
      else if (wanted.kind === 'renew') void this.#renew(chart);
      else void this.#reload(chart, wanted.after);
    });
  }

  #newSeries(symbol: Symbol, timeframe: Timeframe): ChartSeries {
    return new ChartSeries(symbol, timeframe, this.#options.sourceId, this.#options.kind, this.#specs);
  }

  #publishForming(chart: Chart): void {
    chart.waiting?.();
    chart.waiting = null;
    chart.formedAt = this.#options.wallNow();
    const stale = this.#options.isStale(chart.instrument.symbol);
    const frame = chart.series.formingFrame(this.#options.nextId(), chart.formedAt, stale);
    if (frame !== null) this.#options.outlet.publish(chart.topic, String(frame.data.bar.openTime), frame);
  }

  #publishClosed(chart: Chart, openTime: number): void {
    const stale = this.#options.isStale(chart.instrument.symbol);
    const frame = chart.series.closedFrame(openTime, this.#options.nextId(), this.#options.wallNow(), stale);
    if (frame !== null) this.#options.outlet.publish(chart.topic, String(openTime), frame, { once: true });
  }

  #touch(chart: Chart): void {
    this.#charts.delete(chart.topic);
    this.#charts.set(chart.topic, chart);
  }

  #drop(chart: Chart): void {
    chart.waiting?.();
    chart.retry?.();
    if (chart.attached) this.#options.release(chart.instrument.symbol, chart.interval);
    chart.attached = false;
    if (this.#isHeld(chart)) this.#charts.delete(chart.topic);
    const ofSymbol = this.#bySymbol.get(chart.instrument.symbol);
    ofSymbol?.delete(chart);
    if (ofSymbol?.size === 0) this.#bySymbol.delete(chart.instrument.symbol);
  }

  #evict(): void {
    if (this.#charts.size <= SERIES_MAX) return;
    for (const chart of this.#charts.values()) {
      if (this.#watched(chart) || chart.arrived !== null) continue;
      this.#drop(chart);
      if (this.#charts.size <= SERIES_MAX) return;
    }
  }

  /** The answer, or an error when it is not there in time; the work goes on and the next asker finds it done. */
  #within(work: Promise<StreamErrorName | null>): Promise<StreamErrorName | null> {
    return new Promise((resolve) => {
      const cancel = this.#options.after(READY_WITHIN_MS, () => resolve('internal'));
      void work.then((done) => {
        cancel();
        resolve(done);
      });
    });
  }
}
