import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { EVENT_MAX_BYTES } from '@ziggy/contracts';
import type { EventFrame, LosslessChannel } from '@ziggy/contracts';
import type { LoggedEvent } from '@ziggy/streaming';
import { DataSource } from 'typeorm';
import type { EntityManager, EntitySubscriberInterface, QueryRunner } from 'typeorm';
import { WallClock } from '../platform/clock.ts';
import { Lifecycle } from '../platform/lifecycle.ts';
import { Logger } from '../platform/logger.ts';
import { ProblemError } from '../platform/problem.ts';
import { frameOf, partitionKey } from './event-partition.ts';
import type { EventPartition, NewEvent } from './event-partition.ts';
import { GroupCommit } from './group-commit.ts';

/** An event as it stands in the log. */
export interface StoredEvent extends LoggedEvent {
  readonly partition: string;
}

/** Committed events of one partition, in order; none means "there is more, read it". */
export type OnCommitted = (partition: string, events: readonly LoggedEvent[]) => void;

const LIMITS = { batch: 500, waiting: 10_000 };
const ID_MAX = 128;

/**
 * Takes the next positions of every partition named and inserts the events, in one statement. The partitions come sorted, so
 * two appends lock them in the same order; each row lock is held until the commit, which makes positions gapless and
 * lets nobody see an event before the ones ahead of it.
 */
const APPEND = `
  WITH head AS (
    INSERT INTO event_partition AS p (market, channel, organisation_id, user_id, epoch, head)
    SELECT market, channel, organisation_id, user_id, epoch, n
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])
      AS k (market, channel, organisation_id, user_id, epoch, n)
    ON CONFLICT (market, channel, organisation_id, user_id) DO UPDATE SET head = p.head + excluded.head
    RETURNING p.*
  ), put AS (
    INSERT INTO event (partition_id, channel, seq, prev, epoch, type, symbol, id, data, bytes, at)
    SELECT h.id, h.channel, h.head - e.behind, h.head - e.behind - 1, h.epoch, e.type, e.symbol, e.id, e.data::jsonb, e.bytes,
           to_timestamp($12::float8 / 1000.0)
    FROM unnest($7::text[], $8::text[], $9::text[], $10::text[], $11::int[], $13::int[], $14::int[])
      AS e (type, symbol, id, data, bytes, place, behind)
    JOIN unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY
      AS k (market, channel, organisation_id, user_id, place) ON k.place = e.place
    JOIN head h ON h.market = k.market AND h.channel = k.channel
      AND h.organisation_id IS NOT DISTINCT FROM k.organisation_id AND h.user_id IS NOT DISTINCT FROM k.user_id
  )
  SELECT h.epoch, h.head::float8 AS head, k.place::int AS place FROM head h
  JOIN unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY
    AS k (market, channel, organisation_id, user_id, place) ON h.market = k.market AND h.channel = k.channel
    AND h.organisation_id IS NOT DISTINCT FROM k.organisation_id AND h.user_id IS NOT DISTINCT FROM k.user_id`;

/** What one open transaction has appended so far. */
interface Pending {
  readonly events: StoredEvent[];
  /** A part of the transaction was rolled back: which events are left is known only to the log. */
  doubtful: boolean;
}

/**
 * The append-only log of the lossless streams. Producers append in the transaction of the change itself
 * ({@link append}), or let the log commit for them in groups ({@link record}). Listeners hear of events after the commit
 * and never before; what one of them misses is in the log.
 */
@Injectable()
export class EventLog implements EntitySubscriberInterface {
  readonly #db: DataSource;
  readonly #clock: WallClock;
  readonly #log: Logger;
  readonly #pending = new WeakMap<QueryRunner, Pending>();
  readonly #listeners: OnCommitted[] = [];
  readonly #group: GroupCommit<NewEvent, StoredEvent>;
  /** Events appended by this process, by channel. */
  readonly appended: Record<LosslessChannel, number> = { news: 0, alerts: 0, signals: 0, portfolio: 0 };

