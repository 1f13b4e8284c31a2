import { Module } from '@nestjs/common';
import { QuoteEnricher } from '@ziggy/quant';
import { LatestValueHub } from '@ziggy/streaming';
import { BrainModule } from '../brain/brain.module.ts';
import { Brain } from '../brain/brain.service.ts';
import { BarsModule } from '../charts/bars.module.ts';
import { CorporateActions } from '../charts/history/corporate-actions.ts';
import { LiveBars } from '../charts/live/live-bars.ts';
import { WallClock } from '../platform/clock.ts';
import { MarketFeed } from '../stream/channel-feed.ts';
import { MARKET_HUB } from '../stream/hubs.ts';
import { StreamModule } from '../stream/stream.module.ts';
import { WatchlistsModule } from '../watchlists/watchlists.module.ts';
import { ActiveMarket } from './source/active-market.ts';
import { BreadthHistory } from './lists/breadth-history.ts';
import { DataIds } from './quotes/data-ids.ts';
import { Demand } from './source/demand.ts';
import { QuoteGate } from './quotes/gate.ts';
import { InstrumentDirectory } from './instruments/instrument-directory.ts';
import { InstrumentRepository } from './instruments/instrument.repository.ts';
import { InstrumentsController } from './instruments/instruments.controller.ts';
import { InstrumentsService } from './instruments/instruments.service.ts';
import { MarketCalendarService } from './calendar/market-calendar.service.ts';
import { MarketListsController } from './lists/market-lists.controller.ts';
import { MarketListsService } from './lists/market-lists.service.ts';
import { MarketMetrics } from './quotes/market-metrics.ts';
import { LineageController } from './lineage/lineage.controller.ts';
import { LineageRepository } from './lineage/lineage.repository.ts';
import { LineageService } from './lineage/lineage.service.ts';
import { MarketController } from './market.controller.ts';
import { MarketGateway } from './market.gateway.ts';
import { MarketStore } from './run/market-store.ts';
import { MarketService } from './market.service.ts';
import { Outliers } from './quotes/outliers.ts';
import { OverviewService } from './lists/overview.service.ts';
import { QuotePipeline } from './quotes/quote-pipeline.ts';
import { QuoteReads } from './quotes/quote-reads.ts';
import { QuotesFeed } from './quotes/quotes-feed.ts';
import { BarResume } from './run/bar-resume.ts';
import { BrainSupply } from './run/brain-supply.ts';
import { CalendarWatch } from './run/calendar-watch.ts';
import { MarketBeat } from './run/market-beat.ts';
import { MarketFlow } from './run/market-flow.ts';
import { MarketLead } from './run/market-lead.ts';
import { MarketRuntime } from './run/market-runtime.ts';
import { QuoteIntake } from './run/quote-intake.ts';
import { QuotePolls } from './run/quote-polls.ts';
import { SourceState } from './run/source-state.ts';
import { WantedSymbols } from './run/wanted-symbols.ts';
import { SearchService } from './instruments/search.service.ts';
import type { FreshnessRules } from './quotes/staleness.ts';
import { Venues } from './calendar/venues.ts';

/** A polled source asks each symbol of a small set this often while its venue is open. */
const POLL_MS = 5_000;
/** Gap that a pushing source's symbol is given before it has ticked twice: the slow simulated ones tick each 5 s. */
const PUSH_GAP_MS = 5_000;

function rulesOf(market: ActiveMarket): FreshnessRules {
  const { push, intervals } = market.adapter.capabilities();
  if (!push) return { mode: 'polled', expectedGapMs: POLL_MS };
  // A tape of days ticks at the open and at the close.
  return { mode: 'pushed', expectedGapMs: intervals.includes('1m') ? PUSH_GAP_MS : 86_400_000 };
}

function pipelineOf(
  market: ActiveMarket,
  enricher: QuoteEnricher,
  hub: LatestValueHub,
  ids: DataIds,
  venues: Venues,
  wall: WallClock,
  directory: InstrumentDirectory,
  metrics: MarketMetrics,
  actions: CorporateActions,
  outliers: Outliers,
): QuotePipeline {
  const gate = new QuoteGate({
    onReject: metrics.onReject,
    onUnconfirmed: outliers.add,
    isClosed: (symbol, at) => {
      const instrument = directory.get(symbol);
      return instrument !== undefined && venues.isClosed(instrument.calendar, at);
    },
    splitRatio: (symbol, after, upTo) => actions.splitRatio(symbol, after, upTo),
  });
  const pipeline = new QuotePipeline({
    gate,
    enricher,
    outlet: hub,
    ids,
    venues,
    market,
    wall,
    sourceId: market.source,
    rules: rulesOf(market),
    instrumentOf: (symbol) => directory.get(symbol),
    counts: metrics.counts,
    defer: (work) => void setImmediate(work),
  });
  metrics.watch(pipeline, () => market.now());
  return pipeline;
}

/** Quotes: from the source to the cache, the stream and REST. */
@Module({
  imports: [StreamModule, BarsModule, BrainModule, WatchlistsModule],
  controllers: [LineageController, MarketController, MarketListsController, InstrumentsController],
  providers: [
    MarketMetrics,
    MarketService,
    OverviewService,
    QuoteReads,
    SearchService,
    MarketListsService,
    MarketCalendarService,
    InstrumentsService,
    InstrumentRepository,
    BarResume,
    BrainSupply,
    CalendarWatch,
    MarketBeat,
    MarketFlow,
    MarketLead,
    MarketRuntime,
    QuoteIntake,
    QuotePolls,
    SourceState,
    WantedSymbols,
    LineageRepository,
    LineageService,
    MarketStore,
    Outliers,
    MarketGateway,
    {
      provide: QuotePipeline,
      useFactory: pipelineOf,
      inject: [
        ActiveMarket,
        QuoteEnricher,
        MARKET_HUB,
        DataIds,
        Venues,
        WallClock,
        InstrumentDirectory,
        MarketMetrics,
        CorporateActions,
        Outliers,
      ],
    },
    {
      provide: BreadthHistory,
      useFactory: (brain: Brain, live: LiveBars) => {
        const history = new BreadthHistory();
        brain.onHistory((instrument, daily) => history.take(instrument, daily));
        live.listen(history);
        return history;
      },
      inject: [Brain, LiveBars],
    },
    {
      provide: MarketFeed,
      useFactory: (directory: InstrumentDirectory, demand: Demand, pipeline: QuotePipeline) =>
        new QuotesFeed({ directory, demand, image: (symbol) => pipeline.image(symbol) }),
      inject: [InstrumentDirectory, Demand, QuotePipeline],
    },
  ],
  exports: [QuotePipeline, MarketService],
})
export class MarketModule {}
