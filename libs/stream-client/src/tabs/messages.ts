import type { LosslessChannel } from '@ziggy/contracts';
import type { Timeframe } from '@ziggy/domain';
import type { BarBatch } from '../bar-cache.ts';
import type { ChannelState, RunningMarket, SourceStatus, StreamStats } from '../client.ts';
import type { EventBatch } from '../event-memory.ts';
import type { FrameSamples } from '../inspector.ts';
import type { QuoteBatch } from '../quote-cache.ts';

/** One observable that a tab holds, by an id of its own. */
export type Watch =
  | { readonly id: string; readonly kind: 'quotes'; readonly symbols: readonly string[] }
  | { readonly id: string; readonly kind: 'bars'; readonly symbol: string; readonly timeframe: Timeframe }
  | { readonly id: string; readonly kind: 'events'; readonly channel: LosslessChannel }
  | { readonly id: string; readonly kind: 'frames' };

/** What every tab says of itself: at each change and every five seconds. */
export interface InterestMessage {
  readonly type: 'interest';
  readonly tab: string;
  readonly visible: boolean;
  readonly watches: readonly Watch[];
}

/** What tabs tell each other over the broadcast channel; each is a plain object that a structured clone carries. */
export type TabMessage =
  | InterestMessage
  /** A tab goes. */
  | { readonly type: 'bye'; readonly tab: string }
  /** This tab has the sockets from now on. */
  | { readonly type: 'leader'; readonly tab: string }
  /** The hidden leader asks a visible tab to take over. */
  | { readonly type: 'handover'; readonly to: string }
  /** A person in some tab asks for the next attempt now. */
  | { readonly type: 'reconnect' }
  | { readonly type: 'quotes'; readonly to: string; readonly id: string; readonly batch: QuoteBatch }
  | { readonly type: 'bars'; readonly to: string; readonly id: string; readonly batch: BarBatch }
  | { readonly type: 'events'; readonly to: string; readonly id: string; readonly batch: EventBatch }
  | { readonly type: 'frames'; readonly to: string; readonly id: string; readonly batch: FrameSamples }
  | { readonly type: 'state'; readonly state: ChannelState }
  | { readonly type: 'stats'; readonly stats: StreamStats }
  | { readonly type: 'market'; readonly market: RunningMarket | null }
  | { readonly type: 'source'; readonly status: SourceStatus | null };
