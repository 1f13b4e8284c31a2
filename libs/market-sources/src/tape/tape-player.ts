import { DomainError } from '@ziggy/domain';
import type { TimerHandle } from '../timers.ts';
import { Holds } from './holds.ts';
import { MarketTimers } from './market-timers.ts';
import type { Handing, PlayerState, TapePlayerOptions } from './tape-player-options.ts';
import { checkedSpeed } from './tape-speed.ts';
import type { TapeSpeed } from './tape-speed.ts';
import type { TapeFeed, TapeRecord } from './tape.ts';

/** What is played before the event loop gets its turn: so many events, or so long (ms). */
const TURN_EVENTS = 2_048;
const TURN_MS = 8;
/** A timer that is late by less is made good, so that small delays do not add up; more is a slow consumer and is kept. */
const CATCH_UP_MS = 100;
/** Timers may fire this early; waiting again for the rest of a millisecond would only burn time. */
const EARLY_MS = 1;

/**
 * Plays records and market timers in one queue on a clock of its own, ordered by time, records before timers of the same
 * time: market time = anchor + speed x elapsed, and it never passes what is not played yet. So a slow consumer slows
 * market time, and nothing is dropped or overtaken.
 */
export class TapePlayer {
  readonly marketTimers = new MarketTimers();
  readonly #options: TapePlayerOptions;
  readonly #feed: TapeFeed;
  readonly #holds = new Holds();
  #speed: TapeSpeed;
  #state: PlayerState = 'paused';
  #played = 0;
  /** Market time of the last record or of the start: the silence after it is limited. */
  #lastAt: number;
  #anchorMarket: number;
  #anchorWall: number;
  #measuredFrom = { market: 0, wall: 0 };
  #timer: TimerHandle | null = null;
  /** Market time of the event that is being handled: for its handlers time stands. */
  #handling: number | null = null;
  /** Reading, waiting for a handler or seeking: the queue stands meanwhile. */
  #busy: Promise<void> | null = null;
  #seekingTo: number | null = null;
  #closed = false;

