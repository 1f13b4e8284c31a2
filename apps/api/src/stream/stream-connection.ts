import type { Socket } from 'node:net';
import { CLOSE_CODES, STREAM_ERRORS } from '@ziggy/contracts';
import type { Channel, CloseName, ErrorFrame, ServerFrame, StreamErrorName, StreamPosition } from '@ziggy/contracts';
import { CommandLimiter } from '@ziggy/streaming';
import type { ClientOutbox, LatestValueHub, Outlet } from '@ziggy/streaming';
import { WebSocket } from 'ws';
import type { RawData } from 'ws';
import { readCommand } from './command-reader.ts';
import type { CommandId, ReadCommand } from './command-reader.ts';
import { Heartbeat } from './heartbeat.ts';
import { writeTogether } from './socket-writer.ts';
import type { StreamIdentity } from './stream-access.ts';
import type { StreamCore } from './stream-core.ts';
import { monotonicClock } from './stream-pulse.ts';

export type Command = Extract<ReadCommand, { ok: true }>;
type Handler = (command: Command) => void;

/** The socket that `ws` makes, which knows its connection. */
export class StreamSocket extends WebSocket {
  connection: StreamConnection | null = null;
}

function connectionOf(ws: WebSocket): StreamConnection | null {
  return ws instanceof StreamSocket ? ws.connection : null;
}

const OPEN = 1;
/** Close codes that `ws` sends by itself when a frame cannot be read, by its error code. */
const READ_ERRORS: Readonly<Record<string, number>> = {
  WS_ERR_INVALID_UTF8: CLOSE_CODES.invalid_utf8,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: CLOSE_CODES.too_big,
};
const PROTOCOL_ERROR = 1002;

/**
 * One socket of one channel: what a gateway is given as its client. Everything that leaves goes through its outbox in
 * the hub, so control frames and values keep their order; `ws` reads what comes in and shakes hands at the close.
 */
export class StreamConnection implements Outlet {
  readonly id: string;
  readonly channel: Channel;
  /** A position to resume from that was given on the URL. */
  readonly position: StreamPosition | null;
  /** True when commands are served; false while a channel with sign-in waits for its token. */
  admitted: boolean;
  /** What the connection counts under at the door. */
  readonly address: string;
  lastCommandAt: number;
  readonly #core: StreamCore;
  readonly #hub: LatestValueHub;
  readonly #outbox: ClientOutbox;
  readonly #ws: StreamSocket;
  readonly #socket: Socket;
  readonly #limiter: CommandLimiter;
  readonly #heartbeat: Heartbeat;
  #handler: Handler | null = null;
  #onClosed: ((code: number) => void) | null = null;
  #closeCode: number | null = null;
  #gone = false;
  #awaitsDrain = false;
  #subscriptions: Map<string, unknown> | null = null;
  #identity: StreamIdentity | null = null;

