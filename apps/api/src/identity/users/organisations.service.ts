import { Injectable } from '@nestjs/common';
import type { OrganisationAnswer, OrganisationBody } from '@ziggy/contracts';
import type { Origin, Principal } from '../caller.ts';
import { bodyFault, checkTimeZone, notFound, versionConflict } from '../faults.ts';
import { rowOf } from '../sql.ts';
import type { Queryable } from '../sql.ts';
import { UserTools } from './users.service.ts';

interface OrganisationRow {
  readonly id: string;
  readonly name: string;
  readonly time_zone: string;
  readonly base_currency: string;
  readonly settings: Settings;
  readonly version: number;
}

/** What an organisation has set itself; all else has its default. */
interface Settings {
  readonly quotas?: Readonly<Record<string, number>>;
  readonly flags?: Readonly<Record<string, boolean>>;
  readonly retentionDays?: Readonly<Record<string, number>>;
}

interface Bounds {
  readonly default: number;
  readonly min: number;
  readonly max: number;
}

/** Settings by name. A part that honours a new one adds it here. */
const QUOTAS: Readonly<Record<string, Bounds>> = { savedItemsPerUser: { default: 200, min: 0, max: 10_000 } };
const FLAGS: Readonly<Record<string, boolean>> = {};
const RETENTION_DAYS: Readonly<Record<string, Bounds>> = {};

/** The caller's organisation and its settings. */
@Injectable()
export class Organisations {
  readonly #tools: UserTools;

  constructor(tools: UserTools) {
    this.#tools = tools;
  }

  async read(caller: Principal): Promise<OrganisationAnswer> {
    return wire(await organisationOf(this.#tools.db, caller));
  }

  async change(caller: Principal, body: OrganisationBody, origin: Origin): Promise<OrganisationAnswer> {
    checkTimeZone(body.timeZone);
    checkNumbers('quotas', QUOTAS, body.quotas);
    checkNumbers('retentionDays', RETENTION_DAYS, body.retentionDays);
    for (const name of Object.keys(body.flags ?? {}))
      if (!Object.hasOwn(FLAGS, name)) throw bodyFault(`/flags/${name}`, 'There is no such flag.');
    return this.#tools.changes.transaction(async (db) => {
      const row = await organisationOf(db, caller, true);
      if (row.version !== body.version) throw versionConflict(wire(row));
      const settings: Settings = {
        quotas: merged(row.settings.quotas, body.quotas),
        flags: merged(row.settings.flags, body.flags),
        retentionDays: merged(row.settings.retentionDays, body.retentionDays),
      };
      await db.query(
        `UPDATE organisation SET name = $2, time_zone = $3, base_currency = $4, settings = $5, version = version + 1 WHERE id = $1`,
        [
          row.id,
          body.name ?? row.name,
          body.timeZone ?? row.time_zone,
          body.baseCurrency ?? row.base_currency,
          JSON.stringify(settings),
        ],
      );
      const changed = await organisationOf(db, caller);
      await this.#tools.audit.append(db, {
        organisationId: row.id,
        actor: caller.userId,
        action: 'organisation.changed',
        target: row.id,
        before: wire(row),
        after: wire(changed),
        origin,
      });
      return wire(changed);
    });
  }
}

async function organisationOf(db: Queryable, caller: Principal, lock = false): Promise<OrganisationRow> {
  const sql = `SELECT * FROM organisation WHERE id = $1${lock ? ' FOR UPDATE' : ''}`;
  const row = await rowOf<OrganisationRow>(db, sql, [caller.organisationId]);
  if (row === null) throw notFound();
  return row;
}

function merged<T>(old: Readonly<Record<string, T>> = {}, change: Readonly<Record<string, T | null>> = {}) {
  return Object.fromEntries(
    Object.entries({ ...old, ...change }).filter((entry): entry is [string, T] => entry[1] !== null),
  );
}

function checkNumbers(
  member: string,
  known: Readonly<Record<string, Bounds>>,
  given: Readonly<Record<string, number | null>> = {},
): void {
  for (const [name, value] of Object.entries(given)) {
    const bounds = Object.hasOwn(known, name) ? known[name] : undefined;
    if (bounds === undefined) throw bodyFault(`/${member}/${name}`, 'There is no such setting.');
    if (value !== null && (value < bounds.min || value > bounds.max))
      throw bodyFault(`/${member}/${name}`, `Must be from ${bounds.min} to ${bounds.max}.`);
  }
}

function wire(row: OrganisationRow): OrganisationAnswer {
  const numbers = (known: Readonly<Record<string, Bounds>>, set: Readonly<Record<string, number>> = {}) =>
    Object.fromEntries(
      Object.entries(known).map(([name, bounds]) => [name, { ...bounds, value: set[name] ?? bounds.default }]),
    );
  return {
    id: row.id,
    name: row.name,
    baseCurrency: row.base_currency,
    timeZone: row.time_zone,
    quotas: numbers(QUOTAS, row.settings.quotas),
    flags: Object.fromEntries(
      Object.entries(FLAGS).map(([name, usual]) => [
        name,
        { value: row.settings.flags?.[name] ?? usual, default: usual },
      ]),
    ),
    retentionDays: numbers(RETENTION_DAYS, row.settings.retentionDays),
    version: row.version,
  };
}
