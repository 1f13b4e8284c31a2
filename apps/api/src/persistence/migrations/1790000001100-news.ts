import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Headlines as they were first seen. Texts are plain; what the brain makes of them comes with the brain's own tables. */
export class News1790000001100 implements MigrationInterface {
  readonly name = 'News1790000001100';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `CREATE TABLE news_item (
     market_id smallint NOT NULL REFERENCES market (id),
     id text NOT NULL,
     source text NOT NULL,
     guid text NOT NULL,
     title text NOT NULL,
     summary text,
     url text,
     publisher text NOT NULL,
     language text,
     published_at timestamptz,
     first_seen_at timestamptz NOT NULL,
     sort_at timestamptz GENERATED ALWAYS AS (coalesce(published_at, first_seen_at)) STORED,
     symbols text[] NOT NULL DEFAULT '{}',
     flags text[] NOT NULL DEFAULT '{}',
     kind text NOT NULL,
     PRIMARY KEY (market_id, id)
   )`,
  `COMMENT ON COLUMN news_item.first_seen_at IS 'Market time from which on a decision may know it.'`,
  `COMMENT ON COLUMN news_item.symbols IS 'Tags of the vendor: hints, not checked against the text.'`,
  `CREATE INDEX news_item_newest ON news_item (market_id, sort_at DESC, id DESC)`,
  `CREATE INDEX news_item_symbols ON news_item USING gin (symbols)`,
];

const DOWN = ['DROP TABLE news_item'];