  constructor(@InjectDataSource() db: DataSource, clock: WallClock, lifecycle: Lifecycle, logger: Logger) {
    this.#db = db;
    this.#clock = clock;
    this.#log = logger.child({ context: 'EventLog' });
    db.subscribers.push(this);
    this.#group = new GroupCommit(
      (events) => this.#commit(events),
      LIMITS,
      () => new ProblemError('overloaded', 'More events wait for the database than may wait.'),
    );
    lifecycle.onStop('stores', 'event log', () => this.#group.settled());
  }

  /** Events that wait for their group's commit. */
  get waiting(): number {
    return this.#group.waiting;
  }

  /**
   * Appends events inside the producer's own transaction: they exist exactly when it commits, and are published then.
   * Partitions stay locked until the commit, so append last and commit soon. A transaction that appends more than once
   * should name all partitions in one call, else two such transactions may deadlock (PostgreSQL then ends one of them).
   *
   * @param tx the transaction, e.g. of `dataSource.transaction(async (tx) => ...)`
   * @returns the events with their positions, in the order given; void when the transaction is rolled back
   * @throws ProblemError `validation_failed` for an event that may not be stored
   */
  async append(tx: EntityManager, events: readonly NewEvent[]): Promise<StoredEvent[]> {
    const { queryRunner } = tx;
    if (queryRunner?.isTransactionActive !== true) throw new Error('append() needs a transaction; record() makes one.');
    if (events.length === 0) return [];
    const stored = await this.#insert((sql, values) => tx.query(sql, values), events);
    const pending = this.#pending.get(queryRunner) ?? { events: [], doubtful: false };
    pending.events.push(...stored);
    this.#pending.set(queryRunner, pending);
    return stored;
  }

  /**
   * Appends one event that belongs to no other change. Events of one process and partition keep the order of these calls.
   * @returns the stored event once it is durable
   * @throws ProblemError `overloaded` when too many wait, `validation_failed` for an event that may not be stored
   */
  record(event: NewEvent): Promise<StoredEvent> {
    try {
      encode(event);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#group.add(event);
  }

  /** Notes that the owner of a partition has acknowledged everything up to `seq`; it is kept no longer than usual then. */
  async take({ market, channel, owner }: EventPartition, seq: number): Promise<void> {
    await this.#db.query(
      `UPDATE event_partition SET taken = least(head, greatest(taken, $5)) WHERE market = $1 AND channel = $2
       AND organisation_id IS NOT DISTINCT FROM $3 AND user_id IS NOT DISTINCT FROM $4`,
      [market, channel, owner?.organisationId ?? null, owner?.userId ?? null, seq],
    );
  }

  /** Hears of everything that this process commits, after the commit. Batches of one partition may come out of order. */
  onCommitted(listener: OnCommitted): void {
    this.#listeners.push(listener);
  }

  // ---- TypeORM tells of the ends of transactions ------------------------------------------------

  afterTransactionCommit({ queryRunner }: { queryRunner: QueryRunner }): void {
    // The release of a savepoint is reported as a commit too.
    if (queryRunner.isTransactionActive) return;
    const pending = this.#pending.get(queryRunner);
    if (pending === undefined) return;
    this.#pending.delete(queryRunner);
    this.#publish(pending.events, pending.doubtful);
  }

  afterTransactionRollback({ queryRunner }: { queryRunner: QueryRunner }): void {
    const pending = this.#pending.get(queryRunner);
    if (pending === undefined) return;
    if (queryRunner.isTransactionActive) pending.doubtful = true;
    else this.#pending.delete(queryRunner);
  }

  // ---- inside -----------------------------------------------------------------------------------

  async #commit(events: readonly NewEvent[]): Promise<StoredEvent[]> {
    const stored = await this.#insert((sql, values) => this.#db.query(sql, values), events);
    this.#publish(stored, false);
    return stored;
  }

  async #insert(
    query: (sql: string, values: unknown[]) => Promise<unknown>,
    events: readonly NewEvent[],
  ): Promise<StoredEvent[]> {
    const batch = new Batch(events, this.#clock.now());
    const rows = (await query(APPEND, batch.values())) as { epoch: string; head: number; place: number }[];
    return batch.stored(rows);
  }

  #publish(events: readonly StoredEvent[], doubtful: boolean): void {
    const runs = new Map<string, StoredEvent[]>();
    for (const event of events) {
      const run = runs.get(event.partition);
      if (run === undefined) runs.set(event.partition, [event]);
      else run.push(event);
      if (!doubtful) this.appended[event.frame.ch]++;
    }
    for (const [partition, run] of runs) {
      for (const listener of this.#listeners) {
        try {
          listener(partition, doubtful ? [] : run);
        } catch (error) {
          this.#log.error({ err: error, partition }, 'defect: a listener of the event log failed');
        }
      }
    }
  }
}

