import { Module } from '@nestjs/common';
import { randomInt } from 'node:crypto';
import { WallClock } from '../platform/clock.ts';
import { Lifecycle } from '../platform/lifecycle.ts';
import { Logger } from '../platform/logger.ts';
import { Metrics } from '../platform/metrics.ts';
import { ActiveMarket } from '../market/source/active-market.ts';
import { Demand } from '../market/source/demand.ts';
import { InstrumentDirectory } from '../market/instruments/instrument-directory.ts';
import { callSource } from '../market/source/source-call.ts';
import { Venues } from '../market/calendar/venues.ts';
import { BarHistory } from './history/bar-history.ts';
import { Backfill } from './history/backfill.ts';
import { BarHousekeeping } from './store/bar-housekeeping.ts';
import { BarRepository } from './store/bar.repository.ts';
import { BarStore } from './store/bar-store.ts';
import { BarWriter } from './store/bar-writer.ts';
import { CorporateActionRepository } from './history/corporate-action.repository.ts';
import { CorporateActions } from './history/corporate-actions.ts';
import { DailyBars } from './history/daily-bars.ts';
import { LiveBars } from './live/live-bars.ts';

/** Longest wait for the source's own bar of a window that is over; the built one stands in. */
const SOURCE_BAR_WITHIN_MS = 1_000;
/** Between two requests of the backfill: a tenth of what a polled source allows in all. */
const BACKFILL_PAUSE_MS = 3_000;

function writer(store: BarStore, metrics: Metrics, logger: Logger): BarWriter {
  const log = logger.child({ context: 'BarWriter' });
  const dropped = metrics.counter({
    name: 'bars_dropped_total',
    help: 'Bars that found no room while the database was away, or that it refused.',
  });
  const barWriter = new BarWriter({
    save: (rows) => store.save(rows),
    onWritten: () => undefined,
    onFailed: (error, waiting) => log.error({ err: error, waiting }, 'bars could not be written; they wait'),
    onDropped: (rows, error) => {
      dropped.inc(rows);
      log.error({ rows, ...(error === undefined ? {} : { err: error }) }, 'bars were dropped');
    },
    random: () => randomInt(1_000_000) / 1_000_000,
  });
  metrics.gauge({
    name: 'bars_waiting',
    help: 'Bars that wait to be written.',
    collect() {
      this.set(barWriter.waiting);
    },
  });
  return barWriter;
}

function liveBars(
  market: ActiveMarket,
  directory: InstrumentDirectory,
  venues: Venues,
  barWriter: BarWriter,
  wall: WallClock,
  lifecycle: Lifecycle,
  logger: Logger,
  metrics: Metrics,
): LiveBars {
  const log = logger.child({ context: 'LiveBars' });
  const { adapter } = market;
  const { push, intervals } = adapter.capabilities();
  const live = new LiveBars({
    market: market.id,
    sourceId: market.source,
    intervals,
    windowsOf: (calendar) => venues.windows(calendar),
    marketNow: () => market.now(),
    flows: () => market.leadership.feeds,
    ticksAreWhole: push,
    // A tape tells its own bars when their time comes, in the order of its records.
    sourceBar:
      !push || adapter.replay !== null
        ? null
        : async ({ symbol }, interval, from, to) => {
            const bars = await callSource((ctx) => adapter.bars({ symbol, interval, from, to, extended: false }, ctx), {
              withinMs: SOURCE_BAR_WITHIN_MS,
              priority: 'poll',
              wallNow: wall.now(),
              stop: lifecycle.draining,
            });
            return bars.find((bar) => bar.openTime === from) ?? null;
          },
    store: (symbol, bar, batchId) => {
      const instrumentId = directory.knownId(symbol);
      if (instrumentId !== undefined) barWriter.add({ instrumentId, bar, batchId });
    },
    onFailed: (error) => log.debug({ err: error }, 'the source gave no bar of its own'),
  });
  metrics.gauge({
    name: 'bar_differences_total',
    help: "Closed bars whose built values differed from the source's own.",
    collect() {
      this.set(live.differences);
    },
  });
  return live;
}

