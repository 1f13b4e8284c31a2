import { Module } from '@nestjs/common';
import { NewsController } from './news.controller.ts';
import { NewsIngest } from './news-ingest.ts';
import { NewsRepository } from './news.repository.ts';
import { NewsService } from './news.service.ts';

/** Headlines: from the source into the store, the event log and REST. */
@Module({
  controllers: [NewsController],
  providers: [NewsRepository, NewsIngest, NewsService],
})
export class NewsModule {}
