export { createStreamClient } from './client.ts';
export type { ChannelState, ChannelStats, RunningMarket, SourceStatus, StreamClient, StreamStats } from './client.ts';
export { CLIENT_LIMITS } from './deps.ts';
export type { FetchAnswer, FetchLike, SocketLike, StreamClientDeps, TimerHandle, Timers } from './deps.ts';
export { backoffMs } from './backoff.ts';
export type { LatestValueChannel, Phase } from './connection.ts';
export type { Percentiles } from './latency.ts';
export type { QuoteBatch, QuoteItem, Rejection, Via } from './quote-cache.ts';
export type { BarBatch, BarSnapshot, BarUpdate, IndicatorColumns, IndicatorPoint, SeriesOrigin } from './bar-cache.ts';
