import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Organisations, people, sessions, keys, links, tickets and the audit. No secret is stored: passwords as argon2id, the rest
 * as SHA-256 of long random values. The audit is append-only for everybody, its owner included.
 */
export class Identity1790000006000 implements MigrationInterface {
  readonly name = 'Identity1790000006000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `CREATE TABLE organisation (
     id text PRIMARY KEY,
     name text NOT NULL,
     time_zone text NOT NULL,
     base_currency char(3) NOT NULL,
     settings jsonb NOT NULL DEFAULT '{}',
     version integer NOT NULL DEFAULT 1,
     created_at timestamptz NOT NULL
   )`,
  `CREATE TABLE app_user (
     id text PRIMARY KEY,
     organisation_id text NOT NULL REFERENCES organisation (id),
     email text NOT NULL UNIQUE,
     email_key text NOT NULL UNIQUE,
     display_name text NOT NULL,
     role text NOT NULL CHECK (role IN ('viewer', 'analyst', 'trader', 'risk', 'admin')),
     time_zone text NOT NULL,
     locale text NOT NULL,
     default_account_id text,
     password_hash text,
     totp_secret bytea,
     totp_pending bytea,
     totp_step bigint,
     recovery bytea[] NOT NULL DEFAULT '{}',
     issuer text,
     subject text,
     disabled_at timestamptz,
     last_seen_at timestamptz,
     version integer NOT NULL DEFAULT 1,
     created_at timestamptz NOT NULL,
     UNIQUE (issuer, subject)
   )`,
  `COMMENT ON COLUMN app_user.email_key IS 'The address with look-alike letters of other scripts replaced: two that look the same cannot both exist.'`,
  `COMMENT ON COLUMN app_user.totp_step IS 'Last 30 s step whose code was used; a code works once.'`,
  `CREATE INDEX app_user_listed ON app_user (organisation_id, created_at DESC, id DESC)`,
  `CREATE TABLE user_session (
     id text PRIMARY KEY,
     organisation_id text NOT NULL REFERENCES organisation (id),
     user_id text NOT NULL REFERENCES app_user (id),
     created_at timestamptz NOT NULL,
     last_seen_at timestamptz NOT NULL,
     expires_at timestamptz NOT NULL,
     fresh_until timestamptz,
     generation integer NOT NULL DEFAULT 0,
     rotated_at timestamptz NOT NULL,
     address text NOT NULL,
     agent text NOT NULL,
     ended_at timestamptz,
     ended_because text
   )`,
  `CREATE INDEX user_session_of_user ON user_session (user_id) WHERE ended_at IS NULL`,
  `CREATE TABLE refresh_token (
     hash bytea PRIMARY KEY,
     session_id text NOT NULL REFERENCES user_session (id) ON DELETE CASCADE,
     generation integer NOT NULL
   )`,
  `CREATE INDEX refresh_token_of_session ON refresh_token (session_id)`,
  `CREATE TABLE api_key (
     id text PRIMARY KEY,
     organisation_id text NOT NULL REFERENCES organisation (id),
     user_id text NOT NULL REFERENCES app_user (id),
     name text NOT NULL,
     prefix text NOT NULL UNIQUE,
     hash bytea NOT NULL,
     scopes text[] NOT NULL,
     allow_from text[] NOT NULL,
     expires_at timestamptz NOT NULL,
     last_used_at timestamptz,
     revoked_at timestamptz,
     created_at timestamptz NOT NULL
   )`,
  `CREATE INDEX api_key_of_organisation ON api_key (organisation_id, user_id)`,
  `CREATE TABLE one_time_link (
     hash bytea PRIMARY KEY,
     purpose text NOT NULL CHECK (purpose IN ('setup', 'invitation', 'reset')),
     user_id text REFERENCES app_user (id),
     expires_at timestamptz NOT NULL,
     used_at timestamptz
   )`,
  `CREATE TABLE ws_ticket (
     hash bytea PRIMARY KEY,
     credential text NOT NULL,
     channels text[] NOT NULL,
     expires_at timestamptz NOT NULL
   )`,
  `COMMENT ON COLUMN ws_ticket.credential IS 'session:<id> or key:<id>: what made the ticket, and what ends the socket when it is revoked.'`,
  `CREATE TABLE oidc_flow (
     hash bytea PRIMARY KEY,
     nonce text NOT NULL,
     verifier text NOT NULL,
     next text NOT NULL,
     expires_at timestamptz NOT NULL
   )`,
  `CREATE TABLE sign_in_failure (
     key bytea PRIMARY KEY,
     failures integer NOT NULL,
     first_at timestamptz NOT NULL,
     locks integer NOT NULL DEFAULT 0,
     locked_until timestamptz
   )`,
  `CREATE UNLOGGED TABLE rate_bucket (
     key text PRIMARY KEY,
     used float8 NOT NULL,
     per_second float8 NOT NULL,
     at timestamptz NOT NULL
   )`,
  `COMMENT ON TABLE rate_bucket IS 'Leaky buckets that the replicas share. Unlogged: after a crash of the database everybody starts with an empty one.'`,
  `CREATE TABLE identity_change (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     subject text NOT NULL,
     at timestamptz NOT NULL DEFAULT clock_timestamp()
   )`,
  `COMMENT ON TABLE identity_change IS 'What changed about whom (session:, user:, key:, setup), so that every replica forgets what it had cached.'`,
  `CREATE INDEX identity_change_at ON identity_change (at)`,
  `CREATE TABLE saved_item (
     user_id text NOT NULL REFERENCES app_user (id),
     kind text NOT NULL,
     key text NOT NULL,
     value jsonb NOT NULL,
     version integer NOT NULL,
     updated_at timestamptz NOT NULL,
     PRIMARY KEY (user_id, kind, key)
   )`,
  `CREATE TABLE audit_head (
     organisation_id text PRIMARY KEY REFERENCES organisation (id),
     seq bigint NOT NULL,
     hash text NOT NULL
   )`,
  `CREATE TABLE audit (
     organisation_id text NOT NULL REFERENCES organisation (id),
     seq bigint NOT NULL,
     at timestamptz NOT NULL,
     actor text NOT NULL,
     action text NOT NULL,
     target text,
     before text,
     after text,
     request_id text,
     address text,
     hash text NOT NULL,
     PRIMARY KEY (organisation_id, seq)
   )`,
  `COMMENT ON COLUMN audit.hash IS 'SHA-256 over the row and the hash of the row before. before and after are JSON texts, so that their bytes stay.'`,
  `CREATE INDEX audit_at ON audit (organisation_id, at)`,
  `CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
   END $$`,
  `CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change()`,
  `CREATE TRIGGER audit_is_kept BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
  `REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM PUBLIC`,
];

const DOWN = [
  'DROP TABLE audit',
  'DROP FUNCTION refuse_change',
  'DROP TABLE audit_head',
  'DROP TABLE saved_item',
  'DROP TABLE identity_change',
  'DROP TABLE rate_bucket',
  'DROP TABLE sign_in_failure',
  'DROP TABLE oidc_flow',
  'DROP TABLE ws_ticket',
  'DROP TABLE one_time_link',
  'DROP TABLE api_key',
  'DROP TABLE refresh_token',
  'DROP TABLE user_session',
  'DROP TABLE app_user',
  'DROP TABLE organisation',
];
