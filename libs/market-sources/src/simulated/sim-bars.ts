import type { Bar, Interval, Symbol } from '@ziggy/domain';
import { INTERVAL_MS } from '@ziggy/domain';
import { SourceError } from '../port.ts';
import type { BarsQuery } from '../port.ts';
import type { MinutePath, SimulatedMarket } from './sim-market.ts';
import { MINUTE_MS, TRADES, TickPath, openOf, volumeAt } from './tick-path.ts';
import type { Profile } from './universe.ts';

/** Most bars in one answer: more than 30 days of crypto minutes. */
export const MOST_BARS = 50_000;
/** Most sessions whose minutes one answer may need, about 40 ms of work: more than a year of hours. */
export const MOST_INTRADAY_SESSIONS = 400;

const NO_FLAGS: Bar['flags'] = [];

interface Candle {
  readonly o: number;
  readonly h: number;
  readonly l: number;
  readonly c: number;
  readonly volume: number | null;
}

/** Bars of one symbol up to `now`, session by session so that the caller may pause between them. */
export class SimBars {
  readonly #market: SimulatedMarket;
  readonly #ticks = new TickPath();
  readonly #halted: ((symbol: Symbol, minute: number) => boolean) | null;

  /** @param halted whether a symbol does not trade in the minute that begins at an instant; null when none ever is */
  constructor(market: SimulatedMarket, halted: ((symbol: Symbol, minute: number) => boolean) | null = null) {
    this.#market = market;
    this.#halted = halted;
  }

  /**
   * Indices of the sessions that may hold bars of the query, both inside; null when there are none.
   * @throws SourceError `BadRequest` beyond {@link MOST_BARS} or, for parts of a session, {@link MOST_INTRADAY_SESSIONS}.
   */
  sessionsOf(profile: Profile, query: BarsQuery, now: number): readonly [number, number] | null {
    const table = this.#market.sessions(profile.calendar);
    const first = Math.max(0, table.lastOpened(query.from));
    const last = table.lastOpened(Math.min(query.to - 1, now));
    if (last < first) return null;
    const each = table.calendar.barCount(query.interval, table.at(last));
    const sessions = last - first;
    if (sessions * each > MOST_BARS || (query.interval !== '1d' && sessions > MOST_INTRADAY_SESSIONS)) {
      throw new SourceError('BadRequest', `The range holds too many ${query.interval} bars; ask for a shorter one.`);
    }
    return [first, last];
  }

