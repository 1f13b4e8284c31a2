import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The event log of the lossless streams. `event_partition` holds the head of each partition: its row lock, kept until the
 * producer commits, is what makes positions gapless and lets commit order equal position order. Alerts are kept for a
 * week while nobody took them, everything else for a day, so the two lie in trees of their own and old tables are dropped.
 */
export class EventLog1790000005000 implements MigrationInterface {
  readonly name = 'EventLog1790000005000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `CREATE TABLE event_partition (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     market text NOT NULL,
     channel text NOT NULL CHECK (channel IN ('news', 'alerts', 'signals', 'portfolio')),
     organisation_id text,
     user_id text,
     epoch text NOT NULL,
     head bigint NOT NULL DEFAULT 0 CHECK (head >= 0),
     floor bigint NOT NULL DEFAULT 0 CHECK (floor BETWEEN 0 AND head),
     taken bigint NOT NULL DEFAULT 0 CHECK (taken BETWEEN 0 AND head),
     UNIQUE NULLS NOT DISTINCT (market, channel, organisation_id, user_id),
     CHECK ((organisation_id IS NULL) = (user_id IS NULL))
   ) WITH (fillfactor = 50)`,
  `COMMENT ON TABLE event_partition IS 'One row per partition: channel and owner, or channel alone where all share it. head: newest position. floor: positions up to it are gone. taken: positions up to it were acknowledged.'`,
  `CREATE TABLE event (
     partition_id bigint NOT NULL,
     channel text NOT NULL,
     seq bigint NOT NULL CHECK (seq > 0),
     prev bigint NOT NULL CHECK (prev >= 0 AND prev < seq),
     epoch text NOT NULL,
     type text NOT NULL,
     symbol text,
     id text NOT NULL,
     data jsonb NOT NULL CHECK (jsonb_typeof(data) = 'object'),
     bytes integer NOT NULL,
     at timestamptz NOT NULL,
     PRIMARY KEY (partition_id, seq, channel, at)
   ) PARTITION BY LIST (channel)`,
  `COMMENT ON TABLE event IS 'Append-only: rows are inserted by the producer''s transaction and go only by retention.'`,
  `CREATE TABLE event_day PARTITION OF event FOR VALUES IN ('news', 'signals', 'portfolio') PARTITION BY RANGE (at)`,
  `CREATE TABLE event_week PARTITION OF event FOR VALUES IN ('alerts') PARTITION BY RANGE (at)`,
  `CREATE FUNCTION refuse_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     RAISE EXCEPTION 'the event log is append-only';
   END $$`,
  `CREATE TRIGGER event_unchanged BEFORE UPDATE ON event FOR EACH ROW EXECUTE FUNCTION refuse_event_change()`,
];

const DOWN = ['DROP TABLE event', 'DROP FUNCTION refuse_event_change', 'DROP TABLE event_partition'];
