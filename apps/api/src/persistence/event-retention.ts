import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { LosslessChannel } from '@ziggy/contracts';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { WallClock } from '../platform/clock.ts';
import { Logger } from '../platform/logger.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Events that a partition keeps, however young they are. */
export const KEPT_EVENTS = 10_000;
export const KEPT_MS = DAY_MS;
/** Alerts that nobody has acknowledged wait this long. */
export const UNTAKEN_ALERTS_MS = 7 * DAY_MS;
const SWEEP_MS = 10 * 60_000;
/** Tables exist this far ahead, so that a process may miss many sweeps. */
const AHEAD_MS = 2 * DAY_MS;
const RETENTION_LOCK = 0x2199_1a5;

/** The two trees: what one of their tables spans, and after what time nothing in it is needed. */
const TREES = [
  { parent: 'event_day', spanMs: 6 * HOUR_MS, keptMs: KEPT_MS },
  { parent: 'event_week', spanMs: DAY_MS, keptMs: UNTAKEN_ALERTS_MS },
] as const;

/** Old and surplus events per partition; a row that a producer holds at this moment waits for the next sweep. */
const RAISE_FLOORS = `
  WITH old AS (
    SELECT partition_id, max(seq) AS seq FROM event_day WHERE at < to_timestamp($1 / 1000.0) GROUP BY partition_id
    UNION ALL
    SELECT e.partition_id, max(e.seq) FROM event_week e JOIN event_partition p ON p.id = e.partition_id
    WHERE e.at < to_timestamp($2 / 1000.0) OR (e.at < to_timestamp($1 / 1000.0) AND e.seq <= p.taken) GROUP BY e.partition_id
  ), due AS (
    SELECT p.id, p.floor, greatest(p.floor, p.head - $3, coalesce(o.seq, 0)) AS raised
    FROM event_partition p LEFT JOIN old o ON o.partition_id = p.id
    WHERE greatest(p.head - $3, coalesce(o.seq, 0)) > p.floor
    FOR UPDATE OF p SKIP LOCKED
  )
  UPDATE event_partition p SET floor = due.raised FROM due WHERE p.id = due.id
  RETURNING p.id, p.channel, (due.raised - due.floor)::float8 AS pruned`;

/** Makes the tables that the log will need and lets old events go. Replicas take turns; a missed sweep harms nothing. */
@Injectable()
export class EventRetention implements OnModuleInit, OnApplicationShutdown {
  readonly #db: DataSource;
  readonly #clock: WallClock;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | null = null;
  readonly #listeners: ((channel: LosslessChannel, count: number) => void)[] = [];
  /** Events let go by this process, by channel. */
  readonly pruned: Record<LosslessChannel, number> = { news: 0, alerts: 0, signals: 0, portfolio: 0 };

  constructor(@InjectDataSource() db: DataSource, clock: WallClock, logger: Logger) {
    this.#db = db;
    this.#clock = clock;
    this.#log = logger.child({ context: 'EventRetention' });
  }

  async onModuleInit(): Promise<void> {
    await this.#db.transaction(async (tx) => {
      await tx.query('SELECT pg_advisory_xact_lock($1)', [RETENTION_LOCK]);
      await makeTables(tx, this.#clock.now());
    });
    this.#timer = setInterval(() => void this.#sweepSafely(), SWEEP_MS);
    this.#timer.unref();
  }

  onApplicationShutdown(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** Hears of events that were let go. */
  onPruned(listener: (channel: LosslessChannel, count: number) => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Raises the floor of each partition to what retention allows, then removes what lies below: whole tables where
   * possible, rows elsewhere. Does nothing while another process sweeps.
   */
  async sweep(now: number = this.#clock.now()): Promise<void> {
    const swept = await this.#db.transaction(async (tx) => {
      const [lock] = (await tx.query('SELECT pg_try_advisory_xact_lock($1) AS mine', [RETENTION_LOCK])) as {
        mine: boolean;
      }[];
      if (lock?.mine !== true) return false;
      await makeTables(tx, now);
      const [raised] = (await tx.query(RAISE_FLOORS, [now - KEPT_MS, now - UNTAKEN_ALERTS_MS, KEPT_EVENTS])) as [
        { id: string; channel: LosslessChannel; pruned: number }[],
        number,
      ];
      if (raised.length > 0) {
        const ids = raised.map(({ id }) => id);
        await tx.query(
          `DELETE FROM event e USING event_partition p
           WHERE p.id = ANY($1::bigint[]) AND e.partition_id = p.id AND e.channel = p.channel AND e.seq <= p.floor`,
          [ids],
        );
      }
      for (const { channel, pruned } of raised) {
        this.pruned[channel] += pruned;
        for (const listener of this.#listeners) listener(channel, pruned);
      }
      return true;
    });
    // Below floors that were not raised nothing may be missing.
    if (!swept) return;
    for (const name of await outdatedTables(this.#db, now)) await this.#drop(name);
  }

  /** Dropping locks the whole tree, so it is given up at once when someone else is at work there. */
  async #drop(name: string): Promise<void> {
    try {
      await this.#db.transaction(async (tx) => {
        await tx.query(`SET LOCAL lock_timeout = '200ms'`);
        await tx.query(`DROP TABLE IF EXISTS ${name}`);
      });
    } catch (error) {
      this.#log.debug({ err: error, table: name }, 'a table of old events is in use; the next sweep drops it');
    }
  }

  async #sweepSafely(): Promise<void> {
    try {
      await this.sweep();
    } catch (error) {
      this.#log.warn({ err: error }, 'old events could not be removed; the next sweep tries again');
    }
  }
}

/** Tables are attached, not created in place: that lock does not stop the producers. */
async function makeTables(tx: EntityManager, now: number): Promise<void> {
  for (const { parent, spanMs } of TREES) {
    const present = new Set((await tablesOf(tx, parent)).map(({ name }) => name));
    // The span before, too: events of the last moment may still be on their way.
    for (let from = Math.floor(now / spanMs - 1) * spanMs; from < now + AHEAD_MS; from += spanMs) {
      const name = `${parent}_${new Date(from).toISOString().slice(0, 13).replaceAll(/\D/g, '')}`;
      if (present.has(name)) continue;
      await tx.query(`CREATE TABLE ${name} (LIKE ${parent} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`);
      await tx.query(
        `ALTER TABLE ${parent} ATTACH PARTITION ${name}
         FOR VALUES FROM ('${new Date(from).toISOString()}') TO ('${new Date(from + spanMs).toISOString()}')`,
      );
    }
  }
}

/** Tables in which nothing is needed any more. */
async function outdatedTables(db: Pick<EntityManager, 'query'>, now: number): Promise<string[]> {
  const outdated: string[] = [];
  for (const { parent, spanMs, keptMs } of TREES) {
    for (const { name, from } of await tablesOf(db, parent)) if (from + spanMs <= now - keptMs) outdated.push(name);
  }
  return outdated;
}

async function tablesOf(db: Pick<EntityManager, 'query'>, parent: string): Promise<{ name: string; from: number }[]> {
  const rows = (await db.query(
    `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = $1::regclass`,
    [parent],
  )) as { name: string }[];
  return rows.flatMap(({ name }) => {
    const [, year, month, day, hour] = /_(\d{4})(\d\d)(\d\d)(\d\d)$/.exec(name) ?? [];
    if (hour === undefined) return [];
    return [{ name, from: Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour)) }];
  });
}
