import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import type { Symbol } from '@ziggy/domain';
import type { CorporateAction } from '@ziggy/market-sources';
import type { Subscription } from 'rxjs';
import { LiveBars } from '../charts/live/live-bars.ts';
import { ActiveMarket } from '../market/source/active-market.ts';
import { InstrumentDirectory } from '../market/instruments/instrument-directory.ts';
import { QuotePipeline } from '../market/quotes/quote-pipeline.ts';
import { callSource } from '../market/source/source-call.ts';
import { WallClock } from '../platform/clock.ts';
import { Lifecycle } from '../platform/lifecycle.ts';
import { Logger } from '../platform/logger.ts';
import type { TapeRecorder } from './tape-recorder.ts';

const LOOK_EVERY_MS = 1_000;
/** Corporate actions are asked for so often, and for so long ahead (market ms). */
const ACTIONS_EVERY_MS = 60_000;
const AHEAD_MS = 30 * 86_400_000;
const ACTIONS_WITHIN_MS = 5_000;

/** Hands what passes the gate, closed bars, headlines, actions and states of the source to whoever records them. */
@Injectable()
export class MarketTap implements OnModuleDestroy {
  readonly #recorders = new Set<TapeRecorder>();
  readonly #log: Logger;
  #timer: NodeJS.Timeout | null = null;
  #news: Subscription | null = null;
  #state: string | null = null;
  #actionsAt = 0;
  /** One look at a time: a source that answers slowly is not asked twice. */
  #tellingActions: Promise<void> | null = null;
  #knownActions = new Set<string>();

  constructor(
    private readonly market: ActiveMarket,
    private readonly directory: InstrumentDirectory,
    private readonly wall: WallClock,
    private readonly lifecycle: Lifecycle,
    pipeline: QuotePipeline,
    live: LiveBars,
    logger: Logger,
  ) {
    this.#log = logger.child({ context: 'MarketTap' });
    pipeline.listen({
      onQuote: ({ instrument, update }) => {
        for (const recorder of this.#recorders) recorder.quote(instrument, update);
      },
    });
    live.listen({
      onClosed: (bar) => {
        for (const recorder of this.#recorders) recorder.bar(directory.get(bar.symbol), bar);
      },
    });
  }

  /** Actions that are known when a recording begins; also remembered, so that only new ones are told later. */
  async actions(symbols: readonly Symbol[]): Promise<CorporateAction[]> {
    const { adapter } = this.market;
    if (!adapter.capabilities().actions) return [];
    const now = this.market.now();
    const known: CorporateAction[] = [];
    for (const symbol of symbols) {
      const query = { symbol, from: now - AHEAD_MS, to: now + AHEAD_MS };
      const found = await callSource((ctx) => adapter.actions(query, ctx), {
        withinMs: ACTIONS_WITHIN_MS,
        priority: 'backfill',
        wallNow: this.wall.now(),
        stop: this.lifecycle.draining,
      });
      known.push(...found.filter(({ knownAt }) => knownAt <= now));
    }
    for (const action of known) this.#knownActions.add(JSON.stringify(action));
    return known;
  }

  /** From now on the recorder is told everything. */
  add(recorder: TapeRecorder): void {
    this.#recorders.add(recorder);
    this.#state = null;
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#news ??= this.market.adapter.news$().subscribe({
      next: (items) => {
        for (const item of items) for (const each of this.#recorders) each.news(item);
      },
      error: (error: unknown) => this.#log.warn({ err: error }, 'headlines are no longer recorded'),
    });
  }

  remove(recorder: TapeRecorder): void {
    this.#recorders.delete(recorder);
    if (this.#recorders.size === 0) this.onModuleDestroy();
  }

  onModuleDestroy(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#news?.unsubscribe();
    this.#news = null;
  }

  #look(): void {
    const { state, lastError } = this.market.adapter.health();
    if (state !== this.#state) {
      this.#state = state;
      for (const recorder of this.#recorders) recorder.health({ state, reason: lastError?.code ?? null });
    }
    for (const recorder of this.#recorders) recorder.tick();
    if (this.wall.now() - this.#actionsAt < ACTIONS_EVERY_MS) return;
    this.#actionsAt = this.wall.now();
    this.#tellingActions ??= this.#tellActions().finally(() => (this.#tellingActions = null));
  }

  async #tellActions(): Promise<void> {
    const before = new Set(this.#knownActions);
    try {
      const symbols = [...this.directory.all()].map(({ symbol }) => symbol);
      for (const action of await this.actions(symbols)) {
        if (before.has(JSON.stringify(action))) continue;
        for (const recorder of this.#recorders) recorder.action(action);
      }
    } catch (error) {
      this.#log.warn({ err: error }, 'corporate actions were not read for the recording; they are asked for again');
    }
  }
}
