import type { Clock } from '@ziggy/domain';
import { DomainError } from '@ziggy/domain';
import type { TimerHandle, Timers } from '../timers.ts';
import type { TapeRecord } from './tape.ts';

/** `max` plays without waiting, as fast as the consumer takes it. */
export type TapeSpeed = number | 'max';

export const TAPE_SPEED_MIN = 0.1;
/** A daily series holds two moments a session: below some thousands it looks like standing still. */
export const TAPE_SPEED_MAX = 10_000_000;
/** Records played before the event loop gets its turn; a consumer's work per record is not ours to know. */
const BATCH = 256;
/** A timer that is late by less is made good, so that small delays do not add up; more is a slow consumer and is kept. */
const CATCH_UP_MS = 100;
/** Timers may fire this early; waiting again for the rest of a millisecond would only burn time. */
const EARLY_MS = 1;

export interface TapePlayerOptions {
  readonly records: readonly TapeRecord[];
  /** Market time to begin at (epoch ms); records before it are handed over silently. */
  readonly startAt: number;
  readonly speed: TapeSpeed;
  /** Market time (ms) played after a record before a longer silence is skipped: nights, weekends, holidays. */
  readonly maxIdleMs: number;
  readonly wallClock: Clock;
  readonly timers: Timers;
  /** Takes one record; it ends before the next begins. `silent` records are history or lie under a seek. */
  readonly onRecord: (record: TapeRecord, silent: boolean) => void;
  /** Told when the player starts, stops, seeks or ends. */
  readonly onChange: () => void;
}

export type PlayerState = 'paused' | 'playing' | 'ended';

/**
 * Plays records in one queue on a clock of its own: market time = anchor + speed x elapsed, where it never passes a
 * record that is not played yet. So a slow consumer slows market time, and nothing is dropped or overtaken.
 */
export class TapePlayer {
  readonly #options: TapePlayerOptions;
  readonly #records: readonly TapeRecord[];
  #speed: TapeSpeed;
  #state: PlayerState = 'paused';
  /** Index of the next record. */
  #next = 0;
  /** Market time of the last record or seek: the silence after it is limited. */
  #lastAt: number;
  #anchorMarket: number;
  #anchorWall: number;
  #measuredFrom = { market: 0, wall: 0 };
  #timer: TimerHandle | null = null;

