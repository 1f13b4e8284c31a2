import type { ChartSnapshotFrame, ChartUpdateFrame } from '@ziggy/contracts';
import type { Instrument, Interval, Kind, Symbol, Timeframe } from '@ziggy/domain';
import type { Resolution } from '../../market/instruments/instrument-directory.ts';
import type { LoadedSeries } from './chart-loader.ts';

/** The slice of the hub that charts are published to. */
export interface ChartOutlet {
  publish(topic: string, key: string, frame: ChartUpdateFrame | ChartSnapshotFrame, options?: { once?: boolean }): void;
}

export interface LiveChartsOptions {
  readonly sourceId: string;
  readonly kind: Kind;
  readonly outlet: ChartOutlet;
  readonly nextId: () => number;
  readonly wallNow: () => number;
  readonly marketNow: () => number;
  readonly intervals: readonly Interval[];
  readonly resolve: (symbol: Symbol) => Promise<Resolution>;
  /** The newest bars of a symbol, split-adjusted, ascending, the last possibly forming. */
  readonly load: (instrument: Instrument, timeframe: Timeframe, count: number) => Promise<LoadedSeries>;
  /** Asks for live bars. False when the source can track no more symbols. */
  readonly acquire: (instrument: Instrument, interval: Interval) => boolean;
  readonly release: (symbol: Symbol, interval: Interval) => void;
  readonly isStale: (symbol: Symbol) => boolean;
  /** Runs work after `ms`; returns what cancels it. */
  readonly after: (ms: number, work: () => void) => () => void;
  readonly onFailed: (error: unknown) => void;
}
