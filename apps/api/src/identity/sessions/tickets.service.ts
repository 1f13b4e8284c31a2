import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { CHANNELS } from '@ziggy/contracts';
import type { Channel, WsTicketAnswer, WsTicketBody } from '@ziggy/contracts';
import { DataSource } from 'typeorm';
import { WallClock } from '../../platform/clock.ts';
import { Authenticator } from '../access/authenticator.ts';
import type { Identification } from '../access/authenticator.ts';
import type { Principal } from '../caller.ts';
import { digestOf, newSecret } from '../secrets.ts';
import { rowOf } from '../sql.ts';

export const TICKET_MS = 30_000;
const FORM = /^[A-Za-z0-9_-]{43}$/;

/** Tickets for browsers, which cannot send a header with an upgrade: one upgrade within 30 s, on any replica. */
@Injectable()
export class Tickets {
  readonly #db: DataSource;
  readonly #authenticator: Authenticator;
  readonly #clock: WallClock;

  constructor(@InjectDataSource() db: DataSource, authenticator: Authenticator, clock: WallClock) {
    this.#db = db;
    this.#authenticator = authenticator;
    this.#clock = clock;
  }

  async make(principal: Principal, { channels = [...CHANNELS] }: WsTicketBody): Promise<WsTicketAnswer> {
    const now = this.#clock.now();
    const ticket = newSecret();
    const expiresAt = new Date(now + TICKET_MS);
    await this.#db.query(
      `WITH gone AS (DELETE FROM ws_ticket WHERE expires_at < $5)
       INSERT INTO ws_ticket (hash, credential, channels, expires_at) VALUES ($1, $2, $3, $4)`,
      [digestOf(ticket), principal.credential, channels, expiresAt, new Date(now)],
    );
    return { ticket, expiresAt: expiresAt.toISOString(), channels };
  }

  /** Uses a ticket up, whatever comes of it. */
  async redeem(ticket: string, channel: Channel): Promise<Identification> {
    if (!FORM.test(ticket)) return 'unauthenticated';
    const row = await rowOf<{ credential: string; channels: Channel[]; expires_at: Date }>(
      this.#db,
      `DELETE FROM ws_ticket WHERE hash = $1 RETURNING credential, channels, expires_at`,
      [digestOf(ticket)],
    );
    if (row === null || row.expires_at.getTime() <= this.#clock.now() || !row.channels.includes(channel))
      return 'unauthenticated';
    return this.#authenticator.named(row.credential);
  }
}
