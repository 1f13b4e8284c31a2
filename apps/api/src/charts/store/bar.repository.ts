import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { INTERVALS } from '@ziggy/domain';
import type { Bar, Interval, Symbol } from '@ziggy/domain';
import type { QuotePoll, SourceErrorCode, WireAnswer } from '@ziggy/market-sources';
import { DataSource } from 'typeorm';
import type { PoolClient } from 'pg';
import { copyBars } from './bar-copy.ts';
import type { MergedRows } from './bar-copy.ts';
import { FROM_ARRAYS, mergeBars } from './bar-sql.ts';
import { BAR_COLUMNS, barsOf, COLUMN_LISTS, flagBits, intervalSeconds, kindNumber } from './bar-rows.ts';
import type { BarRow, StoredBar, StoredColumns } from './bar-rows.ts';
import { createPartition, KEPT_MS, partitionNamed, partitionOf } from './bar-partitions.ts';
import type { BarPartition } from './bar-partitions.ts';

/** The span of an instrument's history in which a missing bar means: there was none. */
export interface Coverage {
  readonly from: number;
  readonly to: number;
  /** The source has nothing before `from`. */
  readonly exhausted: boolean;
}

export interface BarScope {
  readonly marketId: number;
  readonly market: string;
  readonly source: string;
}

/** Rows in one statement: beyond, the plan costs more than the trip. */
const ROWS_PER_STATEMENT = 1_000;
/** Lock under which partitions are made, so that two processes do not make the same one. */
const PARTITION_LOCK = 0x2199_1a2;
const WEEK_MS = 7 * 86_400_000;

/** From so many rows on they go by COPY. */
export const COPY_FROM_ROWS = 50_000;

/** What was asked of a source at once, and what it answered. */
export interface IngestBatch {
  readonly requestKey: string;
  readonly status: 'ok' | SourceErrorCode;
  readonly tookMs: number;
  readonly rows: number;
  /** What came over the wire, in order; empty where nothing does. */
  readonly answers: readonly WireAnswer[];
}

/** A poll of quotes under a number that was reserved for it. */
export interface ReservedBatch {
  readonly id: number;
  readonly poll: QuotePoll;
  /** When its last answer was there, epoch ms of the wall clock. */
  readonly at: number;
}

/** Where a quote of the last week came from can be told. */
const POLLS_KEPT_MS = 7 * 86_400_000;

/** A complete bar whose row was replaced by another. */
export interface BarRevised {
  readonly instrumentId: number;
  readonly interval: Interval;
  readonly openTime: number;
  readonly revision: number;
}

export interface SavedBars {
  /** Rows that were written; the same bars again write none. */
  readonly written: number;
  /** Another leader has a higher fence: nothing was written. */
  readonly refused: boolean;
  readonly revised: readonly BarRevised[];
}

/** Bars in PostgreSQL. Every statement names the market: no read or write crosses two. */
@Injectable()
export class BarRepository {
  readonly #db: DataSource;
  readonly #partitions = new Set<string>();

  constructor(@InjectDataSource() db: DataSource) {
    this.#db = db;
  }

  /** Stores bars; returns how many rows were written. The same bars again write none. */
  async save(marketId: number, rows: readonly BarRow[]): Promise<number> {
    return (await this.store(marketId, rows)).written;
  }

