import { Body, Controller, Get, Global, Module, Param, Post, Query } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DomainError } from '@ziggy/domain';
import type { DataSource } from 'typeorm';
import * as z from 'zod';
import { ApiRoute } from '../src/platform/api-route.ts';
import { RunningMarket } from '../src/platform/running-market.ts';
import { zodPipe } from '../src/platform/zod.pipe.ts';

/** A market that does nothing, so that the platform is tested alone. */
@Global()
@Module({
  providers: [
    {
      provide: RunningMarket,
      useValue: {
        id: 'sim:1:test',
        source: 'simulated',
        kind: 'simulated',
        chosenBy: 'configuration',
        reason: 'for tests',
        since: 1_700_000_000_000,
      } satisfies RunningMarket,
    },
  ],
  exports: [RunningMarket],
})
export class StillMarketModule {}

const query = z.strictObject({
  symbols: z.string().max(10),
  limit: z.coerce.number().int().min(1).max(50).default(10),
});
const params = z.strictObject({ id: z.string().regex(/^[a-z]+$/) });
const body = z.strictObject({ name: z.string().min(1), password: z.string().min(12).optional(), nested: z.unknown() });
const answer = z.strictObject({ ageMs: z.int(), value: z.number() });

const open = (name: string) =>
  ApiRoute({
    operationId: `test.${name}`,
    tag: 'ops',
    access: { role: 'public' },
    summary: 'Provokes something',
    description: 'For tests.',
    answer: z.unknown(),
    stage: 3,
  });

/** Routes that provoke what no route of the product does. */
@Controller('test')
export class ProvokingController {
  age = 0;
  private readonly dataSource: DataSource;

  constructor(@InjectDataSource() dataSource: DataSource) {
    this.dataSource = dataSource;
  }

  @Post('body')
  @ApiRoute({
    operationId: 'test.body',
    tag: 'ops',
    access: { role: 'public' },
    summary: 'Takes a body',
    description: 'For tests.',
    body,
    answer: z.unknown(),
    stage: 3,
  })
  takeBody(@Body(zodPipe(body, 'body')) given: z.infer<typeof body>): unknown {
    return { got: given.name };
  }

  @Get('input/:id')
  @ApiRoute({
    operationId: 'test.input',
    tag: 'ops',
    access: { role: 'public' },
    summary: 'Takes input',
    description: 'For tests.',
    query,
    params,
    answer: z.unknown(),
    stage: 3,
  })
  takeInput(
    @Param(zodPipe(params, 'path')) path: z.infer<typeof params>,
    @Query(zodPipe(query, 'query')) given: z.infer<typeof query>,
  ): unknown {
    return { ...path, ...given };
  }

  @Get('defect')
  @open('defect')
  defect(): never {
    throw new Error('SELECT secret FROM /etc/passwd');
  }

  @Get('domain')
  @open('domain')
  domain(): never {
    throw new DomainError('unknown_symbol', 'No instrument has the symbol ZZZZ.', { extra: { nearest: ['ZZZ'] } });
  }

  @Get('slow')
  @open('slow')
  slow(): Promise<never> {
    return new Promise(() => undefined);
  }

  @Get('sleepy-query')
  @open('sleepyQuery')
  async sleepyQuery(): Promise<unknown> {
    return this.dataSource.query('SELECT pg_sleep(5)');
  }

  @Get('query')
  @open('query')
  async query(): Promise<unknown> {
    return this.dataSource.query('SELECT 1 AS one');
  }

  @Get('aged')
  @open('aged')
  aged(): unknown {
    return { ageMs: this.age++, value: 42 };
  }

  @Get('broken-promise')
  @ApiRoute({
    operationId: 'test.broken',
    tag: 'ops',
    access: { role: 'public' },
    summary: 'Breaks its word',
    description: 'For tests.',
    answer,
    stage: 3,
  })
  brokenPromise(): unknown {
    return { ageMs: 1, value: Number.NaN };
  }
}

@Module({ controllers: [ProvokingController] })
export class ProvokingModule {}
