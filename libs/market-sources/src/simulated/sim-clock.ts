import { calendarOf } from '@ziggy/domain';
import type { Clock } from '@ziggy/domain';
import type { SourceClock } from '../port.ts';
import { SourceError } from '../port.ts';

const AFTER_OPEN_MS = 30 * 60_000;
/** A year after the epoch of the history, so that a daily chart is never empty. */
export const EARLIEST_START = Date.UTC(2019, 0, 2);
/** The calendars end with 2050. */
export const END_OF_TIME = Date.UTC(2050, 11, 30);
export const SPEED_MIN = 0.1;
export const SPEED_MAX = 1000;

export interface SimClockOptions {
  readonly wallClock: Clock;
  readonly speed: number;
  /** Market time to begin at; null chooses by the rule of {@link startOf}. */
  readonly start: number | null;
  /** Market time that this market had reached before; the clock begins at or after it. */
  readonly resumeAt: number | null;
}

/**
 * Where market time begins.
 * - With `start`: there, or at `resumeAt` when that is later.
 * - Without: at wall time while New York trades, else 30 minutes after the open of the last session that opened. A market
 *   resumed later than that goes on where it was while New York trades there, else 30 minutes after the next open: the
 *   clock may not go back, and whoever starts the platform sees a market that moves.
 * @throws SourceError `BadRequest` when the result lies outside 2019 to 2050.
 */
export function startOf({ wallClock, start, resumeAt }: SimClockOptions): number {
  const wall = wallClock.now();
  const begin =
    start ?? (resumeAt !== null && resumeAt > wall ? resumeAt : openMarketAt(checked(wall, 'The wall clock')));
  let at = resumeAt !== null && resumeAt > begin ? resumeAt : begin;
  if (start === null) {
    const calendar = calendarOf('XNYS');
    checked(at, 'The market time to resume at');
    if (calendar.phaseAt(at) !== 'open') at = calendar.nextOpening(at).open + AFTER_OPEN_MS;
  }
  return checked(at, start === null ? 'The market time to resume at' : 'SIM_START');
}

function openMarketAt(wall: number): number {
  const calendar = calendarOf('XNYS');
  return calendar.phaseAt(wall) === 'open' ? wall : calendar.lastOpened(wall).open + AFTER_OPEN_MS;
}

function checked(at: number, what: string): number {
  if (at >= EARLIEST_START && at < END_OF_TIME) return at;
  throw new SourceError('BadRequest', `${what} must lie between 2019-01-02 and 2050-12-30 in a simulated market.`);
}

/** Market time that runs `speed` times as fast as the wall clock and never goes back, even when the wall clock does. */
export class SimClock implements SourceClock {
  readonly #wallClock: Clock;
  readonly #speed: number;
  readonly #wallStart: number;
  readonly #marketStart: number;
  #last: number;

  /** @throws SourceError `BadRequest` for a speed outside 0.1 to 1000 or a start outside the calendars. */
  constructor(options: SimClockOptions) {
    if (!(options.speed >= SPEED_MIN && options.speed <= SPEED_MAX)) {
      throw new SourceError(
        'BadRequest',
        `The speed of a simulated market lies between ${SPEED_MIN} and ${SPEED_MAX}.`,
      );
    }
    this.#wallClock = options.wallClock;
    this.#speed = options.speed;
    this.#wallStart = options.wallClock.now();
    this.#marketStart = startOf(options);
    this.#last = this.#marketStart;
  }

  now(): number {
    const at = Math.floor(this.#marketStart + (this.#wallClock.now() - this.#wallStart) * this.#speed);
    if (at > this.#last) this.#last = at < END_OF_TIME ? at : END_OF_TIME;
    return this.#last;
  }

  speed(): number {
    return this.state() === 'ended' ? 0 : this.#speed;
  }

  state(): 'running' | 'ended' {
    return this.now() >= END_OF_TIME ? 'ended' : 'running';
  }
}