  /** Appends the bars of one session that open inside `[from, to)` and have begun by `now`. */
  session(profile: Profile, index: number, query: BarsQuery, now: number, into: Bar[]): void {
    const session = this.#market.sessions(profile.calendar).at(index);
    if (query.interval === '1d') {
      if (session.open < query.from || session.open >= query.to) return;
      const candle =
        now >= session.close && this.#halted === null
          ? this.#day(profile, index)
          : this.#group(profile, this.#market.minutes(profile, index), 0, Number.POSITIVE_INFINITY, now);
      if (candle) into.push(this.#bar(profile, query.interval, session.open, session.close, candle, now));
      return;
    }
    const length = INTERVAL_MS[query.interval];
    const until = Math.min(session.close, query.to, now + 1);
    const skipped = Math.ceil((query.from - session.open) / length);
    const start = session.open + (skipped > 0 ? skipped * length : 0);
    if (start >= until) return;
    const path = this.#market.minutes(profile, index);
    for (let openTime = start; openTime < until; openTime += length) {
      const closeTime = Math.min(openTime + length, session.close);
      const from = (openTime - session.open) / MINUTE_MS;
      if (length === MINUTE_MS && now >= closeTime && this.#halted === null) {
        into.push(this.#minute(profile, path, from, openTime, closeTime));
        continue;
      }
      const candle = this.#group(profile, path, from, (closeTime - session.open) / MINUTE_MS, now);
      if (candle) into.push(this.#bar(profile, query.interval, openTime, closeTime, candle, now));
    }
  }

  /** A whole minute as it stands in the path. */
  #minute(profile: Profile, path: MinutePath, minute: number, openTime: number, closeTime: number): Bar {
    const { traded } = path;
    return {
      market: this.#market.key,
      symbol: profile.symbol,
      interval: '1m',
      openTime,
      closeTime,
      availableAt: closeTime,
      o: openOf(path, minute),
      h: path.high[minute] as number,
      l: path.low[minute] as number,
      c: path.close[minute] as number,
      volume: traded === null ? null : (traded[minute] as number) - (minute === 0 ? 0 : (traded[minute - 1] as number)),
      complete: true,
      extended: false,
      flags: NO_FLAGS,
      source: 'simulated',
      kind: 'simulated',
    };
  }

  #day(profile: Profile, index: number): Candle {
    const { open, high, low, close, volume } = this.#market.day(profile, index);
    return { o: open, h: high, l: low, c: close, volume };
  }

  /** The minutes `[from, to)` as one candle; of the minute that is running, what has traded. Null before any trade. */
  #group(profile: Profile, path: MinutePath, from: number, to: number, now: number): Candle | null {
    const begun = Math.floor((now - path.session.open) / MINUTE_MS);
    const end = Math.min(to, path.close.length, begun);
    let h = Number.NEGATIVE_INFINITY;
    let l = Number.POSITIVE_INFINITY;
    let o: number | null = null;
    let c: number | null = null;
    let last = -1;
    let minute = from;
    for (; minute < end; minute++) {
      if (this.#isHalted(profile, path, minute)) continue;
      o ??= openOf(path, minute);
      last = minute;
      const high = path.high[minute] as number;
      const low = path.low[minute] as number;
      if (high > h) h = high;
      if (low < l) l = low;
      c = path.close[minute] as number;
    }
    let traded = last < 0 ? null : volumeAt(path, last, TRADES - 1);
    const running = minute === begun && minute < to && minute < path.close.length;
    if (running && !this.#isHalted(profile, path, minute)) {
      const forming = this.#forming(profile, path, minute, now);
      if (forming) {
        h = Math.max(h, forming.h);
        l = Math.min(l, forming.l);
        o ??= forming.o;
        c = forming.c;
        traded = forming.volume;
      }
    }
    if (c === null || o === null) return null;
    let before = from - 1;
    while (before >= 0 && this.#isHalted(profile, path, before)) before--;
    const base = before < 0 ? 0 : (volumeAt(path, before, TRADES - 1) ?? 0);
    return { o, h, l, c, volume: traded === null ? null : traded - base };
  }

  #isHalted(profile: Profile, path: MinutePath, minute: number): boolean {
    return this.#halted !== null && this.#halted(profile.symbol, path.session.open + minute * MINUTE_MS);
  }

  /** What has traded in a running minute; `volume` is the day's so far. */
  #forming(profile: Profile, path: MinutePath, minute: number, now: number): Candle | null {
    const ticks = this.#ticks;
    ticks.fill(this.#market.seed, profile, path, minute);
    const elapsed = now - path.session.open - minute * MINUTE_MS;
    let h = Number.NEGATIVE_INFINITY;
    let l = Number.POSITIVE_INFINITY;
    let trade = -1;
    while (trade + 1 < TRADES && (ticks.at[trade + 1] as number) <= elapsed) {
      trade++;
      const price = ticks.price[trade] as number;
      if (price > h) h = price;
      if (price < l) l = price;
    }
    if (trade < 0) return null;
    const c = ticks.price[trade] as number;
    return { o: ticks.price[0] as number, h, l, c, volume: volumeAt(path, minute, trade) };
  }

  #bar(profile: Profile, interval: Interval, openTime: number, closeTime: number, candle: Candle, now: number): Bar {
    const complete = now >= closeTime;
    return {
      market: this.#market.key,
      symbol: profile.symbol,
      interval,
      openTime,
      closeTime,
      availableAt: complete ? closeTime : now,
      o: candle.o,
      h: candle.h,
      l: candle.l,
      c: candle.c,
      volume: candle.volume,
      complete,
      extended: false,
      flags: NO_FLAGS,
      source: 'simulated',
      kind: 'simulated',
    };
  }
}
