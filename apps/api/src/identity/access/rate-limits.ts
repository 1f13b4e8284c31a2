import { Inject, Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { FastifyReply } from 'fastify';
import { DataSource } from 'typeorm';
import { IDENTITY_CONFIG } from '../../config/identity.config.ts';
import type { IdentityConfig, RateClass } from '../../config/identity.config.ts';
import { Logger } from '../../platform/logger.ts';
import { ProblemError } from '../../platform/problem.ts';
import { addressKey } from '../../stream/client-address.ts';
import { monotonicClock } from '../../stream/stream-pulse.ts';
import type { Principal } from '../caller.ts';
import { rowsOf } from '../sql.ts';

const WINDOW_SEC = 60;
const SHARE_MS = 1_000;
const CLEAN_EVERY = 600;

/** A leaky bucket as this process knows it: requests that count now, and those the others have not heard of. */
interface Bucket {
  readonly limit: number;
  used: number;
  at: number;
  unsent: number;
}

// One row a key; what leaked out since it was written is taken off first.
const SHARE = `
  INSERT INTO rate_bucket AS b (key, used, per_second, at)
  SELECT key, used, per_second, clock_timestamp() FROM unnest($1::text[], $2::float8[], $3::float8[]) AS sent (key, used, per_second)
  ON CONFLICT (key) DO UPDATE SET
    used = least(b.per_second * ${WINDOW_SEC} + 1,
                 greatest(0, b.used - extract(epoch FROM clock_timestamp() - b.at) * b.per_second) + EXCLUDED.used),
    per_second = EXCLUDED.per_second,
    at = clock_timestamp()
  RETURNING key, used`;

/**
 * Requests a minute by class and by user, key or address, as leaky buckets. A request is decided in memory; once a second
 * the replicas add up what each has seen. Sign-in is rare and must be exact, so it asks the database each time.
 */
@Injectable()
export class RateLimits implements BeforeApplicationShutdown {
  readonly #db: DataSource;
  readonly #log: Logger;
  readonly #config: IdentityConfig;
  readonly #buckets = new Map<string, Bucket>();
  #timer: NodeJS.Timeout | null = null;
  #sharing: Promise<void> | null = null;
  #shares = 0;

  constructor(@InjectDataSource() db: DataSource, logger: Logger, @Inject(IDENTITY_CONFIG) config: IdentityConfig) {
    this.#db = db;
    this.#log = logger.child({ context: 'RateLimits' });
    this.#config = config;
  }

  /** Counts a request and writes the headers. @throws ProblemError `rate_limited` */
  take(
    rateClass: RateClass | null,
    principal: Principal | null,
    address: string,
    reply: FastifyReply,
  ): void | Promise<void> {
    if (rateClass === null) return;
    const limit = this.#config.perMinute[rateClass];
    if (rateClass === 'auth') return this.#takeExactly(`auth ${addressKey(address)}`, limit, reply);
    const who =
      principal === null
        ? addressKey(address)
        : principal.kind === 'key'
          ? principal.credential
          : `user:${principal.userId}`;
    const bucket = this.#bucket(`${rateClass} ${who}`, limit);
    if (bucket.used + 1 > limit) throw refused(rateClass, limit, bucket.used, reply);
    bucket.used += 1;
    bucket.unsent += 1;
    this.#timer ??= setTimeout(() => this.#beginShare(), SHARE_MS).unref();
    tell(rateClass, limit, bucket.used, reply);
  }

  /** @throws ProblemError `rate_limited` when nobody in particular may send no more from an address; counts nothing */
  refuseSpent(rateClass: RateClass, address: string, reply: FastifyReply): void {
    const limit = this.#config.perMinute[rateClass];
    const { used } = this.#bucket(`${rateClass} ${addressKey(address)}`, limit);
    if (used + 1 > limit) throw refused(rateClass, limit, used, reply);
  }

  /** The database is still there now. */
  async beforeApplicationShutdown(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#sharing;
  }

  async #takeExactly(key: string, limit: number, reply: FastifyReply): Promise<void> {
    const [row] = await rowsOf<{ used: number }>(this.#db, SHARE, [[key], [1], [limit / WINDOW_SEC]]);
    const used = row?.used ?? 1;
    if (used > limit) throw refused('auth', limit, used - 1, reply);
    tell('auth', limit, used, reply);
  }

  #bucket(key: string, limit: number): Bucket {
    const now = monotonicClock.now();
    const known = this.#buckets.get(key);
    if (known === undefined) {
      const bucket = { limit, used: 0, at: now, unsent: 0 };
      this.#buckets.set(key, bucket);
      return bucket;
    }
    known.used = Math.max(0, known.used - ((now - known.at) / 1_000) * (limit / WINDOW_SEC));
    known.at = now;
    return known;
  }

  #beginShare(): void {
    this.#timer = null;
    this.#sharing = this.#share().catch((error: unknown) =>
      // Each replica keeps its own limit meanwhile.
      this.#log.warn({ err: error }, 'rate limits could not be shared with the other replicas'),
    );
  }

  async #share(): Promise<void> {
    const dirty = [...this.#buckets].filter(([, bucket]) => bucket.unsent > 0).sort(([a], [b]) => (a < b ? -1 : 1));
    const sent = new Map(dirty.map(([key, bucket]) => [key, bucket.unsent]));
    for (const [, bucket] of dirty) bucket.unsent = 0;
    try {
      const totals = await rowsOf<{ key: string; used: number }>(this.#db, SHARE, [
        [...sent.keys()],
        [...sent.values()],
        dirty.map(([, { limit }]) => limit / WINDOW_SEC),
      ]);
      for (const { key, used } of totals) {
        const bucket = this.#buckets.get(key);
        if (bucket === undefined) continue;
        bucket.used = used + bucket.unsent;
        bucket.at = monotonicClock.now();
      }
    } catch (error) {
      for (const [key, count] of sent) {
        const bucket = this.#buckets.get(key);
        if (bucket !== undefined) bucket.unsent += count;
      }
      throw error;
    } finally {
      await this.#tidy();
    }
  }

  async #tidy(): Promise<void> {
    for (const [key, { limit }] of this.#buckets) {
      const bucket = this.#bucket(key, limit);
      if (bucket.used <= 0 && bucket.unsent === 0) this.#buckets.delete(key);
    }
    if (this.#buckets.size > 0) this.#timer ??= setTimeout(() => this.#beginShare(), SHARE_MS).unref();
    if (this.#shares++ % CLEAN_EVERY === 0)
      await this.#db.query(`DELETE FROM rate_bucket WHERE at < clock_timestamp() - interval '10 minutes'`);
  }
}

/** The fields of draft-ietf-httpapi-ratelimit-headers: what is left, and when all of it is back. */
function tell(name: RateClass, limit: number, used: number, reply: FastifyReply): void {
  const left = Math.max(0, Math.floor(limit - used));
  const untilFullSec = Math.ceil(used / (limit / WINDOW_SEC));
  reply.header('ratelimit-policy', `"${name}";q=${limit};w=${WINDOW_SEC}`);
  reply.header('ratelimit', `"${name}";r=${left};t=${untilFullSec}`);
}

function refused(name: RateClass, limit: number, used: number, reply: FastifyReply): ProblemError {
  tell(name, limit, limit, reply);
  const waitSec = Math.max(1, Math.ceil((used + 1 - limit) / (limit / WINDOW_SEC)));
  return new ProblemError('rate_limited', `At most ${limit} requests of the class "${name}" a minute.`, {
    headers: { 'retry-after': String(waitSec) },
  });
}
