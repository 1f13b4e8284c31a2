import {
  alertChangedFrame,
  alertTriggeredFrame,
  chartSnapshotFrame,
  chartUpdateFrame,
  commands,
  errorFrame,
  helloFrame,
  historyFrame,
  marketDataFrame,
  newsUpdateFrame,
  notificationFrame,
  pingFrame,
  pongFrame,
  portfolioUpdateFrame,
  reconnectFrame,
  resumeAckFrame,
  resyncFrame,
  signalGeneratedFrame,
  snapshotEndFrame,
  sourceStatusFrame,
  subscriptionAckFrame,
} from '@ziggy/contracts';
import type { Channel, CommandType } from '@ziggy/contracts';
import type * as z from 'zod';

/** One kind of message, in the words of the people who read about it. */
export interface MessageEntry {
  readonly schema: z.ZodType;
  readonly summary: string;
  /** One that passes the schema; a test holds it to that. */
  readonly example: Readonly<Record<string, unknown>>;
}

const TS = 1_772_634_600_000;
const EPOCH = 'k3Vq9-aP';
const event = (ch: Channel, type: string, id: string, data: Record<string, unknown>) => ({
  type,
  ch,
  ts: TS,
  id,
  epoch: EPOCH,
  seq: 42,
  prev: 41,
  data,
});
const brain = {
  regime: 'RiskOn',
  regimeConfidence: 0.91,
  volatility: 0.2134,
  z20: 0.41,
  relativeVolume: 1.12,
  moveSigma: 0.3,
  confidence: null,
};
const origin = { source: 'simulated', kind: 'simulated', asOf: TS };
const bar = {
  openTime: TS,
  closeTime: TS + 60_000,
  open: 180,
  high: 181,
  low: 179.5,
  close: 180.5,
  volume: 1200,
  closed: false,
};

