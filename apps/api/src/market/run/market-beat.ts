import { Injectable } from '@nestjs/common';
import type { Replay } from '@ziggy/market-sources';
import type { Subscription } from 'rxjs';
import { CLOSE_GRACE_MS } from '../../charts/live/bar-builder.ts';
import { LiveBars } from '../../charts/live/live-bars.ts';
import { ActiveMarket } from '../source/active-market.ts';
import { Demand } from '../source/demand.ts';
import { QuotePipeline } from '../quotes/quote-pipeline.ts';
import { BrainSupply } from './brain-supply.ts';
import { SourceState } from './source-state.ts';

const ADVANCE_EVERY_MS = 250;
/** Market time between two looks at bars and freshness while a tape plays: bars close exactly when their grace is over. */
const TAPE_STEP_MS = CLOSE_GRACE_MS;
const DAILY_TAPE_STEP_MS = 1_800_000;
const SECOND_MS = 1_000;

/** Lets time pass for the market: bars close, values go stale, sessions end, interest runs out. */
@Injectable()
export class MarketBeat {
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #subscriptions: Subscription[] = [];

  constructor(
    private readonly market: ActiveMarket,
    private readonly demand: Demand,
    private readonly pipeline: QuotePipeline,
    private readonly live: LiveBars,
    private readonly supply: BrainSupply,
    private readonly state: SourceState,
  ) {}

  /** Connects ticks, bars and brain, and lets bars close: before the first tick flows. */
  start(): void {
    this.state.register();
    this.pipeline.listen(this.live);
    this.supply.connect();
    const { replay } = this.market.adapter;
    if (replay === null) this.#timers.push(setInterval(() => this.live.advance(), ADVANCE_EVERY_MS));
    else this.#playAlong(replay);
  }

  /** The rest, once the stored state is read: what goes stale or runs out, and the brain's history. */
  startSeconds(): void {
    this.#timers.push(setInterval(() => this.#eachSecond(), SECOND_MS));
    this.supply.start();
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.demand.close();
    await Promise.all([this.live.stop(), this.supply.stop()]);
  }

  /** On a tape all that changes bars and values happens in the tape's own queue, so that every playing is the same. */
  #playAlong(replay: Replay): void {
    const step = this.market.adapter.capabilities().intervals.includes('1m') ? TAPE_STEP_MS : DAILY_TAPE_STEP_MS;
    replay.every(step, 0, () => {
      this.live.advance();
      this.pipeline.sweep();
    });
    this.live.listen({ onClosed: () => replay.barClosed() });
    this.#subscriptions.push(
      replay.bars$().subscribe((bar) => this.live.take(bar)),
      replay.status$().subscribe(({ seekingTo }) => this.pipeline.setSilent(seekingTo !== null)),
    );
  }

  #eachSecond(): void {
    this.demand.sweep();
    if (this.market.adapter.replay === null) this.pipeline.sweep();
    this.supply.advance();
    this.state.tell();
  }
}
