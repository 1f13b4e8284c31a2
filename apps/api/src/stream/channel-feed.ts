import type { ServerFrame, StreamErrorName } from '@ziggy/contracts';
import type { Timeframe, Symbol } from '@ziggy/domain';

/** What one subscription is about: a symbol on `/ws/market`, a symbol and timeframe on `/ws/charts`. */
export interface StreamKey {
  readonly symbol: Symbol;
  readonly timeframe: Timeframe | null;
}

/**
 * What a latest-value gateway asks of the module that owns the data. A gateway first awaits `prepare`, then, in one
 * synchronous step, joins the hub's topic and writes `snapshot`, so no live value can slip between the two.
 */
export abstract class ChannelFeed {
  /** Makes the key ready to be shown. Resolves `null`, or the name of the error to reject it with; ends within 2.5 s. */
  abstract prepare(key: StreamKey): Promise<StreamErrorName | null>;
  /** The newest known image, ready to encode; empty when nothing is known yet. Never waits. */
  abstract snapshot(key: StreamKey): readonly ServerFrame[];
  /** Counts one more interested connection; the source is asked while the count is above zero. */
  abstract acquire(key: StreamKey): void;
  /** Gives one interest back; the source is released 30 s after the last. */
  abstract release(key: StreamKey): void;
}

/** Feed of `/ws/market`. The class is the injection token. */
export abstract class MarketFeed extends ChannelFeed {}

/** Feed of `/ws/charts`. The class is the injection token. */
export abstract class ChartsFeed extends ChannelFeed {}
