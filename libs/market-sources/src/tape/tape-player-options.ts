import type { Clock } from '@ziggy/domain';
import type { Timers } from '../timers.ts';
import type { TapeSpeed } from './tape-speed.ts';
import type { TapeCheckpoint, TapeFeed, TapeRecord } from './tape.ts';

export interface TapePlayerOptions {
  readonly feed: TapeFeed;
  /** Market time of the last record. */
  readonly endAt: number;
  /** Market time to begin at (epoch ms); records before it are handed over silently. */
  readonly startAt: number;
  readonly speed: TapeSpeed;
  /** Market time (ms) played after a record before a longer silence is skipped: nights, weekends, holidays. */
  readonly maxIdleMs: number;
  /** Never set back while it is used: a monotonic clock. */
  readonly wallClock: Clock;
  readonly timers: Timers;
  /** Takes one record; it ends before the next begins. */
  readonly onRecord: (record: TapeRecord, how: Handing) => void;
  /** The playhead moved to a checkpoint: what it holds takes the place of the records before it. */
  readonly onCheckpoint: (checkpoint: TapeCheckpoint) => void;
  /** Told when the player starts, stops, seeks or ends. */
  readonly onChange: () => void;
  /** The file cannot be read any more: playing has ended. */
  readonly onFailed: (error: unknown) => void;
}

/** How a record is handed over: at its time, under a seek, or as what lies before the start. */
export type Handing = 'played' | 'sought' | 'history';

export type PlayerState = 'paused' | 'playing' | 'ended';
