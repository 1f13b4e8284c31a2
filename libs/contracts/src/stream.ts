import { TIMEFRAMES } from '@ziggy/domain';
import { CLOSE_CODES, STREAM_ERRORS } from './codes.ts';
import { brainFields, epochMs, kind, symbol } from './shared.ts';
import {
  HISTORY_MAX,
  alertChangedFrame,
  alertTriggeredFrame,
  historyFrame,
  newsUpdateFrame,
  notificationFrame,
  portfolioUpdateFrame,
  resumeAckFrame,
  resyncFrame,
  signalGeneratedFrame,
} from './stream-events.ts';
import { z } from './zod.ts';

/** Protocol `ziggy.v1`: text JSON, one object per WebSocket frame. All times are epoch milliseconds. */
export const PROTOCOL = 'ziggy.v1';

export const CHANNELS = ['market', 'charts', 'news', 'alerts', 'signals', 'portfolio'] as const;
export type Channel = (typeof CHANNELS)[number];
export const LATEST_VALUE_CHANNELS = ['market', 'charts'] as const;
const channel = z.enum(CHANNELS);

/** Path of a channel's socket. */
export const channelPath = (ch: Channel): string => `/ws/${ch}`;

/** Default limits of a connection; each is a configuration value of the server and told in `hello`. */
export const STREAM_LIMITS = {
  symbolsAnonymous: 30,
  symbolsUser: 200,
  symbolsPerCommand: 100,
  commandsPerSecond: 10,
  commandBurst: 20,
  inboundBytes: 16_384,
  jsonDepth: 5,
  maxHz: 20,
  minHz: 0.2,
} as const;

// ---- client -> server ---------------------------------------------------------------------------
const id = z.union([z.string().min(1).max(64), z.int()]).optional();
const symbolsIn = z.array(z.string().max(64)).min(1).max(STREAM_LIMITS.symbolsPerCommand);
const hz = z.number().min(STREAM_LIMITS.minHz).max(STREAM_LIMITS.maxHz);
export const timeframe = z.enum(TIMEFRAMES);

export const commands = {
  auth: z.object({ type: z.literal('auth'), token: z.string().max(4096), id }),
  subscribe: z.object({
    type: z.literal('subscribe'),
    symbols: symbolsIn,
    timeframe: timeframe.optional(),
    maxHz: hz.optional(),
    snapshot: z.boolean().optional(),
    id,
  }),
  unsubscribe: z.object({ type: z.literal('unsubscribe'), symbols: symbolsIn, timeframe: timeframe.optional(), id }),
  list: z.object({ type: z.literal('list'), id }),
  set: z.object({ type: z.literal('set'), maxHz: hz, id }),
  resume: z.object({ type: z.literal('resume'), epoch: z.string().max(64), seq: z.int().min(0), id }),
  history: z.object({
    type: z.literal('history'),
    beforeSeq: z.int().min(0).optional(),
    limit: z.int().min(1).max(HISTORY_MAX),
    id,
  }),
  ack: z.object({ type: z.literal('ack'), seq: z.int().min(0), id }),
  ping: z.object({ type: z.literal('ping'), ts: epochMs.optional(), id }),
  pong: z.object({ type: z.literal('pong'), ts: epochMs.optional(), id }),
} as const;
export type CommandType = keyof typeof commands;
export const COMMAND_TYPES = Object.keys(commands) as CommandType[];
export const clientCommand = z.discriminatedUnion('type', [
  commands.auth,
  commands.subscribe,
  commands.unsubscribe,
  commands.list,
  commands.set,
  commands.resume,
  commands.history,
  commands.ack,
  commands.ping,
  commands.pong,
]);
export type ClientCommand = z.infer<typeof clientCommand>;
export type SubscribeCommand = z.infer<typeof commands.subscribe>;
export type UnsubscribeCommand = z.infer<typeof commands.unsubscribe>;

// ---- server -> client ---------------------------------------------------------------------------
const envelope = { ch: channel, ts: epochMs };

export const helloFrame = z.object({
  type: z.literal('hello'),
  ...envelope,
  id,
  data: z.object({
    protocol: z.literal(PROTOCOL),
    conn: z.string(),
    node: z.string(),
    user: z.string().optional(),
    pingMs: z.int(),
    /** The running market; a client that sees another id after a reconnect drops what it holds. */
    market: z.object({ id: z.string(), source: z.string(), kind }),
    limits: z.object({
      symbols: z.int(),
      symbolsPerCommand: z.int(),
      commandsPerSecond: z.number(),
      inboundBytes: z.int(),
    }),
  }),
  epoch: z.string().optional(),
  seq: z.int().optional(),
});

const { shape: brain } = brainFields;
/**
 * The brain's part of a quote on the stream. A member that is `null` may be left out of a live frame, since `why` stands for
 * all of them: parsing gives it back. It keeps the usual frame under 400 bytes.
 */
export const streamBrain = z.object({
  ...brain,
  regime: brain.regime.default(null),
  regimeConfidence: brain.regimeConfidence.default(null),
  volatility: brain.volatility.default(null),
  z20: brain.z20.default(null),
  relativeVolume: brain.relativeVolume.default(null),
  moveSigma: brain.moveSigma.default(null),
  confidence: brain.confidence.default(null),
});

export const quoteData = z.object({
  price: z.number().nullable(),
  change: z.number().nullable(),
  changePct: z.number().nullable(),
  bid: z.number().nullable(),
  ask: z.number().nullable(),
  volume: z.number().nullable(),
  source: z.string(),
  kind,
  asOf: epochMs,
  brain: streamBrain,
});
export const marketDataFrame = z.object({
  type: z.literal('market_data'),
  ...envelope,
  symbol,
  v: z.int(),
  snap: z.literal(true).optional(),
  stale: z.literal(true).optional(),
  data: quoteData,
});