  /**
   * Stores bars. Large loads go by COPY, all or nothing; others in statements of a thousand rows.
   * @param fence of the leader that writes; rows of an older one than the market's present leader are left out.
   */
  async store(marketId: number, rows: readonly BarRow[], fence: number | null = null): Promise<SavedBars> {
    await this.#ensure(partitionsOf(rows));
    if (rows.length >= COPY_FROM_ROWS) return this.#copy(marketId, fence, rows);
    let written = 0;
    let refused = false;
    const revised: BarRevised[] = [];
    for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
      const chunk = await this.#merge(marketId, fence, rows.slice(from, from + ROWS_PER_STATEMENT));
      written += chunk.written;
      refused ||= chunk.refused;
      revised.push(...chunk.revised);
    }
    return { written, refused, revised };
  }

  /** Bars that open in `[from, to)`, ascending; with `limit`, the newest ones. */
  async range(
    scope: BarScope,
    symbol: Symbol,
    instrumentId: number,
    interval: Interval,
    from: number,
    to: number,
    limit: number | null = null,
  ): Promise<Bar[]> {
    const rows: StoredColumns[] = await this.#db.query(
      `SELECT ${COLUMN_LISTS} FROM (
         SELECT * FROM bar
         WHERE market_id = $1 AND instrument_id = $2 AND interval_s = $3
           AND open_time >= to_timestamp($4 / 1000.0) AND open_time < to_timestamp($5 / 1000.0)
         ORDER BY open_time DESC LIMIT $6
       ) AS newest`,
      [scope.marketId, instrumentId, intervalSeconds(interval), from, to, limit],
    );
    return barsOf(rows[0] as StoredColumns, interval, symbol, scope.market, scope.source);
  }

  /** The ingest batch that a bar came with; `null` when it was built from ticks or came by itself. */
  async batchOf(marketId: number, instrumentId: number, interval: Interval, openTime: number): Promise<number | null> {
    const rows: { batch_id: number | null }[] = await this.#db.query(
      `SELECT batch_id FROM bar WHERE market_id = $1 AND instrument_id = $2 AND interval_s = $3 AND open_time = to_timestamp($4 / 1000.0)`,
      [marketId, instrumentId, intervalSeconds(interval), openTime],
    );
    const batchId = rows[0]?.batch_id ?? null;
    return batchId === null || batchId <= 0 ? null : batchId;
  }

  /** Forming bars that an earlier run left behind and that are not over at `now`. */
  async formingAt(scope: BarScope, now: number): Promise<{ instrumentId: number; row: StoredBar }[]> {
    const rows: (StoredBar & { instrument_id: number })[] = await this.#db.query(
      `SELECT instrument_id, ${BAR_COLUMNS} FROM bar
       WHERE market_id = $1 AND available_at IS NULL AND open_time <= to_timestamp($2 / 1000.0) AND close_time > to_timestamp($2 / 1000.0)
         AND open_time > to_timestamp($2 / 1000.0) - interval '2 days'`,
      [scope.marketId, now],
    );
    return rows.map(({ instrument_id, ...row }) => ({ instrumentId: instrument_id, row }));
  }

  async coverage(marketId: number, instrumentId: number, interval: Interval): Promise<Coverage | null> {
    const rows: Coverage[] = await this.#db.query(
      `SELECT (extract(epoch FROM covered_from) * 1000)::float8 AS "from", (extract(epoch FROM covered_to) * 1000)::float8 AS "to", exhausted
       FROM bar_coverage WHERE market_id = $1 AND instrument_id = $2 AND interval_s = $3`,
      [marketId, instrumentId, intervalSeconds(interval)],
    );
    return rows[0] ?? null;
  }

  /** Every coverage of a market, by instrument. */
  async coverages(marketId: number): Promise<{ instrumentId: number; interval: Interval; coverage: Coverage }[]> {
    const rows: (Coverage & { instrument_id: number; interval_s: number })[] = await this.#db.query(
      `SELECT instrument_id, interval_s, (extract(epoch FROM covered_from) * 1000)::float8 AS "from",
              (extract(epoch FROM covered_to) * 1000)::float8 AS "to", exhausted
       FROM bar_coverage WHERE market_id = $1 ORDER BY interval_s DESC, instrument_id`,
      [marketId],
    );
    return rows.map(({ instrument_id, interval_s, ...coverage }) => ({
      instrumentId: instrument_id,
      interval: intervalOf(interval_s),
      coverage,
    }));
  }

  async saveCoverage(
    marketId: number,
    instrumentId: number,
    interval: Interval,
    { from, to, exhausted }: Coverage,
  ): Promise<void> {
    await this.#db.query(
      `INSERT INTO bar_coverage AS old (market_id, instrument_id, interval_s, covered_from, covered_to, exhausted)
       VALUES ($1, $2, $3, to_timestamp($4 / 1000.0), to_timestamp($5 / 1000.0), $6)
       ON CONFLICT (market_id, instrument_id, interval_s) DO UPDATE SET
         covered_from = EXCLUDED.covered_from, covered_to = EXCLUDED.covered_to, exhausted = EXCLUDED.exhausted
       WHERE (old.covered_from, old.covered_to, old.exhausted) IS DISTINCT FROM (EXCLUDED.covered_from, EXCLUDED.covered_to, EXCLUDED.exhausted)`,
      [marketId, instrumentId, intervalSeconds(interval), from, to, exhausted],
    );
  }

  /** Notes one answer of the source; its number stands on the bars that came with it. */
  async openBatch(marketId: number, source: string, batch: IngestBatch): Promise<number> {
    const { requestKey, status, tookMs, rows: rowCount, answers } = batch;
    const rows: { id: number }[] = await this.#db.query(
      `INSERT INTO ingest_batch (market_id, source, request_key, status, took_ms, row_count, bytes, sha256, upstream_status, requested_at)
       VALUES ($1, $2, $3, $4, $5::integer, $6, $7, $8, $9, now() - $5::integer * interval '1 millisecond') RETURNING id`,
      [
        ...[marketId, source, requestKey, status, Math.round(tookMs), rowCount],
        ...[bytesOf(answers), digestOf(answers), answers.at(-1)?.status ?? null],
      ],
    );
    return (rows[0] as { id: number }).id;
  }

  /** Numbers for answers that are noted later, so that what comes with them need not wait. */
  async reserveBatches(count: number): Promise<number[]> {
    const rows: { id: number }[] = await this.#db.query(
      `SELECT nextval(pg_get_serial_sequence('ingest_batch', 'id'))::integer AS id FROM generate_series(1, $1::integer)`,
      [count],
    );
    return rows.map(({ id }) => id);
  }

  /** Notes answers under numbers that were reserved for them. Told twice they stand once. */
  async saveBatches(marketId: number, source: string, batches: readonly ReservedBatch[]): Promise<void> {
    await this.#db.query(
      `INSERT INTO ingest_batch (id, market_id, source, request_key, status, took_ms, row_count, bytes, sha256, upstream_status, requested_at, at)
       OVERRIDING SYSTEM VALUE
       SELECT id, $1::smallint, $2, request_key, 'ok', took_ms, row_count, bytes, sha256, upstream_status,
              to_timestamp((at_ms - took_ms) / 1000.0), to_timestamp(at_ms / 1000.0)
       FROM unnest($3::integer[], $4::text[], $5::integer[], $6::integer[], $7::bigint[], $8::text[], $9::smallint[], $10::float8[])
         AS told (id, request_key, took_ms, row_count, bytes, sha256, upstream_status, at_ms)
       ON CONFLICT (id) DO NOTHING`,
      [
        marketId,
        source,
        batches.map(({ id }) => id),
        batches.map(({ poll }) => poll.requestKey),
        batches.map(({ poll }) => Math.round(poll.tookMs)),
        batches.map(({ poll }) => poll.rows),
        batches.map(({ poll }) => bytesOf(poll.answers)),
        batches.map(({ poll }) => digestOf(poll.answers)),
        batches.map(({ poll }) => poll.answers.at(-1)?.status ?? null),
        batches.map(({ at }) => at),
      ],
    );
  }

  /** Lets go of answers to polls of quotes that are older than they are kept and that no stored quote came with. */
  async dropOldPolls(): Promise<void> {
    await this.#db.query(
      `DELETE FROM ingest_batch b WHERE b.request_key LIKE 'quotes:%' AND b.at < now() - $1::integer * interval '1 millisecond'
         AND NOT EXISTS (SELECT 1 FROM quote_last q WHERE q.market_id = b.market_id AND q.batch_id = b.id)`,
      [POLLS_KEPT_MS],
    );
  }

  /**
   * Drops the partitions whose last bar is older than its interval is kept, with their revisions, and draws the coverage
   * in: a bar that was dropped is not a gap of the market.
   * @returns names of the dropped tables.
   */
  async dropExpired(now: number): Promise<string[]> {
    const dropped: string[] = [];
    for (const interval of INTERVALS) {
      const kept = KEPT_MS[interval];
      if (kept !== null) dropped.push(...(await this.#dropBefore(interval, now - kept)));
    }
    return dropped;
  }

  async #dropBefore(interval: Interval, before: number): Promise<string[]> {
    const rows: { name: string }[] = await this.#db.query(
      `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = $1::regclass`,
      [`bar_${interval}`],
    );
    const expired = rows
      .map(({ name }) => partitionNamed(interval, name))
      .filter((partition) => partition !== null)
      .filter(({ to }) => to <= before)
      .sort((a, b) => a.to - b.to);
    const newest = expired.at(-1);
    if (newest === undefined) return [];
    await this.#db.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [PARTITION_LOCK]);
      for (const { name } of expired) await manager.query(`DROP TABLE IF EXISTS ${name}`);
      const terms = [intervalSeconds(interval), newest.to];
      for (const statement of DRAW_IN) await manager.query(statement, terms);
    });
    for (const { name } of expired) this.#partitions.delete(name);
    return expired.map(({ name }) => name);
  }

  /** Makes the partitions of the coming week, so that no live write waits for one. */
  async preparePartitions(now: number): Promise<void> {
    const wanted = INTERVALS.flatMap((interval) => [partitionOf(interval, now), partitionOf(interval, now + WEEK_MS)]);
    await this.#ensure(wanted);
  }

  async #merge(marketId: number, fence: number | null, rows: readonly BarRow[]): Promise<SavedBars> {
    const result: MergedRows[] = await this.#db.query(mergeBars(FROM_ARRAYS), [
      marketId,
      fence,
      rows.map((row) => row.instrumentId),
      rows.map(({ bar }) => intervalSeconds(bar.interval)),
      rows.map(({ bar }) => bar.openTime),
      rows.map(({ bar }) => bar.closeTime),
      rows.map(({ bar }) => bar.o),
      rows.map(({ bar }) => bar.h),
      rows.map(({ bar }) => bar.l),
      rows.map(({ bar }) => bar.c),
      rows.map(({ bar }) => bar.volume),
      rows.map(({ bar }) => flagBits(bar.flags)),
      rows.map(({ bar }) => kindNumber(bar.kind)),
      rows.map(({ bar }) => (bar.complete ? bar.availableAt : null)),
      rows.map((row) => row.batchId),
    ]);
    return savedOf(result[0] as MergedRows);
  }

  async #copy(marketId: number, fence: number | null, rows: readonly BarRow[]): Promise<SavedBars> {
    const runner = this.#db.createQueryRunner();
    try {
      const client = (await runner.connect()) as PoolClient;
      await runner.startTransaction();
      const merged = await copyBars(client, marketId, fence, rows);
      await runner.commitTransaction();
      return savedOf(merged);
    } catch (error) {
      if (runner.isTransactionActive) await runner.rollbackTransaction();
      throw error;
    } finally {
      await runner.release();
    }
  }

  async #ensure(partitions: readonly (BarPartition | null)[]): Promise<void> {
    const missing = new Map<string, BarPartition>();
    for (const partition of partitions) {
      if (partition !== null && !this.#partitions.has(partition.name)) missing.set(partition.name, partition);
    }
    if (missing.size === 0) return;
    await this.#db.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [PARTITION_LOCK]);
      for (const partition of missing.values()) await manager.query(createPartition(partition));
    });
    for (const name of missing.keys()) this.#partitions.add(name);
  }
}

