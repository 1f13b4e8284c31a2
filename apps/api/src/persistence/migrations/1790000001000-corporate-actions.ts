import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Splits, dividends and the like, as the source told them, with the time when the market learned of each. */
export class CorporateActions1790000001000 implements MigrationInterface {
  readonly name = 'CorporateActions1790000001000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `CREATE TABLE corporate_action (
     market_id smallint NOT NULL REFERENCES market (id),
     instrument_id integer NOT NULL REFERENCES instrument (id),
     type text NOT NULL CHECK (type IN ('split', 'dividend', 'symbolChange', 'delisting')),
     ex_date date NOT NULL,
     ex_at timestamptz NOT NULL,
     ratio float8 CHECK (ratio > 0),
     amount bigint CHECK (amount > 0),
     known_at timestamptz NOT NULL,
     stored_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (market_id, instrument_id, type, ex_date)
   )`,
  `COMMENT ON COLUMN corporate_action.ratio IS 'Shares after for one before, of a split.'`,
  `COMMENT ON COLUMN corporate_action.amount IS 'Cash per share of the ex-date in 1e-6, of a dividend.'`,
  `COMMENT ON COLUMN corporate_action.known_at IS 'The earliest time at which the source told it; a correction keeps it.'`,
];

const DOWN = ['DROP TABLE corporate_action'];