function history(
  market: ActiveMarket,
  directory: InstrumentDirectory,
  venues: Venues,
  repository: BarRepository,
  bars: BarStore,
  barWriter: BarWriter,
  live: LiveBars,
  actions: CorporateActions,
  wall: WallClock,
  lifecycle: Lifecycle,
  logger: Logger,
): BarHistory {
  const log = logger.child({ context: 'BarHistory' });
  const { marketId } = market;
  const scope = { marketId, market: market.id, source: market.source };
  return new BarHistory({
    source: market.adapter,
    actions: (instrument, withinMs) => actions.of(instrument, withinMs),
    store: {
      save: (rows) => bars.save(rows),
      range: (symbol, id, interval, from, to, limit) => repository.range(scope, symbol, id, interval, from, to, limit),
      coverage: (id, interval) => repository.coverage(marketId, id, interval),
      saveCoverage: (id, interval, coverage) => repository.saveCoverage(marketId, id, interval, coverage),
      openBatch: (batch) => repository.openBatch(marketId, market.source, batch),
    },
    live: {
      seenSince: (symbol) => live.seenSince(symbol),
      forming: (symbol, interval) => live.forming(symbol, interval),
      waiting: (id, interval) => barWriter.waitingBars(id, interval),
    },
    windowsOf: (calendar) => venues.windows(calendar),
    trades: (calendar, from, to) => venues.sessions(calendar, from, to).length > 0,
    instrumentId: (instrument) => directory.idOf(instrument),
    call: (work, withinMs, priority) =>
      callSource(work, { withinMs, priority, wallNow: wall.now(), stop: lifecycle.draining }),
    marketNow: () => market.now(),
    elapsed: () => performance.now(),
    leads: () => market.leadership.leads,
    onStoreFailed: (error) => log.error({ err: error }, 'the store of bars does not answer'),
  });
}

function corporateActions(
  market: ActiveMarket,
  directory: InstrumentDirectory,
  repository: CorporateActionRepository,
  wall: WallClock,
  lifecycle: Lifecycle,
  logger: Logger,
): CorporateActions {
  const log = logger.child({ context: 'CorporateActions' });
  const { marketId } = market;
  return new CorporateActions({
    source: market.adapter,
    store: {
      save: (id, actions) => repository.save(marketId, id, actions),
      of: (id, symbol) => repository.of(marketId, id, symbol),
    },
    instrumentId: (instrument) => directory.idOf(instrument),
    call: (work, withinMs, priority) =>
      callSource(work, { withinMs, priority, wallNow: wall.now(), stop: lifecycle.draining }),
    marketNow: () => market.now(),
    leads: () => market.leadership.leads,
    onStoreFailed: (error) => log.error({ err: error }, 'the store of corporate actions does not answer'),
  });
}

function backfill(
  market: ActiveMarket,
  directory: InstrumentDirectory,
  repository: BarRepository,
  bars: BarHistory,
  demand: Demand,
  lifecycle: Lifecycle,
): Backfill {
  return new Backfill({
    series: () => repository.coverages(market.marketId),
    instrumentOf: (id) => {
      const symbol = directory.symbolOf(id);
      return symbol === undefined ? undefined : directory.get(symbol);
    },
    history: bars,
    isWanted: (symbol) => demand.isWanted(symbol),
    deepens: !market.adapter.capabilities().push,
    mayRun: () => market.leadership.leads && !lifecycle.draining.aborted,
    pause: () => new Promise((resolve) => setTimeout(resolve, BACKFILL_PAUSE_MS)),
    marketNow: () => market.now(),
  });
}

/** Bars: built from ticks, stored, read back, fetched from the source where they are missing. */
@Module({
  providers: [
    BarRepository,
    BarHousekeeping,
    BarStore,
    CorporateActionRepository,
    {
      provide: CorporateActions,
      useFactory: corporateActions,
      inject: [ActiveMarket, InstrumentDirectory, CorporateActionRepository, WallClock, Lifecycle, Logger],
    },
    { provide: BarWriter, useFactory: writer, inject: [BarStore, Metrics, Logger] },
    {
      provide: LiveBars,
      useFactory: liveBars,
      inject: [ActiveMarket, InstrumentDirectory, Venues, BarWriter, WallClock, Lifecycle, Logger, Metrics],
    },
    {
      provide: BarHistory,
      useFactory: history,
      inject: [
        ActiveMarket,
        InstrumentDirectory,
        Venues,
        BarRepository,
        BarStore,
        BarWriter,
        LiveBars,
        CorporateActions,
        WallClock,
        Lifecycle,
        Logger,
      ],
    },
    {
      provide: Backfill,
      useFactory: backfill,
      inject: [ActiveMarket, InstrumentDirectory, BarRepository, BarHistory, Demand, Lifecycle],
    },
    {
      provide: DailyBars,
      useFactory: (bars: BarHistory, market: ActiveMarket, store: BarStore): DailyBars => {
        const daily = new DailyBars(bars, () => market.now());
        store.revised$.subscribe((bar) => daily.onRevised(bar));
        return daily;
      },
      inject: [BarHistory, ActiveMarket, BarStore],
    },
  ],
  exports: [Backfill, BarRepository, BarWriter, LiveBars, BarHistory, DailyBars, CorporateActions],
})
export class BarsModule {}
