import { serverFrames } from '@ziggy/contracts';
import type { Channel, ServerFrameName } from '@ziggy/contracts';
import type { MessageEntry } from './message-entry.ts';

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

const TOLD: Readonly<Record<ServerFrameName, Omit<MessageEntry, 'schema'>>> = {
  hello: {
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
    summary: 'A headline.',
    example: event('news', 'news_update', 'n-1', { title: 'Example Corporation raises its outlook' }),
  },
  alert_triggered: {
    summary: 'One of your alert rules fired.',
    example: event('alerts', 'alert_triggered', 'a-1', { name: 'AAPL above 200' }),
  },
  alert_changed: {
    summary: 'An alert rule changed state; `data` is the rule after the change.',
    example: event('alerts', 'alert_changed', 'a-2', { event: 'paused' }),
  },
  notification: {
    summary: 'A notice for the notification centre.',
    example: event('alerts', 'notification', 'a-3', { event: 'channelSuspended' }),
  },
  signal_generated: {
    summary: 'A decision of the brain: new, changed, withdrawn or expired.',
    example: event('signals', 'signal_generated', 's-1', { status: 'new' }),
  },
  portfolio_update: {
    summary: 'Something happened in one of your accounts.',
    example: event('portfolio', 'portfolio_update', 'p-1', { event: 'order.fill' }),
  },
  subscription_ack: {
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
    summary:
      'After the image of a subscribe: from here on all is live. On lossless channels with the position of the image.',
    example: { type: 'snapshot_end', ch: 'news', ts: TS, id: 1, epoch: EPOCH, seq: 41 },
  },
  resume_ack: {
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
    summary: 'The position is lost in mid-stream: load the state over REST, then resume from the position given.',
    example: { type: 'resync', ch: 'news', ts: TS, epoch: EPOCH, seq: 44, data: { reason: 'trimmed' } },
  },
  history: {
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
    summary: 'The market source went stale, degraded or down, or came back.',
    example: {
      type: 'source_status',
      ch: 'market',
      ts: TS,
      data: { source: 'simulated', kind: 'simulated', state: 'stale', reason: 'silent', lastValueAt: TS },
    },
  },
  error: {
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
    summary: 'Is anybody there? Sent to quiet clients beside the ping of the protocol, which pages cannot see.',
    example: { type: 'ping', ch: 'market', ts: TS },
  },
  pong: {
    summary: 'Answer to ping, with its `ts` and the time of the server.',
    example: { type: 'pong', ch: 'market', ts: TS, data: { ts: TS - 12, serverTs: TS } },
  },
  reconnect: {
    summary: 'A planned close follows: come back after a time between the two of `afterMs`.',
    example: { type: 'reconnect', ch: 'market', ts: TS, data: { afterMs: [500, 3_000], reason: 'drain' } },
  },
};

/** What the server may send. */
export const FRAMES = Object.fromEntries(
  Object.entries(TOLD).map(([name, told]): [string, MessageEntry] => [
    name,
    { schema: serverFrames[name as ServerFrameName], ...told },
  ]),
) as Readonly<Record<ServerFrameName, MessageEntry>>;
