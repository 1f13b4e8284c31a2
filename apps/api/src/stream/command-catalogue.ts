import { commands } from '@ziggy/contracts';
import type { CommandType } from '@ziggy/contracts';
import type { MessageEntry } from './message-entry.ts';

const TS = 1_772_634_600_000;
const EPOCH = 'k3Vq9-aP';

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
