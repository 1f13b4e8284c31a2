import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { replayAnswer, replaySeekBody, replaySpeedBody, replayStepBody } from '@ziggy/contracts';
import type { ReplayAnswer, ReplaySeekBody, ReplaySpeedBody, ReplayStepBody } from '@ziggy/contracts';
import { CurrentCaller, RequestOrigin } from '../identity/caller.ts';
import type { Origin, Principal } from '../identity/caller.ts';
import { ApiRoute } from '../platform/api-route.ts';
import type { ApiRouteDefinition } from '../platform/api-route.ts';
import { zodPipe } from '../platform/zod.pipe.ts';
import { ReplayService } from './replay.service.ts';

/** What the routes of a replay have in common. */
const control = (
  name: string,
): Pick<ApiRouteDefinition, 'operationId' | 'tag' | 'access' | 'answer' | 'problems' | 'stage'> => ({
  operationId: `ops.replay${name}`,
  tag: 'ops',
  access: { role: 'admin', scope: 'admin' },
  answer: replayAnswer,
  problems: ['invalid_state'],
  stage: 2,
});

@Controller('ops/replay')
export class ReplayController {
  readonly #replay: ReplayService;

  constructor(replay: ReplayService) {
    this.#replay = replay;
  }

  @Get()
  @ApiRoute({
    ...control('Status'),
    access: { role: 'viewer' },
    summary: 'Where the replay of a recorded market is',
    description:
      'Only where the running market is a tape, else 409 `invalid_state`. `at` is market time; `speed` is as it was set and holds while playing; `progressRatio` counts records.',
    example: { market: 'tape' },
  })
  status(): ReplayAnswer {
    return this.#replay.status();
  }

  @Post('play')
  @HttpCode(200)
  @ApiRoute({
    ...control('Play'),
    summary: 'Play on',
    description: 'Goes on from where it stands. A tape that has ended is `invalid_state`: seek back to play it anew.',
    example: { market: 'tape' },
  })
  play(@CurrentCaller() caller: Principal, @RequestOrigin() origin: Origin): Promise<ReplayAnswer> {
    return this.#replay.play({ caller, origin });
  }

  @Post('pause')
  @HttpCode(200)
  @ApiRoute({
    ...control('Pause'),
    summary: 'Stop market time',
    description: 'Market time stands until it is played on; values do not grow old meanwhile.',
    example: { market: 'tape' },
  })
  pause(@CurrentCaller() caller: Principal, @RequestOrigin() origin: Origin): Promise<ReplayAnswer> {
    return this.#replay.pause({ caller, origin });
  }

  @Post('step')
  @HttpCode(200)
  @ApiRoute({
    ...control('Step'),
    summary: 'Play one record, or up to the next finished bar',
    description: 'Only while paused, else `invalid_state`.',
    body: replayStepBody,
    example: { market: 'tape', body: { by: 'record' } },
  })
  step(
    @CurrentCaller() caller: Principal,
    @RequestOrigin() origin: Origin,
    @Body(zodPipe(replayStepBody, 'body')) body: ReplayStepBody,
  ): Promise<ReplayAnswer> {
    return this.#replay.step({ caller, origin }, body);
  }

  @Post('speed')
  @HttpCode(200)
  @ApiRoute({
    ...control('Speed'),
    summary: 'Set how fast market time goes',
    description: 'Recorded seconds per second, 0.1 to 1000, or `max`: as fast as everything that listens keeps up.',
    body: replaySpeedBody,
    example: { market: 'tape', body: { speed: 60 } },
  })
  speed(
    @CurrentCaller() caller: Principal,
    @RequestOrigin() origin: Origin,
    @Body(zodPipe(replaySpeedBody, 'body')) body: ReplaySpeedBody,
  ): Promise<ReplayAnswer> {
    return this.#replay.speed({ caller, origin }, body);
  }

  @Post('seek')
  @HttpCode(200)
  @ApiRoute({
    ...control('Seek'),
    summary: 'Go to a market time',
    description:
      'Forward: everything between is handed to the engines without telling clients, so that the state is the one that playing would have made; after 2 s the answer comes with `seekingTo` set. An earlier time begins the next run, a market of its own: `nextRun` is set, streams end and come back with another market and epoch, and what belongs to the old run stays readable.',
    body: replaySeekBody,
    example: { market: 'tape', body: { at: '2008-02-01T15:00:00.000Z' } },
  })
  seek(
    @CurrentCaller() caller: Principal,
    @RequestOrigin() origin: Origin,
    @Body(zodPipe(replaySeekBody, 'body')) body: ReplaySeekBody,
  ): Promise<ReplayAnswer> {
    return this.#replay.seek({ caller, origin }, body);
  }
}
