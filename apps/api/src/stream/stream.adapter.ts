import { EventEmitter } from 'node:events';
import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { WebSocketAdapter, WsMessageHandler } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { CHANNELS, PROTOCOL, channelPath, streamPosition } from '@ziggy/contracts';
import type { Channel, StreamPosition } from '@ziggy/contracts';
import type { Observable } from 'rxjs';
import { WebSocketServer } from 'ws';
import type { Server, ServerOptions } from 'ws';
import { StreamConnection, StreamSocket } from './stream-connection.ts';
import { StreamCore } from './stream-core.ts';
import { UpgradeGate, refuse } from './upgrade-gate.ts';
import type { Admitted } from './upgrade-gate.ts';

/** A client that is told to go has this long to shake hands before its socket is destroyed. */
const CLOSE_HANDSHAKE_MS = 5_000;

interface Upgraded {
  readonly ws: StreamSocket;
  readonly socket: Socket;
  readonly channel: Channel;
  readonly address: string;
  readonly admission: Admitted;
  readonly position: StreamPosition | null;
}

/** What Nest knows as the server of a gateway: the sockets of one path. */
export class ChannelServer extends EventEmitter<{ connection: [StreamConnection] }> {
  readonly channel: Channel;

  constructor(channel: Channel) {
    super();
    this.channel = channel;
  }
}

/**
 * Lets each channel be an ordinary Nest gateway over one `ws` server without a port of its own: it takes the upgrades of
 * the HTTP server, asks the gate, and hands commands to the gateway's handlers by the frame's own `type`.
 */
@Injectable()
export class StreamAdapter implements WebSocketAdapter<ChannelServer, StreamConnection, { path?: string }> {
  readonly #host: HttpAdapterHost;
  readonly #gate: UpgradeGate;
  readonly #core: StreamCore;
  readonly #servers = new Map<Channel, ChannelServer>();
  readonly #channels = new Set<Channel>();
  readonly #ws: Server<typeof StreamSocket>;
  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void =>
    void this.#upgrade(request, socket as Socket, head);
  #http: HttpServer | null = null;

  constructor(host: HttpAdapterHost, gate: UpgradeGate, core: StreamCore) {
    this.#host = host;
    this.#gate = gate;
    this.#core = core;
    // The types of `ws` lag behind its `closeTimeout`.
    const options: ServerOptions<typeof StreamSocket> & { closeTimeout: number } = {
      WebSocket: StreamSocket,
      noServer: true,
      clientTracking: false,
      // It costs more than 200 KB a socket and 60 us a message.
      perMessageDeflate: false,
      maxPayload: core.config.inboundBytes,
      // Pongs leave through the outbox like everything else.
      autoPong: false,
      // One frame of a client per turn of the event loop: a flood in one packet cannot hold the others up.
      allowSynchronousEvents: false,
      closeTimeout: CLOSE_HANDSHAKE_MS,
      handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
    };
    this.#ws = new WebSocketServer<typeof StreamSocket>(options);
    this.#ws.on('wsClientError', (_error, socket) => this.#gate.refuseHandshake(socket));
  }

  create(_port: number, options?: { path?: string }): ChannelServer {
    const channel = CHANNELS.find((name) => channelPath(name) === options?.path);
    if (channel === undefined) throw new Error(`No stream channel has the path ${options?.path ?? '(none)'}.`);
    this.#listen();
    const server = new ChannelServer(channel);
    this.#servers.set(channel, server);
    this.#channels.add(channel);
    return server;
  }

  bindClientConnect(server: ChannelServer, callback: (connection: StreamConnection) => void): void {
    server.on('connection', callback);
  }

  bindClientDisconnect(connection: StreamConnection, callback: (code: number) => void): void {
    connection.onClosed(callback);
  }

  bindMessageHandlers(
    connection: StreamConnection,
    handlers: WsMessageHandler[],
    transform: (data: unknown) => Observable<unknown>,
  ): void {
    connection.handle((command) => {
      const handler = handlers.find(({ message }) => message === command.type);
      if (handler === undefined) {
        connection.fail('unknown_type', command.id, `"${command.type.slice(0, 64)}" is not a command.`);
        return;
      }
      // Handlers answer through the connection; their result is only waited for, and failures go through the filter.
      transform(handler.callback(command, command.type)).subscribe({
        error: (error: unknown) =>
          this.#core.log.error({ err: error, conn: connection.id }, 'defect: a stream handler failed'),
      });
    });
  }

  /** The last of a channel's sockets, when the drain is over. */
  close(server: ChannelServer): void {
    this.#servers.delete(server.channel);
    this.#channels.delete(server.channel);
    for (const connection of this.#core.ledger.open) if (connection.channel === server.channel) connection.terminate();
    server.removeAllListeners();
  }

  dispose(): Promise<void> {
    this.#http?.off('upgrade', this.#onUpgrade);
    this.#ws.close();
    return Promise.resolve();
  }

  #listen(): void {
    if (this.#http !== null) return;
    this.#http = this.#host.httpAdapter.getHttpServer() as HttpServer;
    this.#http.on('upgrade', this.#onUpgrade);
  }

  /** Never rejects: the gate answers whatever its parts do. */
  async #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    // Nobody else listens while the credentials are judged, and a reset would otherwise end the process.
    const onError = () => socket.destroy();
    socket.on('error', onError);
    const verdict = await this.#gate.decide(request, this.#channels);
    if (!verdict.granted) return refuse(socket, verdict.rejection);
    const { channel, address, admission } = verdict;
    const giveBack = () => this.#core.ledger.giveBack(address);
    if (socket.destroyed) return giveBack();
    socket.once('close', giveBack);
    this.#ws.handleUpgrade(request, socket, head, (ws) => {
      // From here on the connection gives its place back by itself.
      socket.off('close', giveBack);
      socket.off('error', onError);
      const { searchParams } = new URL(request.url ?? '/', 'ws://stream');
      this.#connect({ ws, socket, channel, address, admission, position: positionOf(searchParams) });
    });
  }

  #connect(upgraded: Upgraded): void {
    const { channel, address, ws } = upgraded;
    const server = this.#servers.get(channel);
    const hub = this.#core.pulse.hubs.get(channel);
    if (server === undefined || hub === undefined) {
      this.#core.ledger.giveBack(address);
      return ws.terminate();
    }
    const { admission, ...parts } = upgraded;
    const connection = new StreamConnection(this.#core, {
      ...parts,
      admitted: admission.kind === 'open',
      id: this.#core.nextConnectionId(),
      hub,
    });
    this.#core.ledger.open.add(connection);
    if (admission.kind === 'open' && admission.identity !== null && !connection.identify(admission.identity)) return;
    server.emit('connection', connection);
  }
}

/** A position to resume from, given on the URL: `?epoch=...&seq=...`. What is none is left to the command. */
function positionOf(query: URLSearchParams): StreamPosition | null {
  const result = streamPosition.safeParse({ epoch: query.get('epoch'), seq: Number(query.get('seq') ?? Number.NaN) });
  return result.success ? result.data : null;
}
