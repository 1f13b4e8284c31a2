import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { SourceStatusFrame } from '@ziggy/contracts';
import type { Instrument, QuoteUpdate, Symbol } from '@ziggy/domain';
import { LatestValueHub } from '@ziggy/streaming';
import { defer, retry, timer } from 'rxjs';
import type { Subscription } from 'rxjs';
import { Brain } from '../brain/brain.service.ts';
import { BarHistory } from '../charts/bar-history.ts';
import { barOf } from '../charts/bar-rows.ts';
import { BarRepository } from '../charts/bar.repository.ts';
import { BarWriter } from '../charts/bar-writer.ts';
import { DailyBars } from '../charts/daily-bars.ts';
import { LiveBars } from '../charts/live-bars.ts';
import { WallClock } from '../platform/clock.ts';
import { Lifecycle, Readiness } from '../platform/lifecycle.ts';
import { Logger } from '../platform/logger.ts';
import { CHARTS_HUB, MARKET_HUB } from '../stream/hubs.ts';
import { ActiveMarket } from './active-market.ts';
import { DataIds } from './data-ids.ts';
import { Demand } from './demand.ts';
import { InstrumentDirectory } from './instrument-directory.ts';
import { MarketRepository } from './market.repository.ts';
import type { LastQuote } from './market.repository.ts';
import { QuotePipeline } from './quote-pipeline.ts';

/** Up to this many symbols of the source are all kept fresh, so that Markets and the brain are warm. */
const UNIVERSE_WANTED_MAX = 500;
const ADVANCE_EVERY_MS = 250;
const SECOND_MS = 1_000;
const STORE_EVERY_MS = 5_000;
const PARTITIONS_EVERY_MS = 3_600_000;
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 30_000;
const AVERAGE_SESSIONS = 20;

