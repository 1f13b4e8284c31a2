import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { AuditAnswer, AuditEntry, AuditQuery, AuditVerifyAnswer, AuditVerifyQuery } from '@ziggy/contracts';
import { DataSource } from 'typeorm';
import type { Principal } from '../caller.ts';
import { PageCursors } from '../page-cursor.ts';
import { rowOf, rowsOf } from '../sql.ts';
import type { Queryable } from '../sql.ts';
import { FIRST_HASH, auditHash } from './audit-chain.ts';

const VERIFY_BATCH = 5_000;
const CSV_MAX = 50_000;

interface StoredRow {
  readonly seq: string;
  readonly at: Date;
  readonly actor: string;
  readonly action: string;
  readonly target: string | null;
  readonly before: string | null;
  readonly after: string | null;
  readonly request_id: string | null;
  readonly address: string | null;
  readonly hash: string;
}

/** Reads the audit of the caller's organisation, and checks its chain. */
@Injectable()
export class AuditReader {
  readonly #db: DataSource;
  readonly #cursors: PageCursors;

  constructor(@InjectDataSource() db: DataSource, cursors: PageCursors) {
    this.#db = db;
    this.#cursors = cursors;
  }

  /** Newest first. `whole`: all rows at once, for an export. */
  async page(caller: Principal, query: AuditQuery, whole: boolean): Promise<AuditAnswer> {
    const { cursor, limit, ...filters } = query;
    const scope = [caller.organisationId, filters];
    const before = cursor === undefined ? null : this.#cursors.read(cursor, scope)[0];
    const size = whole ? CSV_MAX + 1 : limit;
    const rows = await rowsOf<StoredRow>(
      this.#db,
      `SELECT seq::text AS seq, at, actor, action, target, before, after, request_id, address, hash FROM audit
       WHERE organisation_id = $1 AND ($2::bigint IS NULL OR seq < $2) AND ($3::text IS NULL OR actor = $3)
         AND ($4::text IS NULL OR starts_with(action, $4)) AND ($5::text IS NULL OR target = $5)
         AND ($6::text IS NULL OR request_id = $6)
         AND ($7::timestamptz IS NULL OR at >= $7) AND ($8::timestamptz IS NULL OR at < $8)
       ORDER BY audit.seq DESC LIMIT $9`,
      [
        caller.organisationId,
        before,
        query.actor ?? null,
        query.action ?? null,
        query.target ?? null,
        query.requestId ?? null,
        instantOf(query.from),
        instantOf(query.to),
        size + 1,
      ],
    );
    const items = rows.slice(0, size).map(wireEntry);
    const last = items.at(-1);
    return {
      items,
      names: whole ? {} : await this.#namesIn(caller, items),
      nextCursor: rows.length > size && last ? this.#cursors.make([last.seq], scope) : null,
    };
  }

  /** Who the rows of a page speak of, of the caller's own organisation. */
  async #namesIn({ organisationId }: Principal, items: readonly AuditEntry[]): Promise<Record<string, string>> {
    const ids = new Set(items.flatMap(({ actor, target }) => (target === null ? [actor] : [actor, target])));
    const rows = await rowsOf<{ id: string; name: string }>(
      this.#db,
      `SELECT id, COALESCE(NULLIF(display_name, ''), email) AS name FROM app_user
       WHERE organisation_id = $1 AND id = ANY($2)
       UNION ALL
       SELECT id, 'Key ' || name || ' (zk_' || prefix || ')' FROM api_key WHERE organisation_id = $1 AND id = ANY($2)`,
      [organisationId, [...ids]],
    );
    return Object.fromEntries(rows.map(({ id, name }) => [id, name]));
  }

  /**
   * Computes every hash anew. The whole chain is walked even when a range is asked, since a row proves nothing without those
   * before it; only rows of the range are counted and named. What is written meanwhile is not seen.
   */
  verify(caller: Principal, range: AuditVerifyQuery): Promise<AuditVerifyAnswer> {
    return this.#db.transaction('REPEATABLE READ', (db) => this.#walk(db, caller, range));
  }

  async #walk(db: Queryable, caller: Principal, range: AuditVerifyQuery): Promise<AuditVerifyAnswer> {
    const [from, to] = [instantOf(range.from), instantOf(range.to)];
    const inRange = (at: Date) => (from === null || at >= from) && (to === null || at < to);
    let previous = FIRST_HASH;
    let expected = 1;
    let checked = 0;
    let firstBroken: number | null = null;
    let endsInside = to === null;
    for (;;) {
      const rows = await after(db, caller.organisationId, expected - 1);
      for (const row of rows) {
        const seq = Number(row.seq);
        const fits = seq === expected && auditHash(hashed(caller.organisationId, row), previous) === row.hash;
        if (inRange(row.at)) {
          checked++;
          if (!fits) firstBroken ??= seq === expected ? seq : expected;
        }
        endsInside = to === null || row.at < to;
        previous = row.hash;
        expected = seq + 1;
      }
      if (rows.length < VERIFY_BATCH) break;
    }
    const head = await rowOf<{ seq: string; hash: string }>(
      db,
      `SELECT seq::text AS seq, hash FROM audit_head WHERE organisation_id = $1`,
      [caller.organisationId],
    );
    // A chain that was cut off or written anew fits in itself; the head remembers how long it was and how it ended.
    const [length, end] = head === null ? [0, FIRST_HASH] : [Number(head.seq), head.hash];
    if (endsInside && length >= expected) firstBroken ??= expected;
    else if (endsInside && end !== previous) firstBroken ??= expected - 1;
    return { ok: firstBroken === null, checked, headHash: head?.hash ?? null, firstBroken };
  }
}

function after(db: Queryable, organisationId: string, seq: number): Promise<StoredRow[]> {
  return rowsOf<StoredRow>(
    db,
    `SELECT seq::text AS seq, at, actor, action, target, before, after, request_id, address, hash FROM audit
     WHERE organisation_id = $1 AND seq > $2 ORDER BY audit.seq LIMIT ${VERIFY_BATCH}`,
    [organisationId, seq],
  );
}

function instantOf(text: string | undefined): Date | null {
  return text === undefined ? null : new Date(text);
}

function hashed(organisationId: string, row: StoredRow) {
  const { actor, action, target, before, after, address } = row;
  const at = row.at.toISOString();
  return {
    organisationId,
    seq: Number(row.seq),
    at,
    actor,
    action,
    target,
    before,
    after,
    requestId: row.request_id,
    address,
  };
}

function wireEntry(row: StoredRow): AuditEntry {
  return {
    seq: Number(row.seq),
    at: row.at.toISOString(),
    actor: row.actor,
    action: row.action,
    target: row.target,
    before: row.before === null ? null : (JSON.parse(row.before) as unknown),
    after: row.after === null ? null : (JSON.parse(row.after) as unknown),
    requestId: row.request_id,
    address: row.address,
    hash: row.hash,
  };
}
