import { Module } from '@nestjs/common';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { LatestValueHub } from '@ziggy/streaming';
import { ActiveMarket } from '../market/source/active-market.ts';
import { DataIds } from '../market/quotes/data-ids.ts';
import { Demand } from '../market/source/demand.ts';
import { InstrumentDirectory } from '../market/instruments/instrument-directory.ts';
import { MarketModule } from '../market/market.module.ts';
import { QuotePipeline } from '../market/quotes/quote-pipeline.ts';
import { WallClock } from '../platform/clock.ts';
import { Logger } from '../platform/logger.ts';
import { ChartsFeed } from '../stream/channel-feed.ts';
import { CHARTS_HUB } from '../stream/hubs.ts';
import { StreamModule } from '../stream/stream.module.ts';
import { BarHistory } from './history/bar-history.ts';
import { BarsController } from './rest/bars.controller.ts';
import { BarsModule } from './bars.module.ts';
import { BarsService } from './rest/bars.service.ts';
import { ChartLoader } from './live/chart-loader.ts';
import { ChartsGateway } from './charts.gateway.ts';
import { CorrelationController } from './rest/correlation.controller.ts';
import { CorrelationService } from './rest/correlation.service.ts';
import { IndicatorsController } from './rest/indicators.controller.ts';
import { CorporateActions } from './history/corporate-actions.ts';
import { LiveBars } from './live/live-bars.ts';
import { LiveCharts } from './live/live-charts.ts';

function liveCharts(
  market: ActiveMarket,
  hub: LatestValueHub,
  ids: DataIds,
  wall: WallClock,
  directory: InstrumentDirectory,
  loader: ChartLoader,
  demand: Demand,
  live: LiveBars,
  pipeline: QuotePipeline,
  logger: Logger,
): LiveCharts {
  const log = logger.child({ context: 'Charts' });
  return new LiveCharts({
    sourceId: market.source,
    kind: market.kind,
    outlet: hub,
    nextId: () => ids.next(),
    wallNow: () => wall.now(),
    marketNow: () => market.now(),
    intervals: market.adapter.capabilities().intervals,
    resolve: (symbol) => directory.resolve(symbol),
    load: (instrument, timeframe, count) => loader.load(instrument, timeframe, count),
    acquire: (instrument, interval) => {
      if (!demand.acquire(instrument.symbol, 'charts')) return false;
      live.track(instrument);
      live.watch(instrument.symbol, interval);
      return true;
    },
    release: (symbol, interval) => {
      live.unwatch(symbol, interval);
      demand.release(symbol, 'charts');
    },
    isStale: (symbol) => pipeline.record(symbol)?.stale ?? false,
    after: (ms, work) => {
      const handle = setTimeout(work, ms);
      return () => clearTimeout(handle);
    },
    onFailed: (error) => log.warn({ err: error }, 'the bars of a chart could not be read'),
  });
}

/** Charts: series with indicators on `/ws/charts`, history on `/market/bars`. */
@Module({
  imports: [StreamModule, BarsModule, MarketModule],
  controllers: [BarsController, IndicatorsController, CorrelationController],
  providers: [
    BarsService,
    CorrelationService,
    ChartsGateway,
    {
      provide: ChartLoader,
      useFactory: (market: ActiveMarket, history: BarHistory, live: LiveBars) =>
        new ChartLoader({ history, live, marketNow: () => market.now() }),
      inject: [ActiveMarket, BarHistory, LiveBars],
    },
    {
      provide: LiveCharts,
      useFactory: liveCharts,
      inject: [
        ActiveMarket,
        CHARTS_HUB,
        DataIds,
        WallClock,
        InstrumentDirectory,
        ChartLoader,
        Demand,
        LiveBars,
        QuotePipeline,
        Logger,
      ],
    },
    { provide: ChartsFeed, useExisting: LiveCharts },
  ],
})
export class ChartsModule implements OnApplicationBootstrap {
  readonly #actions: CorporateActions;
  readonly #charts: LiveCharts;
  readonly #live: LiveBars;
  readonly #pipeline: QuotePipeline;
  readonly #market: ActiveMarket;

  constructor(
    charts: LiveCharts,
    live: LiveBars,
    pipeline: QuotePipeline,
    market: ActiveMarket,
    actions: CorporateActions,
  ) {
    this.#market = market;
    this.#actions = actions;
    this.#charts = charts;
    this.#live = live;
    this.#pipeline = pipeline;
  }

  onApplicationBootstrap(): void {
    this.#live.listen(this.#charts);
    // The subject of the tape ends with the source.
    this.#market.adapter.replay?.status$().subscribe(({ seekingTo }) => this.#charts.setSilent(seekingTo !== null));
    // A split changes every older bar of the series.
    this.#actions.onEffect((symbol) => this.#charts.onPastChanged(symbol));
    this.#pipeline.listen({ onQuote: () => undefined, onFreshness: (symbol) => this.#charts.onFreshness(symbol) });
  }
}
