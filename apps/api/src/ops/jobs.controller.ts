import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { job, jobParams, jobsAnswer, jobsQuery } from '@ziggy/contracts';
import type { JobParams, JobsAnswer, JobsQuery, WireJob } from '@ziggy/contracts';
import { CurrentCaller, RequestOrigin } from '../identity/caller.ts';
import type { Caller, Origin, Principal } from '../identity/caller.ts';
import { ApiRoute } from '../platform/api-route.ts';
import { zodPipe } from '../platform/zod.pipe.ts';
import { JobsService } from './jobs.service.ts';

/** The job that the example of `POST /ops/tapes` begins. */
const STARTED = { id: { from: 'ops.makeTape', member: 'job.id' } };

@Controller('ops/jobs')
export class JobsController {
  readonly #jobs: JobsService;

  constructor(jobs: JobsService) {
    this.#jobs = jobs;
  }

  @Get()
  @ApiRoute({
    operationId: 'ops.jobs',
    tag: 'ops',
    access: { role: 'viewer', own: true },
    summary: 'Long work, newest first',
    description: 'Your own jobs; risk and admin see all of their organisation. `etaMs` is null when nobody knows.',
    query: jobsQuery,
    answer: jobsAnswer,
    problems: ['validation_failed', 'invalid_cursor'],
    example: { query: { limit: '10' } },
    stage: 2,
  })
  list(@CurrentCaller() caller: Caller, @Query(zodPipe(jobsQuery, 'query')) query: JobsQuery): Promise<JobsAnswer> {
    return this.#jobs.list(caller, query);
  }

  @Get(':id')
  @ApiRoute({
    operationId: 'ops.job',
    tag: 'ops',
    access: { role: 'viewer', own: true },
    summary: 'One piece of long work',
    description: 'Poll it with its ETag. A job whose process died is taken up again, or fails and says so.',
    params: jobParams,
    answer: job,
    problems: ['not_found'],
    example: { params: STARTED },
    stage: 2,
  })
  get(@CurrentCaller() caller: Caller, @Param(zodPipe(jobParams, 'path')) { id }: JobParams): Promise<WireJob> {
    return this.#jobs.get(caller, id);
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @ApiRoute({
    operationId: 'ops.cancelJob',
    tag: 'ops',
    access: { role: 'viewer', own: true },
    summary: 'Ask a job to end',
    description:
      'One that waits ends at once, a running one within 2 s. A recording that is canceled keeps what it holds: that is how it is stopped. A job that has ended is 409 `invalid_state`.',
    params: jobParams,
    answer: job,
    problems: ['not_found', 'invalid_state'],
    example: { params: STARTED },
    stage: 2,
  })
  cancel(
    @CurrentCaller() caller: Principal,
    @RequestOrigin() origin: Origin,
    @Param(zodPipe(jobParams, 'path')) { id }: JobParams,
  ): Promise<WireJob> {
    return this.#jobs.cancel(caller, id, origin);
  }
}
