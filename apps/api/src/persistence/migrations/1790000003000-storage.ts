import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Who leads a market, what each upstream answer was, other names of instruments, what the gate did not believe, and
 * closures that the rules of the calendars do not know.
 */
export class Storage1790000003000 implements MigrationInterface {
  readonly name = 'Storage1790000003000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `CREATE TABLE leader (
     market_id smallint PRIMARY KEY REFERENCES market (id),
     node text NOT NULL,
     fence integer NOT NULL,
     since timestamptz NOT NULL DEFAULT now()
   )`,
  `COMMENT ON TABLE leader IS 'Who leads a market now, or did last. Writes of a lower fence are refused.'`,
  `ALTER TABLE ingest_batch
     ADD COLUMN bytes bigint,
     ADD COLUMN sha256 text,
     ADD COLUMN upstream_status smallint,
     ADD COLUMN requested_at timestamptz`,
  `COMMENT ON COLUMN ingest_batch.bytes IS 'Bytes of the answers on the wire; null when nothing went over a wire.'`,
  `COMMENT ON COLUMN ingest_batch.sha256 IS 'SHA-256 of the body; of several answers, of their hashes in order.'`,
  `ALTER TABLE quote_last ADD COLUMN batch_id integer, ADD COLUMN position bigint`,
  `CREATE TABLE instrument_alias (
     market_id smallint NOT NULL REFERENCES market (id),
     instrument_id integer NOT NULL REFERENCES instrument (id),
     alias text NOT NULL,
     valid_from timestamptz NOT NULL DEFAULT '-infinity',
     valid_to timestamptz NOT NULL DEFAULT 'infinity',
     PRIMARY KEY (market_id, instrument_id, alias, valid_from),
     CHECK (valid_from < valid_to)
   )`,
  `CREATE INDEX instrument_alias_name ON instrument_alias (market_id, alias)`,
  `COMMENT ON TABLE instrument_alias IS 'Other names of an instrument, each valid in [valid_from, valid_to).'`,
  `CREATE TABLE quarantine (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     market_id smallint NOT NULL REFERENCES market (id),
     source text NOT NULL,
     reason text NOT NULL,
     symbol text,
     detail jsonb NOT NULL,
     market_at timestamptz,
     at timestamptz NOT NULL DEFAULT now()
   )`,
  `CREATE INDEX quarantine_at ON quarantine USING brin (at)`,
  `COMMENT ON TABLE quarantine IS 'What a source said and nobody believed: unconfirmed outliers, answers of an unknown form. Kept 30 days.'`,
  `CREATE TABLE calendar_override (
     calendar text NOT NULL,
     date date NOT NULL,
     close_minute smallint CHECK (close_minute BETWEEN 1 AND 1440),
     reason text NOT NULL,
     created_by text NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (calendar, date)
   )`,
  `COMMENT ON COLUMN calendar_override.close_minute IS 'Minutes after local midnight at which a session ends early; null: there is no session.'`,
];

const DOWN = [
  'DROP TABLE calendar_override',
  'DROP TABLE quarantine',
  'DROP TABLE instrument_alias',
  'ALTER TABLE quote_last DROP COLUMN batch_id, DROP COLUMN position',
  'ALTER TABLE ingest_batch DROP COLUMN bytes, DROP COLUMN sha256, DROP COLUMN upstream_status, DROP COLUMN requested_at',
  'DROP TABLE leader',
];
