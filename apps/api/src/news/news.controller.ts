import { Controller, Get, Query } from '@nestjs/common';
import { headlinesAnswer, headlinesQuery } from '@ziggy/contracts';
import type { HeadlinesAnswer, HeadlinesQuery } from '@ziggy/contracts';
import { ApiRoute } from '../platform/api-route.ts';
import { zodPipe } from '../platform/zod.pipe.ts';
import { NewsService } from './news.service.ts';

@Controller('news')
export class NewsController {
  readonly #news: NewsService;

  constructor(news: NewsService) {
    this.#news = news;
  }

  @Get('headlines')
  @ApiRoute({
    operationId: 'news.headlines',
    tag: 'news',
    access: { role: 'viewer' },
    summary: 'Headlines of the running market, newest first',
    description:
      'Sorted by publication, or by first sight where the date cannot be true. Texts are plain and untrusted. `brain.symbols` are tags of the vendor: hints that nobody checked. Fields that nothing measures yet are null, and `reasons` says `not_configured`. `position` is where `/ws/news` goes on after exactly these items. Simulated headlines begin with `[Simulated]` and have no address.',
    query: headlinesQuery,
    answer: headlinesAnswer,
    problems: ['validation_failed', 'invalid_cursor'],
    example: { query: { symbols: 'AAPL,MSFT', lookbackDays: '3', limit: '10' } },
    stage: 1,
  })
  headlines(@Query(zodPipe(headlinesQuery, 'query')) query: HeadlinesQuery): Promise<HeadlinesAnswer> {
    return this.#news.headlines(query);
  }
}