export const streamBar = z.object({
  openTime: epochMs,
  closeTime: epochMs,
  open: z.number(),
  high: z.number(),
  low: z.number(),
  close: z.number(),
  volume: z.number().nullable(),
  closed: z.boolean(),
  flags: z.array(z.string()).optional(),
});
const indicatorPoint = z.record(z.string(), z.record(z.string(), z.number().nullable()));
const indicatorArrays = z.record(z.string(), z.record(z.string(), z.array(z.number().nullable())));
const barProvenance = { source: z.string(), kind, asOf: epochMs.nullable() };

/** One bar, forming or closed, with the value of each indicator at that bar. */
export const chartUpdateFrame = z.object({
  type: z.literal('chart_update'),
  ...envelope,
  symbol,
  timeframe,
  v: z.int(),
  snap: z.undefined().optional(),
  stale: z.literal(true).optional(),
  data: z.object({ bar: streamBar, indicators: indicatorPoint, ...barProvenance }),
});
/** The image at subscription: up to 500 bars, ascending, the last one possibly forming. */
export const chartSnapshotFrame = z.object({
  type: z.literal('chart_update'),
  ...envelope,
  symbol,
  timeframe,
  v: z.int(),
  snap: z.literal(true),
  stale: z.literal(true).optional(),
  data: z.object({ bars: z.array(streamBar).max(500), indicators: indicatorArrays, ...barProvenance }),
});

export const subscriptionAckFrame = z.object({
  type: z.literal('subscription_ack'),
  ...envelope,
  id,
  data: z.object({
    status: z.enum(['subscribed', 'unsubscribed', 'listed', 'set', 'acked', 'authenticated']),
    symbols: z.array(z.string()).meta({
      description:
        'Symbols the command acted on; for charts as SYMBOL:timeframe in `list`; `*` on lossless channels, which know no symbols.',
    }),
    rejected: z.array(z.object({ symbol: z.string(), code: z.int(), name: z.string() })),
    total: z.int().meta({ description: 'Subscriptions on this connection now.' }),
    maxHz: z.number(),
  }),
});
export const snapshotEndFrame = z.object({
  type: z.literal('snapshot_end'),
  ...envelope,
  id,
  epoch: z.string().optional(),
  seq: z.int().optional().meta({ description: 'Lossless channels: position of the image; what follows is newer.' }),
});
export const sourceStatusFrame = z.object({
  type: z.literal('source_status'),
  ...envelope,
  data: z.object({
    source: z.string(),
    kind,
    state: z.enum(['ok', 'degraded', 'stale', 'down']),
    reason: z.string().nullable(),
    lastValueAt: epochMs.nullable(),
  }),
});
export const errorFrame = z.object({
  type: z.literal('error'),
  ...envelope,
  id,
  data: z.object({
    code: z.int(),
    name: z.enum(Object.keys(STREAM_ERRORS) as [string, ...string[]]),
    message: z.string(),
    temporary: z.boolean(),
    retryAfterMs: z.int().optional(),
  }),
});
export const pingFrame = z.object({ type: z.literal('ping'), ...envelope });
export const pongFrame = z.object({
  type: z.literal('pong'),
  ...envelope,
  id,
  data: z.object({ ts: epochMs.nullable(), serverTs: epochMs }),
});
export const reconnectFrame = z.object({
  type: z.literal('reconnect'),
  ...envelope,
  data: z.object({ afterMs: z.tuple([z.int(), z.int()]), reason: z.string() }),
});

/** Every frame the server may send, by name. The image of a chart has a name of its own and the `type` of its updates. */
export const serverFrames = {
  hello: helloFrame,
  market_data: marketDataFrame,
  chart_snapshot: chartSnapshotFrame,
  chart_update: chartUpdateFrame,
  subscription_ack: subscriptionAckFrame,
  snapshot_end: snapshotEndFrame,
  source_status: sourceStatusFrame,
  error: errorFrame,
  ping: pingFrame,
  pong: pongFrame,
  reconnect: reconnectFrame,
  news_update: newsUpdateFrame,
  alert_triggered: alertTriggeredFrame,
  alert_changed: alertChangedFrame,
  notification: notificationFrame,
  signal_generated: signalGeneratedFrame,
  portfolio_update: portfolioUpdateFrame,
  resume_ack: resumeAckFrame,
  resync: resyncFrame,
  history: historyFrame,
} as const;
export type ServerFrameName = keyof typeof serverFrames;
export const serverFrame = z.union(Object.values(serverFrames));

export type HelloFrame = z.infer<typeof helloFrame>;
export type QuoteData = z.infer<typeof quoteData>;
export type MarketDataFrame = z.infer<typeof marketDataFrame>;
export type StreamBar = z.infer<typeof streamBar>;
export type ChartUpdateFrame = z.infer<typeof chartUpdateFrame>;
export type ChartSnapshotFrame = z.infer<typeof chartSnapshotFrame>;
export type SubscriptionAckFrame = z.infer<typeof subscriptionAckFrame>;
export type SnapshotEndFrame = z.infer<typeof snapshotEndFrame>;
export type SourceStatusFrame = z.infer<typeof sourceStatusFrame>;
export type ErrorFrame = z.infer<typeof errorFrame>;
export type PingFrame = z.infer<typeof pingFrame>;
export type PongFrame = z.infer<typeof pongFrame>;
export type ReconnectFrame = z.infer<typeof reconnectFrame>;
export type ServerFrame = z.infer<typeof serverFrame>;

export const closeCode = z.enum(Object.keys(CLOSE_CODES) as [string, ...string[]]);
