import { Inject, Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import type { Channel, StreamErrorName } from '@ziggy/contracts';
import { SERVER_CONFIG } from '../config/server.config.ts';
import type { ServerConfig } from '../config/server.config.ts';
import { STREAM_CONFIG } from '../config/stream.config.ts';
import type { StreamConfig } from '../config/stream.config.ts';
import { Authenticator } from '../identity/access/authenticator.ts';
import type { Identification } from '../identity/access/authenticator.ts';
import { refusalOf } from '../identity/access/policy.ts';
import type { Principal } from '../identity/caller.ts';
import { ACCESS_TOKEN_MS } from '../identity/sessions/access-tokens.ts';
import { Tickets } from '../identity/sessions/tickets.service.ts';
import { WallClock } from '../platform/clock.ts';
import { ClientAddress } from './client-address.ts';

/** Who a connection speaks for. Its partitions, its limits and its end follow from this. */
export interface StreamIdentity {
  readonly organisationId: string;
  readonly userId: string;
  /** Session or key behind the credentials (`session:<id>`, `key:<id>`): when it is revoked, its connections end. */
  readonly sessionId: string | null;
  /** Epoch ms at which the credentials end, `null` for never. The connection then closes with 4002 unless `auth` renewed it. */
  readonly expiresAt: number | null;
}

/**
 * What an upgrade may do: `open` at once (as somebody, or as a stranger when `identity` is `null`), wait for a first frame
 * with a token, or be turned away: `unauthenticated` (401) or `forbidden` (403).
 */
export type Admission =
  | { readonly kind: 'open'; readonly identity: StreamIdentity | null }
  | { readonly kind: 'awaiting_token' }
  | { readonly kind: 'unauthenticated' }
  | { readonly kind: 'forbidden' };

/** What a token proves, or the name of the error that it gets: `overloaded` when it could not be judged. */
export type TokenVerdict =
  | { readonly ok: true; readonly identity: StreamIdentity }
  | {
      readonly ok: false;
      readonly error: Extract<StreamErrorName, 'unauthenticated' | 'forbidden' | 'token_expired' | 'overloaded'>;
    };

/** Every channel is read by every role; a key needs the scope. */
const POLICY = { role: 'viewer' } as const;

/**
 * Who may open which channel: the seam between the streams and identity. Credentials that are shown must be good, also on a
 * channel that is open to strangers; without any, the channels of `ANONYMOUS_CHANNELS` are open, and all others wait for an
 * `auth` frame.
 */
@Injectable()
export class StreamAccess {
  readonly #open: ReadonlySet<Channel>;
  readonly #authenticator: Authenticator;
  readonly #tickets: Tickets;
  readonly #clock: WallClock;
  readonly #address: ClientAddress;

  constructor(
    @Inject(STREAM_CONFIG) config: StreamConfig,
    @Inject(SERVER_CONFIG) server: ServerConfig,
    authenticator: Authenticator,
    tickets: Tickets,
    clock: WallClock,
  ) {
    this.#open = new Set(config.anonymousChannels);
    this.#authenticator = authenticator;
    this.#tickets = tickets;
    this.#clock = clock;
    this.#address = new ClientAddress(server.trustProxy);
  }

  /** Judges an upgrade by its headers and its `ticket`. It has 3 s. */
  async admit(channel: Channel, request: IncomingMessage): Promise<Admission> {
    const found = await this.#identify(channel, request);
    if (typeof found === 'string') return { kind: 'unauthenticated' };
    if (found !== null)
      return this.#allowed(found) ? { kind: 'open', identity: this.#identityOf(found) } : { kind: 'forbidden' };
    return this.#open.has(channel) ? { kind: 'open', identity: null } : { kind: 'awaiting_token' };
  }

  /** Judges the token of an `auth` frame: the first of a connection, or one that renews. It has 3 s. */
  async authenticate(_channel: Channel, token: string): Promise<TokenVerdict> {
    // A key that is tied to addresses must come as a header, where the address is known.
    const found = await this.#authenticator.secret(token, '');
    if (found === 'token_expired') return { ok: false, error: 'token_expired' };
    if (found === null || typeof found === 'string') return { ok: false, error: 'unauthenticated' };
    if (!this.#allowed(found)) return { ok: false, error: 'forbidden' };
    return { ok: true, identity: this.#identityOf(found) };
  }

  #identify(channel: Channel, request: IncomingMessage): Identification | Promise<Identification> {
    const { authorization, 'x-api-key': apiKey } = request.headers;
    if (authorization !== undefined || apiKey !== undefined)
      return this.#authenticator.identify({ authorization, apiKey, address: this.#address.exact(request) });
    const ticket = URL.parse(request.url ?? '', 'ws://stream')?.searchParams.get('ticket');
    return ticket == null ? null : this.#tickets.redeem(ticket, channel);
  }

  #allowed(principal: Principal): boolean {
    return refusalOf(POLICY, principal, 'GET', this.#clock.now()) === null;
  }

  /** What a ticket opened lasts as long as a token would have. */
  #identityOf(principal: Principal): StreamIdentity {
    const { organisationId, userId, credential, kind, expiresAt } = principal;
    const longest = kind === 'key' ? Number.POSITIVE_INFINITY : this.#clock.now() + ACCESS_TOKEN_MS;
    return { organisationId, userId, sessionId: credential, expiresAt: Math.min(expiresAt, longest) };
  }
}
