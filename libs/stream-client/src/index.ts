export { createStreamClient } from './client.ts';
export type {
  ChannelState,
  ChannelStats,
  EventMemories,
  RunningMarket,
  SourceStatus,
  StreamClient,
  StreamStats,
} from './client.ts';
export { CLIENT_LIMITS } from './deps.ts';
export type { FetchAnswer, FetchLike, SocketLike, StreamClientDeps, TimerHandle, Timers } from './deps.ts';
export { backoffMs } from './backoff.ts';
export type { Phase } from './connection.ts';
export type { Percentiles } from './latency.ts';
export type { QuoteBatch, QuoteItem, Rejection, Via } from './quote-cache.ts';
export type { BarBatch, BarSnapshot, BarUpdate, IndicatorColumns, IndicatorPoint, SeriesOrigin } from './bar-cache.ts';
export { createSharedStreamClient } from './tabs/shared-client.ts';
export { TAB_LIMITS } from './tabs/deps.ts';
export type { BroadcastLike, LocksLike, TabDeps } from './tabs/deps.ts';
export type { TabMessage } from './tabs/messages.ts';
export { EventMemory } from './event-memory.ts';
export type { EventBatch, EventItem, Resync } from './event-memory.ts';
export type { FrameSample, FrameSamples } from './inspector.ts';
