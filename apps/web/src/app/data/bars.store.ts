import { DOCUMENT, DestroyRef, Injectable, computed, effect, inject, signal, untracked } from '@angular/core';
import { toObservable } from '@angular/core/rxjs-interop';
import type { Adjustment, BarsAnswer, StreamBar } from '@ziggy/contracts';
import type { Timeframe } from '@ziggy/domain';
import type { BarBatch, BarUpdate, Rejection, SeriesOrigin } from '@ziggy/stream-client';
import { EMPTY, switchMap } from 'rxjs';
import { copyColumns, imageOf, pointAt, putBar, united } from './bar-columns.ts';
import type { BarImage, Columns } from './bar-columns.ts';
import { ClockStore } from './clock.store.ts';
import { LatestRequest } from './request.ts';
import { Rest } from './rest.ts';
import type { BarsAsk } from './rest.ts';
import { STREAM } from './stream.ts';

const PAGE = 500;
/** Most that one answer holds. */
const LARGEST_PAGE = 5_000;
const MOST_BARS = 20_000;
/** Bars read again behind each close: the closed one, the one before it, the forming one. */
const TAIL = 3;
/** How old the value of an indicator that frames do not carry may be at the forming bar. */
export const FORMING_MS = 15_000;

export interface ChartSubject {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly adjust: Adjustment;
  /** First instant shown; null reaches back as far as is asked. Epoch ms. */
  readonly from: number | null;
  /** End of what is shown (outside); null follows the market. Epoch ms. */
  readonly to: number | null;
}

/** Bars of one chart, ascending, and the indicator values in step with them (null in warm-up and gaps). */
export interface ChartImage extends BarImage {
  readonly subject: ChartSubject;
}

/** What only REST says of the bars: holes, splits and dividends, and how much each page that was read covers. */
export interface ChartFacts {
  readonly gaps: readonly { readonly from: number; readonly to: number; readonly reason: string }[];
  readonly actions: BarsAnswer['actions'];
  readonly pages: readonly BarsAnswer['coverage'][];
  readonly market: string;
}

const NO_INDICATORS: readonly string[] = [];

/**
 * One chart. REST gives the image with gaps, actions and every chosen indicator; the stream gives each tick, with the
 * indicators that its frames carry. The others are read again when a bar closes, and every 15 s for the forming one: no
 * value is computed here, and one that is not read yet is null. The stream adjusts for splits; prices since the last
 * action are the same under any adjustment, so its bars continue a chart adjusted otherwise, and its indicators do not.
 * Provide it where the chart is.
 */
@Injectable()
export class BarsStore {
  readonly #rest = inject(Rest);
  readonly #document = inject(DOCUMENT);
  readonly #clock = inject(ClockStore);
  readonly #subject = signal<ChartSubject | null>(null);
  readonly #image = signal<ChartImage | null>(null);
  readonly #facts = signal<ChartFacts | null>(null);
  readonly #updated = signal(0);
  #pending = new Map<number, BarUpdate>();
  readonly #origin = signal<SeriesOrigin | null>(null);
  readonly #rejection = signal<Rejection | null>(null);
  readonly #atStart = signal(false);
  readonly #older = new LatestRequest<BarsAnswer>();
  readonly #whole = new LatestRequest<readonly BarsAnswer[]>();
  readonly #tail = new LatestRequest<BarsAnswer>();
  #wanted = NO_INDICATORS;
  #streamed: ReadonlySet<string> = new Set();
  #tailAt = 0;
  /** REST has been asked for the subject. */
  #asked = false;
  /** The image with all updates since, kept outside signals: a bar is not worth one. */
  #live: { bars: StreamBar[]; indicators: Columns } = { bars: [], indicators: {} };

  /** The whole chart, set anew on a snapshot, a change of subject and an older page; not on a tick. */
  readonly image = this.#image.asReadonly();
  /** Null until REST has answered. */
  readonly facts = this.#facts.asReadonly();
  /** Rises when bars have changed that {@link takeUpdates} gives. */
  readonly updated = this.#updated.asReadonly();
  readonly origin = this.#origin.asReadonly();
  readonly rejection = this.#rejection.asReadonly();
  readonly loadingOlder = this.#older.loading;
  readonly olderProblem = this.#older.problem;
  /** Why gaps, actions and the indicators that only REST has are not there. */
  readonly problem = this.#whole.problem;
  readonly reading = this.#whole.loading;
  /** True when the server has no older bar. */
  readonly atStart = this.#atStart.asReadonly();
  readonly subject = this.#subject.asReadonly();
  readonly loading = computed(
    () =>
      this.#subject() !== null &&
      this.#image() === null &&
      this.#rejection() === null &&
      this.#whole.problem() === null,
  );

