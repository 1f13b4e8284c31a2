import { Inject, UseFilters } from '@nestjs/common';
import { WebSocketGateway } from '@nestjs/websockets';
import { channelPath } from '@ziggy/contracts';
import { LatestValueHub } from '@ziggy/streaming';
import { RunningMarket } from '../platform/running-market.ts';
import { MarketFeed } from '../stream/channel-feed.ts';
import { MARKET_HUB } from '../stream/hubs.ts';
import { LatestValueChannel } from '../stream/latest-value-channel.ts';
import { StreamAccess } from '../stream/stream-access.ts';
import { StreamCore } from '../stream/stream-core.ts';
import { StreamExceptionFilter } from '../stream/stream-exception.filter.ts';
import { StreamGateway } from '../stream/stream.gateway.ts';

/** `/ws/market`: the newest quote of each subscribed symbol, enriched by the brain. */
@WebSocketGateway({ path: channelPath('market') })
@UseFilters(StreamExceptionFilter)
export class MarketGateway extends StreamGateway {
  protected readonly channel: LatestValueChannel;

  constructor(
    @Inject(MARKET_HUB) hub: LatestValueHub,
    feed: MarketFeed,
    market: RunningMarket,
    core: StreamCore,
    access: StreamAccess,
  ) {
    super();
    this.channel = new LatestValueChannel({
      channel: 'market',
      hub,
      feed,
      market,
      core,
      access,
      topicOf: ({ symbol }) => symbol,
      timeframes: false,
    });
  }
}
