import { INTERVAL_MS, worseKind } from '@ziggy/domain';
import type { Bar, Interval, Symbol } from '@ziggy/domain';
import { applyDay, FormingBar, PARTIAL, VOLUME_RESET } from './forming-bar.ts';
import type { BarTick, BarWindow, BarWindows } from './forming-bar.ts';

/** A bar stays forming this long after its end (market ms): trades are still on their way. */
export const CLOSE_GRACE_MS = 2_000;
/** A print this long after the session's close (ms) belongs to the session's last bar. */
export const CLOSING_PRINT_MS = 60_000;

/** Where finished values go. Called synchronously from `tick` and `advance`. */
export interface BarSink {
  /** A watched forming bar changed. */
  onForming(bar: FormingBar): void;
  /** A bar began to form of which earlier trades were missed: the source may know them ({@link BarBuilder.adopt}). */
  onPartial(bar: FormingBar): void;
  /** A bar's time is over: it is complete. */
  onClosed(bar: FormingBar): void;
  /** A trade came for a bar that was complete already. */
  onRevised(bar: FormingBar): void;
}

/** The bars of one interval: at most two forming (one waits for its grace), and the last complete one. */
interface Lane {
  readonly interval: Interval;
  current: FormingBar | null;
  waiting: FormingBar | null;
  last: FormingBar | null;
}

/**
 * Builds the regular bars of one symbol from its ticks (market-data.md section 6.2): anchored at the session, no trade
 * no bar, volume from the rise of the day's total. The calendar is asked once per bar. Bars of longer intervals hold
 * whole bars of the shortest, so a tick changes the shortest alone, and the longer ones catch up when it ends or when
 * somebody looks: with five intervals that is a third of the memory touched per tick.
 */
export class BarBuilder {
  readonly symbol: Symbol;
  readonly #windows: BarWindows;
  readonly #sink: BarSink;
  readonly #lanes: readonly Lane[];
  readonly #shortest: Lane;
  readonly #watched = new Set<Interval>();
  /** The last tick that the longer intervals have not seen yet, and the units traded since they were up to date. */
  #behind: BarTick | null = null;
  #unseenUnits: number | null = null;
  #unseenReset = false;
  #session: BarWindow | null = null;
  #volumeBase: number | null = null;
  /** Ticks are seen without a hole from this instant on. */
  #seenSince: number;
  #interrupted = false;

  /**
   * @param intervals what to build; a source that knows no minutes gets none made up for it.
   * @param seenSince market time from which every tick of the symbol arrives; bars that began earlier are `partial`.
   */
  constructor(symbol: Symbol, windows: BarWindows, intervals: readonly Interval[], sink: BarSink, seenSince: number) {
    this.symbol = symbol;
    this.#windows = windows;
    this.#sink = sink;
    this.#seenSince = seenSince;
    this.#lanes = [...intervals]
      .sort((a, b) => INTERVAL_MS[a] - INTERVAL_MS[b])
      .map((interval) => ({ interval, current: null, waiting: null, last: null }));
    const [shortest] = this.#lanes;
    if (shortest === undefined) throw new RangeError('A builder needs an interval.');
    this.#shortest = shortest;
  }

  /** From this instant on no tick was missed; bars that began at or after it are whole. */
  get seenSince(): number {
    return this.#interrupted ? Number.POSITIVE_INFINITY : this.#seenSince;
  }

  /** Asks for `onForming` of an interval; without it only closed bars are told. */
  watch(interval: Interval): void {
    this.#watched.add(interval);
  }

  unwatch(interval: Interval): void {
    this.#watched.delete(interval);
  }

  /** The forming bar of an interval, if trades made one. */
  forming(interval: Interval): FormingBar | null {
    this.#catchUp();
    return this.#lane(interval)?.current ?? null;
  }

  /** Every bar that forms. */
  *allForming(): Generator<FormingBar> {
    this.#catchUp();
    for (const { waiting, current } of this.#lanes) {
      if (waiting !== null) yield waiting;
      if (current !== null) yield current;
    }
  }

  /** The flow of ticks broke off (source silent, symbol released): what forms now, and until ticks return, is partial. */
  interrupt(): void {
    this.#interrupted = true;
  }

