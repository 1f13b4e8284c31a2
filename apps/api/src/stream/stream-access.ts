import { Inject, Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import type { Channel } from '@ziggy/contracts';
import { STREAM_CONFIG } from '../config/stream.config.ts';
import type { StreamConfig } from '../config/stream.config.ts';

/** What an upgrade may do: `open` at once, wait for its first frame to bring a token, or be `refused` (401). */
export type Admission = 'open' | 'awaiting_token' | 'refused';

/**
 * Who may open which channel. This release has no accounts, so no token, key or ticket can be valid: channels that are
 * open to strangers are open, and all others end in 401, 4500 or 4502.
 */
@Injectable()
export class StreamAccess {
  readonly #open: ReadonlySet<Channel>;

  constructor(@Inject(STREAM_CONFIG) config: StreamConfig) {
    this.#open = new Set(config.anonymousChannels);
  }

  admit(channel: Channel, request: IncomingMessage): Admission {
    if (this.#open.has(channel)) return 'open';
    return hasCredentials(request) ? 'refused' : 'awaiting_token';
  }

  /** The user of a token; null when it is not valid. */
  async userOf(_token: string): Promise<string | null> {
    return null;
  }
}

function hasCredentials({ headers, url = '' }: IncomingMessage): boolean {
  return headers.authorization !== undefined || headers['x-api-key'] !== undefined || /[?&]ticket=/.test(url);
}
