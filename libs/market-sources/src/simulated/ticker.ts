import type { Phase, QuoteUpdate, Session } from '@ziggy/domain';
import type { SessionTable } from './sessions.ts';
import type { MinutePath, SimulatedMarket } from './sim-market.ts';
import { MINUTE_MS, TRADES, TickPath, volumeAt } from './tick-path.ts';
import type { Profile } from './universe.ts';

const { floor, max } = Math;

const TRADES_PER_SECOND = (TRADES * 1000) / MINUTE_MS;
/** A lag beyond this is jumped over: quotes are for now, and the bars of the gap are on request. */
const MOST_CATCH_UP_MS = 30 * MINUTE_MS;

/** How much more a pass may do; shared by the tickers of a pass so that an open does not hold up the process. */
export interface PassBudget {
  /** Sessions that may still be laid out. */
  sessions: number;
}

/** Numbers the quotes of a source, per symbol. */
export type Sequence = (profile: Profile) => number;

/** Walks one symbol's trades in market time and turns some of them into quotes. */
export class Ticker {
  readonly #market: SimulatedMarket;
  readonly #profile: Profile;
  readonly #table: SessionTable;
  readonly #sequence: Sequence;
  readonly #ticks = new TickPath();
  /** Every `stride`-th trade becomes a quote, and quotes repeat `copies` times where more are asked for than traded. */
  readonly #stride: number;
  readonly #copies: number;
  readonly #offset: number;
  #path: MinutePath | null = null;
  #minute = 0;
  /** The last trade done; -1 before the minute's first. */
  #trade = -1;
  #high = 0;
  #low = 0;
  #nextAt = 0;
  #phase: Phase = 'closed';

  /** @param rate quotes per market second. */
  constructor(market: SimulatedMarket, profile: Profile, rate: number, sequence: Sequence) {
    this.#market = market;
    this.#profile = profile;
    this.#table = market.sessions(profile.calendar);
    this.#sequence = sequence;
    this.#stride = max(1, floor(TRADES_PER_SECOND / rate + 0.5));
    this.#copies = max(1, floor(rate / TRADES_PER_SECOND));
    // Spread symbols over the stride, or all of them would tick in the same slot.
    let hash = 0;
    for (let i = 0; i < profile.symbol.length; i++) hash = (hash * 31 + profile.symbol.charCodeAt(i)) >>> 0;
    this.#offset = hash % this.#stride;
  }

