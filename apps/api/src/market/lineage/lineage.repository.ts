import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';

/** A row of `ingest_batch`. */
export interface BatchRow {
  readonly id: number;
  readonly source: string;
  readonly request_key: string;
  readonly status: string;
  readonly took_ms: number;
  readonly row_count: number;
  readonly bytes: number | null;
  readonly sha256: string | null;
  readonly upstream_status: number | null;
  readonly at_ms: number;
}

/** The value that an id names, if it is still kept. Prices in micro-units, times in epoch ms. */
export interface OriginRow {
  readonly path: 'quote' | 'bar';
  readonly symbol: string;
  readonly currency: string;
  readonly interval_s: number | null;
  readonly price: number;
  readonly as_of_ms: number;
  readonly received_ms: number;
  readonly delay_minutes: number | null;
  readonly kind: string;
  /** The stored row as text, for its hash. */
  readonly row: string;
}

/** Where stored values came from. */
@Injectable()
export class LineageRepository {
  readonly #db: DataSource;

  constructor(@InjectDataSource() db: DataSource) {
    this.#db = db;
  }

  async batch(marketId: number, id: number): Promise<BatchRow | null> {
    const rows: BatchRow[] = await this.#db.query(
      `SELECT id, source, request_key, status, took_ms, row_count, bytes::float8 AS bytes, sha256, upstream_status,
              (extract(epoch FROM at) * 1000)::float8 AS at_ms
       FROM ingest_batch WHERE market_id = $1 AND id = $2`,
      [marketId, id],
    );
    return rows[0] ?? null;
  }

  async quote(marketId: number, batchId: number, position: number): Promise<OriginRow | null> {
    const rows: OriginRow[] = await this.#db.query(
      `SELECT 'quote' AS path, i.symbol, i.currency, NULL AS interval_s, q.price::float8 AS price, q.delay_minutes, q.kind,
              (extract(epoch FROM q.exchange_at) * 1000)::float8 AS as_of_ms,
              (extract(epoch FROM q.received_at) * 1000)::float8 AS received_ms, row_to_json(q)::text AS row
       FROM quote_last q JOIN instrument i ON i.id = q.instrument_id
       WHERE q.market_id = $1 AND q.batch_id = $2 AND q.position = $3 LIMIT 1`,
      [marketId, batchId, position],
    );
    return rows[0] ?? null;
  }

  /** The bar of a batch that opens at an instant. A batch of bars is of one symbol and interval. */
  async bar(marketId: number, batchId: number, openTime: number, kinds: readonly string[]): Promise<OriginRow | null> {
    const rows: OriginRow[] = await this.#db.query(
      `SELECT 'bar' AS path, i.symbol, i.currency, b.interval_s, b.c::float8 AS price, NULL AS delay_minutes, ($4::text[])[b.kind + 1] AS kind,
              (extract(epoch FROM b.close_time) * 1000)::float8 AS as_of_ms,
              (extract(epoch FROM coalesce(b.available_at, b.close_time)) * 1000)::float8 AS received_ms, row_to_json(b)::text AS row
       FROM bar b JOIN instrument i ON i.id = b.instrument_id
       WHERE b.market_id = $1 AND b.batch_id = $2 AND b.open_time = to_timestamp($3 / 1000.0) LIMIT 1`,
      [marketId, batchId, openTime, kinds],
    );
    return rows[0] ?? null;
  }
}