  /**
   * Goes on from the last quote that another process saw: the bar that it lies in is begun from it, and what was traded
   * since counts with the next tick. Every tick is seen from `now` on; the bar stays `partial` unless the source knows it.
   */
  takeOver(last: BarTick, now: number): void {
    const lane = this.#shortest;
    if (lane.current !== null) return;
    const window = this.#windows.bar(lane.interval, last.at);
    if (window !== null && now < window.closeTime + CLOSE_GRACE_MS) this.tick(last);
    this.#interrupted = false;
    this.#seenSince = now;
    for (const { current } of this.#lanes) if (current !== null) current.flags |= PARTIAL;
  }

  /** The venue's calendar was corrected: bars that form end where it says now. */
  reanchor(): void {
    this.#catchUp();
    this.#session = null;
    for (const { current, interval } of this.#lanes) {
      const window = current === null ? null : this.#windows.bar(interval, current.openTime);
      if (current !== null && window !== null) current.closeTime = window.closeTime;
    }
  }

  /**
   * The source began to tell the symbol with a quote of where it stands: what was traded up to then is in that quote alone, so
   * only bars that begin later are whole.
   * @param at market time at which the quote was told, or of its trade where that is later
   */
  begin(at: number): void {
    this.#seenSince = Math.max(this.#seenSince, at + 1);
  }

  tick(tick: BarTick): void {
    const running = this.#shortest.current;
    if (running !== null && running.holds(tick.at) && !this.#interrupted) {
      this.#goOn(running, tick);
      return;
    }
    this.#catchUp();
    const session = this.#sessionOf(tick.at);
    if (session === null) return;
    // A print just after the bell is placed in the last instant of the session; later ones are not regular trades.
    if (tick.at > session.closeTime + CLOSING_PRINT_MS) return;
    const at = tick.at >= session.closeTime ? session.closeTime - 1 : tick.at;
    if (this.#interrupted) this.#resume(tick.at);
    const rise = this.#volumeRise(tick, session, at);
    for (const lane of this.#lanes) this.#apply(lane, tick, at, rise);
  }

  /** Completes every bar whose grace is over. */
  advance(now: number): void {
    const running = this.#shortest.current;
    // No longer bar ends before the shortest that it holds.
    if (running !== null && running.closeTime + CLOSE_GRACE_MS <= now) this.#catchUp();
    for (const lane of this.#lanes) {
      const { waiting, current } = lane;
      if (waiting !== null && waiting.closeTime + CLOSE_GRACE_MS <= now) this.#close(lane, waiting, now);
      if (current !== null && current.closeTime + CLOSE_GRACE_MS <= now) this.#close(lane, current, now);
    }
  }

  /**
   * Takes over what the source says about a bar that still forms: ticks from before we listened. The newer of the two
   * closes wins, which is the built one's when it has seen a trade after the source's answer was made.
   */
  adopt(bar: Bar): void {
    const own = this.forming(bar.interval);
    if (own === null || own.openTime !== bar.openTime || !own.partial) return;
    own.o = bar.o;
    own.h = Math.max(own.h, bar.h);
    own.l = Math.min(own.l, bar.l);
    if (bar.volume !== null) own.volume = Math.max(own.volume ?? 0, bar.volume);
    own.flags &= ~PARTIAL;
  }

  /** Continues a forming bar that was stored before a restart; it stays `partial`, for trades in between are unknown. */
  restore(bar: Bar): void {
    const lane = this.#lane(bar.interval);
    if (lane === undefined || lane.current !== null || bar.complete) return;
    const window = { openTime: bar.openTime, closeTime: bar.closeTime };
    const tick = {
      at: bar.availableAt,
      price: bar.c,
      dayVolume: null,
      dayOpen: null,
      dayHigh: null,
      dayLow: null,
      kind: bar.kind,
    };
    const restored = new FormingBar(this.symbol, bar.interval, window, tick);
    restored.o = bar.o;
    restored.h = bar.h;
    restored.l = bar.l;
    restored.volume = bar.volume;
    restored.flags = PARTIAL;
    lane.current = restored;
  }

  /** The common tick: within the running bar of the shortest interval. */
  #goOn(bar: FormingBar, tick: BarTick): void {
    const { price, dayVolume } = tick;
    if (price > bar.h) bar.h = price;
    if (price < bar.l) bar.l = price;
    bar.c = price;
    bar.lastAt = tick.at;
    if (bar.kind !== tick.kind) bar.kind = worseKind(bar.kind, tick.kind);
    if (dayVolume !== null) {
      const rise = dayVolume - (this.#volumeBase ?? dayVolume);
      this.#volumeBase = dayVolume;
      const units = rise > 0 ? rise : 0;
      bar.volume = (bar.volume ?? 0) + units;
      this.#unseenUnits = (this.#unseenUnits ?? 0) + units;
      if (rise < 0) {
        bar.flags |= VOLUME_RESET;
        this.#unseenReset = true;
      }
    }
    this.#behind = tick;
    if (bar.interval === '1d') applyDay(bar, tick);
    if (this.#watched.size > 0) this.#tellWatched();
  }

  /** Brings the longer intervals up to the last tick. */
  #catchUp(): void {
    const tick = this.#behind;
    const running = this.#shortest.current;
    if (tick === null || running === null) return;
    this.#behind = null;
    for (const { current, interval } of this.#lanes) {
      if (current === null || current === running) continue;
      if (running.h > current.h) current.h = running.h;
      if (running.l < current.l) current.l = running.l;
      current.c = running.c;
      current.lastAt = running.lastAt;
      if (current.kind !== running.kind) current.kind = worseKind(current.kind, running.kind);
      if (this.#unseenUnits !== null) current.volume = (current.volume ?? 0) + this.#unseenUnits;
      if (this.#unseenReset) current.flags |= VOLUME_RESET;
      if (interval === '1d') applyDay(current, tick);
    }
    this.#unseenUnits = null;
    this.#unseenReset = false;
  }

  #tellWatched(): void {
    this.#catchUp();
    for (const { current, interval } of this.#lanes) {
      if (current !== null && this.#watched.has(interval)) this.#sink.onForming(current);
    }
  }

  #lane(interval: Interval): Lane | undefined {
    return this.#lanes.find((lane) => lane.interval === interval);
  }

  #sessionOf(at: number): BarWindow | null {
    const known = this.#session;
    // The session's end has a margin, so that a closing print does not ask the calendar.
    if (known !== null && at >= known.openTime && at < known.closeTime) return known;
    return this.#windows.session(at);
  }

  #resume(at: number): void {
    this.#interrupted = false;
    // A trade at the very start of a bar is seen, but not how many units it had.
    this.#seenSince = at + 1;
    // What was traded while nobody looked belongs to no bar that we know.
    this.#volumeBase = null;
    for (const { current } of this.#lanes) if (current !== null) current.flags |= PARTIAL;
  }

  /** Units traded since the previous tick; `null` when the source does not count volume. */
  #volumeRise(
    tick: BarTick,
    session: BarWindow,
    at: number,
  ): { readonly units: number | null; readonly reset: boolean } {
    const total = tick.dayVolume;
    const base = this.#volumeBase;
    const newSession = this.#session === null || this.#session.openTime !== session.openTime;
    this.#session = session;
    if (total === null) return UNKNOWN_RISE;
    this.#volumeBase = total;
    if (newSession) {
      // The day's total starts at nothing with the session. Who comes later than its first minute cannot know when the
      // units before were traded: they are in no bar.
      const first = this.#windows.bar('1m', session.openTime);
      const whole = this.#seenSince <= session.openTime || (first !== null && at < first.closeTime);
      return { units: whole ? total : 0, reset: false };
    }
    if (base === null) return NO_RISE;
    if (total < base) return { units: 0, reset: true };
    return { units: total - base, reset: false };
  }

  #apply(
    lane: Lane,
    tick: BarTick,
    at: number,
    rise: { readonly units: number | null; readonly reset: boolean },
  ): void {
    let bar = lane.current;
    if (bar === null || !bar.holds(at)) {
      bar = this.#barAt(lane, tick, at);
      if (bar === null) return;
    }
    if (tick.price > bar.h) bar.h = tick.price;
    if (tick.price < bar.l) bar.l = tick.price;
    bar.c = tick.price;
    bar.lastAt = tick.at;
    bar.kind = bar.kind === tick.kind ? bar.kind : worseKind(bar.kind, tick.kind);
    if (rise.units !== null) bar.volume = (bar.volume ?? 0) + rise.units;
    if (rise.reset) bar.flags |= VOLUME_RESET;
    if (lane.interval === '1d') applyDay(bar, tick);
    if (bar.availableAt !== null) this.#sink.onRevised(bar);
    else if (this.#watched.has(lane.interval)) this.#sink.onForming(bar);
  }

  /** The bar that an instant belongs to when it is not the current one: a new one, the waiting one, or the last. */
  #barAt(lane: Lane, tick: BarTick, at: number): FormingBar | null {
    const { current, waiting, last } = lane;
    if (waiting?.holds(at)) return waiting;
    if (last?.holds(at)) return last;
    if (current !== null && at < current.openTime) return null;
    const window = this.#windows.bar(lane.interval, at);
    if (window === null) return null;
    if (current !== null) {
      if (waiting !== null) this.#close(lane, waiting, tick.at);
      lane.waiting = current;
    }
    const bar = new FormingBar(this.symbol, lane.interval, window, tick);
    lane.current = bar;
    if (window.openTime < this.#seenSince) {
      bar.flags |= PARTIAL;
      this.#sink.onPartial(bar);
    }
    return bar;
  }

  #close(lane: Lane, bar: FormingBar, now: number): void {
    if (lane.waiting === bar) lane.waiting = null;
    if (lane.current === bar) lane.current = null;
    bar.availableAt = Math.max(now, bar.closeTime);
    if (this.#interrupted) bar.flags |= PARTIAL;
    lane.last = bar;
    this.#sink.onClosed(bar);
  }
}

const UNKNOWN_RISE = { units: null, reset: false } as const;
const NO_RISE = { units: 0, reset: false } as const;