  /** Appends what happened up to `now`; the first call gives where the market stands. */
  advance(now: number, into: QuoteUpdate[], budget: PassBudget): void {
    if (this.#path === null || now - this.#nextAt > MOST_CATCH_UP_MS) {
      if (budget.sessions <= 0) return;
      budget.sessions--;
      this.#seek(now);
      if (this.#path !== null) into.push(this.#quote(now, null));
      return;
    }
    const before = into.length;
    while (this.#nextAt <= now) {
      if (this.#isDone()) {
        if (budget.sessions <= 0) return;
        budget.sessions--;
        this.#open(this.#path.index + 1);
        continue;
      }
      this.#step(this.#path);
      if (this.#trade >= 0 && this.#isShown())
        for (let copy = 0; copy < this.#copies; copy++) into.push(this.#quote(now, copy));
    }
    if (!this.#isDone()) return;
    const phase = this.#table.calendar.phaseAt(now);
    const moved = phase !== this.#phase && phase !== 'open' && into.length === before;
    if (moved && this.#trade >= 0) into.push(this.#quote(now, null));
  }

  #isShown(): boolean {
    const i = this.#trade;
    return (
      i === 0 ||
      i === TRADES - 1 ||
      i === this.#ticks.firstExtreme ||
      i === this.#ticks.secondExtreme ||
      (i + this.#offset) % this.#stride === 0
    );
  }

  #isDone(): boolean {
    const path = this.#path as MinutePath;
    return this.#minute === path.close.length - 1 && this.#trade === TRADES - 1;
  }

  /** Takes the place of `now`: after the last trade done, in this session or at the end of the one before. */
  #seek(now: number): void {
    const index = this.#table.lastOpened(now);
    if (index < 0) return;
    this.#open(index);
    const { session } = this.#path as MinutePath;
    const path = this.#path as MinutePath;
    if (now >= session.close) return this.#finish(path);
    this.#minute = floor((now - session.open) / MINUTE_MS);
    for (let j = 0; j < this.#minute; j++) this.#widen(path.high[j] as number, path.low[j] as number);
    this.#ticks.fill(this.#market.seed, this.#profile, path, this.#minute);
    this.#nextAt = session.open + this.#minute * MINUTE_MS + (this.#ticks.at[0] as number);
    while (!this.#isDone() && this.#nextAt <= now) this.#step(path);
    if (this.#trade < 0) this.#rewind(path, index);
  }

  /** Nothing has traded in the minute of `now` yet: stand at the trade before, but keep the next one due. */
  #rewind(path: MinutePath, index: number): void {
    if (this.#minute > 0) {
      this.#minute--;
      this.#ticks.fill(this.#market.seed, this.#profile, path, this.#minute);
      this.#trade = TRADES - 1;
      this.#nextAt = path.session.open + (this.#minute + 1) * MINUTE_MS;
    } else if (index > 0) {
      this.#open(index - 1);
      this.#finish(this.#path as MinutePath);
    } else {
      this.#path = null;
    }
  }

  #finish(path: MinutePath): void {
    this.#minute = path.close.length - 1;
    this.#ticks.fill(this.#market.seed, this.#profile, path, this.#minute);
    this.#trade = TRADES - 1;
    this.#high = path.day.high;
    this.#low = path.day.low;
    this.#nextAt = this.#openingAfter(path.index);
  }

  #open(index: number): void {
    const path = this.#market.minutes(this.#profile, index);
    this.#path = path;
    this.#minute = 0;
    this.#trade = -1;
    this.#high = this.#low = path.day.open;
    this.#ticks.fill(this.#market.seed, this.#profile, path, 0);
    this.#nextAt = path.session.open + (this.#ticks.at[0] as number);
  }

  /** Does the trade that is due and says when the next one is. */
  #step(path: MinutePath): void {
    if (this.#trade === TRADES - 1) {
      this.#minute++;
      this.#trade = -1;
      this.#ticks.fill(this.#market.seed, this.#profile, path, this.#minute);
      this.#nextAt = path.session.open + this.#minute * MINUTE_MS + (this.#ticks.at[0] as number);
      return;
    }
    this.#trade++;
    const price = this.#ticks.price[this.#trade] as number;
    this.#widen(price, price);
    if (this.#isDone()) this.#nextAt = this.#openingAfter(path.index);
    else if (this.#trade === TRADES - 1) this.#nextAt = path.session.open + (this.#minute + 1) * MINUTE_MS;
    else this.#nextAt = path.session.open + this.#minute * MINUTE_MS + (this.#ticks.at[this.#trade + 1] as number);
  }

  #widen(high: number, low: number): void {
    if (high > this.#high) this.#high = high;
    if (low < this.#low) this.#low = low;
  }

  #openingAfter(index: number): number {
    const next: Session | null = this.#table.find(index + 1);
    return next ? next.open : Number.POSITIVE_INFINITY;
  }

  /** Volume of the day so far: the repetitions of a trade are parts of it. */
  #volume(path: MinutePath, copy: number | null): number | null {
    const after = volumeAt(path, this.#minute, this.#trade);
    if (after === null || copy === null || copy === this.#copies - 1) return after;
    const before =
      this.#trade > 0
        ? volumeAt(path, this.#minute, this.#trade - 1)
        : this.#minute > 0
          ? volumeAt(path, this.#minute - 1, TRADES - 1)
          : 0;
    return (before as number) + floor(((after - (before as number)) * (copy + 1)) / this.#copies);
  }

  /** @param copy which repetition of the trade, null for a quote of where the market stands. */
  #quote(now: number, copy: number | null): QuoteUpdate {
    const path = this.#path as MinutePath;
    const profile = this.#profile;
    const price = this.#ticks.price[this.#trade] as number;
    const at = path.session.open + this.#minute * MINUTE_MS + (this.#ticks.at[this.#trade] as number);
    // A trade told late is still a trade of its own time; where the market stands is of now.
    const phase = this.#table.calendar.phaseAt(copy === null ? now : at);
    this.#phase = phase;
    const gap = copy === null || copy === 0 ? 0 : floor(((this.#nextAt - at) * copy) / this.#copies);
    const spread = phase === 'open' ? this.#ticks.spreadTicks : null;
    const side = this.#ticks.side[this.#trade] as number;
    const bid = spread === null ? null : price - floor(side * (spread + 1)) * profile.tick;
    const quoted = bid !== null && spread !== null && bid > 0;
    return {
      symbol: profile.symbol,
      price,
      bid: quoted ? bid : null,
      ask: quoted ? bid + spread * profile.tick : null,
      bidSize: quoted ? profile.lot * (1 + floor(9 * side * side)) : null,
      askSize: quoted ? profile.lot * (1 + floor(9 * (1 - side) * (1 - side))) : null,
      open: path.day.open,
      high: this.#high,
      low: this.#low,
      prevClose: path.day.prevClose,
      volume: this.#volume(path, copy),
      marketState: phase,
      exchangeAt: at + (gap < MINUTE_MS ? gap : 0),
      receivedAt: now,
      delayMinutes: 0,
      kind: 'simulated',
      seq: this.#sequence(profile),
    };
  }
}
