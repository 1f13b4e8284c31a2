import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { INTERVALS } from '@ziggy/domain';
import type { Bar, Interval, Symbol } from '@ziggy/domain';
import { DataSource } from 'typeorm';
import { BAR_COLUMNS, barOf, flagBits, intervalSeconds, kindNumber } from './bar-rows.ts';
import type { BarRow, StoredBar } from './bar-rows.ts';
import { createPartition, partitionOf } from './bar-partitions.ts';
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

/**
 * A row wins over the stored one unless it says the same, is a forming bar against a complete one, or is a built bar
 * against the source's own. A change of a complete bar counts as a revision; a trigger keeps the old row.
 */
const UPSERT = `
  INSERT INTO bar AS old (market_id, instrument_id, interval_s, open_time, close_time, o, h, l, c, v, flags, kind, available_at, batch_id)
  SELECT $1, i, s, to_timestamp(t / 1000.0), to_timestamp(e / 1000.0), o, h, l, c, v, f, k, to_timestamp(a / 1000.0), b
  FROM unnest($2::int[], $3::int[], $4::float8[], $5::float8[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[],
              $10::float8[], $11::smallint[], $12::smallint[], $13::float8[], $14::int[])
    AS row (i, s, t, e, o, h, l, c, v, f, k, a, b)
  ON CONFLICT (market_id, instrument_id, interval_s, open_time) DO UPDATE SET
    close_time = EXCLUDED.close_time, o = EXCLUDED.o, h = EXCLUDED.h, l = EXCLUDED.l, c = EXCLUDED.c, v = EXCLUDED.v,
    flags = EXCLUDED.flags, kind = EXCLUDED.kind, available_at = EXCLUDED.available_at, batch_id = EXCLUDED.batch_id,
    revision = old.revision + (old.available_at IS NOT NULL)::int
  WHERE (old.o, old.h, old.l, old.c, old.v, old.flags, old.kind, old.available_at IS NULL)
        IS DISTINCT FROM (EXCLUDED.o, EXCLUDED.h, EXCLUDED.l, EXCLUDED.c, EXCLUDED.v, EXCLUDED.flags, EXCLUDED.kind, EXCLUDED.available_at IS NULL)
    AND NOT (old.available_at IS NOT NULL AND EXCLUDED.available_at IS NULL)
    AND NOT (old.available_at IS NOT NULL AND old.batch_id IS NOT NULL AND EXCLUDED.batch_id IS NULL)`;

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
    let written = 0;
    for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
      written += await this.#saveChunk(marketId, rows.slice(from, from + ROWS_PER_STATEMENT));
    }
    return written;
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
    const rows: StoredBar[] = await this.#db.query(
      `SELECT ${BAR_COLUMNS} FROM bar
       WHERE market_id = $1 AND instrument_id = $2 AND interval_s = $3
         AND open_time >= to_timestamp($4 / 1000.0) AND open_time < to_timestamp($5 / 1000.0)
       ORDER BY open_time DESC LIMIT $6`,
      [scope.marketId, instrumentId, intervalSeconds(interval), from, to, limit],
    );
    return rows.reverse().map((row) => barOf(row, symbol, scope.market, scope.source));
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
  async openBatch(
    marketId: number,
    source: string,
    requestKey: string,
    tookMs: number,
    rowCount: number,
  ): Promise<number> {
    const rows: { id: number }[] = await this.#db.query(
      `INSERT INTO ingest_batch (market_id, source, request_key, status, took_ms, row_count) VALUES ($1, $2, $3, 'ok', $4, $5) RETURNING id`,
      [marketId, source, requestKey, Math.round(tookMs), rowCount],
    );
    return (rows[0] as { id: number }).id;
  }

  /** Makes the partitions of the coming week, so that no live write waits for one. */
  async preparePartitions(now: number): Promise<void> {
    const wanted = INTERVALS.flatMap((interval) => [partitionOf(interval, now), partitionOf(interval, now + WEEK_MS)]);
    await this.#ensure(wanted);
  }

  async #saveChunk(marketId: number, rows: readonly BarRow[]): Promise<number> {
    if (rows.length === 0) return 0;
    await this.#ensure(rows.map(({ bar }) => partitionOf(bar.interval, bar.openTime)));
    const result: unknown = await this.#db.query(
      `WITH saved AS (${UPSERT} RETURNING 1) SELECT count(*)::int AS n FROM saved`,
      [
        marketId,
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
      ],
    );
    return (result as { n: number }[])[0]?.n ?? 0;
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