  constructor() {
    const stream = inject(STREAM);
    const batches = toObservable(this.#subject)
      .pipe(switchMap((subject) => (subject?.to === null ? stream.bars(subject.symbol, subject.timeframe) : EMPTY)))
      .subscribe((batch) => this.#apply(batch));
    inject(DestroyRef).onDestroy(() => batches.unsubscribe());
    effect(() => {
      const now = this.#clock.now();
      untracked(() => this.#refreshForming(now));
    });
  }

  /**
   * Shows a chart with these indicators, each as the server writes it: `sma(20)`. While they are not known yet (null) only
   * the stream is listened to.
   */
  show(subject: ChartSubject, indicators: readonly string[] | null): void {
    const before = this.#subject();
    if (before === null || !sameSubject(before, subject)) {
      this.#clear();
      this.#subject.set(subject);
      this.#asked = false;
    }
    if (indicators === null) return;
    const added = indicators.some((id) => !(id in this.#live.indicators));
    this.#wanted = indicators;
    if (!this.#asked || added) void this.#load();
    else this.refresh();
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

  /** Reads the whole chart again. */
  reload(): void {
    void this.#load();
  }

  /** Loads the page before the oldest bar; one at a time, up to 20 000 bars. */
  async loadOlder(): Promise<void> {
    const subject = this.#subject();
    const oldest = this.#live.bars[0];
    if (!subject || !oldest || this.#atStart() || this.#older.loading() || this.#live.bars.length >= MOST_BARS) return;
    const page = await this.#older.run((signal) => this.#ask({ to: oldest.openTime, limit: PAGE }, signal));
    if (!page || this.#subject() !== subject) return;
    const first = this.#live.bars[0];
    const { bars } = imageOf(page);
    if (!first || !bars.some((bar) => bar.openTime < first.openTime)) {
      this.#atStart.set(true);
      return;
    }
    if (subject.from !== null && page.nextCursor === null) this.#atStart.set(true);
    this.#take(page);
    this.#note([page], 'older');
    this.#publish(subject);
  }

  #ask(part: { to?: number; limit: number }, signal: AbortSignal): Promise<BarsAnswer> {
    const { symbol, timeframe, adjust, from, to } = this.#subject() as ChartSubject;
    const end = part.to ?? to;
    const ask: BarsAsk = {
      symbol,
      interval: timeframe,
      adjust,
      limit: part.limit,
      indicators: this.#wanted,
      ...(from === null ? {} : { from }),
      ...(end === null ? {} : { to: end }),
    };
    return this.#rest.bars(ask, signal);
  }

  /** Reads what is held, or the first page of a chart that holds nothing, with all chosen indicators. */
  async #load(): Promise<void> {
    const subject = this.#subject();
    if (!subject) return;
    this.#asked = true;
    const oldest = this.#live.bars[0]?.openTime ?? Infinity;
    const held = this.#live.bars.length;
    const pages = await this.#whole.run(async (signal) => {
      const first = subject.from === null ? Math.max(PAGE, Math.min(LARGEST_PAGE, held + TAIL)) : LARGEST_PAGE;
      const answers = [await this.#ask({ limit: first }, signal)];
      // Older pages are held: their indicators are read as well.
      for (let last = answers[0]; answers.length < 5; last = answers.at(-1)) {
        const opens = last?.items[0] ? Date.parse(last.items[0].openTime) : -Infinity;
        if (opens <= oldest || oldest === Infinity) break;
        answers.push(await this.#ask({ to: opens, limit: LARGEST_PAGE }, signal));
      }
      return answers;
    });
    if (!pages || this.#subject() !== subject) return;
    for (const page of pages) this.#take(page);
    this.#note(pages, 'whole');
    const newest = pages[0] as BarsAnswer;
    if (subject.from !== null && newest.nextCursor === null) this.#atStart.set(true);
    if (subject.to !== null || this.#origin() === null) this.#origin.set(originOf(newest));
    this.#tailAt = this.#clock.now();
    this.#publish(subject);
  }

  /** Reads the newest bars again for what frames do not say: other indicators, gaps. */
  async #readTail(): Promise<void> {
    const subject = this.#subject();
    if (!subject || this.#whole.loading()) return;
    this.#tailAt = this.#clock.now();
    const page = await this.#tail.run((signal) => this.#ask({ limit: TAIL }, signal));
    if (!page || this.#subject() !== subject || this.#image() === null) return;
    this.#take(page);
    const before = this.#facts();
    this.#note([page], 'tail');
    const after = this.#facts();
    // A reader draws everything again for other gaps or actions, so it needs an image that has all that came since.
    if (before?.gaps !== after?.gaps || before?.actions !== after?.actions) return this.#publish(subject);
    const times = new Set(page.items.map(({ openTime }) => Date.parse(openTime)));
    const from = Math.max(0, this.#live.bars.length - TAIL * 2);
    this.#live.bars.slice(from).forEach((bar, index) => {
      if (times.has(bar.openTime)) this.#pend(bar, from + index);
    });
  }

  #refreshForming(now: number): void {
    const forming = this.#live.bars.at(-1)?.closed === false;
    const due = now - this.#tailAt >= FORMING_MS;
    if (!forming || !due || this.#tail.loading() || this.#document.visibilityState === 'hidden') return;
    const adjusted = this.#subject()?.adjust !== 'splits';
    if (this.#wanted.some((id) => adjusted || !this.#streamed.has(id))) void this.#readTail();
  }

  #apply(batch: BarBatch): void {
    const subject = this.#subject();
    if (!subject || batch.symbol !== subject.symbol || batch.timeframe !== subject.timeframe) return;
    if (batch.reset) {
      this.#clear();
      void this.#load();
    }
    this.#rejection.set(batch.rejected);
    if (batch.origin) this.#origin.set(batch.origin);
    if (batch.snapshot) this.#snapshot(subject, batch.snapshot);
    let closed = false;
    for (const update of batch.updates) {
      const first = this.#live.bars[0];
      // A chart that is not adjusted for splits, or begins later, waits for its own image.
      if (first === undefined && !continues(subject)) continue;
      if (subject.from !== null && update.bar.openTime < subject.from) continue;
      const index = putBar(this.#live, update.bar, subject.adjust === 'splits' ? update.indicators : {});
      if (this.#image() !== null) this.#pend(update.bar, index);
      closed ||= update.bar.closed;
    }
    if (this.#image() === null) this.refresh();
    else if (closed) void this.#readTail();
  }

  #snapshot(subject: ChartSubject, snapshot: BarImage): void {
    const again = this.#image() !== null;
    if (continues(subject)) {
      this.#streamed = new Set(Object.keys(snapshot.indicators));
      const [first] = snapshot.bars;
      const last = this.#live.bars.at(-1);
      // What was loaded before stays as long as it joins the new image; between the two would be a hole nobody knows of.
      const joins = first !== undefined && last !== undefined && first.openTime <= last.openTime;
      this.#set(joins ? united(this.#live, snapshot, 'other') : snapshot);
      this.#publish(subject);
    }
    if (again && this.#asked) void this.#load();
  }

  #take(page: BarsAnswer): void {
    this.#set(united(this.#live, imageOf(page), 'held'));
  }

  #set({ bars, indicators }: BarImage): void {
    const over = Math.max(0, bars.length - MOST_BARS);
    const kept = Object.fromEntries(
      Object.entries(indicators).filter(([id]) => this.#wanted.includes(id) || this.#streamed.has(id)),
    );
    const columns = copyColumns(kept);
    if (over > 0)
      for (const outputs of Object.values(columns)) for (const list of Object.values(outputs)) list.splice(0, over);
    this.#live = { bars: bars.slice(over), indicators: columns };
  }

  #pend(bar: StreamBar, index: number): void {
    this.#pending.set(bar.openTime, { bar, indicators: pointAt(this.#live.indicators, index) });
    this.#updated.update((count) => count + 1);
  }

  #note(pages: readonly BarsAnswer[], part: 'whole' | 'older' | 'tail'): void {
    const before = part === 'whole' ? null : this.#facts();
    const gaps = new Map(before?.gaps.map((gap) => [gap.from, gap]));
    const actions = new Map(before?.actions.map((action) => [action.exDate + action.type, action]));
    for (const page of pages) {
      for (const { from, to, reason } of page.gaps)
        gaps.set(Date.parse(from), { from: Date.parse(from), to: Date.parse(to), reason });
      for (const action of page.actions) actions.set(action.exDate + action.type, action);
    }
    const coverage = part === 'tail' ? [] : pages.map((page) => page.coverage);
    this.#facts.set({
      gaps: same(
        before?.gaps,
        [...gaps.values()].sort((a, b) => b.from - a.from),
      ),
      actions: same(
        before?.actions,
        [...actions.values()].sort((a, b) => (a.exDate < b.exDate ? 1 : -1)),
      ),
      pages: [...(before?.pages ?? []), ...coverage],
      market: pages[0]?.market ?? before?.market ?? '',
    });
  }

  #publish(subject: ChartSubject): void {
    this.#pending.clear();
    this.#image.set({ subject, bars: [...this.#live.bars], indicators: copyColumns(this.#live.indicators) });
  }

  #clear(): void {
    this.#live = { bars: [], indicators: {} };
    this.#streamed = new Set();
    this.#pending.clear();
    this.#older.clear();
    this.#whole.clear();
    this.#tail.clear();
    this.#atStart.set(false);
    this.#image.set(null);
    this.#facts.set(null);
    this.#origin.set(null);
    this.#rejection.set(null);
  }
}

/** The list as it was when nothing in it changed: a new one makes its readers draw everything again. */
function same<List extends readonly unknown[]>(before: List | undefined, now: List): List {
  return before !== undefined && JSON.stringify(before) === JSON.stringify(now) ? before : now;
}

/** Whether the stream's image is the chart's: adjusted for splits, from no first instant. */
const continues = ({ adjust, from }: ChartSubject): boolean => adjust === 'splits' && from === null;

function sameSubject(a: ChartSubject, b: ChartSubject): boolean {
  return (
    a.symbol === b.symbol && a.timeframe === b.timeframe && a.adjust === b.adjust && a.from === b.from && a.to === b.to
  );
}

function originOf({ source, kind, asOf, stale }: BarsAnswer): SeriesOrigin {
  return { source, kind, asOf: asOf === null ? null : Date.parse(asOf), stale, via: 'stream' };
}
