import { STREAM_LIMITS } from '@ziggy/contracts';
import type { Channel } from '@ziggy/contracts';
import * as z from 'zod';
import { list } from './variables.ts';

export const STREAM_CONFIG = Symbol('STREAM_CONFIG');

export interface StreamConfig {
  /** Channels that need no sign-in. */
  readonly anonymousChannels: readonly Channel[];
  /** Time after which a value that met a full client buffer is offered to it again, milliseconds. */
  readonly enqueueTimeoutMs: number;
  readonly symbolsAnonymous: number;
  readonly symbolsUser: number;
  readonly symbolsPerCommand: number;
  readonly commandsPerSecond: number;
  readonly commandBurst: number;
  /** Errors within 5 s that end a connection. */
  readonly errorsMax: number;
  readonly inboundBytes: number;
  /** Levels that a frame of a client may be nested. */
  readonly jsonDepth: number;
  readonly softBufferBytes: number;
  readonly hardBufferBytes: number;
  readonly stallMs: number;
  readonly connectionsPerUser: number;
  /** Of one user on one channel; the oldest makes room for a new one. */
  readonly connectionsPerPath: number;
  readonly connectionsPerAddress: number;
  readonly connectionsPerProcess: number;
  readonly newConnectionsPerSecond: number;
  readonly newConnectionsBurst: number;
  readonly pingMs: number;
  readonly pongTimeoutMs: number;
  readonly lifetimeMs: number;
  readonly idleMs: number;
  readonly authTimeoutMs: number;
  /** Time that a client has to go on after its position was lost. */
  readonly resyncMs: number;
  /** Event-loop delay (p99, ms) above which load is shed. */
  readonly shedAboveMs: number;
}

/** What no person owns and no decision stands in; the other channels are never open to strangers. */
const PUBLISHABLE = ['market', 'charts', 'news'] as const satisfies readonly Channel[];

const whole = (least: number, most: number, usual: number, description: string) =>
  z.coerce.number().int().min(least).max(most).default(usual).meta({ description });

const DAY_MS = 86_400_000;