/** Events by partition, partitions sorted, as the arrays that the statement takes. */
class Batch {
  readonly #at: number;
  readonly #events: readonly { event: NewEvent; key: string; json: string }[];
  readonly #keys: readonly string[];
  readonly #partitions: ReadonlyMap<string, { partition: EventPartition; count: number }>;

  constructor(events: readonly NewEvent[], now: number) {
    const partitions = new Map<string, { partition: EventPartition; count: number }>();
    this.#at = now;
    this.#events = events.map((event) => {
      const key = partitionKey(event.partition);
      const known = partitions.get(key);
      if (known === undefined) partitions.set(key, { partition: event.partition, count: 1 });
      else known.count++;
      return { event, key, json: encode(event) };
    });
    this.#partitions = partitions;
    this.#keys = [...partitions.keys()].sort();
  }

  values(): unknown[] {
    const partitions = this.#keys.map(
      (key) => this.#partitions.get(key) as { partition: EventPartition; count: number },
    );
    const places = this.#places();
    return [
      partitions.map(({ partition }) => partition.market),
      partitions.map(({ partition }) => partition.channel),
      partitions.map(({ partition }) => partition.owner?.organisationId ?? null),
      partitions.map(({ partition }) => partition.owner?.userId ?? null),
      partitions.map(() => randomBytes(6).toString('base64url')),
      partitions.map(({ count }) => count),
      this.#events.map(({ event }) => event.type),
      this.#events.map(({ event }) => event.symbol ?? null),
      this.#events.map(({ event }) => event.id),
      this.#events.map(({ json }) => json),
      this.#events.map(({ json }) => Buffer.byteLength(json)),
      this.#at,
      places.map(({ place }) => place),
      places.map(({ behind }) => behind),
    ];
  }

  /** @param rows head of each partition after the append, by its place in the sorted list, from 1 */
  stored(rows: readonly { epoch: string; head: number; place: number }[]): StoredEvent[] {
    const heads = new Map(rows.map((row) => [row.place, row]));
    const places = this.#places();
    return this.#events.map(({ event, key, json }, i) => {
      const { place, behind } = places[i] as { place: number; behind: number };
      const { epoch, head } = heads.get(place) as { epoch: string; head: number };
      const seq = head - behind;
      const { partition, type, symbol = null, id, data } = event;
      const frame: EventFrame = frameOf({
        channel: partition.channel,
        epoch,
        seq,
        prev: seq - 1,
        type,
        symbol,
        id,
        data,
        at: this.#at,
      });
      return { partition: key, seq, prev: seq - 1, bytes: Buffer.byteLength(json), frame };
    });
  }

  /** For each event its partition's place, from 1, and how many events of the partition follow it in this batch. */
  #places(): { place: number; behind: number }[] {
    const left = new Map([...this.#partitions].map(([key, { count }]) => [key, count]));
    const place = new Map(this.#keys.map((key, i) => [key, i + 1]));
    return this.#events.map(({ key }) => {
      const behind = (left.get(key) as number) - 1;
      left.set(key, behind);
      return { place: place.get(key) as number, behind };
    });
  }
}

/** The event's data as JSON; refuses what the log must not hold. */
function encode({ id, data, type }: NewEvent): string {
  const json = JSON.stringify(data);
  const fault =
    id.length === 0 || id.length > ID_MAX
      ? `The id of an event has 1 to ${ID_MAX} characters.`
      : Buffer.byteLength(json) > EVENT_MAX_BYTES
        ? `The data of a ${type} is larger than ${EVENT_MAX_BYTES} bytes.`
        : json.includes('\\u0000') || id.includes('\0')
          ? 'An event cannot hold the character U+0000.'
          : null;
  if (fault !== null) throw new ProblemError('validation_failed', fault);
  return json;
}