/** What the server may send. */
export const FRAMES = {
  hello: {
    schema: helloFrame,
    summary: 'The first frame: protocol, running market, limits and, on lossless channels, the newest position.',
    example: {
      type: 'hello',
      ch: 'news',
      ts: TS,
      data: {
        protocol: 'ziggy.v1',
        conn: '9f2c01ab-1',
        node: '9f2c01ab',
        pingMs: 25_000,
        market: { id: 'sim:1:9f2c01ab', source: 'simulated', kind: 'simulated' },
        limits: { symbols: 30, symbolsPerCommand: 100, commandsPerSecond: 10, inboundBytes: 16_384 },
      },
      epoch: EPOCH,
      seq: 41,
    },
  },
  market_data: {
    schema: marketDataFrame,
    summary:
      'The newest quote of a symbol with what the brain adds. `v` rises per symbol; drop what is not above the last.',
    example: {
      type: 'market_data',
      ch: 'market',
      ts: TS,
      symbol: 'AAPL',
      v: 7,
      data: {
        price: 180.5,
        change: 1.5,
        changePct: 0.84,
        bid: 180.49,
        ask: 180.51,
        volume: 1_000_000,
        ...origin,
        brain,
      },
    },
  },
  chart_snapshot: {
    schema: chartSnapshotFrame,
    summary:
      'The image of a chart at subscription: up to 500 bars with their indicators, the last one possibly forming.',
    example: {
      type: 'chart_update',
      ch: 'charts',
      ts: TS,
      symbol: 'AAPL',
      timeframe: '1m',
      v: 7,
      snap: true,
      data: { bars: [bar], indicators: { 'sma(20)': { value: [180.1] } }, ...origin },
    },
  },
  chart_update: {
    schema: chartUpdateFrame,
    summary: 'One bar, forming or closed. A closed bar comes exactly once and is never merged with another.',
    example: {
      type: 'chart_update',
      ch: 'charts',
      ts: TS,
      symbol: 'AAPL',
      timeframe: '1m',
      v: 8,
      data: { bar, indicators: { 'sma(20)': { value: 180.1 } }, ...origin },
    },
  },
  news_update: {
    schema: newsUpdateFrame,
    summary: 'A headline.',
    example: event('news', 'news_update', 'n-1', { title: 'Example Corporation raises its outlook' }),
  },
  alert_triggered: {
    schema: alertTriggeredFrame,
    summary: 'One of your alert rules fired.',
    example: event('alerts', 'alert_triggered', 'a-1', { name: 'AAPL above 200' }),
  },
  alert_changed: {
    schema: alertChangedFrame,
    summary: 'An alert rule changed state; `data` is the rule after the change.',
    example: event('alerts', 'alert_changed', 'a-2', { event: 'paused' }),
  },
  notification: {
    schema: notificationFrame,
    summary: 'A notice for the notification centre.',
    example: event('alerts', 'notification', 'a-3', { event: 'channelSuspended' }),
  },
  signal_generated: {
    schema: signalGeneratedFrame,
    summary: 'A decision of the brain: new, changed, withdrawn or expired.',
    example: event('signals', 'signal_generated', 's-1', { status: 'new' }),
  },
  portfolio_update: {
    schema: portfolioUpdateFrame,
    summary: 'Something happened in one of your accounts.',
    example: event('portfolio', 'portfolio_update', 'p-1', { event: 'order.fill' }),
  },
  subscription_ack: {
    schema: subscriptionAckFrame,
    summary:
      'The one answer to subscribe, unsubscribe, list, set, ack and a renewing auth; bad symbols are named one by one.',
    example: {
      type: 'subscription_ack',
      ch: 'market',
      ts: TS,
      id: 1,
      data: {
        status: 'subscribed',
        symbols: ['AAPL'],
        rejected: [{ symbol: 'NOSUCH', code: 105, name: 'unknown_symbol' }],
        total: 1,
        maxHz: 10,
      },
    },
  },
  snapshot_end: {
    schema: snapshotEndFrame,
    summary:
      'After the image of a subscribe: from here on all is live. On lossless channels with the position of the image.',
    example: { type: 'snapshot_end', ch: 'news', ts: TS, id: 1, epoch: EPOCH, seq: 41 },
  },
  resume_ack: {
    schema: resumeAckFrame,
    summary:
      'Answer to resume: everything after the position follows with `replay: true`, or nothing does and `reason` says why.',
    example: {
      type: 'resume_ack',
      ch: 'news',
      ts: TS,
      id: 2,
      epoch: EPOCH,
      seq: 44,
      data: { recovered: true, replayed: 3 },
    },
  },
  resync: {
    schema: resyncFrame,
    summary: 'The position is lost in mid-stream: load the state over REST, then resume from the position given.',
    example: { type: 'resync', ch: 'news', ts: TS, epoch: EPOCH, seq: 44, data: { reason: 'trimmed' } },
  },
  history: {
    schema: historyFrame,
    summary: 'Answer to history: older events, ascending.',
    example: {
      type: 'history',
      ch: 'news',
      ts: TS,
      id: 3,
      epoch: EPOCH,
      data: { events: [event('news', 'news_update', 'n-1', { title: 'Example' })], more: true },
    },
  },
  source_status: {
    schema: sourceStatusFrame,
    summary: 'The market source went stale, degraded or down, or came back.',
    example: {
      type: 'source_status',
      ch: 'market',
      ts: TS,
      data: { source: 'simulated', kind: 'simulated', state: 'stale', reason: 'silent', lastValueAt: TS },
    },
  },
  error: {
    schema: errorFrame,
    summary: 'A command could not be served; the socket stays open. `temporary` means: try again with backoff.',
    example: {
      type: 'error',
      ch: 'market',
      ts: TS,
      id: 4,
      data: { code: 101, name: 'unknown_type', message: '"dance" is not a command.', temporary: false },
    },
  },
  ping: {
    schema: pingFrame,
    summary: 'Is anybody there? Sent to quiet clients beside the ping of the protocol, which pages cannot see.',
    example: { type: 'ping', ch: 'market', ts: TS },
  },
  pong: {
    schema: pongFrame,
    summary: 'Answer to ping, with its `ts` and the time of the server.',
    example: { type: 'pong', ch: 'market', ts: TS, data: { ts: TS - 12, serverTs: TS } },
  },
  reconnect: {
    schema: reconnectFrame,
    summary: 'A planned close follows: come back after a time between the two of `afterMs`.',
    example: { type: 'reconnect', ch: 'market', ts: TS, data: { afterMs: [500, 3_000], reason: 'drain' } },
  },
} as const satisfies Record<string, MessageEntry>;
export type FrameName = keyof typeof FRAMES;

