import type { Channel, CommandType, ServerFrameName } from '@ziggy/contracts';

const EVERYWHERE: readonly ServerFrameName[] = [
  'hello',
  'subscription_ack',
  'snapshot_end',
  'error',
  'ping',
  'pong',
  'reconnect',
];
const LATEST: readonly ServerFrameName[] = [...EVERYWHERE, 'source_status'];
const LOSSLESS: readonly ServerFrameName[] = [...EVERYWHERE, 'resume_ack', 'resync', 'history'];
const ALWAYS: readonly CommandType[] = ['auth', 'subscribe', 'unsubscribe', 'list', 'ping', 'pong'];

export interface ChannelEntry {
  readonly summary: string;
  readonly frames: readonly ServerFrameName[];
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
