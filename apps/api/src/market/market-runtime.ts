import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { SourceStatusFrame } from '@ziggy/contracts';
import type { Instrument, QuoteUpdate, Symbol } from '@ziggy/domain';
import type { Replay } from '@ziggy/market-sources';
import { LatestValueHub } from '@ziggy/streaming';
import { defer, retry, timer } from 'rxjs';
import type { Subscription } from 'rxjs';
import { Brain } from '../brain/brain.service.ts';
import { BarHistory } from '../charts/bar-history.ts';
import { CLOSE_GRACE_MS } from '../charts/bar-builder.ts';
import { barOf } from '../charts/bar-rows.ts';
import { BarRepository } from '../charts/bar.repository.ts';
import { BarWriter } from '../charts/bar-writer.ts';
import { CorporateActions } from '../charts/corporate-actions.ts';
import { DailyBars } from '../charts/daily-bars.ts';
import { LiveBars } from '../charts/live-bars.ts';
import type { Standing } from '../persistence/leadership.ts';
import { WallClock } from '../platform/clock.ts';
import { Lifecycle, Readiness } from '../platform/lifecycle.ts';
import { Logger } from '../platform/logger.ts';
import { CHARTS_HUB, MARKET_HUB } from '../stream/hubs.ts';
import { ActiveMarket } from './active-market.ts';
import { CalendarOverrides } from './calendar-overrides.ts';
import { DataIds } from './data-ids.ts';
import { Demand } from './demand.ts';
import { InstrumentDirectory } from './instrument-directory.ts';
import { MarketStore } from './market-store.ts';
import { QuotePipeline } from './quote-pipeline.ts';
import { trackedInstruments } from './tracked.ts';
import { Venues } from './venues.ts';

const ADVANCE_EVERY_MS = 250;
/** Market time between two looks at bars and freshness while a tape plays: bars close exactly when their grace is over. */
const TAPE_STEP_MS = CLOSE_GRACE_MS;
const DAILY_TAPE_STEP_MS = 1_800_000;
const SECOND_MS = 1_000;
const STORE_EVERY_MS = 5_000;
const CALENDARS_EVERY_MS = 30_000;
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 30_000;
const AVERAGE_SESSIONS = 20;
/** Symbols whose corporate actions are looked up again in a second, where the source calls nobody. */
const ACTIONS_PER_SECOND = 50;
/** A new leader waits at most so long for its market clock to reach its predecessor's, looking so often. */
const CATCH_UP_MAX_MS = 8_000;
const CATCH_UP_LOOK_MS = 50;

/** Quotes come by themselves: the batch is the subscription, and no one answer. */
const SUBSCRIPTION = { requestKey: 'quotes', status: 'ok', tookMs: 0, rows: 0, answers: [] } as const;

/**
 * Runs the market. While this process leads, the source's ticks go into the pipeline, time into bars and freshness, and
 * both into the database; while another does, what that one stored is read and shown as old.
 */
