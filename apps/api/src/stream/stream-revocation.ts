import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Authenticator } from '../identity/access/authenticator.ts';
import { IdentityChanges } from '../identity/identity-changes.ts';
import { Logger } from '../platform/logger.ts';
import { ConnectionLedger } from './connection-ledger.ts';
import { StreamSessions } from './stream-sessions.ts';

const AGAIN_MS = 1_000;

/** Ends the sockets of sessions and keys that were revoked, and of users who were disabled: here at once, elsewhere within 2 s. */
@Injectable()
export class StreamRevocation implements OnApplicationShutdown {
  readonly #ledger: ConnectionLedger;
  readonly #sessions: StreamSessions;
  readonly #authenticator: Authenticator;
  readonly #log: Logger;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(
    ledger: ConnectionLedger,
    sessions: StreamSessions,
    authenticator: Authenticator,
    changes: IdentityChanges,
    logger: Logger,
  ) {
    this.#ledger = ledger;
    this.#sessions = sessions;
    this.#authenticator = authenticator;
    this.#log = logger.child({ context: 'StreamRevocation' });
    changes.listen((subject) => {
      for (const credential of this.#touched(subject)) void this.#judge(credential);
    });
  }

  onApplicationShutdown(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /** Credentials of open sockets that a change may concern. */
  #touched(subject: string): Set<string> {
    const touched = new Set<string>();
    for (const { identity } of this.#ledger.open) {
      if (identity?.sessionId == null) continue;
      if (identity.sessionId === subject || subject === `user:${identity.userId}`) touched.add(identity.sessionId);
    }
    return touched;
  }

  async #judge(credential: string): Promise<void> {
    try {
      const found = await this.#authenticator.named(credential);
      if (found !== null && typeof found === 'object') return;
      this.#sessions.end(({ sessionId }) => sessionId === credential, 'bad_token', 'the session or key was ended');
    } catch (error) {
      this.#log.warn({ err: error }, 'a credential could not be judged; trying again');
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        void this.#judge(credential);
      }, AGAIN_MS);
      this.#timers.add(timer.unref());
    }
  }
}
