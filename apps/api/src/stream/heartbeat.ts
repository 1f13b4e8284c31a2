import type { WheelTimer } from '@ziggy/streaming';
import type { StreamConnection } from './stream-connection.ts';
import type { StreamCore } from './stream-core.ts';
import { monotonicClock } from './stream-pulse.ts';

/**
 * The deadlines of one connection - next ping, its answer, sign-in, idleness, lifetime - behind a single entry of the
 * wheel: the nearest is scheduled, and what is due is decided when it fires.
 */
export class Heartbeat {
  readonly #core: StreamCore;
  readonly #connection: StreamConnection;
  readonly #lifetimeAt: number;
  readonly #tokenBy: number;
  #pingAt: number;
  #expiresAt = Number.POSITIVE_INFINITY;
  #pingedAt = 0;
  #answerBy = Number.POSITIVE_INFINITY;
  #timer: WheelTimer | null = null;
  readonly #fire = (): void => this.#onDue();

  constructor(core: StreamCore, connection: StreamConnection) {
    const now = monotonicClock.now();
    this.#core = core;
    this.#connection = connection;
    this.#pingAt = now + core.spread(core.config.pingMs);
    this.#lifetimeAt = now + core.spread(core.config.lifetimeMs);
    this.#tokenBy = connection.admitted ? Number.POSITIVE_INFINITY : now + core.config.authTimeoutMs;
    this.#schedule();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** @param expiresAt epoch ms at which the credentials end; `null` for never */
  expireAt(expiresAt: number | null): void {
    this.#expiresAt =
      expiresAt === null ? Number.POSITIVE_INFINITY : monotonicClock.now() + expiresAt - this.#core.wall.now();
    this.stop();
    this.#schedule();
  }

  /** A pong arrived. */
  answered(): void {
    if (this.#answerBy === Number.POSITIVE_INFINITY) return;
    this.#answerBy = Number.POSITIVE_INFINITY;
    this.#core.roundTrip(this.#connection.channel, monotonicClock.now() - this.#pingedAt);
  }

  #schedule(): void {
    const { admitted } = this.#connection;
    const waiting = admitted ? this.#idleAt() : this.#tokenBy;
    const due = Math.min(this.#pingAt, this.#answerBy, this.#lifetimeAt, this.#expiresAt, waiting);
    this.#timer = this.#core.pulse.wheel.schedule(due, this.#fire);
  }

  #idleAt(): number {
    if (this.#connection.busy) return Number.POSITIVE_INFINITY;
    return this.#connection.lastCommandAt + this.#core.config.idleMs;
  }

  #onDue(): void {
    const connection = this.#connection;
    const now = monotonicClock.now();
    if (now >= this.#answerBy) return connection.end('no_pong', 'no answer to a ping');
    if (!connection.admitted && now >= this.#tokenBy) return connection.end('auth_timeout', 'no token in time');
    if (now >= this.#expiresAt) return connection.part('token_expired', 'token_expired');
    if (now >= this.#lifetimeAt) return connection.part('lifetime', 'lifetime');
    if (connection.admitted && now >= this.#idleAt()) return connection.part('idle', 'idle');
    if (now >= this.#pingAt) this.#ping(now);
    this.#schedule();
  }

  /** Browsers hide protocol pings from their pages, so a quiet client also gets a ping it can see. */
  #ping(now: number): void {
    const { outbox, channel } = this.#connection;
    const quiet = now - outbox.flushedAt > this.#core.config.pingMs / 2;
    this.#pingedAt = now;
    this.#answerBy = now + this.#core.config.pongTimeoutMs;
    this.#pingAt = now + this.#core.spread(this.#core.config.pingMs);
    this.#connection.sendBytes(this.#core.pingBytes);
    if (quiet && this.#connection.admitted)
      this.#connection.send({ type: 'ping', ch: channel, ts: this.#core.wall.now() });
  }
}