/** SHA-256 of the one body; of several, of their hashes in order. */
function bytesOf(answers: readonly WireAnswer[]): number | null {
  return answers.length === 0 ? null : answers.reduce((sum, { bytes }) => sum + bytes, 0);
}

function digestOf(answers: readonly WireAnswer[]): string | null {
  const [first, ...more] = answers;
  if (first === undefined) return null;
  if (more.length === 0) return first.sha256;
  return createHash('sha256')
    .update(answers.map(({ sha256 }) => sha256).join(''))
    .digest('hex');
}

/** What is remembered of dropped bars goes too. Times are epoch ms. */
const DRAW_IN = [
  `DELETE FROM bar_revision WHERE interval_s = $1 AND open_time < to_timestamp($2 / 1000.0)`,
  `DELETE FROM bar_coverage WHERE interval_s = $1 AND covered_to <= to_timestamp($2 / 1000.0)`,
  `UPDATE bar_coverage SET covered_from = to_timestamp($2 / 1000.0), exhausted = false
   WHERE interval_s = $1 AND covered_from < to_timestamp($2 / 1000.0)`,
];

/** The partitions that rows need. Rows come in runs of one series, so the last answer is mostly this one's. */
function partitionsOf(rows: readonly BarRow[]): BarPartition[] {
  const found = new Map<string, BarPartition>();
  let last: BarPartition | null = null;
  let lastInterval: Interval | null = null;
  for (const { bar } of rows) {
    const { interval, openTime } = bar;
    if (interval === lastInterval && (last === null || (openTime >= last.from && openTime < last.to))) continue;
    last = partitionOf(interval, openTime);
    lastInterval = interval;
    if (last !== null) found.set(last.name, last);
  }
  return [...found.values()];
}

function intervalOf(seconds: number): Interval {
  return INTERVALS.find((interval) => intervalSeconds(interval) === seconds) as Interval;
}

function savedOf({ written, refused, revised }: MergedRows): SavedBars {
  return {
    written,
    refused,
    revised: revised.map(({ intervalS, ...bar }) => ({
      ...bar,
      interval: intervalOf(intervalS),
    })),
  };
}
