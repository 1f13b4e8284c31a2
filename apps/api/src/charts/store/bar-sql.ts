/**
 * How rows enter `bar`. A row wins over the stored one unless it says the same, is a forming bar against a complete one,
 * or is a built bar against the source's own. A change of a complete bar counts as a revision; a trigger keeps the old
 * row. A row that comes from a leader of an older fence than the market's present one ($1 market, $2 fence) is left out.
 * @param rows a row source with the columns i, s, t, e, o, h, l, c, v, f, k, a, b; times are epoch ms.
 * @returns one row: how many were written, whether all were refused for their fence, and which replaced a complete bar.
 */
export function mergeBars(rows: string): string {
  return `
  WITH saved AS (
    INSERT INTO bar AS kept (market_id, instrument_id, interval_s, open_time, close_time, o, h, l, c, v, flags, kind, available_at, batch_id)
    SELECT $1::smallint, i, s, to_timestamp(t / 1000.0), to_timestamp(e / 1000.0), o, h, l, c, v, f, k, to_timestamp(a / 1000.0), b
    FROM ${rows}
    WHERE $2::int IS NULL OR $2::int >= (SELECT coalesce(max(fence), 0) FROM leader WHERE market_id = $1)
    ON CONFLICT (market_id, instrument_id, interval_s, open_time) DO UPDATE SET
      close_time = EXCLUDED.close_time, o = EXCLUDED.o, h = EXCLUDED.h, l = EXCLUDED.l, c = EXCLUDED.c, v = EXCLUDED.v,
      flags = EXCLUDED.flags, kind = EXCLUDED.kind, available_at = EXCLUDED.available_at, batch_id = EXCLUDED.batch_id,
      revision = kept.revision + (kept.available_at IS NOT NULL)::int
    WHERE (kept.o, kept.h, kept.l, kept.c, kept.v, kept.flags, kept.kind, kept.available_at IS NULL)
          IS DISTINCT FROM (EXCLUDED.o, EXCLUDED.h, EXCLUDED.l, EXCLUDED.c, EXCLUDED.v, EXCLUDED.flags, EXCLUDED.kind, EXCLUDED.available_at IS NULL)
      AND NOT (kept.available_at IS NOT NULL AND EXCLUDED.available_at IS NULL)
      AND NOT (kept.available_at IS NOT NULL AND kept.batch_id IS NOT NULL AND EXCLUDED.batch_id IS NULL)
    RETURNING instrument_id, interval_s, open_time, revision
  )
  SELECT count(*)::int AS written,
         coalesce($2::int < (SELECT max(fence) FROM leader WHERE market_id = $1), false) AS refused,
         coalesce(json_agg(json_build_object('instrumentId', instrument_id, 'intervalS', interval_s,
           'openTime', (extract(epoch FROM open_time) * 1000)::bigint, 'revision', revision)) FILTER (WHERE revision > 0), '[]') AS revised
  FROM saved`;
}

export const FROM_ARRAYS = `unnest($3::int[], $4::int[], $5::float8[], $6::float8[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[],
      $11::float8[], $12::smallint[], $13::smallint[], $14::float8[], $15::int[]) AS row (i, s, t, e, o, h, l, c, v, f, k, a, b)`;

/** A place for one bulk load: temporary, so it is never logged and goes with the transaction. */
export const CREATE_STAGE = `CREATE TEMPORARY TABLE bar_stage (i int, s int, t float8, e float8, o bigint, h bigint, l bigint, c bigint,
  v float8, f smallint, k smallint, a float8, b int) ON COMMIT DROP`;

export const COPY_TO_STAGE = 'COPY bar_stage FROM STDIN';

/** Rows that came, and rows that no bar can be. */
export const CHECK_STAGE = `SELECT count(*)::int AS came,
  (count(*) FILTER (WHERE h < greatest(o, c) OR l > least(o, c) OR l <= 0 OR v < 0 OR e <= t))::int AS bad FROM bar_stage`;
