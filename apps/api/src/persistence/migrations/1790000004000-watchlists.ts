import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Answers of writes that carried an `Idempotency-Key`, and the watchlists of users. */
export class Watchlists1790000004000 implements MigrationInterface {
  readonly name = 'Watchlists1790000004000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `CREATE TABLE idempotency_key (
     organisation_id text NOT NULL,
     user_id text NOT NULL,
     route text NOT NULL,
     key text NOT NULL,
     request_hash text NOT NULL,
     status smallint NOT NULL,
     body text NOT NULL,
     created_at timestamptz NOT NULL,
     PRIMARY KEY (organisation_id, user_id, route, key)
   )`,
  `CREATE INDEX idempotency_key_created_at ON idempotency_key (created_at)`,
  `COMMENT ON TABLE idempotency_key IS 'Written in the transaction of the write itself; kept 24 hours.'`,
  `CREATE TABLE watchlist (
     id text PRIMARY KEY,
     organisation_id text NOT NULL,
     user_id text NOT NULL,
     name text NOT NULL,
     sections jsonb NOT NULL,
     version integer NOT NULL DEFAULT 1,
     created_at timestamptz NOT NULL DEFAULT now(),
     updated_at timestamptz NOT NULL DEFAULT now()
   )`,
  `CREATE INDEX watchlist_owner ON watchlist (organisation_id, user_id, created_at, id)`,
];

const DOWN = ['DROP TABLE watchlist', 'DROP TABLE idempotency_key'];
