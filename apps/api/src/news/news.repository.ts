import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { Kind, Symbol } from '@ziggy/domain';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { NewsPlace } from './news-cursor.ts';

/** A headline as it stands in the database. Times are market time, epoch ms. */
export interface StoredNews {
  readonly id: string;
  /** Feed or source that told it. */
  readonly source: string;
  readonly guid: string;
  readonly title: string;
  readonly summary: string | null;
  readonly url: string | null;
  readonly publisher: string;
  readonly language: string | null;
  readonly publishedAt: number | null;
  readonly firstSeenAt: number;
  readonly symbols: readonly Symbol[];
  readonly flags: readonly ('backfill' | 'date_invalid')[];
  readonly kind: Kind;
}

/** What is asked of the stored headlines; `null` is no condition. */
export interface NewsAsked {
  readonly symbols: readonly Symbol[] | null;
  readonly ids: readonly string[] | null;
  readonly text: string | null;
  readonly from: number;
  readonly to: number | null;
  readonly before: NewsPlace | null;
  readonly limit: number;
}

interface NewsRow {
  readonly id: string;
  readonly source: string;
  readonly guid: string;
  readonly title: string;
  readonly summary: string | null;
  readonly url: string | null;
  readonly publisher: string;
  readonly language: string | null;
  readonly published_ms: number | null;
  readonly seen_ms: number;
  readonly symbols: Symbol[];
  readonly flags: StoredNews['flags'];
  readonly kind: Kind;
}

const INSERT = `
  INSERT INTO news_item (market_id, id, source, guid, title, summary, url, publisher, language, published_at, first_seen_at, symbols, flags, kind)
  SELECT $1, i, s, g, t, sm, u, p, l, to_timestamp(pa / 1000.0), to_timestamp(fs / 1000.0),
         ARRAY(SELECT jsonb_array_elements_text(sy::jsonb)), ARRAY(SELECT jsonb_array_elements_text(f::jsonb)), k
  FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::float8[],
              $11::float8[], $12::text[], $13::text[], $14::text[]) AS row (i, s, g, t, sm, u, p, l, pa, fs, sy, f, k)
  ON CONFLICT (market_id, id) DO NOTHING RETURNING id`;

const SELECT = `
  SELECT id, source, guid, title, summary, url, publisher, language, symbols, flags, kind,
         (extract(epoch FROM published_at) * 1000)::float8 AS published_ms,
         (extract(epoch FROM first_seen_at) * 1000)::float8 AS seen_ms
  FROM news_item
  WHERE market_id = $1 AND sort_at >= to_timestamp($2::float8 / 1000.0)
    AND ($3::float8 IS NULL OR sort_at < to_timestamp($3 / 1000.0))
    AND ($4::text[] IS NULL OR symbols && $4)
    AND ($5::text[] IS NULL OR id = ANY ($5))
    AND ($6::text IS NULL OR title ILIKE $6 OR summary ILIKE $6)
    AND ($7::float8 IS NULL OR (sort_at, id) < (to_timestamp($7 / 1000.0), $8::text))
  ORDER BY sort_at DESC, id DESC LIMIT $9`;

/** Headlines in PostgreSQL, of one market at a time. */
@Injectable()
export class NewsRepository {
  readonly #db: DataSource;

  constructor(@InjectDataSource() db: DataSource) {
    this.#db = db;
  }

  /** Runs work in one transaction. */
  transaction<T>(work: (tx: EntityManager) => Promise<T>): Promise<T> {
    return this.#db.transaction(work);
  }

  /** A view of one instant: what is read in it fits together. */
  snapshot<T>(work: (tx: EntityManager) => Promise<T>): Promise<T> {
    return this.#db.transaction('REPEATABLE READ', work);
  }

  /** Stores what is not known yet, in the caller's transaction. @returns the new ones, in their order. */
  async insert(tx: EntityManager, marketId: number, items: readonly StoredNews[]): Promise<StoredNews[]> {
    if (items.length === 0) return [];
    const unique = [...new Map(items.map((item) => [item.id, item])).values()];
    const rows = (await tx.query(INSERT, [
      marketId,
      unique.map(({ id }) => id),
      unique.map(({ source }) => source),
      unique.map(({ guid }) => guid),
      unique.map(({ title }) => title),
      unique.map(({ summary }) => summary),
      unique.map(({ url }) => url),
      unique.map(({ publisher }) => publisher),
      unique.map(({ language }) => language),
      unique.map(({ publishedAt }) => publishedAt),
      unique.map(({ firstSeenAt }) => firstSeenAt),
      unique.map(({ symbols }) => JSON.stringify(symbols)),
      unique.map(({ flags }) => JSON.stringify(flags)),
      unique.map(({ kind }) => kind),
    ])) as { id: string }[];
    const stored = new Set(rows.map(({ id }) => id));
    return unique.filter(({ id }) => stored.has(id));
  }

  /** Newest first. */
  async find(tx: EntityManager, marketId: number, asked: NewsAsked): Promise<StoredNews[]> {
    const { symbols, ids, text, from, to, before, limit } = asked;
    const pattern = text === null ? null : `%${text.replace(/[\\%_]/g, '\\$&')}%`;
    const rows = (await tx.query(SELECT, [
      ...[marketId, from, to, symbols, ids, pattern],
      ...[before?.sortAt ?? null, before?.id ?? null, limit],
    ])) as NewsRow[];
    return rows.map(({ published_ms, seen_ms, ...row }) => ({
      ...row,
      publishedAt: published_ms,
      firstSeenAt: seen_ms,
    }));
  }

  /** Drops headlines that were first seen before an instant of market time. */
  async dropBefore(marketId: number, at: number): Promise<void> {
    await this.#db.query(`DELETE FROM news_item WHERE market_id = $1 AND first_seen_at < to_timestamp($2 / 1000.0)`, [
      marketId,
      at,
    ]);
  }
}
