import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { CHANNELS, channelPath } from '@ziggy/contracts';
import type { Channel, ProblemCode } from '@ziggy/contracts';
import { SERVER_CONFIG } from '../config/server.config.ts';
import type { ServerConfig } from '../config/server.config.ts';
import { withinDeadline } from '../platform/deadline.ts';
import { Lifecycle } from '../platform/lifecycle.ts';
import { HTTP_LIMITS } from '../platform/limits.ts';
import { Logger } from '../platform/logger.ts';
import { ProblemError, problemAnswer } from '../platform/problem.ts';
import { ClientAddress } from './client-address.ts';
import { ConnectionLedger } from './connection-ledger.ts';
import type { Rejection } from './connection-ledger.ts';
import { StreamAccess } from './stream-access.ts';
import type { Admission } from './stream-access.ts';
import { StreamShedding } from './stream-shedding.ts';

const ADMIT_MS = 3_000;

/** An admission that lets a socket be made. */
export type Admitted = Extract<Admission, { kind: 'open' | 'awaiting_token' }>;

export type GateVerdict =
  | { readonly granted: true; readonly channel: Channel; readonly address: string; readonly admission: Admitted }
  | { readonly granted: false; readonly rejection: Rejection };

const ANSWERS: Readonly<Record<Rejection, { code: ProblemCode; detail: string }>> = {
  draining: { code: 'draining', detail: 'The server is stopping.' },
  headers: { code: 'headers_too_large', detail: 'The headers are larger than they may be.' },
  origin: { code: 'origin_refused', detail: 'Pages of this origin may not open streams here.' },
  address_limit: { code: 'rate_limited', detail: 'Too many connections from this address.' },
  process_limit: { code: 'overloaded', detail: 'The server holds as many connections as it may.' },
  connection_rate: { code: 'overloaded', detail: 'Too many new connections at once.' },
  path: { code: 'route_not_found', detail: 'There is no stream at this path.' },
  credentials: { code: 'unauthenticated', detail: 'The credentials are not valid.' },
  forbidden: { code: 'forbidden', detail: 'You may not open this channel.' },
  overload: { code: 'overloaded', detail: 'The server takes no new connections now.' },
  handshake: { code: 'malformed_request', detail: 'This is not a WebSocket handshake (RFC 6455).' },
};

/**
 * Decides on every upgrade before a WebSocket exists: stopping, foreign page, limits, path, credentials, in this order.
 * Nest's guards do not see upgrades, so this is the only door.
 */
@Injectable()
export class UpgradeGate {
  readonly #lifecycle: Lifecycle;
  readonly #ledger: ConnectionLedger;
  readonly #access: StreamAccess;
  readonly #shedding: StreamShedding;
  readonly #log: Logger;
  readonly #address: ClientAddress;
  readonly #origins: ReadonlySet<string>;

  constructor(
    @Inject(SERVER_CONFIG) config: ServerConfig,
    lifecycle: Lifecycle,
    ledger: ConnectionLedger,
    access: StreamAccess,
    shedding: StreamShedding,
    logger: Logger,
  ) {
    this.#shedding = shedding;
    this.#log = logger.child({ context: 'UpgradeGate' });
    this.#lifecycle = lifecycle;
    this.#ledger = ledger;
    this.#access = access;
    this.#address = new ClientAddress(config.trustProxy);
    this.#origins = new Set([...config.allowedOrigins, ...(config.publicUrl === null ? [] : [config.publicUrl])]);
  }

  /**
   * A grant takes a place in the ledger, which the caller gives back when the socket closes.
   */
  async decide(request: IncomingMessage, channels: ReadonlySet<Channel>): Promise<GateVerdict> {
    if (this.#draining) return this.#reject('draining');
    if (headerBytes(request) > HTTP_LIMITS.headerBytes) return this.#reject('headers');
    if (!this.#originAllowed(request)) return this.#reject('origin');
    const address = this.#address.of(request);
    const limit = this.#ledger.admit(address);
    if (limit !== null) return this.#reject(limit);
    const channel = channelOf(request.url ?? '');
    if (channel === undefined || !channels.has(channel)) return this.#turnAway(address, 'path');
    const admission = await this.#admission(channel, request);
    // A stop may have begun meanwhile; its clients are told and counted already, and this one would end without a word.
    if (this.#draining) return this.#turnAway(address, 'draining');
    if (admission === null) return this.#turnAway(address, 'overload');
    if (admission.kind === 'unauthenticated') return this.#turnAway(address, 'credentials');
    if (admission.kind === 'forbidden') return this.#turnAway(address, 'forbidden');
    if (this.#shedding.refuses(admission.kind === 'open' && admission.identity !== null)) {
      return this.#turnAway(address, 'overload');
    }
    return { granted: true, channel, address, admission };
  }

  get #draining(): boolean {
    return this.#lifecycle.phase === 'draining';
  }

  /** Null when the credentials could not be judged in time: that says nothing about them, so the client may come again. */
  async #admission(channel: Channel, request: IncomingMessage): Promise<Admission | null> {
    try {
      return await withinDeadline(async () => this.#access.admit(channel, request), ADMIT_MS);
    } catch (error) {
      this.#log.warn({ err: error, channel }, 'the credentials of an upgrade could not be judged');
      return null;
    }
  }

  #turnAway(address: string, rejection: Rejection): GateVerdict {
    this.#ledger.giveBack(address);
    return this.#reject(rejection);
  }

  /** Answers a handshake that `ws` could not read. */
  refuseHandshake(socket: Duplex): void {
    this.#ledger.rejectedUpgrades.handshake++;
    refuse(socket, 'handshake');
  }

  #reject(rejection: Rejection): GateVerdict {
    this.#ledger.rejectedUpgrades[rejection]++;
    return { granted: false, rejection };
  }

  /** A browser always names the page's origin; a program names none. The page may be ours, or one on the list. */
  #originAllowed(request: IncomingMessage): boolean {
    const { origin } = request.headers;
    if (origin === undefined) return true;
    const url = URL.parse(origin);
    if (url === null || url.origin === 'null') return false;
    return this.#origins.has(url.origin) || url.host === normalHost(this.#address.host(request), url.protocol);
  }
}

/** Names and values with their separators. The HTTP hooks, which hold other requests to the same limit, see no upgrade. */
function headerBytes({ rawHeaders }: IncomingMessage): number {
  return rawHeaders.reduce((bytes, text) => bytes + text.length + 2, 0);
}

/** Writes the problem as a plain HTTP answer and ends the socket. */
export function refuse(socket: Duplex, rejection: Rejection): void {
  const { code, detail } = ANSWERS[rejection];
  const { status, headers, body } = problemAnswer(new ProblemError(code, detail), randomUUID());
  const text = JSON.stringify(body);
  const lines = Object.entries({ ...headers, connection: 'close', 'content-length': String(Buffer.byteLength(text)) });
  socket.on('error', () => socket.destroy());
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${body.title}\r\n${lines.map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n${text}`,
  );
}

const PATHS: ReadonlyMap<string, Channel> = new Map(CHANNELS.map((channel) => [channelPath(channel), channel]));

function channelOf(url: string): Channel | undefined {
  const end = url.indexOf('?');
  return PATHS.get(end === -1 ? url : url.slice(0, end));
}

/** `Host` without the default port of the page's scheme, in lower case, as `URL.host` has it. */
function normalHost(host: string | undefined, protocol: string): string | undefined {
  return host === undefined ? undefined : URL.parse(`${protocol}//${host}`)?.host;
}
