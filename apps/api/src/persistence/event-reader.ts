import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { ResumeLog } from '@ziggy/streaming';
import type { LogPage, LogPosition, LoggedEvent, PageLimits } from '@ziggy/streaming';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { frameOf, parsePartitionKey, partitionKey } from './event-partition.ts';
import type { EventPartition, EventRow } from './event-partition.ts';

const COLUMNS = `e.channel, e.epoch, e.seq::float8 AS seq, e.prev::float8 AS prev, e.type, e.symbol, e.id, e.data, e.bytes,
  (extract(epoch FROM e.at) * 1000)::float8 AS at`;
const OWNED_BY = (alias: string) => `${alias}.market = $1 AND ${alias}.channel = $2
  AND ${alias}.organisation_id IS NOT DISTINCT FROM $3 AND ${alias}.user_id IS NOT DISTINCT FROM $4`;

/** Head and events in one statement, so both are of the same instant. */
const READ = `
  SELECT p.epoch AS p_epoch, p.head::float8 AS p_head, p.floor::float8 AS p_floor, e.*
  FROM event_partition p LEFT JOIN LATERAL (
    SELECT ${COLUMNS} FROM event e
    WHERE e.partition_id = p.id AND e.channel = p.channel AND e.seq > greatest($5, p.floor) ORDER BY e.seq LIMIT $6
  ) e ON true
  WHERE ${OWNED_BY('p')} ORDER BY e.seq`;

const BEFORE = `
  SELECT p.epoch AS p_epoch, p.head::float8 AS p_head, p.floor::float8 AS p_floor, e.*
  FROM event_partition p LEFT JOIN LATERAL (
    SELECT ${COLUMNS} FROM event e
    WHERE e.partition_id = p.id AND e.channel = p.channel AND e.seq > p.floor AND e.seq < $5 ORDER BY e.seq DESC LIMIT $6
  ) e ON true
  WHERE ${OWNED_BY('p')} ORDER BY e.seq`;

/** A partition gets its epoch when it is first asked for, so that a position in it means something from then on. */
const HEADS = `
  WITH k AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY
      AS k (market, channel, organisation_id, user_id, epoch, place)
  ), made AS (
    INSERT INTO event_partition (market, channel, organisation_id, user_id, epoch)
    SELECT market, channel, organisation_id, user_id, epoch FROM k
    WHERE NOT EXISTS (SELECT 1 FROM event_partition p WHERE p.market = k.market AND p.channel = k.channel
      AND p.organisation_id IS NOT DISTINCT FROM k.organisation_id AND p.user_id IS NOT DISTINCT FROM k.user_id)
    ON CONFLICT DO NOTHING RETURNING *
  )
  SELECT k.place::int AS place, p.epoch, p.head::float8 AS head
  FROM k JOIN (SELECT * FROM event_partition UNION ALL SELECT * FROM made) p ON p.market = k.market AND p.channel = k.channel
    AND p.organisation_id IS NOT DISTINCT FROM k.organisation_id AND p.user_id IS NOT DISTINCT FROM k.user_id`;

const LIVES = Number.MAX_SAFE_INTEGER;

interface Row extends EventRow {
  readonly p_epoch: string;
  readonly p_head: number;
  readonly p_floor: number;
  readonly bytes: number;
}

/** The event log read from PostgreSQL: heads, pages after a position, and older events. */
@Injectable()
export class EventReader extends ResumeLog {
  readonly #db: DataSource;

  constructor(@InjectDataSource() db: DataSource) {
    super();
    this.#db = db;
  }

