import { Inject, UseFilters } from '@nestjs/common';
import { WebSocketGateway } from '@nestjs/websockets';
import { channelPath } from '@ziggy/contracts';
import { LatestValueHub } from '@ziggy/streaming';
import { RunningMarket } from '../platform/running-market.ts';
import { ChartsFeed } from '../stream/channel-feed.ts';
import { CHARTS_HUB, chartTopic } from '../stream/hubs.ts';
import { LatestValueChannel } from '../stream/latest-value-channel.ts';
import { StreamAccess } from '../stream/stream-access.ts';
import { StreamCore } from '../stream/stream-core.ts';
import { StreamExceptionFilter } from '../stream/stream-exception.filter.ts';
import { StreamGateway } from '../stream/stream.gateway.ts';

/** `/ws/charts`: the forming bar of each subscribed symbol and timeframe, and every bar that closes. */
@WebSocketGateway({ path: channelPath('charts') })
@UseFilters(StreamExceptionFilter)
export class ChartsGateway extends StreamGateway {
  protected readonly channel: LatestValueChannel;

  constructor(
    @Inject(CHARTS_HUB) hub: LatestValueHub,
    feed: ChartsFeed,
    market: RunningMarket,
    core: StreamCore,
    access: StreamAccess,
  ) {
    super();
    this.channel = new LatestValueChannel({
      channel: 'charts',
      hub,
      feed,
      market,
      core,
      access,
      topicOf: ({ symbol, timeframe }) => chartTopic(symbol, timeframe ?? '1m'),
      timeframes: true,
    });
  }
}
