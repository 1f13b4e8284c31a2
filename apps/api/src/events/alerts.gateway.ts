import { UseFilters } from '@nestjs/common';
import { WebSocketGateway } from '@nestjs/websockets';
import { channelPath } from '@ziggy/contracts';
import type { LosslessChannel } from '../stream/lossless-channel.ts';
import { StreamExceptionFilter } from '../stream/stream-exception.filter.ts';
import { StreamGateway } from '../stream/stream.gateway.ts';
import { EventStreams } from './event-streams.ts';

/** `/ws/alerts`: what a user's alert rules fired, and notices; every event once and in order. */
@WebSocketGateway({ path: channelPath('alerts') })
@UseFilters(StreamExceptionFilter)
export class AlertsGateway extends StreamGateway {
  protected readonly channel: LosslessChannel;

  constructor(streams: EventStreams) {
    super();
    this.channel = streams.channel('alerts');
  }
}