@Injectable()
export class MarketRuntime implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #log: Logger;
  readonly #subscriptions: Subscription[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  #quotes: Subscription | null = null;
  #wanted: ReadonlySet<Symbol> = new Set();
  #status: SourceStatusFrame['data']['state'] = 'ok';
  #lastBatchAt: number | null = null;
  /** Whether ticks flow here, or are about to. */
  #leading = false;
  #followed = false;
  #turning: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(
    private readonly market: ActiveMarket,
    private readonly store: MarketStore,
    private readonly directory: InstrumentDirectory,
    private readonly demand: Demand,
    private readonly ids: DataIds,
    private readonly pipeline: QuotePipeline,
    private readonly live: LiveBars,
    private readonly writer: BarWriter,
    private readonly bars: BarRepository,
    private readonly history: BarHistory,
    private readonly daily: DailyBars,
    private readonly actions: CorporateActions,
    private readonly brain: Brain,
    private readonly calendars: CalendarOverrides,
    private readonly venues: Venues,
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
    this.calendars.onChanged(() => {
      this.venues.forget();
      this.live.reanchor();
    });
    this.brain.onChanged((symbol) => this.#brainChanged(symbol));
    this.actions.onEffect((symbol) => this.#pastChanged(symbol));
    this.#wantUniverse();
    const { replay } = this.market.adapter;
    if (replay === null) this.#every(ADVANCE_EVERY_MS, () => this.#advance());
    else this.#playAlong(replay);
    this.#subscriptions.push(this.demand.wanted$.subscribe((wanted) => this.#onWanted(wanted)));
    this.#subscriptions.push(this.market.leadership.standing$.subscribe((standing) => this.#turn(standing)));
    await this.#turning;
    this.#every(SECOND_MS, () => this.#eachSecond());
    this.#every(STORE_EVERY_MS, () => this.#exchange());
    this.#every(CALENDARS_EVERY_MS, () => void this.calendars.load());
    this.#startBrain();
  }

  /** When the start fails half way there is no shutdown hook: timers and sockets must still end. */
  async onModuleDestroy(): Promise<void> {
    if (this.#stopped) return;
    await this.#silence();
  }

  // ---- leading and following --------------------------------------------------------------------

  /** Changes of standing are worked off one after the other. */
  #turn(standing: Standing): void {
    if (standing === 'leader') this.ids.raise(this.market.leadership.fence);
    const leads = standing !== 'follower';
    // Silence comes at once, whatever the way to the lead was waiting for.
    if (!leads) this.#stopQuotes();
    this.#turning = this.#turning
      .then(() => (leads ? this.#lead() : this.#follow()))
      .catch((error: unknown) => this.#log.error({ err: error }, 'the state of the market was not read back'));
  }

  async #lead(): Promise<void> {
    if (this.#leading || !this.market.leadership.feeds || this.#stopped) return;
    await this.#catchUp();
    await this.store.restore();
    this.history.forgetCoverage();
    if (!this.market.leadership.feeds || this.#stopped) return;
    this.#leading = true;
    await this.#goOn([...this.#wanted]);
    this.#subscribe();
    // A process that starts now must find where the market clock is.
    void this.store.store();
    // What was seeded from a store that another process was still filling is seeded again.
    if (this.#followed) this.#startBrain();
  }

  async #follow(): Promise<void> {
    this.#followed = true;
    if (this.#leading) {
      this.#leading = false;
      this.live.interruptAll();
      this.pipeline.standBack();
    }
    await this.store.restore();
  }

  /**
   * The market clock never goes back: what the predecessor has seen must be past here too. A leader that was killed had
   * gone on for at most one store since it stored its time.
   */
  async #catchUp(): Promise<void> {
    const { clock } = this.market.adapter;
    const unstored = this.#followed && clock.state() === 'running' ? STORE_EVERY_MS * clock.speed() : 0;
    const reached = await this.store.reached();
    const endsAt = this.wall.now() + CATCH_UP_MAX_MS;
    const isBehind = (): boolean => reached !== null && this.market.now() < reached + unstored;
    while (isBehind() && this.wall.now() < endsAt && !this.#stopped) {
      await new Promise((resolve) => setTimeout(resolve, CATCH_UP_LOOK_MS));
    }
  }

  /** Takes the bars that form on from what is stored of them, and from the last quotes. */
  async #goOn(symbols: readonly Symbol[]): Promise<void> {
    const wanted = new Set(symbols);
    const scope = { marketId: this.market.marketId, market: this.market.id, source: this.market.source };
    for (const { instrumentId, row } of await this.bars.formingAt(scope, this.market.now())) {
      const symbol = this.directory.symbolOf(instrumentId);
      if (symbol !== undefined && wanted.has(symbol)) this.live.restore(barOf(row, symbol, scope.market, scope.source));
    }
    for (const symbol of wanted) {
      const record = this.pipeline.record(symbol);
      if (record !== undefined && !record.fresh) this.live.takeOver(record);
    }
  }

  #startBrain(): void {
    const universe = this.market.adapter.universe();
    const index = universe.find(({ symbol }) => symbol === this.market.adapter.indexSymbol) ?? null;
    for (const { symbol } of universe) this.brain.forget(symbol);
    this.brain.start(trackedInstruments(this.market.adapter), index);
  }

  #wantUniverse(): void {
    const { adapter } = this.market;
    for (const { symbol } of trackedInstruments(adapter)) this.demand.acquire(symbol, 'universe');
    if (adapter.indexSymbol !== null) this.demand.acquire(adapter.indexSymbol, 'index');
  }

  #subscribe(): void {
    const { adapter } = this.market;
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
    this.#openBatch();
    this.#quotes = quotes$.subscribe({
      next: (batch) => this.#onBatch(batch),
      error: (error: unknown) => this.#log.error({ err: error }, 'the quotes of the source ended with an error'),
      complete: () => this.#log.info('the quotes of the source ended'),
    });
  }

  /** Notes the subscription, so that each quote can say where it came from. Quotes do not wait for it. */
  #openBatch(): void {
    this.pipeline.from(null);
    this.bars
      .openBatch(this.market.marketId, this.market.source, SUBSCRIPTION)
      .then((batchId) => this.pipeline.from(batchId))
      .catch((error: unknown) => this.#log.warn({ err: error }, 'the subscription could not be noted'));
  }

  #stopQuotes(): void {
    this.#quotes?.unsubscribe();
    this.#quotes = null;
  }

  /** On a tape all that changes bars and values happens in the tape's own queue, so that every playing is the same. */
  #playAlong(replay: Replay): void {
    const step = this.market.adapter.capabilities().intervals.includes('1m') ? TAPE_STEP_MS : DAILY_TAPE_STEP_MS;
    replay.every(step, 0, () => this.#advance());
    this.live.listen({ onClosed: () => replay.barClosed() });
    this.#subscriptions.push(
      replay.bars$().subscribe((bar) => this.live.take(bar)),
      replay.status$().subscribe(({ seekingTo }) => this.pipeline.setSilent(seekingTo !== null)),
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
    if (fresh.length > 0 && this.#leading) {
      this.#goOn(fresh.map(({ symbol }) => symbol)).catch((error: unknown) =>
        this.#log.warn({ err: error }, 'forming bars were not read back'),
      );
    }
  }

  #advance(): void {
    this.live.advance();
    if (this.market.adapter.replay !== null) this.pipeline.sweep();
  }

  #eachSecond(): void {
    this.demand.sweep();
    if (this.market.adapter.replay === null) this.pipeline.sweep();
    this.actions.advance(this.market.adapter.capabilities().push ? ACTIONS_PER_SECOND : 1);
    this.brain.advance();
    this.#tellStatus();
  }

  /** A split or dividend took effect: what was computed from older bars is computed again. */
  #pastChanged(symbol: Symbol): void {
    const instrument = this.directory.get(symbol);
    this.daily.forget(symbol);
    if (instrument === undefined || !this.#wanted.has(symbol)) return;
    this.brain.forget(symbol);
    this.brain.ensure(instrument);
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
    const reason = health.state === 'off' ? 'not_leader' : (health.lastError?.code ?? null);
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

  /** The leader stores, the others read. */
  #exchange(): void {
    if (this.#leading) void this.store.store();
    else this.#turn(this.market.leadership.standing);
  }

  // ---- stop -------------------------------------------------------------------------------------

  async #silence(): Promise<void> {
    this.#stopped = true;
    for (const handle of this.#timers) clearInterval(handle);
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#stopQuotes();
    this.demand.close();
    await Promise.all([this.live.stop(), this.brain.stop(), this.#turning]);
    await this.store.store();
    await this.store.store();
    await this.market.adapter.close();
  }

  async #flush(): Promise<void> {
    await this.writer.close();
    if (this.market.leadership.leads) await this.history.saveCoverage();
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
