import type { Clock } from '@ziggy/domain';
import { withinDeadline } from '../platform/deadline.ts';
import type { ReadyState } from '../platform/lifecycle.ts';

export interface DatabaseWatchOptions {
  /** Asks the database for its own time, epoch ms. */
  readonly ask: () => Promise<number>;
  readonly wall: Clock;
  /** Monotonic milliseconds. */
  readonly elapsed: () => number;
  readonly onWarning: (message: string, facts: Record<string, unknown>) => void;
}

/** An answer later than this counts as none; the readiness probe has a second. */
const ANSWER_WITHIN_MS = 800;
/** Without its database for so long a process still serves; then it says that it does not (market-data.md section 12). */
export const AWAY_MS = 30_000;
/** Two clocks that differ by more are told; by much more, the process must not serve. */
export const SKEW_WARN_MS = 2_000;
export const SKEW_MAX_MS = 30_000;

/** Whether the database answers, and how far its clock is from ours. */
export class DatabaseWatch {
  readonly #options: DatabaseWatchOptions;
  #awaySince: number | null = null;
  #skewMs: number | null = null;
  #warned = false;

  constructor(options: DatabaseWatchOptions) {
    this.#options = options;
  }

  /** The database's clock minus ours, ms; `null` before the first answer. */
  get skewMs(): number | null {
    return this.#skewMs;
  }

  get answers(): boolean {
    return this.#awaySince === null;
  }

  /**
   * Asks once. `degraded`: no answer, for less than 30 s, or clocks more than 2 s apart; `down`: beyond that. Never throws.
   */
  async look(): Promise<ReadyState> {
    const { ask, wall, elapsed } = this.#options;
    const before = wall.now();
    try {
      const theirs = await withinDeadline(ask, ANSWER_WITHIN_MS);
      this.#awaySince = null;
      // The answer was made about half way between the question and now.
      this.#skewMs = theirs - (before + wall.now()) / 2;
    } catch {
      this.#awaySince ??= elapsed();
      return elapsed() - this.#awaySince < AWAY_MS ? 'degraded' : 'down';
    }
    return this.#judgeSkew(this.#skewMs);
  }

  #judgeSkew(skewMs: number): ReadyState {
    const size = Math.abs(skewMs);
    if (size <= SKEW_WARN_MS) {
      this.#warned = false;
      return 'ok';
    }
    if (!this.#warned) {
      this.#warned = true;
      this.#options.onWarning('the clock of the database and the clock of this machine differ', {
        skewMs: Math.round(skewMs),
      });
    }
    return size > SKEW_MAX_MS ? 'down' : 'degraded';
  }
}