/** Runs the market: the source's ticks into the pipeline, time into bars and freshness, and both into the database. */
@Injectable()
export class MarketRuntime implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #log: Logger;
  readonly #subscriptions: Subscription[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  #wanted: ReadonlySet<Symbol> = new Set();
  /** Quotes that are in the database already. */
  readonly #stored = new Map<Symbol, QuoteUpdate>();
  #status: SourceStatusFrame['data']['state'] = 'ok';
  #storing: Promise<void> | null = null;
  #lastBatchAt: number | null = null;
  #stopped = false;

  constructor(
    private readonly market: ActiveMarket,
    private readonly repository: MarketRepository,
    private readonly directory: InstrumentDirectory,
    private readonly demand: Demand,
    private readonly ids: DataIds,
    private readonly pipeline: QuotePipeline,
    private readonly live: LiveBars,
    private readonly writer: BarWriter,
    private readonly bars: BarRepository,
    private readonly history: BarHistory,
    private readonly daily: DailyBars,
    private readonly brain: Brain,
    private readonly wall: WallClock,
    private readonly lifecycle: Lifecycle,
    private readonly readiness: Readiness,
    @Inject(MARKET_HUB) private readonly marketHub: LatestValueHub,
    @Inject(CHARTS_HUB) private readonly chartsHub: LatestValueHub,
    logger: Logger,
  ) {
    this.#log = logger.child({ context: 'Market' });
  }

  async onApplicationBootstrap(): Promise<void> {
    this.readiness.register('source', () => {
      const { state } = this.market.adapter.health();
      return state === 'ok' ? 'ok' : 'degraded';
    });
    this.lifecycle.onStop('sources', 'market source', () => this.#silence());
    this.lifecycle.onStop('stores', 'market stores', () => this.#flush());
    this.pipeline.listen(this.live);
    this.live.listen(this.daily);
    this.live.listen(this.brain);
    this.brain.onChanged((symbol) => this.#brainChanged(symbol));
    await this.#restore();
    this.#wantUniverse();
    this.#subscribe();
    this.#every(ADVANCE_EVERY_MS, () => this.live.advance());
    this.#every(SECOND_MS, () => this.#eachSecond());
    this.#every(STORE_EVERY_MS, () => void this.#store());
    this.#every(PARTITIONS_EVERY_MS, () => void this.#preparePartitions());
    void this.#preparePartitions();
    const universe = this.market.adapter.universe();
    const index = universe.find(({ symbol }) => symbol === this.market.adapter.indexSymbol) ?? null;
    this.brain.start(universe.slice(0, UNIVERSE_WANTED_MAX), index);
  }

  /** When the start fails half way there is no shutdown hook: timers and sockets must still end. */
  async onModuleDestroy(): Promise<void> {
    if (this.#stopped) return;
    await this.#silence();
  }

  // ---- start ------------------------------------------------------------------------------------

  /** Last quotes and forming bars of the earlier run: shown with their age until ticks renew them. */
  async #restore(): Promise<void> {
    const now = this.market.now();
    for (const update of await this.repository.lastQuotes(this.market.marketId)) {
      const instrument = this.directory.get(update.symbol);
      if (instrument === undefined || update.exchangeAt > now) continue;
      this.pipeline.restore(instrument, update);
      this.#stored.set(update.symbol, update);
    }
  }

  async #restoreForming(instruments: readonly Instrument[]): Promise<void> {
    const scope = { marketId: this.market.marketId, market: this.market.id, source: this.market.source };
    const wanted = new Set(instruments.map(({ symbol }) => symbol));
    for (const { instrumentId, row } of await this.bars.formingAt(scope, this.market.now())) {
      const symbol = this.directory.symbolOf(instrumentId);
      if (symbol !== undefined && wanted.has(symbol)) this.live.restore(barOf(row, symbol, scope.market, scope.source));
    }
  }

  #wantUniverse(): void {
    const { adapter } = this.market;
    for (const { symbol } of adapter.universe().slice(0, UNIVERSE_WANTED_MAX)) this.demand.acquire(symbol, 'universe');
    if (adapter.indexSymbol !== null) this.demand.acquire(adapter.indexSymbol, 'index');
  }

  #subscribe(): void {
    const { adapter } = this.market;
    this.#subscriptions.push(this.demand.wanted$.subscribe((wanted) => this.#onWanted(wanted)));
    const quotes$ = defer(() => adapter.quotes$(this.demand.wanted$)).pipe(
      retry({
        resetOnSuccess: true,
        delay: (error: unknown, tries) => {
          this.#log.warn({ err: error, tries }, 'the quotes of the source broke off; they are asked for again');
          const most = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(tries, 10));
          // Half of the wait is spread by the clock's own milliseconds: replicas do not come back together.
          return timer(most * (0.5 + (this.wall.now() % 1_000) / 2_000));
        },
      }),
    );
    this.#subscriptions.push(
      quotes$.subscribe({
        next: (batch) => this.#onBatch(batch),
        error: (error: unknown) => this.#log.error({ err: error }, 'the quotes of the source ended with an error'),
        complete: () => this.#log.info('the quotes of the source ended'),
      }),
    );
  }

  // ---- ticks and time ---------------------------------------------------------------------------

  #onBatch(batch: readonly QuoteUpdate[]): void {
    this.#lastBatchAt = this.wall.now();
    this.pipeline.intake(batch);
  }

  #onWanted(wanted: ReadonlySet<Symbol>): void {
    const fresh: Instrument[] = [];
    for (const symbol of wanted) {
      if (this.#wanted.has(symbol)) continue;
      const instrument = this.directory.get(symbol);
      if (instrument === undefined) continue;
      this.live.track(instrument);
      this.brain.ensure(instrument);
      fresh.push(instrument);
    }
    for (const symbol of this.#wanted) if (!wanted.has(symbol)) this.live.untrack(symbol);
    this.#wanted = wanted;
    if (fresh.length > 0) {
      this.#restoreForming(fresh).catch((error: unknown) =>
        this.#log.warn({ err: error }, 'forming bars were not read back'),
      );
    }
  }

  #eachSecond(): void {
    this.demand.sweep();
    this.pipeline.sweep();
    this.brain.advance();
    this.#tellStatus();
  }

  #brainChanged(symbol: Symbol): void {
    const record = this.pipeline.record(symbol);
    if (record === undefined) return;
    record.avgVolume20 = averageVolume(this.daily.peek(symbol)?.slice(-AVERAGE_SESSIONS) ?? []);
    this.pipeline.refresh(symbol);
  }

  /** Clients are told when the source itself turns bad or good again. */
  #tellStatus(): void {
    const health = this.market.adapter.health();
    const state = health.state === 'off' ? 'down' : health.state;
    if (state === this.#status) return;
    this.#status = state;
    const reason = health.lastError?.code ?? null;
    this.#log.warn({ state, reason }, 'the state of the market source changed');
    const data: SourceStatusFrame['data'] = {
      source: this.market.source,
      kind: this.market.kind,
      state,
      reason,
      lastValueAt: this.#lastBatchAt,
    };
    const ts = this.wall.now();
    this.marketHub.broadcast({ type: 'source_status', ch: 'market', ts, data });
    this.chartsHub.broadcast({ type: 'source_status', ch: 'charts', ts, data });
  }

  // ---- database ---------------------------------------------------------------------------------

  #store(): Promise<void> {
    this.#storing ??= this.#storeAll()
      .catch((error: unknown) =>
        this.#log.error({ err: error }, 'the state of the market could not be stored; it is tried again'),
      )
      .finally(() => (this.#storing = null));
    return this.#storing;
  }

  async #storeAll(): Promise<void> {
    this.live.storeForming();
    await this.repository.advance(this.market.marketId, this.market.now(), this.ids.fence());
    await this.#storeQuotes();
  }

  async #storeQuotes(): Promise<void> {
    const changed: LastQuote[] = [];
    for (const { instrument, update } of this.pipeline.records()) {
      const { symbol } = instrument;
      if (update.price === null || this.#stored.get(symbol) === update) continue;
      changed.push({ instrumentId: await this.directory.idOf(instrument), update });
    }
    if (changed.length === 0) return;
    await this.repository.saveLastQuotes(this.market.marketId, changed);
    for (const { update } of changed) this.#stored.set(update.symbol, update);
  }

  async #preparePartitions(): Promise<void> {
    try {
      await this.bars.preparePartitions(this.market.now());
    } catch (error) {
      this.#log.error({ err: error }, 'partitions could not be prepared; they are made when a bar needs one');
    }
  }

  // ---- stop -------------------------------------------------------------------------------------

  async #silence(): Promise<void> {
    this.#stopped = true;
    for (const handle of this.#timers) clearInterval(handle);
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.demand.close();
    await Promise.all([this.live.stop(), this.brain.stop()]);
    await this.#storing;
    await this.#store();
    await this.market.adapter.close();
  }

  async #flush(): Promise<void> {
    await this.writer.close();
    await this.history.saveCoverage();
  }

  #every(ms: number, work: () => void): void {
    this.#timers.push(setInterval(work, ms));
  }
}

/** Mean of the volumes that are known; `null` when fewer than 20 sessions are. */
function averageVolume(bars: readonly { readonly volume: number | null }[]): number | null {
  const volumes = bars.flatMap(({ volume }) => (volume === null ? [] : [volume]));
  if (volumes.length < AVERAGE_SESSIONS) return null;
  return Math.round(volumes.reduce((sum, volume) => sum + volume, 0) / volumes.length);
}