  // Shared by all sockets: five closures for each would be a tenth of its memory.
  static readonly #listeners = {
    message(this: WebSocket, data: RawData, isBinary: boolean): void {
      const connection = connectionOf(this);
      if (connection !== null) connection.#onMessage(data as Buffer, isBinary);
    },
    ping(this: WebSocket, payload: Buffer): void {
      const connection = connectionOf(this);
      if (connection !== null) connection.#onPing(payload);
    },
    pong(this: WebSocket): void {
      connectionOf(this)?.answered();
    },
    error(this: WebSocket, error: Error): void {
      const connection = connectionOf(this);
      if (connection !== null) connection.#onError(error);
    },
    close(this: WebSocket, code: number): void {
      const connection = connectionOf(this);
      if (connection !== null) connection.#onClose(code);
    },
  };

  constructor(
    core: StreamCore,
    parts: {
      id: string;
      channel: Channel;
      hub: LatestValueHub;
      ws: StreamSocket;
      socket: Socket;
      address: string;
      admitted: boolean;
      position: StreamPosition | null;
    },
  ) {
    this.#core = core;
    this.id = parts.id;
    this.channel = parts.channel;
    this.admitted = parts.admitted;
    this.position = parts.position;
    this.#hub = parts.hub;
    this.#ws = parts.ws;
    this.#socket = parts.socket;
    this.address = parts.address;
    this.lastCommandAt = monotonicClock.now();
    this.#limiter = new CommandLimiter(core.commandLimits, this.lastCommandAt);
    this.#outbox = this.#hub.attach(this);
    this.#heartbeat = new Heartbeat(core, this);
    this.#ws.connection = this;
    const { message, ping, pong, error, close } = StreamConnection.#listeners;
    this.#ws.on('message', message);
    this.#ws.on('ping', ping);
    this.#ws.on('pong', pong);
    this.#ws.on('error', error);
    this.#ws.on('close', close);
  }

  /** Gateway's own state of this connection, by topic. */
  get subscriptions(): Map<string, unknown> {
    return (this.#subscriptions ??= new Map());
  }

  /** Who this connection speaks for; `null` for a stranger. */
  get identity(): StreamIdentity | null {
    return this.#identity;
  }

  /** Counts the connection under a user and lets it end with the credentials; false when it was closed for a limit. */
  identify(identity: StreamIdentity): boolean {
    const renewed = this.#identity !== null;
    this.#identity = identity;
    if (!renewed && !this.#core.ledger.identify(this)) {
      this.#identity = null;
      this.end('connection_limit', 'too many connections of this user');
      return false;
    }
    this.#heartbeat.expireAt(identity.expiresAt);
    return true;
  }

  get hub(): LatestValueHub {
    return this.#hub;
  }

  get outbox(): ClientOutbox {
    return this.#outbox;
  }

  /** True while the client is subscribed to something, and so is never idle. */
  get busy(): boolean {
    return this.#outbox.subscriptions.size > 0 || this.#outbox.feeder !== null;
  }

  /** True once the connection is closing or closed: nothing more is read or written. */
  get ended(): boolean {
    return this.#closeCode !== null || this.#gone;
  }

  get bufferedAmount(): number {
    return this.#socket.writableLength;
  }

  /** Called by the hub only: frames keep their order because all of them pass here. */
  write(frames: readonly Uint8Array[]): void {
    if (this.#ws.readyState !== OPEN || this.#socket.destroyed) return;
    writeTogether(this.#socket, frames);
    if (this.#awaitsDrain || !this.#socket.writableNeedDrain || !this.#outbox.hasBacklog) return;
    this.#awaitsDrain = true;
    this.#socket.once('drain', () => {
      this.#awaitsDrain = false;
      this.#hub.drained(this.#outbox);
    });
  }

  close(code: number, reason: string): void {
    if (this.#closeCode !== null || this.#gone) return;
    this.#closeCode = code;
    this.#heartbeat.stop();
    this.#core.ledger.leave(this);
    this.#hub.finish(this.#outbox);
    this.#ws.close(code, reason);
  }

  end(name: CloseName, reason: string): void {
    this.close(CLOSE_CODES[name], reason);
  }

  /** A planned close, announced first, so that the client comes back at a moment of our choosing. */
  part(name: CloseName, reason: string): void {
    this.send(this.#core.reconnectFrame(this.channel, reason));
    this.end(name, reason);
  }

  /** Ends the socket without a handshake. */
  terminate(): void {
    this.#ws.terminate();
  }

  /** The gateway's handlers, bound by the adapter. */
  handle(handler: Handler): void {
    this.#handler = handler;
  }

  onClosed(callback: (code: number) => void): void {
    this.#onClosed = callback;
  }

  send(frame: ServerFrame): void {
    this.#hub.send(this.#outbox, frame);
  }

  sendBytes(bytes: Uint8Array): void {
    this.#hub.sendBytes(this.#outbox, bytes);
  }

  /** Says that a pong of the application arrived. */
  answered(): void {
    this.#heartbeat.answered();
  }

  /** Answers a command that cannot be served; too many of them end the connection. */
  fail(error: StreamErrorName, id: CommandId | undefined, detail?: string, retryAfterMs?: number): void {
    if (this.ended) return;
    this.#core.ledger.errors[error] = (this.#core.ledger.errors[error] ?? 0) + 1;
    this.send(errorFrame(this.channel, this.#core.wall.now(), error, { id, detail, retryAfterMs }));
    // What is temporary is our trouble, or is counted by its rate; it is no abuse.
    if (STREAM_ERRORS[error].temporary) return;
    const close = this.#limiter.error(monotonicClock.now());
    if (close !== null) this.end(close, 'too many faulty commands');
  }

  #onMessage(data: Buffer, isBinary: boolean): void {
    if (this.ended) return;
    if (isBinary) return this.end('unsupported_data', 'text frames only');
    if (!this.#allowed(data)) return;
    const command = readCommand(data.toString(), this.#core.config.jsonDepth);
    if (!command.ok) this.fail(command.error, command.id, command.detail);
    else if (!this.admitted && command.type !== 'auth') this.fail('unauthenticated', command.id);
    else this.#handler?.(command);
  }

  #allowed(data: Buffer): boolean {
    const now = monotonicClock.now();
    this.lastCommandAt = now;
    this.#core.ledger.commands++;
    const verdict = this.#limiter.take(now);
    if (verdict.kind === 'serve') return true;
    if (verdict.kind === 'close') this.end(verdict.close, 'too many commands');
    else {
      const { id } = readCommand(data.toString(), this.#core.config.jsonDepth);
      this.fail('rate_limited', id, undefined, verdict.retryAfterMs);
    }
    return false;
  }

  /** Protocol pings are answered through the outbox, and count as commands: a flood of them is a flood. */
  #onPing(payload: Buffer): void {
    if (this.ended) return;
    const verdict = this.#limiter.take(monotonicClock.now());
    if (verdict.kind === 'close') this.end(verdict.close, 'too many pings');
    else if (verdict.kind === 'serve') this.sendBytes(this.#core.pong(payload));
  }

  #onError(error: Error & { code?: string }): void {
    // `ws` has sent its close frame already; the outbox must not write behind it.
    const code = READ_ERRORS[error.code ?? ''] ?? (error.code?.startsWith('WS_ERR_') ? PROTOCOL_ERROR : null);
    if (code !== null) this.#closeCode ??= code;
    this.#heartbeat.stop();
    this.#hub.detach(this.#outbox);
  }

  #onClose(code: number): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#heartbeat.stop();
    this.#hub.detach(this.#outbox);
    this.#core.ledger.closed(this, this.#closeCode ?? code);
    this.#onClosed?.(this.#closeCode ?? code);
    this.#onClosed = null;
    this.#handler = null;
  }
}

/** The error frame of a registered stream error. */
export function errorFrame(
  ch: Channel,
  ts: number,
  name: StreamErrorName,
  more: { id?: CommandId | undefined; detail?: string | undefined; retryAfterMs?: number | undefined } = {},
): ErrorFrame {
  const { code, temporary, message } = STREAM_ERRORS[name];
  return {
    type: 'error',
    ch,
    ts,
    ...(more.id === undefined ? {} : { id: more.id }),
    data: {
      code,
      name,
      message: more.detail ?? message,
      temporary,
      ...(more.retryAfterMs === undefined ? {} : { retryAfterMs: more.retryAfterMs }),
    },
  };
}
