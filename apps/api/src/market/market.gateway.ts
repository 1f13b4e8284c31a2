import { Inject, UseFilters } from '@nestjs/common';
import { WebSocketGateway } from '@nestjs/websockets';
import { channelPath } from '@ziggy/contracts';
import { LatestValueHub } from '@ziggy/streaming';
import { RunningMarket } from '../platform/running-market.ts';
import { MarketFeed } from '../stream/channel-feed.ts';
import { MARKET_HUB } from '../stream/hubs.ts';
import { LatestValueChannel } from '../stream/latest-value-channel.ts';
import { LatestValueGateway } from '../stream/latest-value.gateway.ts';
import { StreamAccess } from '../stream/stream-access.ts';
import { StreamCore } from '../stream/stream-core.ts';
import { StreamExceptionFilter } from '../stream/stream-exception.filter.ts';

/** `/ws/market`: the newest quote of each subscribed symbol, enriched by the brain. */
@WebSocketGateway({ path: channelPath('market') })
@UseFilters(StreamExceptionFilter)
export class MarketGateway extends LatestValueGateway {
  protected readonly channel: LatestValueChannel;
  protected readonly access: StreamAccess;

  constructor(
    @Inject(MARKET_HUB) hub: LatestValueHub,
    feed: MarketFeed,
    market: RunningMarket,
    core: StreamCore,
    access: StreamAccess,
  ) {
    super();
    this.access = access;
    this.channel = new LatestValueChannel({
      channel: 'market',
      hub,
      feed,
      market,
      core,
      topicOf: ({ symbol }) => symbol,
      timeframes: false,
    });
  }
}