  constructor(options: TapePlayerOptions) {
    this.#options = options;
    this.#feed = options.feed;
    this.#speed = checkedSpeed(options.speed);
    this.#lastAt = options.startAt;
    this.#anchorMarket = options.startAt;
    this.#anchorWall = options.wallClock.now();
    if (!this.#historyLoaded()) this.#occupy(() => this.#readHistory());
  }

  state(): PlayerState {
    return this.#state;
  }

  /** Market time (epoch ms); never goes back. */
  now(): number {
    if (this.#handling !== null) return this.#handling;
    if (this.#state !== 'playing' || this.#speed === 'max' || this.#busy !== null) return this.#anchorMarket;
    return Math.min(this.#limit(), this.#anchorMarket + this.#elapsed() * this.#speed);
  }

  /** Market milliseconds per wall millisecond: 0 unless playing; at `max` what has been reached since it began. */
  speed(): number {
    if (this.#state !== 'playing') return 0;
    if (this.#speed !== 'max') return this.#speed;
    const wall = this.#options.wallClock.now() - this.#measuredFrom.wall;
    return wall > 0 ? (this.#anchorMarket - this.#measuredFrom.market) / wall : 0;
  }

  /** The speed as it was set. */
  setting(): TapeSpeed {
    return this.#speed;
  }

  /** Records handed over so far, history included. */
  played(): number {
    return this.#played;
  }

  seekingTo(): number | null {
    return this.#seekingTo;
  }

  /** Settles when nothing is being read, sought or waited for. */
  async settled(): Promise<void> {
    while (this.#busy !== null) await this.#busy;
  }

  play(): void {
    if (this.#state !== 'paused' || this.#closed) return;
    this.#state = 'playing';
    this.#anchor(this.#anchorMarket);
    this.#schedule();
    this.#options.onChange();
  }

  pause(): void {
    if (this.#state !== 'playing') return;
    this.#anchor(this.now());
    this.#state = 'paused';
    this.#clear();
    this.#options.onChange();
  }

  /** The next event waits for this work: a handler that cannot end at once. */
  hold(work: Promise<unknown>): void {
    this.#holds.add(work);
  }

  /**
   * Plays records, and the timers before them, until `enough` says so; it is asked after each event.
   * @throws DomainError `invalid_state` unless paused.
   */
  async step(enough: (record: TapeRecord | null) => boolean): Promise<void> {
    if (this.#state !== 'paused' || this.#closed || this.#seekingTo !== null) {
      throw new DomainError('invalid_state', 'Only a paused tape is stepped.', {
        extra: { state: this.#state, allowed: ['paused'] },
      });
    }
    await this.#exclusive(async () => {
      for (let events = 1; this.#state === 'paused' && !this.#closed; events++) {
        if (events % TURN_EVENTS === 0) await this.#turn();
        const record = await this.#peek();
        if (record === null && this.#nextTime() > this.#idleEnd()) return this.#end();
        const fired = this.#fire('played');
        if (this.#holds.any) await this.#holds.drain();
        if (enough(fired)) return;
      }
    });
    this.#options.onChange();
  }

  /**
   * Goes forward to a market time; what lies between is handed over silently. Without timers and unless `through`, it
   * begins at the last checkpoint before that time.
   * @throws DomainError `invalid_state` for a time that has passed: going back is the next run of the tape.
   */
  async seek(at: number, through: boolean): Promise<void> {
    if (!(at >= this.now())) {
      throw new DomainError('invalid_state', 'A tape only goes forward; an earlier moment begins its next run.');
    }
    await this.#exclusive(async () => {
      if (this.#closed || at < this.#anchorMarket) return;
      this.#seekingTo = at;
      this.#options.onChange();
      try {
        await this.#seek(at, through);
      } finally {
        this.#seekingTo = null;
      }
    });
    if (this.#state === 'playing') this.#schedule();
    this.#options.onChange();
  }

  setSpeed(speed: TapeSpeed): void {
    const checked = checkedSpeed(speed);
    this.#anchor(this.now());
    this.#speed = checked;
    if (this.#state === 'playing') this.#schedule();
    this.#options.onChange();
  }

  async close(): Promise<void> {
    this.#anchor(this.now());
    this.#clear();
    this.#closed = true;
    this.#state = 'ended';
    await this.settled();
    await this.#feed.close();
  }

  // ---- the queue --------------------------------------------------------------------------------

  /** The next record's time; `Infinity` at the end and while it is not read. */
  #recordTime(): number {
    return this.#feed.peek()?.t ?? Infinity;
  }

  #nextTime(): number {
    return Math.min(this.#recordTime(), this.marketTimers.next());
  }

  /** Where a silence after the last record ends for whoever waits in front of it. */
  #idleEnd(): number {
    return this.#lastAt + this.#options.maxIdleMs;
  }

  /** Up to where time may run before the next event. */
  #limit(): number {
    return Math.max(this.#anchorMarket, Math.min(this.#nextTime(), this.#idleEnd()));
  }

  /** Hands over what comes next; the caller knows that its time has come. @returns the record, `null` for a timer. */
  #fire(how: Handing): TapeRecord | null {
    const next = this.#feed.peek() ?? null;
    if (Math.min(next?.t ?? Infinity, this.marketTimers.next()) > this.#idleEnd()) {
      // The rest of the silence is skipped, and with it the periodic work in it.
      this.marketTimers.skipTo(Math.min(next?.t ?? Infinity, this.marketTimers.nextSingle()));
    }
    if (next !== null && next.t <= this.marketTimers.next()) {
      this.#feed.take();
      this.#played += 1;
      if (next.t > this.#lastAt) this.#lastAt = next.t;
      this.#handle(next.t, () => this.#options.onRecord(next, how));
      return next;
    }
    this.#handle(this.marketTimers.next(), () => this.marketTimers.fire());
    return null;
  }

  #handle(t: number, run: () => void): void {
    if (t > this.#anchorMarket) this.#anchorMarket = t;
    this.#handling = this.#anchorMarket;
    try {
      run();
    } finally {
      this.#handling = null;
    }
  }

  // ---- playing ----------------------------------------------------------------------------------

  #schedule(): void {
    this.#clear();
    if (this.#busy !== null) return;
    // Time must not run past a record that is not read yet.
    if (this.#feed.peek() === undefined) return this.#occupy(() => this.#feed.load());
    const wait = this.#speed === 'max' ? 0 : (this.#limit() - this.#anchorMarket) / this.#speed - this.#elapsed();
    this.#timer = this.#options.timers.set(() => this.#pump(), Math.max(0, wait));
  }

  #pump(): void {
    this.#timer = null;
    const began = this.#options.wallClock.now();
    for (let events = 0; this.#state === 'playing' && this.#timer === null && this.#busy === null; events++) {
      if (this.#feed.peek() === undefined) break;
      const over = this.#feed.peek() === null && this.#nextTime() > this.#idleEnd();
      if (events >= TURN_EVENTS || (this.#speed !== 'max' && !this.#reached(this.#speed, events === 0))) break;
      if (over) return this.#finish();
      this.#fire('played');
      if (this.#holds.any) return this.#occupy(() => this.#holds.drain());
      if (this.#options.wallClock.now() - began >= TURN_MS) break;
    }
    // A handler may have paused, sought or closed.
    if (this.#state === 'playing' && this.#timer === null) this.#schedule();
  }

  /** Whether wall time allows the next event; if so the anchor moves there. */
  #reached(speed: number, first: boolean): boolean {
    const limit = this.#limit();
    const dueWall = this.#anchorWall + (limit - this.#anchorMarket) / speed;
    const wall = this.#options.wallClock.now();
    if (wall < dueWall - (first ? EARLY_MS : 0)) return false;
    this.#anchorMarket = limit;
    this.#anchorWall = wall - dueWall <= CATCH_UP_MS ? Math.min(wall, dueWall) : wall;
    return true;
  }

  /** The last session's evening has been played too, so that its bars closed and its phase ended. */
  #finish(): void {
    this.#anchorMarket = this.#limit();
    this.#end();
    this.#options.onChange();
  }

  #end(): void {
    this.#clear();
    this.#state = 'ended';
  }

  // ---- seeking ----------------------------------------------------------------------------------

  async #seek(at: number, through: boolean): Promise<void> {
    const checkpoint = through || this.marketTimers.size > 0 ? null : this.#feed.jump(at);
    if (checkpoint !== null) {
      this.#played = checkpoint.n;
      this.#lastAt = Math.max(this.#lastAt, checkpoint.t);
      this.#options.onCheckpoint(checkpoint);
    }
    for (let events = 1; !this.#closed; events++) {
      if (events % TURN_EVENTS === 0) await this.#turn();
      const record = await this.#peek();
      const idle = this.#nextTime() > this.#idleEnd();
      const next = idle ? Math.min(this.#recordTime(), this.marketTimers.nextSingle()) : this.#nextTime();
      if (next > at || (record === null && idle)) break;
      this.#fire('sought');
      if (this.#holds.any) await this.#holds.drain();
    }
    this.#anchor(Math.max(this.#anchorMarket, Math.min(at, this.#options.endAt + this.#options.maxIdleMs)));
  }

  /** History before the start; at once when it is in memory. */
  #historyLoaded(): boolean {
    for (let record = this.#feed.peek(); ; record = this.#feed.peek()) {
      if (record === undefined) return false;
      if (record === null || record.t >= this.#options.startAt) return true;
      this.#fireHistory(record);
    }
  }

  #fireHistory(record: TapeRecord): void {
    this.#feed.take();
    this.#played += 1;
    this.#options.onRecord(record, 'history');
  }

  async #readHistory(): Promise<void> {
    const checkpoint = this.#feed.jump(this.#options.startAt - 1);
    if (checkpoint !== null) {
      this.#played = checkpoint.n;
      this.#options.onCheckpoint(checkpoint);
    }
    while (!this.#closed && !this.#historyLoaded()) await this.#feed.load();
  }

  // ---- waiting ----------------------------------------------------------------------------------

  async #peek(): Promise<TapeRecord | null> {
    for (;;) {
      const record = this.#feed.peek();
      if (record !== undefined) return record;
      await this.#feed.load();
    }
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => this.#options.timers.set(resolve, 0));
  }

  /** One after the other, and never beside the queue. */
  async #exclusive(work: () => Promise<void>): Promise<void> {
    while (this.#busy !== null) await this.#busy;
    this.#anchor(this.now());
    this.#clear();
    let failure: unknown;
    this.#busy = work()
      .catch((error: unknown) => (failure = error))
      .then(() => void (this.#busy = null));
    await this.#busy;
    if (failure !== undefined) throw failure;
  }

  /** The queue waits for work of its own and then goes on. */
  #occupy(work: () => Promise<void>): void {
    this.#busy = work()
      .catch((error: unknown) => {
        this.#end();
        this.#options.onFailed(error);
      })
      .then(() => {
        this.#busy = null;
        if (this.#state === 'playing') this.#schedule();
      });
  }

  #elapsed(): number {
    // A wall clock that is set back must not turn market time back.
    return Math.max(0, this.#options.wallClock.now() - this.#anchorWall);
  }

  #anchor(market: number, wall = this.#options.wallClock.now()): void {
    this.#anchorMarket = market;
    this.#anchorWall = wall;
    this.#measuredFrom = { market, wall };
  }

  #clear(): void {
    if (this.#timer !== null) this.#options.timers.clear(this.#timer);
    this.#timer = null;
  }
}