  constructor(options: TapePlayerOptions) {
    this.#options = options;
    this.#records = options.records;
    this.#speed = checkedSpeed(options.speed);
    this.#lastAt = options.startAt;
    this.#anchorMarket = options.startAt;
    this.#anchorWall = options.wallClock.now();
    while (this.#at(this.#next) < options.startAt) this.#hand(true);
  }

  state(): PlayerState {
    return this.#state;
  }

  /** Market time (epoch ms); never goes back. */
  now(): number {
    if (this.#state !== 'playing' || this.#speed === 'max') return this.#anchorMarket;
    return Math.min(this.#limit(), this.#anchorMarket + this.#elapsed() * this.#speed);
  }

  /** Market milliseconds per wall millisecond: 0 unless playing; at `max` what has been reached since it began. */
  speed(): number {
    if (this.#state !== 'playing') return 0;
    if (this.#speed !== 'max') return this.#speed;
    const wall = this.#options.wallClock.now() - this.#measuredFrom.wall;
    return wall > 0 ? (this.#anchorMarket - this.#measuredFrom.market) / wall : 0;
  }

  /** Records handed over so far, history included. */
  played(): number {
    return this.#next;
  }

  play(): void {
    if (this.#state !== 'paused') return;
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

  /**
   * Plays exactly one record.
   * @throws DomainError `invalid_state` unless paused.
   */
  step(): void {
    if (this.#state !== 'paused') throw new DomainError('invalid_state', 'Only a paused tape is stepped.');
    if (this.#next >= this.#records.length) this.#end();
    else this.#hand(false);
    this.#options.onChange();
  }

  /**
   * Goes forward to a market time; what lies between is handed over silently.
   * @throws DomainError `invalid_state` for a time that has passed: going back is the next run of the tape.
   */
  seek(at: number): void {
    const now = this.now();
    if (!(at >= now)) {
      throw new DomainError('invalid_state', 'A tape only goes forward; an earlier moment begins its next run.');
    }
    const resume = this.#state === 'playing';
    this.#clear();
    while (this.#at(this.#next) <= at) this.#hand(true);
    const target = Math.min(at, this.#lastRecordAt() + this.#options.maxIdleMs);
    this.#lastAt = Math.max(this.#lastAt, Math.min(target, this.#lastRecordAt()));
    this.#anchor(Math.max(now, target));
    if (resume) this.#schedule();
    this.#options.onChange();
  }

  setSpeed(speed: TapeSpeed): void {
    const checked = checkedSpeed(speed);
    this.#anchor(this.now());
    this.#speed = checked;
    if (this.#state === 'playing') this.#schedule();
    this.#options.onChange();
  }

  close(): void {
    this.#anchor(this.now());
    this.#clear();
    this.#state = 'ended';
  }

  #at(index: number): number {
    return this.#records[index]?.t ?? Infinity;
  }

  #lastRecordAt(): number {
    return this.#records.at(-1)?.t ?? this.#anchorMarket;
  }

  /** Up to where time may run before the next record is played. */
  #limit(): number {
    return Math.max(this.#anchorMarket, Math.min(this.#at(this.#next), this.#lastAt + this.#options.maxIdleMs));
  }

  /** Wall time at which market time reaches its limit. */
  #dueWall(speed: number): number {
    return this.#anchorWall + (this.#limit() - this.#anchorMarket) / speed;
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

  #hand(silent: boolean): void {
    const record = this.#records[this.#next] as TapeRecord;
    this.#next += 1;
    this.#lastAt = Math.max(this.#lastAt, record.t);
    this.#anchorMarket = Math.max(this.#anchorMarket, record.t);
    this.#options.onRecord(record, silent);
  }

  #clear(): void {
    if (this.#timer !== null) this.#options.timers.clear(this.#timer);
    this.#timer = null;
  }

  #schedule(): void {
    this.#clear();
    const wait = this.#speed === 'max' ? 0 : (this.#limit() - this.#anchorMarket) / this.#speed - this.#elapsed();
    this.#timer = this.#options.timers.set(() => this.#pump(), Math.max(0, wait));
  }

  #pump(): void {
    this.#timer = null;
    if (this.#next >= this.#records.length) return this.#finish();
    if (this.#speed === 'max') this.#pumpBatch(() => true);
    else this.#pumpDue(this.#speed);
    // A handler may have paused, sought or closed.
    if (this.#state === 'playing' && this.#timer === null) this.#schedule();
  }

  #pumpDue(speed: number): void {
    const dueWall = this.#dueWall(speed);
    const wall = this.#options.wallClock.now();
    if (wall < dueWall - EARLY_MS) return;
    const at = this.#at(this.#next);
    this.#anchorMarket = at;
    this.#anchorWall = wall - dueWall <= CATCH_UP_MS ? Math.min(wall, dueWall) : wall;
    this.#pumpBatch((t) => t <= at);
  }

  #pumpBatch(due: (t: number) => boolean): void {
    for (let i = 0; i < BATCH && this.#state === 'playing' && this.#timer === null; i++) {
      const at = this.#at(this.#next);
      if (at === Infinity || !due(at)) return;
      this.#hand(false);
    }
  }

  /** The last session's evening is played too, so that its bars close and its phase ends. */
  #finish(): void {
    if (this.#speed !== 'max' && this.#options.wallClock.now() < this.#dueWall(this.#speed) - EARLY_MS) {
      return this.#schedule();
    }
    this.#anchorMarket = this.#limit();
    this.#end();
    this.#options.onChange();
  }

  #end(): void {
    this.#clear();
    this.#state = 'ended';
  }
}

function checkedSpeed(speed: TapeSpeed): TapeSpeed {
  if (speed === 'max' || (speed >= TAPE_SPEED_MIN && speed <= TAPE_SPEED_MAX)) return speed;
  throw new DomainError(
    'validation_failed',
    `The speed of a tape is ${TAPE_SPEED_MIN} to ${TAPE_SPEED_MAX}, or "max".`,
  );
}
