import { Module } from '@nestjs/common';
import { EventReader } from '../persistence/event-reader.ts';
import { EmptyFeed, LosslessFeeds, NewestEventsFeed } from '../stream/lossless-feed.ts';
import { StreamModule } from '../stream/stream.module.ts';
import { AlertsGateway } from './alerts.gateway.ts';
import { EventStreams } from './event-streams.ts';
import { NewsGateway } from './news.gateway.ts';
import { PortfolioGateway } from './portfolio.gateway.ts';
import { SignalsGateway } from './signals.gateway.ts';

/** Headlines that a fresh client is shown. */
const NEWS_IMAGE = 50;

/**
 * `/ws/news`, `/ws/alerts`, `/ws/signals` and `/ws/portfolio` over the event log. Producers append to the log and know nothing
 * of sockets; a module that owns a channel's state gives its image: `LosslessFeeds.provide`.
 */
@Module({
  imports: [StreamModule],
  providers: [
    EventStreams,
    {
      provide: LosslessFeeds,
      useFactory: (reader: EventReader) =>
        new LosslessFeeds({
          news: new NewestEventsFeed(reader, NEWS_IMAGE),
          alerts: new EmptyFeed(),
          signals: new EmptyFeed(),
          portfolio: new EmptyFeed(),
        }),
      inject: [EventReader],
    },
    NewsGateway,
    AlertsGateway,
    SignalsGateway,
    PortfolioGateway,
  ],
  exports: [LosslessFeeds, EventStreams],
})
export class EventsModule {}
