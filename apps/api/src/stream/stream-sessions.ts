import { Injectable } from '@nestjs/common';
import type { CloseName } from '@ziggy/contracts';
import { ConnectionLedger } from './connection-ledger.ts';
import type { StreamIdentity } from './stream-access.ts';

/** The signed-in connections of this process, for those who must end some of them. */
@Injectable()
export class StreamSessions {
  readonly #ledger: ConnectionLedger;

  constructor(ledger: ConnectionLedger) {
    this.#ledger = ledger;
  }

  /**
   * Ends every connection whose identity matches, e.g. after a revocation (`bad_token`) or by an administrator (`kicked`).
   * @returns how many were ended
   */
  end(matches: (identity: StreamIdentity) => boolean, close: CloseName, reason: string): number {
    let ended = 0;
    for (const connection of [...this.#ledger.open]) {
      if (connection.identity === null || !matches(connection.identity)) continue;
      connection.end(close, reason);
      ended++;
    }
    return ended;
  }
}
