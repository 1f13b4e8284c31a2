import { DestroyRef, Injectable, computed, inject, signal } from '@angular/core';
import { toObservable } from '@angular/core/rxjs-interop';
import type { StreamBar } from '@ziggy/contracts';
import type { Interval } from '@ziggy/domain';
import type { BarBatch, BarUpdate, IndicatorColumns, Rejection, SeriesOrigin } from '@ziggy/stream-client';
import { EMPTY, switchMap } from 'rxjs';
import { LatestRequest } from './request.ts';
import { Rest } from './rest.ts';
import { STREAM } from './stream.ts';

const PAGE = 500;
const MOST_BARS = 20_000;

export interface ChartSubject {
  readonly symbol: string;
  readonly timeframe: Interval;
}

/** Bars of one chart, ascending, and the indicator values in step with them (null in warm-up and gaps). */
export interface ChartImage {
  readonly subject: ChartSubject;
  readonly bars: readonly StreamBar[];
  readonly indicators: IndicatorColumns;
}

/** One chart: the stream's image and changes, older pages over REST. Provide it where the chart is. */
@Injectable()
export class BarsStore {
  readonly #rest = inject(Rest);
  readonly #subject = signal<ChartSubject | null>(null, {
    equal: (a, b) => a?.symbol === b?.symbol && a?.timeframe === b?.timeframe,
  });
  readonly #image = signal<ChartImage | null>(null);
  readonly #updated = signal(0);
  #pending = new Map<number, BarUpdate>();
  readonly #origin = signal<SeriesOrigin | null>(null);
  readonly #rejection = signal<Rejection | null>(null);
  readonly #atStart = signal(false);
  readonly #older = new LatestRequest<ChartImage>();
  /** The image with all updates since, kept outside signals: a bar is not worth one. */
  #live: { bars: StreamBar[]; indicators: Record<string, Record<string, (number | null)[]>> } = {
    bars: [],
    indicators: {},
  };

  /** The whole chart, set anew on a snapshot, a change of subject and an older page; not on a tick. */
  readonly image = this.#image.asReadonly();
  /** Rises when bars have changed that {@link takeUpdates} gives. */
  readonly updated = this.#updated.asReadonly();
  readonly origin = this.#origin.asReadonly();
  readonly rejection = this.#rejection.asReadonly();
  readonly loadingOlder = this.#older.loading;
  readonly olderProblem = this.#older.problem;
  /** True when the server has no older bar. */
  readonly atStart = this.#atStart.asReadonly();
  readonly subject = this.#subject.asReadonly();
  readonly loading = computed(() => this.#subject() !== null && this.#image() === null && this.#rejection() === null);

  constructor() {
    const stream = inject(STREAM);
    const batches = toObservable(this.#subject)
      .pipe(switchMap((subject) => (subject ? stream.bars(subject.symbol, subject.timeframe) : EMPTY)))
      .subscribe((batch) => this.#apply(batch));
    inject(DestroyRef).onDestroy(() => batches.unsubscribe());
  }

  show(subject: ChartSubject): void {
    const before = this.#subject();
    if (before?.symbol === subject.symbol && before.timeframe === subject.timeframe) return;
    this.#clear();
    this.#subject.set(subject);
  }

  /**
   * The bars that changed since the last call or image, newest value each. For one reader: a frame that the reader did not
   * come round to is not lost, only merged.
   */
  takeUpdates(): BarUpdate[] {
    const updates = [...this.#pending.values()];
    this.#pending = new Map();
    return updates;
  }

  /** Sets the image anew from all that has come since, for a reader that starts over. */
  refresh(): void {
    const subject = this.#subject();
    if (subject && this.#live.bars.length > 0) this.#publish(subject);
  }

  /** Loads the page before the oldest bar; one at a time, up to 20 000 bars. */
  async loadOlder(): Promise<void> {
    const subject = this.#subject();
    const oldest = this.#live.bars[0];
    if (!subject || !oldest || this.#atStart() || this.#older.loading() || this.#live.bars.length >= MOST_BARS) return;
    const page = await this.#older.run(async (signal) => {
      const answer = await this.#rest.barsBefore(subject.symbol, subject.timeframe, oldest.openTime, PAGE, signal);
      const bars = answer.items.map(({ openTime, closeTime, ...rest }) => ({
        ...rest,
        openTime: Date.parse(openTime),
        closeTime: Date.parse(closeTime),
      }));
      return { subject, bars, indicators: answer.indicators };
    });
    if (!page || this.#subject() !== subject) return;
    const first = this.#live.bars[0];
    const older = page.bars.filter((bar) => first && bar.openTime < first.openTime);
    if (page.bars.length === 0 || older.length === 0) this.#atStart.set(true);
    if (older.length > 0) {
      this.#live = joined(older, page.indicators, this.#live.bars, this.#live.indicators);
      this.#publish(subject);
    }
  }

  #apply(batch: BarBatch): void {
    const subject = this.#subject();
    if (!subject || batch.symbol !== subject.symbol || batch.timeframe !== subject.timeframe) return;
    if (batch.reset) this.#clear();
    this.#rejection.set(batch.rejected);
    if (batch.origin) this.#origin.set(batch.origin);
    if (batch.snapshot) {
      // Pages that were loaded before a reconnect stay, as long as they join the new image.
      const { bars, indicators } = batch.snapshot;
      const first = bars[0];
      const kept = first ? this.#live.bars.findIndex((bar) => bar.openTime >= first.openTime) : -1;
      this.#live =
        kept > 0
          ? joined(this.#live.bars.slice(0, kept), this.#live.indicators, bars, indicators)
          : { bars: [...bars], indicators: copyColumns(indicators) };
      this.#publish(subject);
    }
    for (const update of batch.updates) this.#merge(update);
    if (batch.updates.length > 0) {
      if (this.#image() === null) this.#publish(subject);
      else {
        for (const update of batch.updates) this.#pending.set(update.bar.openTime, update);
        this.#updated.update((count) => count + 1);
      }
    }
  }

  #merge({ bar, indicators }: BarUpdate): void {
    const { bars } = this.#live;
    let index = bars.length;
    while (index > 0 && (bars[index - 1] as StreamBar).openTime >= bar.openTime) index--;
    const known = bars[index]?.openTime === bar.openTime;
    bars.splice(index, known ? 1 : 0, bar);
    for (const [id, outputs] of Object.entries(indicators)) {
      const columns = (this.#live.indicators[id] ??= {});
      for (const name of Object.keys(outputs))
        columns[name] ??= new Array<number | null>(bars.length - (known ? 0 : 1)).fill(null);
    }
    for (const [id, columns] of Object.entries(this.#live.indicators)) {
      for (const [name, column] of Object.entries(columns))
        column.splice(index, known ? 1 : 0, indicators[id]?.[name] ?? null);
    }
  }

  #publish(subject: ChartSubject): void {
    this.#pending.clear();
    this.#image.set({ subject, bars: [...this.#live.bars], indicators: copyColumns(this.#live.indicators) });
  }

  #clear(): void {
    this.#live = { bars: [], indicators: {} };
    this.#pending.clear();
    this.#older.clear();
    this.#atStart.set(false);
    this.#image.set(null);
    this.#origin.set(null);
    this.#rejection.set(null);
  }
}

type Columns = Record<string, Record<string, (number | null)[]>>;

function copyColumns(columns: IndicatorColumns): Columns {
  return Object.fromEntries(
    Object.entries(columns).map(([id, outputs]) => [
      id,
      Object.fromEntries(Object.entries(outputs).map(([name, values]) => [name, [...values]])),
    ]),
  );
}

/** Puts two stretches of bars one behind the other; an indicator missing in one is null there. */
function joined(
  left: readonly StreamBar[],
  leftColumns: IndicatorColumns,
  right: readonly StreamBar[],
  rightColumns: IndicatorColumns,
): { bars: StreamBar[]; indicators: Columns } {
  const indicators: Columns = {};
  for (const id of new Set([...Object.keys(leftColumns), ...Object.keys(rightColumns)])) {
    const outputs: Record<string, (number | null)[]> = {};
    for (const name of new Set([...Object.keys(leftColumns[id] ?? {}), ...Object.keys(rightColumns[id] ?? {})])) {
      const part = (columns: IndicatorColumns, length: number): (number | null)[] =>
        Array.from({ length }, (_, i) => columns[id]?.[name]?.[i] ?? null);
      outputs[name] = [...part(leftColumns, left.length), ...part(rightColumns, right.length)];
    }
    indicators[id] = outputs;
  }
  return { bars: [...left, ...right], indicators };
}