export const streamVariables = {
  ANONYMOUS_CHANNELS: list(z.enum(PUBLISHABLE, { error: `must be channels out of ${PUBLISHABLE.join(', ')}` })).meta({
    description: 'Comma list of stream channels that strangers may open, with lower limits. Empty: none.',
  }),
  WS_ENQUEUE_TIMEOUT_MS: whole(
    10,
    5_000,
    50,
    'Milliseconds until a live value that met a full client buffer is offered to that client again.',
  ),
  WS_SYMBOLS_ANONYMOUS: whole(
    1,
    10_000,
    STREAM_LIMITS.symbolsAnonymous,
    'Symbols that a connection without sign-in may subscribe.',
  ),
  WS_SYMBOLS_USER: whole(1, 10_000, STREAM_LIMITS.symbolsUser, 'Symbols that a signed-in connection may subscribe.'),
  WS_SYMBOLS_PER_COMMAND: whole(
    1,
    10_000,
    STREAM_LIMITS.symbolsPerCommand,
    'Symbols in one command of a client; more are answered with error 108.',
  ),
  WS_COMMANDS_PER_SECOND: whole(
    1,
    10_000,
    STREAM_LIMITS.commandsPerSecond,
    'Commands a second that one connection may send.',
  ),
  WS_COMMAND_BURST: whole(
    1,
    10_000,
    STREAM_LIMITS.commandBurst,
    'Commands that one connection may send at once after a quiet time.',
  ),
  WS_ERRORS_MAX: whole(1, 10_000, 20, 'Faulty commands within 5 s that close a connection with 4501.'),
  WS_INBOUND_BYTES: whole(
    256,
    1_048_576,
    STREAM_LIMITS.inboundBytes,
    'Largest frame that a client may send, in bytes; a larger one closes with 1009.',
  ),
  WS_JSON_DEPTH: whole(
    1,
    64,
    STREAM_LIMITS.jsonDepth,
    'Levels of objects and lists in one frame of a client; deeper ones are answered with error 108.',
  ),
  WS_SOFT_BUFFER_BYTES: whole(
    1_024,
    16_777_216,
    65_536,
    'Buffered bytes of a client above which only control frames are written and values wait.',
  ),
  WS_HARD_BUFFER_BYTES: whole(
    1_024,
    67_108_864,
    1_048_576,
    'Buffered bytes of a client above which it is closed with 4003.',
  ),
  WS_STALL_MS: whole(
    100,
    600_000,
    10_000,
    'Milliseconds without any draining after which a client is closed with 4003.',
  ),
  WS_CONNECTIONS_PER_USER: whole(1, 100_000, 20, 'Connections of one user; one more closes with 4504.'),
  WS_CONNECTIONS_PER_PATH: whole(
    1,
    100_000,
    10,
    'Connections of one user on one channel; one more closes the oldest with 4507.',
  ),
  WS_CONNECTIONS_PER_ADDRESS: whole(1, 100_000, 60, 'Connections from one address (IPv6: from one /64 network).'),
  WS_CONNECTIONS_PER_PROCESS: whole(1, 1_000_000, 20_000, 'Connections of this process.'),
  WS_NEW_CONNECTIONS_PER_SECOND: whole(
    1,
    100_000,
    500,
    'New connections a second of this process; more are answered 503.',
  ),
  WS_NEW_CONNECTIONS_BURST: whole(1, 100_000, 1_000, 'New connections that are taken at once after a quiet time.'),
  WS_PING_MS: whole(100, 600_000, 25_000, 'Milliseconds between two pings of a connection, give or take 10 %.'),
  WS_PONG_TIMEOUT_MS: whole(
    100,
    600_000,
    10_000,
    'Milliseconds that a client has to answer a ping before it is closed with 4004.',
  ),
  WS_LIFETIME_MS: whole(
    1_000,
    30 * DAY_MS,
    DAY_MS,
    'Milliseconds that a connection lives, give or take 10 %; then it is closed with 4009.',
  ),
  WS_IDLE_MS: whole(
    1_000,
    DAY_MS,
    600_000,
    'Milliseconds without a subscription and without a command after which a connection is closed with 4008.',
  ),
  WS_AUTH_TIMEOUT_MS: whole(
    100,
    60_000,
    5_000,
    'Milliseconds that a connection of a channel with sign-in has to send its token before it is closed with 4502.',
  ),
  WS_RESYNC_MS: whole(
    100,
    600_000,
    30_000,
    'Milliseconds that a client of a lossless channel has to resume or subscribe after it was told that its position is lost, before it is closed with 4005.',
  ),
  WS_SHED_ABOVE_MS: whole(
    5,
    10_000,
    50,
    'Event-loop delay (p99) in milliseconds above which load is shed: half the rates, then no strangers, then nobody new, then strangers are closed.',
  ),
};

export function readStreamConfig(env: z.output<z.ZodObject<typeof streamVariables>>): StreamConfig {
  return {
    anonymousChannels: env.ANONYMOUS_CHANNELS,
    enqueueTimeoutMs: env.WS_ENQUEUE_TIMEOUT_MS,
    symbolsAnonymous: env.WS_SYMBOLS_ANONYMOUS,
    symbolsUser: env.WS_SYMBOLS_USER,
    symbolsPerCommand: env.WS_SYMBOLS_PER_COMMAND,
    commandsPerSecond: env.WS_COMMANDS_PER_SECOND,
    commandBurst: env.WS_COMMAND_BURST,
    errorsMax: env.WS_ERRORS_MAX,
    inboundBytes: env.WS_INBOUND_BYTES,
    jsonDepth: env.WS_JSON_DEPTH,
    softBufferBytes: env.WS_SOFT_BUFFER_BYTES,
    hardBufferBytes: env.WS_HARD_BUFFER_BYTES,
    stallMs: env.WS_STALL_MS,
    connectionsPerUser: env.WS_CONNECTIONS_PER_USER,
    connectionsPerPath: env.WS_CONNECTIONS_PER_PATH,
    connectionsPerAddress: env.WS_CONNECTIONS_PER_ADDRESS,
    connectionsPerProcess: env.WS_CONNECTIONS_PER_PROCESS,
    newConnectionsPerSecond: env.WS_NEW_CONNECTIONS_PER_SECOND,
    newConnectionsBurst: env.WS_NEW_CONNECTIONS_BURST,
    pingMs: env.WS_PING_MS,
    pongTimeoutMs: env.WS_PONG_TIMEOUT_MS,
    lifetimeMs: env.WS_LIFETIME_MS,
    idleMs: env.WS_IDLE_MS,
    authTimeoutMs: env.WS_AUTH_TIMEOUT_MS,
    resyncMs: env.WS_RESYNC_MS,
    shedAboveMs: env.WS_SHED_ABOVE_MS,
  };
}