/** What a client may send. */
export const COMMANDS: Readonly<Record<CommandType, MessageEntry>> = {
  auth: {
    schema: commands.auth,
    summary:
      'Signs in within 5 s of the upgrade, or renews a token. The first is answered by hello, others by subscription_ack.',
    example: { type: 'auth', token: 'eyJ...', id: 1 },
  },
  subscribe: {
    schema: commands.subscribe,
    summary:
      'Follows symbols (charts: with a timeframe), or everything of a lossless channel with `*`. Twice is a success.',
    example: { type: 'subscribe', symbols: ['AAPL', 'MSFT'], maxHz: 5, id: 1 },
  },
  unsubscribe: {
    schema: commands.unsubscribe,
    summary: 'Ends subscriptions; `*` ends all.',
    example: { type: 'unsubscribe', symbols: ['*'], id: 2 },
  },
  list: { schema: commands.list, summary: 'Names what is subscribed.', example: { type: 'list', id: 3 } },
  set: {
    schema: commands.set,
    summary: 'Caps the rate of the connection, 0.2 to 20 Hz.',
    example: { type: 'set', maxHz: 1, id: 4 },
  },
  resume: {
    schema: commands.resume,
    summary: 'Goes on after a position. The same on the URL: `?epoch=...&seq=...`.',
    example: { type: 'resume', epoch: EPOCH, seq: 41, id: 5 },
  },
  history: {
    schema: commands.history,
    summary: 'Asks for older events, before `beforeSeq` or the newest.',
    example: { type: 'history', beforeSeq: 41, limit: 50, id: 6 },
  },
  ack: {
    schema: commands.ack,
    summary: 'Acknowledges alerts up to a position.',
    example: { type: 'ack', seq: 42, id: 7 },
  },
  ping: { schema: commands.ping, summary: 'Asks for a pong.', example: { type: 'ping', ts: TS } },
  pong: { schema: commands.pong, summary: 'Answers a ping.', example: { type: 'pong', ts: TS } },
};

const EVERYWHERE: readonly FrameName[] = [
  'hello',
  'subscription_ack',
  'snapshot_end',
  'error',
  'ping',
  'pong',
  'reconnect',
];
const LATEST: readonly FrameName[] = [...EVERYWHERE, 'source_status'];
const LOSSLESS: readonly FrameName[] = [...EVERYWHERE, 'resume_ack', 'resync', 'history'];
const ALWAYS: readonly CommandType[] = ['auth', 'subscribe', 'unsubscribe', 'list', 'ping', 'pong'];

export interface ChannelEntry {
  readonly summary: string;
  readonly frames: readonly FrameName[];
  readonly commands: readonly CommandType[];
}

/** What is said on which channel. */
export const CHANNEL_CATALOGUE: Readonly<Record<Channel, ChannelEntry>> = {
  market: {
    summary: 'Newest quotes: the newest value per symbol wins, nothing is replayed.',
    frames: ['market_data', ...LATEST],
    commands: [...ALWAYS, 'set'],
  },
  charts: {
    summary: 'Bars with indicators: forming bars are merged, closed ones never.',
    frames: ['chart_snapshot', 'chart_update', ...LATEST],
    commands: [...ALWAYS, 'set'],
  },
  news: {
    summary: 'Headlines, without loss; shared by all readers.',
    frames: ['news_update', ...LOSSLESS],
    commands: [...ALWAYS, 'resume', 'history'],
  },
  alerts: {
    summary: 'Your alerts and notices, without loss.',
    frames: ['alert_triggered', 'alert_changed', 'notification', ...LOSSLESS],
    commands: [...ALWAYS, 'resume', 'history', 'ack'],
  },
  signals: {
    summary: 'Decisions of the brain, without loss; shared by all readers.',
    frames: ['signal_generated', ...LOSSLESS],
    commands: [...ALWAYS, 'resume', 'history'],
  },
  portfolio: {
    summary: 'What happens in your accounts, without loss.',
    frames: ['portfolio_update', ...LOSSLESS],
    commands: [...ALWAYS, 'resume', 'history'],
  },
};
