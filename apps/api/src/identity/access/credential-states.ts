import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { Role, Scope } from '@ziggy/contracts';
import { DataSource } from 'typeorm';
import { ALL_SCOPES } from '../caller.ts';
import { IdentityChanges } from '../identity-changes.ts';
import type { ChangeSubject } from '../identity-changes.ts';
import { rowOf } from '../sql.ts';

/** A session or key as it stands now, with the rights of its owner. */
export interface CredentialState {
  /** `session:<id>` or `key:<id>`. */
  readonly credential: string;
  readonly kind: 'person' | 'key';
  readonly organisationId: string;
  readonly userId: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  /** Digest of the whole key; null for sessions. */
  readonly hash: Buffer | null;
  readonly allowFrom: readonly string[];
  /** When it ends by itself, epoch ms. */
  readonly expiresAt: number;
  readonly freshUntil: number | null;
  /** Signed out, revoked, or its owner is disabled. */
  readonly ended: boolean;
}

interface StateRow {
  readonly id: string;
  readonly organisation_id: string;
  readonly user_id: string;
  readonly role: Role;
  readonly scopes: Scope[] | null;
  readonly hash: Buffer | null;
  readonly allow_from: string[] | null;
  readonly expires_at: Date;
  readonly fresh_until: Date | null;
  readonly ended: boolean;
}

const SESSION = `
  SELECT s.id, s.organisation_id, s.user_id, u.role, NULL AS scopes, NULL AS hash, NULL AS allow_from, s.expires_at,
         s.fresh_until, (s.ended_at IS NOT NULL OR u.disabled_at IS NOT NULL) AS ended
  FROM user_session s JOIN app_user u ON u.id = s.user_id WHERE s.id = $1`;
const KEY = `
  SELECT k.id, k.organisation_id, k.user_id, u.role, k.scopes, k.hash, k.allow_from, k.expires_at, NULL AS fresh_until,
         (k.revoked_at IS NOT NULL OR u.disabled_at IS NOT NULL) AS ended
  FROM api_key k JOIN app_user u ON u.id = k.user_id WHERE k.prefix = $1`;

/** Most states that are kept; the oldest is forgotten first. */
const KEPT = 50_000;

/**
 * What the guard asks about a credential. Kept in memory until somebody changes it, so that a request costs no query; while
 * changes of other replicas cannot be read, everything is asked afresh.
 */
@Injectable()
export class CredentialStates {
  readonly #db: DataSource;
  readonly #changes: IdentityChanges;
  /** By what it is looked up with: `session:<id>` or `prefix:<prefix>`. */
  readonly #states = new Map<string, CredentialState>();
  readonly #byUser = new Map<string, Set<string>>();
  /** Reads under way, with the count of changes that they began after. */
  readonly #reads = new Map<string, { readonly applied: number; readonly state: Promise<CredentialState | null> }>();
  /** Queries made, for tests of the cache. */
  loads = 0;

  constructor(@InjectDataSource() db: DataSource, changes: IdentityChanges) {
    this.#db = db;
    this.#changes = changes;
    changes.listen((subject) => this.#forget(subject));
  }

  /** Null when there is none. At once when it is known, else a promise. */
  session(id: string): CredentialState | null | Promise<CredentialState | null> {
    return this.#known(`session:${id}`) ?? this.#shared(`session:${id}`, SESSION, id);
  }

  /** A key by its id; what its tickets stand for. */
  key(id: string): Promise<CredentialState | null> {
    return this.#load(null, KEY.replace('k.prefix', 'k.id'), id);
  }

  /** Whether {@link keyWithPrefix} answers at once. */
  knowsPrefix(prefix: string): boolean {
    return this.#known(`prefix:${prefix}`) !== undefined;
  }

  keyWithPrefix(prefix: string): CredentialState | null | Promise<CredentialState | null> {
    return this.#known(`prefix:${prefix}`) ?? this.#shared(`prefix:${prefix}`, KEY, prefix);
  }

  #known(name: string): CredentialState | undefined {
    return this.#changes.trusted ? this.#states.get(name) : undefined;
  }

  /** One read for all who ask meanwhile, unless something has changed since it began or may have changed unheard. */
  #shared(name: string, sql: string, id: string): Promise<CredentialState | null> {
    const { applied, trusted } = this.#changes;
    const under = this.#reads.get(name);
    if (trusted && under?.applied === applied) return under.state;
    const state = this.#load(name, sql, id).finally(() => {
      if (this.#reads.get(name)?.state === state) this.#reads.delete(name);
    });
    this.#reads.set(name, { applied, state });
    return state;
  }

  async #load(name: string | null, sql: string, id: string): Promise<CredentialState | null> {
    this.loads++;
    const before = this.#changes.applied;
    const row = await rowOf<StateRow>(this.#db, sql, [id]);
    if (row === null) return null;
    const state = stateOf(row);
    // What was read while something changed may be what was before the change.
    if (name !== null && before === this.#changes.applied) this.#keep(name, state);
    return state;
  }

  #keep(name: string, state: CredentialState): void {
    if (this.#states.size >= KEPT) {
      const [oldest] = this.#states;
      if (oldest !== undefined) this.#drop(oldest[0]);
    }
    this.#states.set(name, state);
    const names = this.#byUser.get(state.userId) ?? new Set();
    this.#byUser.set(state.userId, names.add(name));
  }

  #forget(subject: ChangeSubject): void {
    if (subject.startsWith('user:')) {
      for (const name of this.#byUser.get(subject.slice('user:'.length)) ?? []) this.#drop(name);
    } else if (subject.startsWith('session:')) this.#drop(subject);
    else if (subject.startsWith('key:')) {
      for (const [name, state] of this.#states) if (state.credential === subject) this.#drop(name);
    }
  }

  #drop(name: string): void {
    const state = this.#states.get(name);
    if (state === undefined) return;
    this.#states.delete(name);
    const names = this.#byUser.get(state.userId);
    names?.delete(name);
    if (names?.size === 0) this.#byUser.delete(state.userId);
  }
}

function stateOf(row: StateRow): CredentialState {
  const isKey = row.scopes !== null;
  return {
    credential: `${isKey ? 'key' : 'session'}:${row.id}`,
    kind: isKey ? 'key' : 'person',
    organisationId: row.organisation_id,
    userId: row.user_id,
    role: row.role,
    scopes: row.scopes ?? ALL_SCOPES,
    hash: row.hash,
    allowFrom: row.allow_from ?? [],
    expiresAt: row.expires_at.getTime(),
    freshUntil: row.fresh_until?.getTime() ?? null,
    ended: row.ended,
  };
}
