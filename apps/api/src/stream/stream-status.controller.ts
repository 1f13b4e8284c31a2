import { Controller, Get } from '@nestjs/common';
import { wsStatusAnswer } from '@ziggy/contracts';
import type { WsStatusAnswer } from '@ziggy/contracts';
import { ApiRoute } from '../platform/api-route.ts';
import { StreamStatus } from './stream-status.ts';

@Controller('ws')
export class StreamStatusController {
  readonly #status: StreamStatus;

  constructor(status: StreamStatus) {
    this.#status = status;
  }

  @Get('status')
  @ApiRoute({
    operationId: 'streams.status',
    tag: 'streams',
    access: { role: 'viewer' },
    summary: 'State of the stream channels of this process.',
    description:
      'Counts since the start of the process; latencies and event-loop lag in milliseconds over the last minute, null while nothing was measured.',
    answer: wsStatusAnswer,
    example: {},
    stage: 1,
    cache: 'no-store',
  })
  status(): WsStatusAnswer {
    return this.#status.read();
  }
}
