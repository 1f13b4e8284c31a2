import { UseFilters } from '@nestjs/common';
import { WebSocketGateway } from '@nestjs/websockets';
import { channelPath } from '@ziggy/contracts';
import type { LosslessChannel } from '../stream/lossless-channel.ts';
import { StreamExceptionFilter } from '../stream/stream-exception.filter.ts';
import { StreamGateway } from '../stream/stream.gateway.ts';
import { EventStreams } from './event-streams.ts';

/** `/ws/news`: what is reported, shared by all readers; every event once and in order. */
@WebSocketGateway({ path: channelPath('news') })
@UseFilters(StreamExceptionFilter)
export class NewsGateway extends StreamGateway {
  protected readonly channel: LosslessChannel;

  constructor(streams: EventStreams) {
    super();
    this.channel = streams.channel('news');
  }
}
