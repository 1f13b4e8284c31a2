import { Inject, Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import type { Channel, StreamErrorName } from '@ziggy/contracts';
import { STREAM_CONFIG } from '../config/stream.config.ts';
import type { StreamConfig } from '../config/stream.config.ts';

/** Who a connection speaks for. Its partitions, its limits and its end follow from this. */
export interface StreamIdentity {
  readonly organisationId: string;
  readonly userId: string;
  /** Session or key behind the credentials: when it is revoked, its connections end (`StreamSessions.end`). */
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

/** What a token proves, or the name of the error that it gets. */
export type TokenVerdict =
  | { readonly ok: true; readonly identity: StreamIdentity }
  | { readonly ok: false; readonly error: Extract<StreamErrorName, 'unauthenticated' | 'forbidden' | 'token_expired'> };

/** The one caller of an installation that knows no users. */
const INSTALLATION: StreamIdentity = {
  organisationId: 'org_local',
  userId: 'usr_local',
  sessionId: null,
  expiresAt: null,
};
const OF_A_PERSON: ReadonlySet<Channel> = new Set(['alerts', 'portfolio']);

/**
 * Who may open which channel: the seam between the streams and identity. This release has no accounts, so no token, key
 * or ticket can be valid. The channels of `ANONYMOUS_CHANNELS` are open to strangers, a person's own channels among them as
 * the one caller of the installation, and all others end in 401, 4500 or 4502.
 */
@Injectable()
export class StreamAccess {
  readonly #open: ReadonlySet<Channel>;

  constructor(@Inject(STREAM_CONFIG) config: StreamConfig) {
    this.#open = new Set(config.anonymousChannels);
  }

  /** Judges an upgrade by its headers and its `ticket`. It has 3 s. */
  admit(channel: Channel, request: IncomingMessage): Admission | Promise<Admission> {
    if (this.#open.has(channel)) return { kind: 'open', identity: OF_A_PERSON.has(channel) ? INSTALLATION : null };
    return { kind: hasCredentials(request) ? 'unauthenticated' : 'awaiting_token' };
  }

  /** Judges the token of an `auth` frame: the first of a connection, or one that renews. It has 3 s. */
  async authenticate(_channel: Channel, _token: string): Promise<TokenVerdict> {
    return { ok: false, error: 'unauthenticated' };
  }
}

function hasCredentials({ headers, url = '' }: IncomingMessage): boolean {
  return headers.authorization !== undefined || headers['x-api-key'] !== undefined || /[?&]ticket=/.test(url);
}
