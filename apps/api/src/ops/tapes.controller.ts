import { Body, Controller, Get, HttpCode, Post, Res } from '@nestjs/common';
import { jobStarted, tapeBody, tapesAnswer } from '@ziggy/contracts';
import type { JobStarted, TapeBody, TapesAnswer } from '@ziggy/contracts';
import type { FastifyReply } from 'fastify';
import { CurrentCaller, RequestOrigin } from '../identity/caller.ts';
import type { Origin, Principal } from '../identity/caller.ts';
import { ApiRoute } from '../platform/api-route.ts';
import { zodPipe } from '../platform/zod.pipe.ts';
import { TapesService } from './tapes.service.ts';

const POLL_AFTER_SEC = '2';

@Controller('ops/tapes')
export class TapesController {
  readonly #tapes: TapesService;

  constructor(tapes: TapesService) {
    this.#tapes = tapes;
  }

  @Get()
  @ApiRoute({
    operationId: 'ops.tapes',
    tag: 'ops',
    access: { role: 'viewer' },
    summary: 'Recorded markets that can be played',
    description:
      'Recordings that run now, the files of the folder of tapes, and the bundled series where it is installed. Only header and footer are read here; a tape is checked from end to end before it plays. Files that are no whole tape stand in `unreadable`.',
    answer: tapesAnswer,
    example: {},
    stage: 2,
  })
  list(): Promise<TapesAnswer> {
    return this.#tapes.list();
  }

  @Post()
  @HttpCode(202)
  @ApiRoute({
    operationId: 'ops.makeTape',
    tag: 'ops',
    access: { role: 'admin', scope: 'admin' },
    summary: 'Record the running market, or import a CSV file',
    description:
      'Long work: poll the job. `record` writes what passes the gate, closed bars, headlines, actions and states of the source, until market time `until`; cancel its job to stop it, the tape is kept. `import` reads ticks `time,symbol,price,size[,bid,ask]` or bars `date|time,[symbol],open,high,low,close,[adjclose],volume`; its dry run answers an `ImportReport` with bad rows by line and a hash, and the import itself needs that hash. With bad rows nothing is written, unless `skipBad`. `csv` fits the limit of a body; a larger file is put into the folder `import` of the folder of tapes and named by `file`.',
    body: tapeBody,
    answer: jobStarted,
    status: 202,
    problems: ['validation_failed', 'too_many_jobs'],
    idempotency: 'required',
    example: { body: { mode: 'record', title: 'A minute of Apple', symbols: 'AAPL' } },
    stage: 2,
  })
  async make(
    @CurrentCaller() caller: Principal,
    @RequestOrigin() origin: Origin,
    @Body(zodPipe(tapeBody, 'body')) body: TapeBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobStarted> {
    const started = await this.#tapes.make(caller, body, origin);
    reply.headers({ location: `/ops/jobs/${started.job.id}`, 'retry-after': POLL_AFTER_SEC });
    return started;
  }
}
