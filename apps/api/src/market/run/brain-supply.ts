import { Injectable } from '@nestjs/common';
import type { Symbol } from '@ziggy/domain';
import { Brain } from '../../brain/brain.service.ts';
import { CorporateActions } from '../../charts/history/corporate-actions.ts';
import { DailyBars } from '../../charts/history/daily-bars.ts';
import { LiveBars } from '../../charts/live/live-bars.ts';
import { ActiveMarket } from '../source/active-market.ts';
import { QuotePipeline } from '../quotes/quote-pipeline.ts';
import { trackedInstruments } from '../lists/tracked.ts';

const AVERAGE_SESSIONS = 20;
/** Symbols whose corporate actions are looked up again in a second, where the source calls nobody. */
const ACTIONS_PER_SECOND = 50;

/** Gives the brain its history, tells it when the past has changed, and the quotes when the brain has. */
@Injectable()
export class BrainSupply {
  constructor(
    private readonly market: ActiveMarket,
    private readonly pipeline: QuotePipeline,
    private readonly live: LiveBars,
    private readonly daily: DailyBars,
    private readonly actions: CorporateActions,
    private readonly brain: Brain,
  ) {}

  /** Finished bars go to the brain, what it finds out goes to the quotes. */
  connect(): void {
    this.live.listen(this.daily);
    this.live.listen(this.brain);
    this.brain.onChanged((symbol) => this.#brainChanged(symbol));
    // A split or dividend took effect: what was computed from older bars is computed again.
    this.actions.onEffect((symbol) => {
      this.daily.forget(symbol);
      this.brain.renew(symbol);
    });
  }

  /** Learns the history of the source's own symbols; what was known of them is learnt anew. */
  start(): void {
    const { adapter } = this.market;
    const universe = adapter.universe();
    const index = universe.find(({ symbol }) => symbol === adapter.indexSymbol) ?? null;
    for (const { symbol } of universe) this.brain.forget(symbol);
    this.brain.start(trackedInstruments(adapter), index);
  }

  /** Call once a second. */
  advance(): void {
    this.actions.advance(this.market.adapter.capabilities().push ? ACTIONS_PER_SECOND : 1);
    this.brain.advance();
  }

  stop(): Promise<void> {
    return this.brain.stop();
  }

  #brainChanged(symbol: Symbol): void {
    const record = this.pipeline.record(symbol);
    if (record === undefined) return;
    record.avgVolume20 = averageVolume(this.daily.peek(symbol)?.slice(-AVERAGE_SESSIONS) ?? []);
    this.pipeline.refresh(symbol);
  }
}

/** Mean of the volumes that are known; `null` when fewer than 20 sessions are. */
function averageVolume(bars: readonly { readonly volume: number | null }[]): number | null {
  const volumes = bars.flatMap(({ volume }) => (volume === null ? [] : [volume]));
  if (volumes.length < AVERAGE_SESSIONS) return null;
  return Math.round(volumes.reduce((sum, volume) => sum + volume, 0) / volumes.length);
}
