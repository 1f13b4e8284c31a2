import { Injectable } from '@nestjs/common';
import type { JobKind, JobsAnswer, JobsQuery, WireJob } from '@ziggy/contracts';
import { DomainError } from '@ziggy/domain';
import { createHash, randomBytes } from 'node:crypto';
import { AuditTrail } from '../identity/audit/audit-trail.ts';
import type { Caller, Origin, Principal } from '../identity/caller.ts';
import { iso } from '../market/quotes/wire-provenance.ts';
import { Transactions } from '../persistence/transactions.ts';
import { WallClock } from '../platform/clock.ts';
import { ProblemError } from '../platform/problem.ts';
import type { JobRow } from './job.entity.ts';
import { JobRepository } from './job.repository.ts';
import type { JobScope } from './job.repository.ts';
import { JobRunner } from './job-runner.ts';

const QUEUED_PER_USER = 10;

/** Long work as its callers see it. */
@Injectable()
export class JobsService {
  constructor(
    private readonly jobs: JobRepository,
    private readonly runner: JobRunner,
    private readonly transactions: Transactions,
    private readonly wall: WallClock,
    private readonly audit: AuditTrail,
  ) {}

  /**
   * Queues a job.
   * @param market whose process must do it; null for any.
   * @throws ProblemError `too_many_jobs` when ten of the caller's wait already.
   */
  async start(
    caller: Caller,
    kind: JobKind,
    input: unknown,
    where: { market: string | null; resource: string },
  ): Promise<WireJob> {
    const { organisationId, userId } = caller;
    const id = `job_${randomBytes(10).toString('hex')}`;
    const row = await this.jobs.insert({ id, organisationId, userId, kind, input, ...where }, QUEUED_PER_USER);
    if (row === null)
      throw new ProblemError('too_many_jobs', `${QUEUED_PER_USER} of your jobs wait already; at most 2 run at once.`);
    this.transactions.afterCommit(() => this.runner.kick());
    return this.#wire(row);
  }

  async list(caller: Caller, { kind, state, limit, cursor }: JobsQuery): Promise<JobsAnswer> {
    const filter = { kind: kind ?? null, state: state ?? null };
    const before = cursor === undefined ? null : readCursor(cursor, filter);
    const rows = await this.jobs.list(scopeOf(caller), { ...filter, before, limit: limit + 1 });
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    return {
      items: items.map((row) => this.#wire(row)),
      nextCursor: rows.length > limit && last !== undefined ? cursorOf(last.id, filter) : null,
    };
  }

  async get(caller: Caller, id: string): Promise<WireJob> {
    const row = await this.jobs.find(scopeOf(caller), id);
    if (row === null) throw new DomainError('not_found', 'There is no such job.');
    return this.#wire(row);
  }

  cancel(caller: Principal, id: string, origin: Origin): Promise<WireJob> {
    return this.transactions.run(async () => {
      const before = await this.get(caller, id);
      const row = await this.jobs.cancel(scopeOf(caller), id);
      if (row === null) {
        throw new DomainError('invalid_state', `The job has ended already: ${before.state}.`, {
          extra: { state: before.state, allowed: ['queued', 'running'] },
        });
      }
      await this.audit.note(caller, origin, { action: 'job.canceled', target: id, after: { kind: row.kind } });
      this.transactions.afterCommit(() => this.runner.kick());
      return this.#wire(row);
    });
  }

  #wire(row: JobRow): WireJob {
    const { id, kind, state, progress, stage, resource, problem, result } = row;
    const spent = row.started_ms === null ? null : this.wall.now() - row.started_ms;
    const left = progress === null || progress <= 0 || spent === null ? null : (spent / progress) * (1 - progress);
    return {
      id,
      kind,
      state,
      progressRatio: progress,
      stage,
      createdAt: iso(row.created_ms),
      startedAt: iso(row.started_ms),
      finishedAt: iso(row.finished_ms),
      etaMs: state === 'running' && left !== null ? Math.max(0, Math.round(left)) : null,
      cancelable: state === 'queued' || (state === 'running' && !row.cancel_asked),
      resource,
      problem,
      result,
    };
  }
}

/** Admins and risk see all jobs of their organisation, others their own. */
function scopeOf({ organisationId, userId, role }: Caller): JobScope {
  return { organisationId, userId: role === 'admin' || role === 'risk' ? null : userId };
}

function cursorOf(id: string, filter: object): string {
  return Buffer.from(`${id}.${hashOf(id, filter)}`).toString('base64url');
}

function readCursor(text: string, filter: object): string {
  const [id = '', hash = ''] = Buffer.from(text, 'base64url').toString('latin1').split('.');
  if (!/^job_\w{1,60}$/.test(id) || hashOf(id, filter) !== hash)
    throw new ProblemError('invalid_cursor', 'The cursor was made for another list.');
  return id;
}

function hashOf(id: string, filter: object): string {
  return createHash('sha256')
    .update(JSON.stringify([id, filter]))
    .digest('base64url')
    .slice(0, 16);
}
