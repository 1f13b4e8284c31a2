import { Controller, Get, Res } from '@nestjs/common';
import { healthAnswer, livezAnswer, readyzAnswer } from '@ziggy/contracts';
import type { HealthAnswer, ReadyzAnswer } from '@ziggy/contracts';
import type { FastifyReply } from 'fastify';
import * as z from 'zod';
import { ApiRoute } from './api-route.ts';
import { BUILD_INFO } from './build-info.ts';
import { WallClock } from './clock.ts';
import { EventLoopWatch } from './event-loop-watch.ts';
import { Readiness } from './lifecycle.ts';
import { Metrics } from './metrics.ts';
import { RunningMarket } from './running-market.ts';

/** What probes, load balancers and Prometheus ask. */
@Controller()
export class HealthController {
  readonly #health: HealthAnswer;
  readonly #readiness: Readiness;
  readonly #loop: EventLoopWatch;
  readonly #metrics: Metrics;

  constructor(market: RunningMarket, clock: WallClock, readiness: Readiness, loop: EventLoopWatch, metrics: Metrics) {
    this.#readiness = readiness;
    this.#loop = loop;
    this.#metrics = metrics;
    this.#health = {
      status: 'ok',
      ok: true,
      service: BUILD_INFO.service,
      version: BUILD_INFO.version,
      startedAt: new Date(clock.now()).toISOString(),
      market: { id: market.id, source: market.source, kind: market.kind },
    };
  }

  @Get('health')
  @ApiRoute({
    operationId: 'system.health',
    tag: 'system',
    access: { role: 'public' },
    rateClass: 'none',
    summary: 'The process answers',
    description:
      'Constant, without I/O: that the process answers, what it is, and which market it runs. Whether it can serve is `/readyz`.',
    answer: healthAnswer,
    answerDescription: 'The process answers.',
    example: {},
    stage: 1,
  })
  health(): HealthAnswer {
    return this.#health;
  }

  @Get('livez')
  @ApiRoute({
    operationId: 'system.live',
    tag: 'system',
    access: { role: 'public' },
    rateClass: 'none',
    summary: 'Liveness probe',
    description:
      '503 with `dead` only when the event loop stood still for 5 s within the last 15 s: the process should be replaced.',
    answer: livezAnswer,
    alsoStatus: [503],
    example: {},
    stage: 1,
    cache: 'no-store',
  })
  live(@Res({ passthrough: true }) reply: FastifyReply): z.infer<typeof livezAnswer> {
    if (!this.#loop.stalled()) return { status: 'ok' };
    void reply.status(503);
    return { status: 'dead' };
  }

  @Get('readyz')
  @ApiRoute({
    operationId: 'system.ready',
    tag: 'system',
    access: { role: 'public' },
    rateClass: 'none',
    summary: 'Readiness probe',
    description:
      'State of each dependency and the worst of them; 503 unless `ok` or `degraded`. `latencyMs` is how long its check took.',
    answer: readyzAnswer,
    alsoStatus: [503],
    example: {},
    stage: 1,
    cache: 'no-store',
  })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadyzAnswer> {
    const answer = await this.#readiness.check();
    if (answer.status !== 'ok' && answer.status !== 'degraded') void reply.status(503);
    return answer;
  }

  @Get('metrics')
  @ApiRoute({
    operationId: 'ops.metrics',
    tag: 'ops',
    access: { role: 'admin', orMetricsToken: true },
    rateClass: 'none',
    summary: 'Prometheus metrics',
    description:
      'Prometheus text, for an admin and the keys of one, or for `Authorization: Bearer <token>` with the token of `METRICS_TOKEN`.',
    answer: z.string(),
    mediaType: 'text/plain',
    example: {},
    stage: 1,
    cache: 'no-store',
  })
  async metrics(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.header('content-type', this.#metrics.registry.contentType);
    return this.#metrics.registry.metrics();
  }
}
