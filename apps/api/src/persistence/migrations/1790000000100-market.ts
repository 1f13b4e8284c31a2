import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Markets, instruments, last quotes and bars. Each row belongs to exactly one market, and no query joins two. Bars are
 * partitioned by interval, and the intraday ones again by month or year, so that old ones go by dropping a table.
 * There is no default partition: a row without a place is a fault to be seen, not a place to hide it.
 */
export class Market1790000000100 implements MigrationInterface {
  readonly name = 'Market1790000000100';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `CREATE TABLE market (
     id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     key text NOT NULL UNIQUE,
     kind text NOT NULL,
     source text NOT NULL,
     detail jsonb NOT NULL DEFAULT '{}',
     fence integer NOT NULL DEFAULT 0,
     clock_at timestamptz,
     created_at timestamptz NOT NULL DEFAULT now()
   )`,
  `COMMENT ON COLUMN market.fence IS 'Upper part of the version of every value: rises with each start, so versions never fall.'`,
  `COMMENT ON COLUMN market.clock_at IS 'Market time seen last; a restart goes on at or after it.'`,
  `CREATE TABLE instrument (
     id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     market_id smallint NOT NULL REFERENCES market (id),
     symbol text NOT NULL,
     name text NOT NULL,
     asset_class text NOT NULL,
     mic text NOT NULL,
     currency char(3) NOT NULL,
     tick bigint NOT NULL CHECK (tick >= 1),
     calendar text NOT NULL,
     sector text,
     valid_from timestamptz,
     valid_to timestamptz,
     aliases text[] NOT NULL DEFAULT '{}',
     UNIQUE (market_id, symbol)
   )`,
  `CREATE TABLE ingest_batch (
     id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     market_id smallint NOT NULL REFERENCES market (id),
     source text NOT NULL,
     request_key text NOT NULL,
     status text NOT NULL,
     took_ms integer NOT NULL,
     row_count integer NOT NULL,
     at timestamptz NOT NULL DEFAULT now()
   )`,
  `CREATE TABLE quote_last (
     market_id smallint NOT NULL REFERENCES market (id),
     instrument_id integer NOT NULL REFERENCES instrument (id),
     price bigint NOT NULL,
     bid bigint, ask bigint, bid_size float8, ask_size float8,
     open bigint, high bigint, low bigint, prev_close bigint,
     volume float8,
     market_state text NOT NULL,
     delay_minutes float8,
     kind text NOT NULL,
     exchange_at timestamptz NOT NULL,
     received_at timestamptz NOT NULL,
     PRIMARY KEY (market_id, instrument_id)
   )`,
  `CREATE TABLE bar (
     market_id smallint NOT NULL,
     instrument_id integer NOT NULL,
     interval_s integer NOT NULL,
     open_time timestamptz NOT NULL,
     close_time timestamptz NOT NULL,
     o bigint NOT NULL, h bigint NOT NULL, l bigint NOT NULL, c bigint NOT NULL,
     v float8,
     flags smallint NOT NULL,
     kind smallint NOT NULL,
     revision smallint NOT NULL DEFAULT 0,
     available_at timestamptz,
     batch_id integer,
     PRIMARY KEY (market_id, instrument_id, interval_s, open_time),
     CHECK (h >= greatest(o, c) AND l <= least(o, c) AND l > 0 AND (v IS NULL OR v >= 0))
   ) PARTITION BY LIST (interval_s)`,
  `COMMENT ON TABLE bar IS 'Raw bars, prices in 1e-6. available_at is null while a bar forms; batch_id is null when it was built from ticks.'`,
  `CREATE TABLE bar_1m PARTITION OF bar FOR VALUES IN (60) PARTITION BY RANGE (open_time)`,
  `CREATE TABLE bar_5m PARTITION OF bar FOR VALUES IN (300) PARTITION BY RANGE (open_time)`,
  `CREATE TABLE bar_15m PARTITION OF bar FOR VALUES IN (900) PARTITION BY RANGE (open_time)`,
  `CREATE TABLE bar_1h PARTITION OF bar FOR VALUES IN (3600) PARTITION BY RANGE (open_time)`,
  `CREATE TABLE bar_1d PARTITION OF bar FOR VALUES IN (86400)`,
  `CREATE INDEX bar_open_time ON bar USING brin (open_time)`,
  `CREATE TABLE bar_revision (
     market_id smallint NOT NULL,
     instrument_id integer NOT NULL,
     interval_s integer NOT NULL,
     open_time timestamptz NOT NULL,
     revision smallint NOT NULL,
     o bigint NOT NULL, h bigint NOT NULL, l bigint NOT NULL, c bigint NOT NULL,
     v float8,
     flags smallint NOT NULL,
     kind smallint NOT NULL,
     available_at timestamptz NOT NULL,
     batch_id integer,
     replaced_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (market_id, instrument_id, interval_s, open_time, revision)
   )`,
  `CREATE FUNCTION keep_bar_revision() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     INSERT INTO bar_revision (market_id, instrument_id, interval_s, open_time, revision, o, h, l, c, v, flags, kind, available_at, batch_id)
     VALUES (OLD.market_id, OLD.instrument_id, OLD.interval_s, OLD.open_time, OLD.revision, OLD.o, OLD.h, OLD.l, OLD.c, OLD.v,
             OLD.flags, OLD.kind, OLD.available_at, OLD.batch_id)
     ON CONFLICT DO NOTHING;
     RETURN NULL;
   END $$`,
  `CREATE TRIGGER bar_revised AFTER UPDATE ON bar FOR EACH ROW
     WHEN (OLD.available_at IS NOT NULL AND OLD.revision <> NEW.revision) EXECUTE FUNCTION keep_bar_revision()`,
  `CREATE TABLE bar_coverage (
     market_id smallint NOT NULL,
     instrument_id integer NOT NULL,
     interval_s integer NOT NULL,
     covered_from timestamptz NOT NULL,
     covered_to timestamptz NOT NULL,
     exhausted boolean NOT NULL DEFAULT false,
     PRIMARY KEY (market_id, instrument_id, interval_s),
     CHECK (covered_from <= covered_to)
   )`,
  `COMMENT ON TABLE bar_coverage IS 'The span that the source was asked for or that was built without a hole; inside it a missing bar is a gap of the market. exhausted: the source has nothing before covered_from.'`,
];

const DOWN = [
  'DROP TABLE bar_coverage',
  'DROP TABLE bar_revision',
  'DROP TABLE bar',
  'DROP FUNCTION keep_bar_revision',
  'DROP TABLE quote_last',
  'DROP TABLE ingest_batch',
  'DROP TABLE instrument',
  'DROP TABLE market',
];