  async heads(partitions: readonly string[]): Promise<LogPosition[]> {
    const found = new Map<string, LogPosition>();
    // A partition that another process makes in the same moment is seen by the next try.
    for (let tries = 0; tries < 3 && found.size < partitions.length; tries++) {
      const missing = partitions.filter((key) => !found.has(key));
      for (const [key, position] of await this.#heads(missing)) found.set(key, position);
    }
    return partitions.map((key) => found.get(key) ?? { epoch: '?', seq: 0 });
  }

  /**
   * Newest position of one partition as a transaction sees it: for an image that is read in the same transaction
   * (`REPEATABLE READ`) and says up to where it is true.
   */
  async positionIn(tx: EntityManager, partition: EventPartition): Promise<LogPosition> {
    const rows = (await tx.query(
      `SELECT p.epoch, p.head::float8 AS seq FROM event_partition p WHERE ${OWNED_BY('p')}`,
      ownerValues(partition),
    )) as LogPosition[];
    return rows[0] ?? (await this.heads([partitionKey(partition)]))[0] ?? { epoch: '?', seq: 0 };
  }

  async read(partition: string, after: LogPosition, limits: PageLimits): Promise<LogPage> {
    const values = [...ownerValues(parsePartitionKey(partition)), after.seq, limits.events];
    const rows = (await this.#db.query(READ, values)) as Row[];
    const first = rows[0];
    if (first === undefined) {
      const [head] = await this.heads([partition]);
      return after.seq === 0 && head?.epoch === after.epoch
        ? { lost: null, events: [], head }
        : { lost: 'epoch', events: [], head: head ?? { epoch: '?', seq: 0 } };
    }
    const head = { epoch: first.p_epoch, seq: first.p_head };
    // A position that the log has not reached belongs to another life of it.
    if (after.epoch !== head.epoch || after.seq > head.seq) return { lost: 'epoch', events: [], head };
    const events = eventsOf(rows);
    const joined = events[0]?.prev ?? head.seq;
    if (after.seq < first.p_floor || joined !== after.seq || !unbroken(events))
      return { lost: 'trimmed', events: [], head };
    return { lost: null, events: within(events, limits.bytes), head };
  }

  async before(
    partition: string,
    seq: number | null,
    limits: PageLimits,
  ): Promise<{ events: readonly LoggedEvent[]; head: LogPosition }> {
    const values = [...ownerValues(parsePartitionKey(partition)), seq ?? LIVES, limits.events];
    const rows = (await this.#db.query(BEFORE, values)) as Row[];
    const first = rows[0];
    if (first === undefined) return { events: [], head: (await this.heads([partition]))[0] ?? { epoch: '?', seq: 0 } };
    const newest = within(eventsOf(rows).reverse(), limits.bytes);
    return { events: [...newest].reverse(), head: { epoch: first.p_epoch, seq: first.p_head } };
  }

  async #heads(keys: readonly string[]): Promise<Map<string, LogPosition>> {
    const partitions = keys.map(parsePartitionKey);
    const rows = (await this.#db.query(HEADS, [
      partitions.map(({ market }) => market),
      partitions.map(({ channel }) => channel),
      partitions.map(({ owner }) => owner?.organisationId ?? null),
      partitions.map(({ owner }) => owner?.userId ?? null),
      partitions.map(() => randomBytes(6).toString('base64url')),
    ])) as { place: number; epoch: string; head: number }[];
    return new Map(rows.map(({ place, epoch, head }) => [keys[place - 1] as string, { epoch, seq: head }]));
  }
}

function ownerValues({ market, channel, owner }: EventPartition): unknown[] {
  return [market, channel, owner?.organisationId ?? null, owner?.userId ?? null];
}

/** A partition without events comes as one row of nothing but its head. */
function eventsOf(rows: readonly Row[]): LoggedEvent[] {
  return rows.flatMap((row) =>
    (row.seq as number | null) === null
      ? []
      : [{ seq: row.seq, prev: row.prev, bytes: row.bytes, frame: frameOf(row) }],
  );
}

function unbroken(events: readonly LoggedEvent[]): boolean {
  return events.every((event, i) => i === 0 || event.prev === events[i - 1]?.seq);
}

/** The first events that fit, and always one. */
function within(events: readonly LoggedEvent[], bytes: number): readonly LoggedEvent[] {
  let left = bytes;
  const end = events.findIndex((event, i) => (left -= event.bytes) < 0 && i > 0);
  return end === -1 ? events : events.slice(0, end);
}
