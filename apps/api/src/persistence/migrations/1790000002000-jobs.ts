import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Long work: a row per piece, taken by one worker with a lease. */
export class Jobs1790000002000 implements MigrationInterface {
  readonly name = 'Jobs1790000002000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE job (
      id text PRIMARY KEY,
      organisation_id text NOT NULL,
      user_id text NOT NULL,
      kind text NOT NULL,
      market text,
      input jsonb NOT NULL,
      state text NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'canceled')),
      progress float8,
      stage text NOT NULL,
      resource text NOT NULL,
      cancel_asked boolean NOT NULL DEFAULT false,
      taken integer NOT NULL DEFAULT 0,
      worker text,
      lease_until timestamptz,
      problem jsonb,
      result jsonb,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      started_at timestamptz,
      finished_at timestamptz
    )`);
    await runner.query(
      `COMMENT ON COLUMN job.market IS 'Market whose process must do it; NULL for work that any process can do.'`,
    );
    await runner.query(`COMMENT ON COLUMN job.taken IS 'How often a worker took it: more than once after a crash.'`);
    await runner.query(`CREATE INDEX job_list ON job (organisation_id, created_at DESC, id DESC)`);
    await runner.query(`CREATE INDEX job_waiting ON job (created_at) WHERE state IN ('queued', 'running')`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE job');
  }
}
